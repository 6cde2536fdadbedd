"""The configuration that the models of all visits jointly share: the baseline is one of their responses."""

from typing import Annotated

from pydantic import Field, model_validator

from trial.analysis.linear import BASE, LinearModel
from trial.study.base import Strict


class Bootstrap(Strict):
    """Resampling of subjects within arm beside the observed information."""

    replicates: Annotated[int, Field(ge=50)]
    """Resamples; about 1,000 for percentile limits."""
    seed: int
    """Seed of the random numbers."""


class JointModel(LinearModel):
    """What the likelihood of the joint model and its imputation have in common.

    The baseline is a response, because it may lie below the limit as well: comparisons are adjusted for it by
    the joint distribution. Every other covariate enters the mean of every visit, with a coefficient at each.
    """

    @model_validator(mode="after")
    def _joint(self) -> "JointModel":
        if BASE not in [covariate.variable for covariate in self.covariates]:
            raise ValueError(f"covariates: {BASE} must stand there: this model is adjusted for the baseline")
        single = [covariate.variable for covariate in self.covariates if not covariate.by_visit]
        if single:
            raise ValueError(f"covariates: {', '.join(single)}: by_visit is true in this model")
        if self.lsmeans.weights != "proportional" or self.lsmeans.at:
            raise ValueError("lsmeans: {weights: proportional, at: {}} is what this model has")
        if self.comparisons.null_value is not None or self.comparisons.side != "two-sided":
            raise ValueError("comparisons: null_value: null and side: two-sided is what this model has")
        if self.comparisons.averages:
            raise ValueError("comparisons.averages: {} is what this model has")
        return self
