"""Imputation of missing values under a named assumption, then the analysis of covariance of each visit."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from trial.analysis.missing.settings import ImputationModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(ImputationModel):
    """Multiple imputation with Rubin's rules, or conditional-mean imputation with the jackknife."""

    plays: ClassVar[tuple[str, ...]] = ("effect", "imputation")

    method: Literal["imputation"]
    """Imputation of what is missing, then ANCOVA of each visit."""
    inference: Literal["rubin", "jackknife"]
    """rubin: multiple imputation pooled by Rubin's rules. jackknife: conditional means, refitted without each
    subject in turn; draws, imputations and seed are then null."""
    draws: Literal["posterior", "bootstrap"] | None
    """Parameters of each imputation: from their posterior, or from REML refits on resampled subjects."""
    imputations: Annotated[int, Field(ge=2, le=100_000)] | None
    """Number of imputations."""
    seed: Annotated[int, Field(ge=0)] | None
    """Seed of all random numbers. Analyses with one seed are compared on the same draws and residuals."""

    @model_validator(mode="after")
    def _complete(self) -> "Config":
        asked = {"draws": self.draws, "imputations": self.imputations, "seed": self.seed}
        if self.inference == "rubin":
            absent = [name for name, value in asked.items() if value is None]
            if absent:
                raise ValueError(f"inference rubin needs {', '.join(absent)}")
        given = [name for name, value in asked.items() if value is not None]
        if self.inference == "jackknife" and given:
            raise ValueError(f"inference jackknife draws nothing: {', '.join(given)} must be null")
        return self


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Impute and analyse one endpoint; see `trial.analysis.missing.imputation.run_imputation`."""
    from trial.analysis.missing.imputation import run_imputation

    return run_imputation(data, config)
