"""The change of each subject at the primary visit, as figures of single subjects draw it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from trial.display.context import Context
from trial.display.figures.frame import Heading
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.results import Results, Statistic
from trial.display.sizes import arm_size
from trial.display.spec import Arm
from trial.display.wording import output_number
from trial.study.rules import UNSTABLE_INDEX

OBSERVED, COUNTS, EVENTS = "observed", "counts", "events"
SIZE = "size"
COLUMNS = (
    "mark", "arm", "subject", "base", "value", "change", "low", "high", "below_limit", "unstable", "event",
    "record", "base_record",
)  # fmt: skip
SUBJECT, ABSENT, NO_RATIO = "subject", "baseline only", "no ratio"
count = partial(format_number, decimals=0)
Record = Mapping[Any, Any]


def change_rows(context: Context) -> pd.DataFrame:
    """Return one row per subject of the population with an analysed baseline, by arm and rising change.

    Returns
    -------
    DataFrame
        ``mark`` (subject; baseline only: no value at the primary visit; no ratio: on the log scale a value is
        not positive), ``arm, subject``; ``base, value`` (the limit where they lie below it); ``change`` from
        baseline, on the log scale the ratio to it, as analysed; ``low, high`` (between them it lies; they
        differ where a value lies below its limit); ``below_limit`` and, of an index near its pole,
        ``unstable`` (value, baseline, both); ``event`` (codes of intercurrent events that act on the value);
        ``record, base_record`` (parameter, subject and sequence number, joined by ``!``).
    """
    spec, endpoint = context.spec, context.endpoint
    records = context.data["adlb"]
    chosen = records[(records["PARAMCD"] == endpoint.paramcd) & (records["ANL01FL"] == "Y")]
    chosen = chosen[(chosen[spec.population.flag] == "Y") & chosen["AVAL"].notna()]
    columns = ["PARAMCD", "USUBJID", "ASEQ", "AVAL", "CHG", "BLQFL", "LLOQ", "REASON", spec.treatment]
    bases = chosen.loc[chosen["ABLFL"] == "Y", columns].to_dict("records")
    later = chosen.loc[chosen["AVISIT"] == endpoint.primary_visit, columns].to_dict("records")
    values = {record["USUBJID"]: record for record in later}
    acting = _acting(context)
    rows = [
        _row(context, arm, base, values.get(base["USUBJID"]))
        | {"event": " ".join(code for code, subjects in acting.items() if base["USUBJID"] in subjects)}
        for arm in spec.arms
        for base in bases
        if base[spec.treatment] == arm.code
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {arm.code: place for place, arm in enumerate(spec.arms)}
    keys = frame.assign(arm=frame["arm"].map(order), mark=frame["mark"] == ABSENT)
    return frame.loc[keys.sort_values(["arm", "mark", "change", "subject"]).index].reset_index(drop=True)


def _acting(context: Context) -> Mapping[str, set[str]]:
    """Return by intercurrent event whose values at the primary visit it acts on, as its analysis recorded."""
    found: dict[str, set[str]] = {}
    for record in context.records.get(EVENTS, ()):
        for code, by_visit in record.get("acted_on", {}).items():
            found[code] = set(by_visit.get(context.endpoint.primary_visit, ()))
    return found


@dataclass(frozen=True)
class Known:
    """What is known of a value: where it is drawn, and the bounds between which it lies."""

    drawn: float
    low: float
    high: float

    @classmethod
    def of(cls, record: Record, lowest: float) -> "Known":
        """Return it of a record: below its limit a value lies between `lowest` and the limit."""
        value, limit = float(record["AVAL"]), float(record["LLOQ"])
        if record["BLQFL"] != "Y":
            return cls(value, value, value)
        if math.isnan(limit):
            return cls(value, lowest, math.inf)
        return cls(limit, lowest, limit)


def _row(context: Context, arm: Arm, base: Record, later: Record | None) -> dict[str, Any]:
    is_log = context.endpoint.is_log
    lowest = 0.0 if is_log else -math.inf
    before = Known.of(base, lowest)
    row = {"arm": arm.code, "subject": base["USUBJID"], "base": before.drawn, "base_record": _key(base)}
    row |= {"below_limit": "", "unstable": "", "record": ""}
    row |= dict.fromkeys(("value", "change", "low", "high"), math.nan)
    if later is None:
        return row | {"mark": ABSENT}
    after = Known.of(later, lowest)
    row |= {
        "value": after.drawn, "record": _key(later), "below_limit": _which(base, later, "BLQFL", "Y"),
        "unstable": _which(base, later, "REASON", UNSTABLE_INDEX),
    }  # fmt: skip
    if is_log and min(float(base["AVAL"]), float(later["AVAL"])) <= 0:
        return row | {"mark": NO_RATIO}
    change = float(later["AVAL"]) / float(base["AVAL"]) if is_log else float(later["CHG"])
    low, high = _between(before, after, is_log) if row["below_limit"] else (change, change)
    return row | {"mark": SUBJECT, "change": change, "low": low, "high": high}


def _which(base: Record, later: Record, column: str, content: str) -> str:
    """Return which of both records has that content: baseline, value, both, or neither (empty)."""
    of = (("baseline", base), ("value", later))
    names = [name for name, record in of if record[column] == content]
    return "both" if len(names) == len(of) else "".join(names)


def _between(before: Known, after: Known, is_log: bool) -> tuple[float, float]:
    if not is_log:
        return after.low - before.high, after.high - before.low
    # A baseline below its limit may be as near to zero as one likes.
    return after.low / before.high, after.high / before.low if before.low > 0 else math.inf


def _key(record: Record) -> str:
    return f"{record['PARAMCD']}!{record['USUBJID']}!{count(float(record['ASEQ']))}"


def change_frame(context: Context) -> pd.DataFrame:
    """Return the subjects (`change_rows`), then of each arm a row ``size``: ``n`` with a change, ``of`` N.

    ``n_result_id`` has the results behind both, ``event_result_id`` those of the counted events. Empty where
    no subject has a change.
    """
    subjects = change_rows(context)
    if not (subjects["mark"] == SUBJECT).any():
        return pd.DataFrame(columns=[*COLUMNS, "n", "of", "n_result_id", "event_result_id"])
    sizes = change_sizes(context).assign(mark=SIZE, event_result_id=event_ids(context))
    frame = pd.concat([subjects, sizes], ignore_index=True)
    texts = [name for name in frame.columns if name not in ("base", "value", "change", "low", "high")]
    return frame.assign(**{name: frame[name].fillna("") for name in texts})


def change_heading(
    context: Context, titles: tuple[str, ...], frame: pd.DataFrame, definitions: Sequence[str]
) -> Heading:
    """Return titles and notes of a figure of single changes; without any there is nothing to define."""
    warnings = context.results["observed"].warnings(context.endpoint.paramcd)
    if len(frame):
        warnings = [*warnings, *withheld_notes(context), *disagreement(context, frame)]
    lines = assemble_notes(context, denominators=definitions, warnings=warnings)
    number = output_number("Figure", context.spec.id)
    return Heading(number, titles, tuple(line.printed for line in lines), context.stamp)


def change_statistic(context: Context, arm: Arm, name: str) -> Statistic:
    """Return a statistic of the observed results of an arm at the primary visit."""
    endpoint = context.endpoint
    return context.results[OBSERVED].get(endpoint.paramcd, endpoint.primary_visit, arm.code, name)


def change_sizes(context: Context) -> pd.DataFrame:
    """Return n (subjects with a change) and N of each arm as printed, with their result_ids."""
    rows = []
    for arm in context.spec.arms:
        one = change_statistic(context, arm, "CHG.n")
        n = count(one.value) if one.present else "0"
        size = arm_size(context.results[COUNTS], arm)
        ids = [one.result_id, context.results[COUNTS].get("", "", arm.code, "N").result_id]
        rows.append({"arm": arm.code, "n": n, "of": size, "n_result_id": " ".join(ids)})
    return pd.DataFrame(rows)


def event_notes(context: Context) -> Iterator[str]:
    """Yield how many values at the primary visit each event acts on, by arm, where there are any."""
    results = context.results.get(EVENTS)
    if results is None:
        return
    texts = [text for event in context.spec.events if (text := _event_text(context, results, event))]
    visit = context.spec.primary_visit(context.endpoint).label
    arms = " / ".join(arm.label for arm in context.spec.arms)
    if texts:
        yield (
            f"Values at {visit} that an intercurrent event acts on ({arms}): {'; '.join(texts)}. They are "
            "drawn as observed."
        )


def _event_text(context: Context, results: Results, event: Any) -> str:
    endpoint = context.endpoint
    found = [
        results.get(endpoint.paramcd, endpoint.primary_visit, arm.code, f"{event.code}.values")
        for arm in context.spec.arms
    ]
    if not any(one.present and one.value for one in found):
        return ""
    return f"{event.label} {' / '.join(count(one.value) if one.present else '0' for one in found)}"


def event_ids(context: Context) -> str:
    """Return the results that `event_notes` prints."""
    results = context.results.get(EVENTS)
    if results is None:
        return ""
    endpoint = context.endpoint
    found = [
        results.get(endpoint.paramcd, endpoint.primary_visit, arm.code, f"{event.code}.values")
        for event in context.spec.events
        for arm in context.spec.arms
    ]
    return " ".join(one.result_id for one in found if one.present)


def withheld_notes(context: Context) -> list[str]:
    """Return by arm why its mean change is withheld, where too many values lie below the limit."""
    name = "RATIO.geomean" if context.endpoint.is_log else "CHG.mean"
    found = ((arm, change_statistic(context, arm, name)) for arm in context.spec.arms)
    return [f"{arm.label}: {one.reason}" for arm, one in found if one.withheld]


def disagreement(context: Context, frame: pd.DataFrame) -> list[str]:
    """Return a warning where other subjects are drawn than the observed results count."""
    drawn = frame.loc[frame["mark"] == SUBJECT, "arm"].value_counts()
    without = frame.loc[frame["mark"] == NO_RATIO, "arm"].value_counts()
    counted = frame[frame["mark"] == SIZE].set_index("arm")["n"]
    texts = []
    for arm in context.spec.arms:
        shown, no_ratio = int(drawn.get(arm.code, 0)), int(without.get(arm.code, 0))
        if no_ratio:
            texts.append(f"{arm.label}: {no_ratio} of n not drawn: a value that is not positive has no ratio")
        if str(shown + no_ratio) != counted[arm.code]:
            texts.append(
                f"{arm.label}: {shown + no_ratio} subjects have both values, the observed results count "
                f"{counted[arm.code]}: their analysis sets values aside"
            )
    return texts
