"""The mixed model for repeated measures with the subject weights of the design stage."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.linear import Structure
from trial.analysis.weighted import Bootstrap, Weighted
from trial.study.base import listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Weighted):
    """Arm, visit, arm x visit and the covariates; weights scaled to the number of subjects, sandwich CR2."""

    method: Literal["weighted_mmrm"]
    """The weighted mixed model for repeated measures."""
    covariance_ladder: listed(Structure)  # type: ignore[valid-type]
    """Working structures in the order they are tried; the first accepted one is used. CR2 carries the
    inference whatever the structure."""
    bootstrap: Bootstrap | None
    """Bootstrap that fits the propensity anew, beside CR2; null for none."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one endpoint; see `trial.analysis.weighted_model.run_weighted`."""
    from trial.analysis.weighted_model import run_weighted

    return run_weighted(data, config)
