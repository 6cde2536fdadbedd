"""How many values lie below the limit by arm and visit, and how the arms differ in that."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """Shares below the limit; the difference of each arm from the reference with Newcombe's limits."""

    plays: ClassVar[tuple[str, ...]] = ("shares",)

    method: Literal["detectability"]
    """Shares of values below the limit of quantification."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are described: all, or a list of codes."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Confidence level of the limits, such as 0.95."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Count one endpoint; see `trial.analysis.detectability`."""
    from trial.analysis.detectability import share_differences, share_rows, verdict
    from trial.analysis.outcome import Outcome, record_set

    behind = record_set(data.spec, "analysed", data.analysed)
    reference = data.spec.reference_arm
    pairs = {
        f"{arm.code}-{reference}": {arm.code: 1.0, reference: -1.0}
        for arm in data.spec.arms
        if arm.code != reference
    }
    words = verdict(data)
    rows = [
        {"method": "observed", "statistic": "level", "value": config.level, "unit": "1", "warning": words},
        *share_rows(data, behind.id),
        *share_differences(data, pairs, config.level, behind.id),
    ]
    return Outcome.of(data.spec, rows, {"detectability": words}, [behind])
