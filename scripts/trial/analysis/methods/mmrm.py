"""The mixed model for repeated measures along a pre-specified ladder of covariance structures."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.mixed import MixedModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(MixedModel):
    """The mixed model as an analysis of its own."""

    method: Literal["mmrm"]
    """The mixed model for repeated measures."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.model.run_model`."""
    from trial.analysis.model import ModelPlan, run_model

    plan = ModelPlan(
        config, config.df_method, config.reml, config.sigma_by_arm, config.coefficient_covariance
    )
    return run_model(data, plan)
