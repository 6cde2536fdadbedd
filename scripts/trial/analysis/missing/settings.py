"""The configuration that imputation and tipping point share: the imputation model and its draws."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from trial.analysis.linear import Compared
from trial.study.base import Code
from trial.study.names import unknown_name


class ImputationModel(Compared):
    """Every visit jointly, with arm and covariates by visit and an unstructured covariance."""

    strategy: Literal["MAR", "J2R", "CR", "CIR", "LMCF"]
    """What is assumed after drop-out: missing at random (MAR), jump to reference (J2R), copy reference (CR),
    copy increments in reference (CIR), last mean carried forward (LMCF)."""
    imputation_reference: Code
    """The arm whose course is referred to under J2R, CR and CIR."""
    sigma_by_arm: bool
    """Whether each arm has its own covariance matrix in the imputation model."""

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what `Compared` does, a wrong arm, and covariates whose effect may not differ by visit."""
        yield from super().check(study, paramcds)
        yield from unknown_name(
            "imputation_reference", self.imputation_reference, [a.code for a in study.arms]
        )
        if self.comparisons.null_value is not None or self.comparisons.side != "two-sided":
            yield "comparisons: imputed comparisons are two-sided, against no difference (null_value: null)"
        flat = [covariate.variable for covariate in self.covariates if not covariate.by_visit]
        if flat:
            yield (
                f"covariates: {', '.join(flat)} need by_visit: true; a value imputed at one visit must know "
                "all that its analysis of covariance at that visit does"
            )


class MultipleImputation(ImputationModel):
    """Draws of parameters and residuals, seeded."""

    draws: Literal["posterior", "bootstrap"]
    """Parameters of each imputation: from their posterior, or from REML refits on resampled subjects."""
    imputations: Annotated[int, Field(ge=2, le=100_000)]
    """Number of imputations."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of all random numbers. Analyses with one seed are compared on the same draws and residuals."""
