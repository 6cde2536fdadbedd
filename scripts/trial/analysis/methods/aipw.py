"""Augmented inverse probability weighting at each visit: outcome models of the arms, corrected by weights."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from trial.analysis.weighted import Bootstrap, Weighted

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Weighted):
    """Consistent if the propensity model or the outcome models are right; missing visits at random.

    `covariates`: of the outcome models, which every arm has of its own.
    """

    method: Literal["aipw"]
    """Augmented inverse probability weighting."""
    weights: Literal["ATO", "ATE"]
    """Kind of weights: ATO (overlap population) or ATE (all)."""
    bootstrap: Bootstrap
    """The bootstrap that gives the standard error: of propensity, outcome models and imputation together."""

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what `Weighted` does, and covariates that the outcome models could not hold constant."""
        yield from super().check(study, paramcds)
        for covariate in self.covariates:
            if not covariate.by_visit:
                yield f"covariates: {covariate.variable}: outcome models are by visit; by_visit: true"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Estimate one endpoint; see `trial.analysis.augmented_model.run_augmented`."""
    from trial.analysis.augmented_model import run_augmented

    return run_augmented(data, config)
