"""The data of the page, cut into scripts so that a click loads little.

The numbers of shards are fixed, so that the workflow knows every file before it knows the data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from trial.trace.config import TracedAnalysis, TraceSpec, flat
from trial.trace.raw_rows import FATES, RawRow, RawRows
from trial.trace.records import Record, Records, Texts
from trial.trace.results import Result, Results

COUNTS = {"results": 64, "members": 8, "records": 48, "raw": 16, "jobs": 40, "analyses": 4}
SINGLE = ("index", "touch", "names")
PRINTED = "printed"
# The folder of the data files beside the page, and what else stands in it.
PAGE, PROGRAM, STYLE = "trace", "trace.js", "trace.css"
# Of what a job recorded, parts beyond this many characters are numbers for programs: they stay in its file.
LONGEST = 1200
# Of a raw record that holds a result these cells are shown beside the records made of it.
RESULT_ROLES = ("result", "qualifier", "unit", "AVAL", "AVALC", "AVALU")
RESULTS_OF = {"result", "AVAL"}
SUBJECT_IDS = {"USUBJID"}


class Coded(dict[str, int]):
    """The texts of a shard, each once: its cells are numbers into their list."""

    def codes(self, texts: Iterable[str]) -> list[int]:
        """Return the numbers of texts."""
        return [self.setdefault(text, len(self)) for text in texts]


def shard_names() -> list[str]:
    """Return the name of every data file but that of the outputs."""
    return [*SINGLE, *(shard(kind, at) for kind, count in COUNTS.items() for at in range(count))]


def trace_files() -> list[str]:
    """Return every file of the trace."""
    files = [*(f"{name}.js" for name in (*shard_names(), PRINTED)), PROGRAM, STYLE]
    return [f"results/report/{PAGE}.html", *(f"results/report/{PAGE}/{name}" for name in files)]


def shard(kind: str, at: int) -> str:
    """Return the name of one shard."""
    return f"{kind}-{at:02d}"


def make_shards(
    spec: TraceSpec,
    results: Results,
    records: Records,
    raw: RawRows,
    jobs: Mapping[tuple[str, str], Any],
    texts: Texts,
) -> Iterator[tuple[str, Any]]:
    """Yield name and content of every data file."""
    order = list(dict.fromkeys(row.job for row in results.rows))
    parts: dict[str, tuple[Sequence[Any], Callable[[Any], Any]]] = {
        "results": (results.rows, _results),
        "members": (results.sets, lambda part: [_members(one, records, raw) for one in part]),
        "records": (records.records, lambda part: _records(part, raw, texts)),
        "raw": (raw.rows, lambda part: _raw_rows(part, raw, records)),
        "jobs": (order, lambda part: [_job(one, results, jobs) for one in part]),
        "analyses": (spec.analyses, lambda part: list(map(_specified, part))),
    }
    bounds = {}
    for kind, (rows, encode) in parts.items():
        cuts = [len(rows) * at // COUNTS[kind] for at in range(COUNTS[kind] + 1)]
        bounds[kind] = cuts[:-1]
        for at, (start, end) in enumerate(pairwise(cuts)):
            yield shard(kind, at), encode(rows[start:end])
    yield "touch", _results_of_sets(results)
    yield "names", {cell[5]: at for at, row in enumerate(raw.rows) for cell in row.cells}
    yield "index", _index(spec, results, records, raw, order, bounds)


def _index(
    spec: TraceSpec, results: Results, records: Records, raw: RawRows, order: Sequence[tuple[str, str]],
    bounds: Mapping[str, Sequence[int]],
) -> dict[str, Any]:  # fmt: skip
    place = {job: at for at, job in enumerate(order)}
    runs: list[list[int]] = []
    for at, row in enumerate(results.rows):
        if not runs or runs[-1][1] != place[row.job]:
            runs.append([at, place[row.job]])
    starts = [results.rows[at].result_id for at in bounds["results"]] if results.rows else []
    return {
        "bounds": bounds,
        "size": len(results.rows),
        "starts": starts,
        "runs": runs,
        "jobs": [list(job) for job in order],
        "analyses": {one.id: [one.label, one.describes] for one in spec.analyses},
        "endpoints": dict(spec.endpoints),
        "visits": dict(spec.visits),
        "arms": dict(spec.arms),
        "groups": [[one.code, one.dataset, one.start] for one in records.groups],
        "columns": {one.dataset: list(one.columns) for one in records.groups},
        "subjects": [one.key[1] for one in records.records if not one.key[0]],
        "of_subject": _of_subjects(records),
        "files": list(_files(raw)),
    }


def _of_subjects(records: Records) -> list[str]:
    """Return the records of each subject, in the order of the subjects."""
    found: dict[str, list[int]] = {}
    for at, record in enumerate(records.records):
        found.setdefault(record.key[1], []).append(at)
    return [ranges(found[record.key[1]]) for record in records.records if not record.key[0]]


def _files(raw: RawRows) -> Iterator[list[Any]]:
    """Yield of each file and sheet: source, index of its first row, its rows, and those of each fate."""
    parts: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(raw.rows):
        parts.setdefault(row.place[:2], []).append(at)
    for (file, sheet), found in parts.items():
        of = {fate: [at for at in found if raw.rows[at].has(fate)] for fate in FATES}
        numbers = {fate: ranges(int(raw.rows[at].place[2]) for at in each) for fate, each in of.items()}
        cells = {fate: sum(cell[1] == fate for at in found for cell in raw.rows[at].cells) for fate in FATES}
        rows = ranges(int(raw.rows[at].place[2]) for at in found)
        yield [file, sheet, raw.rows[found[0]].source, found[0], rows, numbers, cells]


def _members(found: Sequence[int], records: Records, raw: RawRows) -> list[Any]:
    """Return the records of a set, and from how many raw rows they came; whole subjects count alone."""
    parts = [at for at in found if records.records[at].key[0]] or found
    rows = {raw.find(place) for at in parts for _, place in records.records[at].places}
    return [ranges(found), len(rows)]


def _results_of_sets(results: Results) -> list[str]:
    """Return the results that stand on each set of records."""
    found: list[list[int]] = [[] for _ in results.sets]
    for at, row in enumerate(results.rows):
        if row.members >= 0:
            found[row.members].append(at)
    return [ranges(each) for each in found]


def _results(part: Sequence[Result]) -> dict[str, Any]:
    """Return results as rows of numbers into a list of texts; an id says what it adds to the one before."""
    texts = Coded()
    rows, before = [], ""
    for one in part:
        same = 0
        for a, b in zip(before, one.result_id, strict=False):
            if a != b:
                break
            same += 1
        before = one.result_id
        repeated = (
            one.method, one.visit, one.group, one.comparison, one.unit, one.warning, one.error, one.reason
        )  # fmt: skip
        rows.append(
            [
                same,
                one.result_id[same:],
                0 if one.result_id.endswith(one.statistic) else one.statistic,
                len(one.statistic),
                one.value,
                one.n,
                one.members,
                *texts.codes(repeated),
            ]
        )
    return {"texts": list(texts), "rows": rows}


def _records(part: Sequence[Record], raw: RawRows, texts: Texts) -> dict[str, Any]:
    """Return subject, number, cells, and of each place its role, raw row, column and text."""
    known = Coded()
    rows = []
    for record in part:
        places = [
            [*known.codes([role, place[3]]), raw.find(place), known.codes(_shown(texts.get(place, ())))]
            for role, place in record.places
        ]
        rows.append([*known.codes([record.key[1], number_of(record)]), known.codes(record.cells), places])
    return {"texts": list(known), "rows": rows}


def number_of(record: Record) -> str:
    """Return the number of a record as people read it; a whole subject has none."""
    return record.key[2].removesuffix(".0")


def _shown(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return name and text, in turn, of the cells that are shown beside a record."""
    roles = {cell[0] for cell in cells}
    if roles & RESULTS_OF:
        kept = [cell for cell in cells if cell[0] in RESULT_ROLES]
    else:
        kept = [cell for cell in cells if cell[1] not in SUBJECT_IDS]
    return [text for role, name, value in kept for text in (name or role, value)]


