"""Truncated-normal multiple imputation of values beyond a limit: the cross-check of the likelihood."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from trial.analysis.joint import JointModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(JointModel):
    """Gibbs draws of censored and missing values given the other visits; ANCOVA and Rubin's rules."""

    plays: ClassVar[tuple[str, ...]] = ("effect",)

    method: Literal["censored_imputation"]
    """Truncated-normal multiple imputation, then the analysis of covariance of each visit."""
    imputations: Annotated[int, Field(ge=2)]
    """Completed data sets."""
    sweeps: Annotated[int, Field(ge=1)]
    """Sweeps of the Gibbs sampler before each is taken."""
    seed: int
    """Seed of the random numbers."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Impute and analyse one endpoint; see `trial.analysis.censored.imputed.run_imputed`."""
    from trial.analysis.censored.imputed import Draws, run_imputed

    return run_imputed(data, config, Draws(config.imputations, config.sweeps, config.seed))
