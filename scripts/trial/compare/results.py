"""Result rows of two runs side by side: what is equal, what changed, and by how many standard errors."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Equal: not further apart than this part of the greater of both values and, where the statistic has one,
# its standard error (so that noise around zero is no change).
EQUAL = 1e-9
SAID = (
    "Two values are equal where they differ by no more than 1e-9 of the greater of both and of the standard "
    "error that belongs to the statistic. Delta is new minus old; delta/SE has the old run's standard error "
    "(the new run's where the old has none), and is empty where the statistic has none on its scale."
)
NAMES = ("analysis", "endpoint", "visit", "group", "comparison", "statistic", "unit")
# Statistics of one cell whose standard error has the name of another: the mean of values has the SE of the
# values.
SE = ".se"
OF_LOCATION = (".estimate", ".mean", ".lower", ".upper")
NO_SE = frozenset({"pvalue", "df", "statistic", "se", "sd", "n"})


@dataclass(frozen=True)
class Result:
    """One result row: value (NaN where there is none), subjects behind it, warning and error."""

    value: float
    n: float
    note: str
    row: Mapping[str, str]


def read_results(rows: Iterable[Mapping[str, str]]) -> dict[str, Result]:
    """Return the rows of ard.csv by their id, in their order."""
    return {
        row["result_id"]: Result(
            _number(row["value"]),
            _number(row["n"]),
            "; ".join(filter(None, (row["warning"], row["error"]))),
            row,
        )
        for row in rows
    }


def _number(text: str) -> float:
    return float(text) if text else math.nan


def cell_of(one: str, statistic: str) -> str:
    """Return the id of the cell that a result belongs to, by its own id and statistic."""
    return one.removesuffix(statistic)


def standard_error(results: Mapping[str, Result], one: str) -> float:
    """Return the standard error that belongs to a result of the same cell, on its own scale; NaN for none."""
    found = results.get(one)
    if found is None:
        return math.nan
    statistic = found.row["statistic"]
    if statistic.rpartition(".")[2] in NO_SE:
        return math.nan
    cell = cell_of(one, statistic)
    candidates = [statistic]
    candidates += [statistic.removesuffix(end) for end in OF_LOCATION if statistic.endswith(end)]
    candidates += [name.removesuffix(".mean") for name in candidates if name.endswith(".mean")]
    for name in candidates:
        error = results.get(f"{cell}{name}{SE}")
        if error is not None and error.row["unit"] == found.row["unit"]:
            return error.value
    return math.nan


def scale_of(old: Mapping[str, Result], new: Mapping[str, Result], one: str) -> float:
    """Return the old run's standard error of a result, the new run's where the old has none; NaN for none."""
    error = standard_error(old, one)
    return standard_error(new, one) if math.isnan(error) else error


def same_value(before: float, after: float, error: float = math.nan) -> bool:
    """Return whether two values are equal (`EQUAL`); two missing values are."""
    if before == after or (math.isnan(before) and math.isnan(after)):
        return True
    scale = max(abs(before), abs(after), 0.0 if math.isnan(error) else abs(error))
    return abs(after - before) <= EQUAL * scale


def change_of(before: Result | None, after: Result | None, error: float = math.nan) -> str:
    """Return how a result changed: appeared, gone, changed, n, note; empty for not at all."""
    if before is None or after is None:
        return "" if before is after else "appeared" if before is None else "gone"
    if not same_value(before.value, after.value, error):
        return "changed"
    if not same_value(before.n, after.n):
        return "n"
    return "note" if before.note != after.note else ""


def changes(old: Mapping[str, Result], new: Mapping[str, Result]) -> dict[str, str]:
    """Return by id how each result changed that did, in the order of the new run, then of the old."""
    found = {}
    for one in dict.fromkeys((*new, *old)):
        before, after = old.get(one), new.get(one)
        if before is not None and after is not None and before.row == after.row:
            continue
        if change := change_of(before, after, scale_of(old, new, one)):
            found[one] = change
    return found
