"""Counts of eligibility: by criterion and arm, the subjects of each result."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.eligibility.schema import ADIE, DECLARED, MET, NOT_MET, UNKNOWN

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

RESULTS = (MET, NOT_MET, UNKNOWN, DECLARED)


class Config(Analysis):
    """Each criterion's results as decided in ADIE, and how many subjects have any of each kind."""

    plays: ClassVar[tuple[str, ...]] = ("eligibility",)

    method: Literal["eligibility"]
    """Counts of eligibility criteria."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: it estimates nothing."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of the criteria."""
        return {"adie": ADIE.only("USUBJID", "IETESTCD", "RESULT")}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield that there is nothing to count."""
        if getattr(study, "eligibility", True) is None:
            yield "method: eligibility needs the section eligibility"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return by arm and in total `<criterion>.<result>`, `any.<result>` and `complies`.

    `complies`: every criterion is met or declared.
    """
    from trial.analysis.outcome import Outcome
    from trial.analysis.tallies import Tally

    adie = data.tables["adie"]
    adie = adie[adie["USUBJID"].isin(data.treatments.index)]
    tally = Tally(data)
    rows: list[dict[str, object]] = []
    codes = list(dict.fromkeys(adie["IETESTCD"]))
    for result in RESULTS:
        found = adie[adie["RESULT"] == result]
        rows += tally.count(f"any.{result}", found["USUBJID"].unique(), rows=found)
        for code in codes:
            of_code = found[found["IETESTCD"] == code]
            rows += tally.count(f"{code}.{result}", of_code["USUBJID"], rows=of_code)
    failing = adie.loc[adie["RESULT"].isin([NOT_MET, UNKNOWN]), "USUBJID"]
    rows += tally.count("complies", data.treatments.index.difference(list(failing)), rows=adie)
    return Outcome.of(data.spec, rows, {"criteria": codes}, list(tally.sets.values()))
