"""The mixed model for repeated measures along a pre-specified ladder of covariance structures."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.mixed import MixedModel, run_mixed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(MixedModel):
    """The first accepted rung of the ladder is used."""

    method: Literal["mmrm"]
    """The mixed model for repeated measures."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.model.run_model`."""
    return run_mixed(data, config)
