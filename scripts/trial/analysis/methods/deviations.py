"""Counts of protocol deviations: by category and term, important or not, by arm."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.eligibility.schema import ADDV

if TYPE_CHECKING:
    import pandas as pd

    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

IMPORTANT = "important"


class Config(Analysis):
    """Deviations that were recorded and those that the data show, together."""

    plays: ClassVar[tuple[str, ...]] = ("deviations",)

    method: Literal["deviations"]
    """Counts of protocol deviations."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: it estimates nothing."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of the deviations."""
        return {"addv": ADDV.only("USUBJID", "DVCAT", "DVTERM", "DVIMP")}


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return by arm and in total subjects, percentage and number of deviations of each level.

    Levels: any (`any`), a category (`c1`, ...), a term of it (`c1.t1`, ...), in order of name; each also
    `<level>.important`. The record names them, and says how many deviations are not said to be either.
    """
    from trial.analysis.outcome import Outcome
    from trial.analysis.tallies import Tally

    addv = data.tables["addv"]
    addv = addv[addv["USUBJID"].isin(data.treatments.index)]
    tally = Tally(data)
    rows: list[dict[str, object]] = []
    levels: list[dict[str, str]] = []
    for key, label, found in _levels(addv):
        levels.append({"key": key, "label": label})
        rows += tally.count(key, found["USUBJID"], events=True, rows=found)
        important = found[found["DVIMP"] == "Y"]
        rows += tally.count(f"{key}.{IMPORTANT}", important["USUBJID"], events=True, rows=important)
    unsaid = int((addv["DVIMP"] == "").sum())
    return Outcome.of(data.spec, rows, {"levels": levels, "unsaid": unsaid}, list(tally.sets.values()))


def _levels(addv: "pd.DataFrame") -> Iterator[tuple[str, str, "pd.DataFrame"]]:
    """Yield key, label and rows of each level."""
    yield "any", "", addv
    for at, category in enumerate(sorted(addv["DVCAT"].unique()), 1):
        of_category = addv[addv["DVCAT"] == category]
        yield f"c{at}", category, of_category
        for number, term in enumerate(sorted(of_category["DVTERM"].unique()), 1):
            yield f"c{at}.t{number}", term, of_category[of_category["DVTERM"] == term]
