"""The mixed model for repeated measures along a pre-specified ladder of covariance structures."""

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from trial.analysis.linear import LinearModel, Structure
from trial.study.base import listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(LinearModel):
    """Fixed effects of arm, visit, arm x visit and the covariates; the first accepted rung is used.

    `sigma_by_arm`: one covariance matrix per arm. `coefficient_covariance`: standard errors of the `us` rung;
    below it the sandwich CR2 always carries the inference, with the model-based one beside it.
    """

    method: Literal["mmrm"]
    """The mixed model for repeated measures."""
    covariance_ladder: listed(Structure)  # type: ignore[valid-type]
    """Structures in the order they are tried; the first whose fit passes its verdict is used. ancova
    may stand last."""
    sigma_by_arm: bool
    """Whether each arm has its own covariance matrix."""
    df_method: Literal["kenward-roger", "kenward-roger-linear", "satterthwaite"]
    """Degrees of freedom (and standard errors) of the us rung."""
    coefficient_covariance: Literal["model", "CR0", "CR1", "CR2", "CR3"]
    """Standard errors of the us rung: model-based, or a sandwich."""
    reml: bool
    """Restricted (true) or full (false) maximum likelihood."""

    @property
    def ladder(self) -> tuple[str, ...]:
        """The structures to try, in order."""
        return tuple(self.covariance_ladder)

    @model_validator(mode="after")
    def _defined(self) -> "Config":
        if not self.reml and self.df_method != "satterthwaite":
            raise ValueError(f"df_method {self.df_method} is defined for reml: true; use satterthwaite")
        if self.coefficient_covariance != "model" and self.df_method != "satterthwaite":
            raise ValueError(
                f"df_method {self.df_method} belongs to coefficient_covariance: model; "
                f"{self.coefficient_covariance} has satterthwaite"
            )
        twice = {rung for rung in self.covariance_ladder if self.covariance_ladder.count(rung) > 1}
        if twice:
            raise ValueError(f"covariance_ladder: {', '.join(sorted(twice))} stands more than once")
        return self


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.model.run_model`."""
    from trial.analysis.model import ModelPlan, run_model

    plan = ModelPlan(
        config, config.df_method, config.reml, config.sigma_by_arm, config.coefficient_covariance
    )
    return run_model(data, plan)
