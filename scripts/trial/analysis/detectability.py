"""How much of an endpoint lies below its limits, and what that forbids.

Above the declared share of values below the limit, in any arm at any visit, a model of the endpoint rests on
the part of the distribution that nobody measured. Its estimates stay, marked; its p-values are withheld.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import Outcome
from trial.analysis.proportions import Counts, newcombe
from trial.study.rules import DETECTABILITY

Row = Mapping[str, object]
Cells = Mapping[tuple[str, str], tuple[int, int]]  # by visit and arm: analysed values, and those below


def share_rows(data: AnalysisData, records: str) -> Iterator[Row]:
    """Yield n, values below the limit and their share, by arm and visit."""
    for (visit, arm), (n, below) in below_limit_cells(data).items():
        place = {"method": "observed", "visit": visit, "group": arm, "records": records, "n": float(n)}
        yield place | {"statistic": "limit.n", "value": float(n), "unit": "1"}
        yield place | {"statistic": "BLQ.n", "value": float(below), "unit": "1"}
        share = 100 * below / n if n else float("nan")
        yield place | {
            "statistic": "BLQ.pct",
            "value": share,
            "unit": "%",
            "error": "" if n else "no values",
        }


def verdict(data: AnalysisData) -> str:
    """Return why an endpoint is detectability only, with its worst arm and visit; ``""`` where it is not."""
    limit = data.spec.below_limit.describe_only_above_pct
    cells = [
        (100 * below / n, visit, arm) for (visit, arm), (n, below) in below_limit_cells(data).items() if n
    ]
    if not cells or max(cells)[0] <= limit:
        return ""
    share = max(cells)[0]
    visits = {visit.code: visit.label for visit in data.spec.visits}
    arms = {arm.code: arm.label for arm in data.spec.arms}
    place = next(f"{arms[arm]}, {visits[visit]}" for value, visit, arm in cells if value == share)
    return (
        f"{DETECTABILITY}: {share:.0f}% of values lie below the quantification limit ({place}); above "
        f"{limit:g}% no effect is tested. Estimates rest on what was not measured; the p-value is withheld."
    )


def too_many_below(data: AnalysisData, cells: Cells, arm: str, visits: Sequence[str]) -> str:
    """Return why a mean of an arm at some visits would be one of substitutes; ``""`` where it would not."""
    limit = data.spec.below_limit.describe_only_above_pct
    labels = {visit.code: visit.label for visit in data.spec.visits}
    for visit in visits:
        n, below = cells[visit, arm]
        if n and 100 * below / n > limit:
            share = f"{100 * below / n:.0f}% of values lie below the quantification limit ({labels[visit]})"
            return f"{DETECTABILITY}: {share}; a mean would be one of substitutes."
    return ""


def withhold(outcome: Outcome, data: AnalysisData) -> Outcome:
    """Return the outcome of an analysis that tests arms without its p-values where the rule forbids them.

    Every estimate at a visit then carries the rule's words as its warning, so that they reach each output.
    """
    rows = outcome.rows
    names = rows["statistic"].astype(str)
    tests = names.str.endswith("pvalue")
    words = verdict(data) if data.spec.endpoint is not None and tests.any() else ""
    if not words:
        return outcome
    # What follows from a p-value alone goes with it: its Monte-Carlo error, and where it crosses a level.
    tests |= names.str.contains("pvalue", regex=False) | names.str.startswith(TIPPING)
    estimates = ~tests & rows["value"].notna() & (rows["visit"] != "") & ~rows["statistic"].isin(COUNTS)
    changed = rows.copy()
    joined = np.where(rows["warning"] == "", words, words + " " + rows["warning"])
    changed["warning"] = rows["warning"].where(~estimates, joined)
    changed.loc[tests & rows["value"].notna(), "error"] = words
    changed.loc[tests, "value"] = np.nan
    record = outcome.record | {"detectability": words}
    if "surfaces" in record:
        record["surfaces"] = dict.fromkeys(record["surfaces"])
    return replace(outcome, rows=changed, record=record)


def share_differences(
    data: AnalysisData, comparisons: Mapping[str, Mapping[str, float]], level: float, records: str
) -> Iterator[Row]:
    """Yield the difference of the shares below the limit of each pair of arms, with Newcombe's limits.

    In percentage points; Newcombe 1998, method 10: hybrid of the Wilson limits of each share.
    """
    cells = below_limit_cells(data)
    for visit in data.spec.visits:
        for name, weights in comparisons.items():
            first, second = (next(arm for arm, w in weights.items() if w == side) for side in (1.0, -1.0))
            (n1, x1), (n0, x0) = cells[visit.code, first], cells[visit.code, second]
            place = {"method": "newcombe", "visit": visit.code, "comparison": name, "records": records}
            counts = Counts(x1, n1, x0, n0) if n1 and n0 else None
            found = (counts.difference, *newcombe(counts, level)) if counts else (np.nan,) * 3
            for part, value in zip(("", ".lower", ".upper"), found, strict=True):
                yield place | {
                    "statistic": f"BLQ.diff{part}",
                    "value": 100 * value,
                    "unit": "percentage points",
                    "n": float(n1 + n0),
                    "error": "" if n1 and n0 else "an arm has no values",
                }


# The shift at which a conclusion tips, and the comparison there.
TIPPING = ("delta*", "tipped.")
# What is counted, not estimated.
COUNTS = ("n", "limit.n", "BLQ.n", "BLQ.pct")


def below_limit_cells(data: AnalysisData) -> Cells:
    """Return analysed values and those below their limit, by visit and arm, in the order of the study."""
    records = data.analysed
    records = records[records["AVAL"].notna()]
    counted = records.assign(BELOW=records["CENSOR"] == "<").groupby(["AVISIT", "ARMCD"])["BELOW"]
    found = {
        place: (int(n), int(x))
        for place, n, x in zip(counted.groups, counted.size(), counted.sum(), strict=True)
    }
    places = [(visit.code, arm.code) for visit in data.spec.visits for arm in data.spec.arms]
    return {place: found.get(place, (0, 0)) for place in places}
