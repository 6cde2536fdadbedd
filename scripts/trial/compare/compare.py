"""A comparison put together: raw rows, subjects, results with their causes, outputs, attribution."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trial.compare.attribution import Cause, attribute, moved
from trial.compare.experiment import Findings, perform
from trial.compare.factors import Factor, find_factors
from trial.compare.files import pin, read_rows
from trial.compare.flips import find_flips
from trial.compare.populations import changed_subjects, reasons
from trial.compare.raw_changes import Matched, match
from trial.compare.raw_rows import read_raw_rows
from trial.compare.reading import read_outputs, read_rules
from trial.compare.refit import Job, Parts, parts_of, refit
from trial.compare.results import NAMES, SAID, Result, changes, read_results, scale_of
from trial.compare.run import Run
from trial.compare.schema import CAUSES, CONCLUSION, TOGETHER
from trial.compare.told import file_changes, raw_lines

# In results.csv so many subjects stand beside a number; subjects.csv has all.
NAMED = 3
Line = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Everything that a comparison leaves, as rows of its files; `about` is compare.json."""

    raw: list[Line]
    populations: list[Line]
    results: list[Line]
    subjects: list[Line]
    outputs: list[Line]
    attribution: list[Line]
    about: Line


@dataclass(frozen=True)
class _Results:
    """What is known of the results: both sides, how each changed, what turned, why, and whose doing it is."""

    old: Mapping[str, Result]
    new: Mapping[str, Result]
    changed: Mapping[str, str]
    flips: Mapping[str, str]
    printed: Mapping[str, Sequence[str]]
    causes: Mapping[str, Cause] = field(default_factory=dict)
    subjects: Mapping[str, list[tuple[str, float]]] = field(default_factory=dict)


def compare(old: Run, new: Run, jobs: Mapping[tuple[str, str], Job], scratch: Path, cores: int) -> Comparison:
    """Compare an archived run with the present one.

    Parameters
    ----------
    jobs : mapping of (analysis, endpoint) to Job
        The primary analysis of each endpoint: the inputs of the program that runs it.
    scratch : Path
        A folder for mixed runs and refits.
    """
    pin(new.environment.get("pinned", {}))
    unchanged = [name for name, found in old.raw_hashes.items() if new.raw_hashes.get(name) == found]
    matched = match(read_raw_rows(old.results), read_raw_rows(new.results), unchanged)
    files = file_changes(old, new, matched)
    before, after = (read_results(read_rows(run.results / "ard.csv")) for run in (old, new))
    factors = find_factors(old, new)
    made = perform(old, new, factors, (before, after), scratch, cores)
    changed = changes(before, after)
    flips = find_flips(before, after, read_rules(old), read_rules(new))
    entries = read_outputs(old), read_outputs(new)
    parts = _refits(jobs, changed, after, old, new, scratch)
    found = _Results(
        before,
        after,
        {
            one: changed.get(one, CONCLUSION)
            for one in dict.fromkeys((*after, *before))
            if one in changed or one in flips
        },
        flips,
        _printed(entries),
        {one: attribute(made.experiment, one) for one in changed},
        _subjects(parts, changed, after),
    )
    notes = [f"{place[0]}, {place[1]}: {one.note}" for place, one in parts.items() if one.note]
    outputs = _outputs(*entries, found)
    return Comparison(
        list(raw_lines(matched)),
        _populations(old, new),
        _result_lines(found),
        _subject_lines(found),
        outputs,
        _attribution(factors, made, found, files),
        _about(old, new, found, matched, files, notes, outputs),
    )


def _populations(old: Run, new: Run) -> list[Line]:
    tables = [read_rows(run.results / "data" / "adsl.csv") for run in (old, new)]
    why = [reasons(read_rows(run.results / "data" / "populations.csv")) for run in (old, new)]
    return list(changed_subjects(tables[0], tables[1], why[0], why[1]))


def _refits(
    jobs: Mapping[tuple[str, str], Job], changed: Iterable[str], now: Mapping[str, Result],
    old: Run, new: Run, scratch: Path,
) -> dict[tuple[str, str], Parts]:  # fmt: skip
    touched = {(now[one].row["analysis"], now[one].row["endpoint"]) for one in changed if one in now} & set(
        jobs
    )
    folders = old.results.parent, new.results.parent
    return {place: refit(jobs[place], *folders, new.code, scratch / "refit") for place in sorted(touched)}


def _subjects(
    parts: Mapping[tuple[str, str], Parts], changed: Mapping[str, str], now: Mapping[str, Result]
) -> dict[str, list[tuple[str, float]]]:
    found = {}
    for one, change in changed.items():
        if change != "changed":
            continue
        place = now[one].row["analysis"], now[one].row["endpoint"]
        if place in parts:
            found[one] = parts_of(parts[place], now, one)
    return found


