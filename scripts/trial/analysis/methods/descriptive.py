"""Descriptive statistics of one endpoint by visit and arm."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """Observed values and change; geometric statistics and values below the limit where they apply."""

    plays: ClassVar[tuple[str, ...]] = ("observed",)

    method: Literal["descriptive"]
    """Summary statistics of observed values by visit and arm."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are described: all, or a list of codes."""

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return the level of the intervals of means: that of the primary analysis, where it has one."""
        level = next(getattr(one, "level", None) for one in study.analyses.values() if one.primary)
        return {} if level is None else {"level": level}


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Describe one endpoint; see `trial.analysis.summary.summarise`."""
    from trial.analysis.summary import summarise

    return summarise(data)
