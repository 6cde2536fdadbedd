"""The safety laboratory: values by visit, shifts against limits, grades, marked abnormalities, Hy's law."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.endpoints.schema import laboratory_data

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

READ = (
    "USUBJID", "PARAMCD", "ASEQ", "AVISIT", "ADY", "AVAL", "AVALC", "BASE", "CHG", "ABLFL", "ANL01FL",
    "POSTBLFL", "ANRLO", "ANRHI", "ANRSRC", "ANRIND", "BNRIND", "R2ANRHI", "ATOXGRL", "ATOXGRH",
    "WORSTLFL", "WORSTHFL", "WGRDLFL", "WGRDHFL", "HYSFL", "CENSOR", "LIMIT",
)  # fmt: skip


class Config(Analysis):
    """Counts of subjects by arm and in total; what is counted stands in the section `laboratory`."""

    plays: ClassVar[tuple[str, ...]] = ("laboratory",)
    reads_laboratory: ClassVar[bool] = True

    method: Literal["laboratory"]
    """The safety laboratory."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of the safety laboratory."""
        return {"adlbsaf": laboratory_data({}).only(*READ)}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield that the study has no safety laboratory."""
        if getattr(study, "laboratory", None) is None:
            yield "method: laboratory needs the section laboratory"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return the counts; the record says in words what was counted."""
    from trial.analysis.laboratory.analyse import analyse_laboratory

    return analyse_laboratory(data)