def _printed(entries: Sequence[Mapping[str, Line]]) -> dict[str, list[str]]:
    """Return by result id the outputs that print it in either run."""
    found: dict[str, dict[str, None]] = {}
    for side in reversed(entries):
        for name, entry in side.items():
            for one in entry["results"]:
                found.setdefault(one, {})[name] = None
    return {one: list(names) for one, names in found.items()}


def _result_lines(found: _Results) -> list[Line]:
    lines = [_result_line(found, one, change) for one, change in found.changed.items()]
    return sorted(lines, key=lambda line: not line["flip"])


def _result_line(found: _Results, one: str, change: str) -> Line:
    before, after = found.old.get(one), found.new.get(one)
    shown = after or before
    assert shown is not None
    values = [math.nan if side is None else side.value for side in (before, after)]
    delta, error = values[1] - values[0], scale_of(found.old, found.new, one)
    cause = found.causes.get(
        one, Cause(("config",), {})
    )  # another level turns a conclusion, and moves no number
    named = found.subjects.get(one, [])[:NAMED]
    outputs = found.printed.get(one) or list(filter(None, [shown.row["output"]]))
    return {
        "result_id": one,
        "change": change,
        "outputs": " ".join(outputs),
        **{name: shown.row[name] for name in NAMES},
        "old": values[0],
        "new": values[1],
        "delta": delta,
        "delta_se": delta / error if error > 0 else math.nan,
        "flip": found.flips.get(one, ""),
        "cause": "; ".join(cause.factors),
        **{name: cause.parts.get(name) for name in CAUSES},
        "subjects": "; ".join(f"{subject} {part:+.3g}" for subject, part in named),
        "old_n": None if before is None else before.n,
        "new_n": None if after is None else after.n,
        "old_note": "" if before is None else before.note,
        "new_note": "" if after is None else after.note,
    }


def _subject_lines(found: _Results) -> list[Line]:
    return [
        {
            "result_id": one,
            "USUBJID": subject,
            "part": part,
            "delta": found.new[one].value - found.old[one].value,
        }
        for one, parts in found.subjects.items()
        for subject, part in parts
    ]


def _outputs(old: Mapping[str, Line], new: Mapping[str, Line], found: _Results) -> list[Line]:
    lines = []
    for name in dict.fromkeys((*new, *old)):
        entry = new.get(name) or old[name]
        ids = {one for side in (old, new) if name in side for one in side[name]["results"]}
        lines.append(
            {
                "output": name,
                "kind": entry["kind"],
                "number": entry["number"],
                "title": entry["title"],
                "change": "appeared" if name not in old else "gone" if name not in new else "",
                "changed": len(ids & set(found.changed)),
                "flips": len(ids & set(found.flips)),
            }
        )
    return lines


def _attribution(
    factors: Sequence[Factor], made: Findings, found: _Results, files: Sequence[Line]
) -> list[Line]:
    counts = moved(made.experiment, list(found.changed))
    lines = [
        {
            "factor": factor.name,
            "changed": "NY"[factor.changed],
            "what": _what(factor, files),
            "moved": counts.get(factor.name, None if factor.name in made.experiment.unknown else 0),
            "established": made.established[factor.name],
        }
        for factor in factors
    ]
    together = sum(TOGETHER in cause.factors for cause in found.causes.values())
    said = "what the factors together do and none alone" if together else "nothing is left"
    return [
        *lines,
        {"factor": TOGETHER, "changed": "", "what": said, "moved": together, "established": "the rest"},
    ]


def _what(factor: Factor, files: Sequence[Line]) -> str:
    if factor.name != "data":
        return factor.said()
    counted = {
        file["path"]: ", ".join(
            f"{file[name]} {name}" for name in ("added", "removed", "changed") if file[name]
        )
        for file in files
    }
    said = [
        f"{one} ({counted[one] or 'no row that is shown'})" if one in counted else one for one in factor.what
    ]
    return replace(factor, what=tuple(said)).said()


def _about(
    old: Run, new: Run, found: _Results, matched: Matched, files: Sequence[Line], notes: list[str],
    outputs: Sequence[Line],
) -> Line:  # fmt: skip
    both = set(found.old) & set(found.new)
    return {
        "old": old.identity() | {"manifest": old.manifest_hash()},
        "new": new.identity() | {"manifest": new.manifest_hash()},
        "counts": {
            "raw": {name: len(getattr(matched, name)) for name in ("added", "removed", "changed", "same")},
            "results": dict(Counter(found.changed.values())),
            "results_in_both": len(both),
            "results_equal": len(both - set(found.changed)),
            "flips": len(found.flips),
            "outputs_changed": sum(bool(line["changed"] or line["change"]) for line in outputs),
            "outputs": len(outputs),
        },
        "files": list(files),
        "rule": SAID,
        "notes": notes,
    }
