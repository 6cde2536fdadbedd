"""Difference in differences: every visit, baseline too, is a response; the arms' changes are compared."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """Arm, visit and arm x visit over all visits, means unconstrained; no covariate, no adjustment."""

    plays: ClassVar[tuple[str, ...]] = ("effect",)

    method: Literal["change_scores"]
    """The unconstrained longitudinal model, whose contrasts are differences in differences."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes."""
    covariance_ladder: listed(Literal["us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh"])  # type: ignore[valid-type]
    """Structures in the order they are tried; the first whose fit passes its verdict is used."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Confidence level of intervals, such as 0.95."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.longitudinal.run_longitudinal`."""
    from trial.analysis.longitudinal import run_longitudinal

    return run_longitudinal(data, config)