def _raw_rows(part: Sequence[RawRow], raw: RawRows, records: Records) -> dict[str, Any]:
    """Return the cells, queries and records of raw rows."""
    known = Coded()
    rows = []
    for row in part:
        cells = [
            [
                *known.codes([column, fate, rule, name]),
                [raw.find(by), *known.codes([by[3]])] if by else 0,
                known.codes(text for role, name, value in texts for text in (name or role, value)),
            ]
            for column, fate, rule, by, texts, name in row.cells
        ]
        made = [
            [at, *known.codes([records.records[at].key[1], number_of(records.records[at]), role])]
            for at, role in row.records
        ]
        rows.append([cells, [known.codes(asked) for asked in row.queries], made])
    return {"texts": list(known), "rows": rows}


def _specified(analysis: TracedAnalysis) -> dict[str, Any]:
    pairs = {name: list(map(list, getattr(analysis, name))) for name in ("estimand", "settings")}
    names = ("method", "primary", "population", "treatment", "sources", "influence", "modelled")
    return {name: getattr(analysis, name) for name in names} | pairs


def _job(job: tuple[str, str], results: Results, jobs: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """Return what one job recorded, and what it was computed from."""
    record = dict(jobs.get(job, {}))
    changes = record.pop("changes", {})
    record.pop("computed_from", None)
    found: dict[str, Any] = {"record": [list(pair) for pair in _recorded(record)]}
    if changes:
        found["changes"] = {
            visit: {name: _ranked(each) for name, each in of.items()} for visit, of in changes.items()
        }
    if job in results.computed_from:
        found["from"] = [results.rows[at].result_id for at in results.computed_from[job]]
    return found


def _ranked(changes: Mapping[str, float | None]) -> list[list[Any]]:
    """Return subject and change, the largest first; where there is no fit without a subject, last."""
    return sorted(
        ([subject, change] for subject, change in changes.items()),
        key=lambda pair: (pair[1] is None, -abs(pair[1] or 0.0), pair[0]),
    )


def _recorded(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the parts of a job's record that people read."""
    for key, value in record.items():
        inner = value.items() if isinstance(value, Mapping) and key == "fit" else [(None, value)]
        for name, part in inner:
            pairs = list(flat(f"{key}.{name}" if name else key, part))
            if sum(len(a) + len(b) for a, b in pairs) <= LONGEST:
                yield from pairs


def ranges(numbers: Iterable[int]) -> str:
    """Return rising numbers as text: the gap to the one before, and how many follow without a gap (`5+3`)."""
    parts: list[str] = []
    before, start, run = -1, 0, 0
    for number in numbers:
        if parts and number == before + 1:
            run += 1
        else:
            if parts:
                parts[-1] = f"{start}+{run}" if run else str(start)
            start, run = number - before, 0
            parts.append("")
        before = number
    if parts:
        parts[-1] = f"{start}+{run}" if run else str(start)
    return ",".join(parts)
