"""Diagnostics of another analysis: its residuals against its assumptions, and the subjects that carry it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

# What an analysis and the influence of its subjects may differ in, being the same model.
OWN = {"method", "label", "primary", "endpoints", "largest"}


class Config(Analysis):
    """Residuals of the fit of one analysis, and the changes without each subject that another found."""

    plays: ClassVar[tuple[str, ...]] = ("diagnostics",)
    reads_records: ClassVar[bool] = True

    method: Literal["diagnostics"]
    """Residuals and influence of a fitted model."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes."""
    of: Code
    """The analysis whose fit is looked at: a model of arms; population, treatment, estimand are its own."""
    influence: Code | None
    """The analysis of the method influence of the same model; null for none."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Level of the band of the quantile plot and of the intervals of standard deviations."""

    def sources(self) -> tuple[str, ...]:
        """Return the analyses that are read."""
        return (self.of, *([self.influence] if self.influence else []))

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what is no model of arms, covers other endpoints, or is of another model or of others."""
        source = study.analyses.get(self.of)
        if source is None:
            return  # said where the sources of all analyses are checked
        if "model" not in source.plays or not hasattr(source, "lsmeans"):
            yield f"of: {self.of} is of the method {source.method}, which leaves no residuals"
            return
        yield from self._check_same(self.of, source, paramcds)
        other = study.analyses.get(self.influence) if self.influence else None
        if other is None:
            return
        if "influence" not in other.plays:
            yield f"influence: {self.influence} is of the method {other.method}"
            return
        yield from self._check_same(str(self.influence), other, paramcds)
        mine, theirs = source.model_dump(exclude=OWN), other.model_dump(exclude=OWN)
        for key in sorted(mine.keys() | theirs.keys()):
            if mine.get(key) != theirs.get(key):
                yield f"influence: {self.influence} is of another model than {self.of}: {key} differs"

    def _check_same(self, name: str, source: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        for code in paramcds:
            if not source.covers(code):
                yield f"endpoints: {name} does not cover {code}"
        for word in ("population", "treatment", "estimand"):
            if getattr(self, word) != getattr(source, word):
                yield f"{word}: {getattr(self, word)} is not that of {name} ({getattr(source, word)})"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Describe the residuals of one endpoint; see `trial.analysis.diagnostics.analyse.diagnose`."""
    from trial.analysis.diagnostics.analyse import diagnose

    return diagnose(data, config)
