"""The joint normal model of all visits by censored maximum likelihood: limits bound intervals."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.joint import Bootstrap, JointModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(JointModel):
    """Means of arm and visit, one unstructured covariance of all visits or one per arm; maximum likelihood.

    `sigma_by_arm`: needs more values inside their limits in each arm. `bootstrap`: resampled standard errors
    and limits beside those of the observed information; null for none.
    """

    method: Literal["censored_mmrm"]
    """The joint normal model of all visits, values beyond a limit as intervals."""
    sigma_by_arm: bool
    """Whether each arm has its own covariance matrix."""
    bootstrap: Bootstrap | None
    """A bootstrap of subjects within arm as a check of the standard errors; null for none."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.censored.model.run_censored`."""
    from trial.analysis.censored.model import run_censored

    return run_censored(data, config, config.sigma_by_arm, config.bootstrap)
