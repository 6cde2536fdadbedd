"""E-values of another analysis: how strong a confounder would have to be to explain its estimates."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """E-values of the estimates of one analysis, in units of the outcome's SD within arms."""

    plays: ClassVar[tuple[str, ...]] = ("evalue",)

    method: Literal["evalue"]
    """E-values for estimate and limit."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes."""
    of: Code
    """The analysis whose estimates are looked at; population, treatment and estimand are its own too."""
    response: Literal["change", "value"]
    """The outcome whose SD is the unit: change from baseline (log scale: ln ratio), or the value (its ln)."""

    def sources(self) -> tuple[str, ...]:
        """Return the analysis whose rows are read."""
        return (self.of,)

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what its estimates lack, or are of other patients or values than the SD."""
        source = study.analyses.get(self.of)
        if source is None:
            return
        if "effect" not in source.plays:
            yield f"of: {self.of} is of the method {source.method}, which compares no arms"
        for code in paramcds:
            if not source.covers(code):
                yield f"endpoints: {self.of} does not cover {code}"
        for name in ("population", "treatment", "estimand"):
            mine, theirs = getattr(self, name), getattr(source, name)
            if mine != theirs:
                yield f"{name}: {mine} is not that of {self.of} ({theirs})"
        if (theirs := getattr(source, "response", self.response)) != self.response:
            yield f"response: {self.response} is not that of {self.of} ({theirs})"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Write the E-values of one endpoint; see `trial.analysis.evalue_rows.run_evalue`."""
    from trial.analysis.evalue_rows import run_evalue

    return run_evalue(data, config)
