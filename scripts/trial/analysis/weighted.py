"""The configuration that analyses with weights of the design stage share."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.design.config import check_weighted
from trial.analysis.design.schema import BALANCE, MATRIX, WEIGHTS
from trial.analysis.linear import Adjusted
from trial.study.base import Strict


class Bootstrap(Strict):
    """Resamples of subjects within arms, each with its own propensity model, weights and outcome model."""

    replicates: Annotated[int, Field(ge=100, le=100_000)]
    """Number of resamples."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of the random numbers; each endpoint has its own from it, whatever the order of jobs."""


class Weighted(Adjusted):
    """A model of an endpoint that reads the files of the design stage.

    `weights`: the kind, and with it the population that is asked about.
    """

    plays: ClassVar[tuple[str, ...]] = ("effect", "bootstrap")

    weights: Literal["ATO", "ATE", "ATT"]
    """Kind of weights: ATO (overlap population), ATE (all), ATT (the treated)."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return the files of the design stage."""
        return {"weights": WEIGHTS, "matrix": MATRIX, "balance": BALANCE}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield wrong covariates, and weights that the design stage does not make."""
        yield from super().check(study, paramcds)
        yield from check_weighted(study, self, self.weights)
