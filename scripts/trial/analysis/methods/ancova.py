"""The analysis of covariance of each visit on its own, by ordinary least squares."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.linear import LinearModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(LinearModel):
    """Arm and the covariates at each visit; subjects count at the visits where they have a value."""

    method: Literal["ancova"]
    """The analysis of covariance of each visit on its own."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.model.run_model`."""
    from trial.analysis.model import ModelPlan, run_model

    return run_model(data, ModelPlan(config, "satterthwaite", True, False, "model"))
