"""The configuration of the analyses: what is estimated, of whom, and by which method."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.endpoints.config import BelowLimit, Endpoint, Visit
from trial.study.base import Code, Strict, Text, listed
from trial.subjects.config import Arm

# "ancova" is the last resort: a separate analysis of covariance at each visit.
Structure = Literal["us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "ancova"]


class Estimand(Strict):
    """The five attributes of ICH E9(R1), in the words that the report prints."""

    population: Text
    treatments: Text
    variable: Text
    intercurrent_events: Text
    summary: Text


class MmrmAnalysis(Strict):
    """The mixed model for repeated measures of every endpoint."""

    population: Literal["ENRLFL", "FASFL", "SAFFL"]
    treatment: Literal["TRT01P", "TRT01A"]
    estimand: Estimand
    covariance_ladder: listed(Structure)  # type: ignore[valid-type]
    df_method: Literal["kenward-roger", "kenward-roger-linear", "satterthwaite"]
    reml: bool
    lsmean_weights: Literal["equal", "proportional", "counterfactual"]
    level: Annotated[float, Field(gt=0.5, lt=1)]

    @model_validator(mode="after")
    def _df_of_ml(self) -> "MmrmAnalysis":
        if not self.reml and self.df_method != "satterthwaite":
            raise ValueError(f"df_method {self.df_method} is defined for reml: true; use satterthwaite")
        return self


Population = Literal["ENRLFL", "FASFL", "SAFFL"]
Treatment = Literal["TRT01P", "TRT01A"]


class PopulationSpec(Strict):
    """What `count_population` stands on."""

    arms: listed(Arm)  # type: ignore[valid-type]
    population: Population
    treatment: Treatment


class EndpointSpec(Strict):
    """What the rules of one endpoint before its model stand on."""

    paramcd: Code
    endpoint: Endpoint
    arms: listed(Arm)  # type: ignore[valid-type]
    visits: listed(Visit)  # type: ignore[valid-type]
    population: Population
    treatment: Treatment


class ModelSpec(Strict):
    """What `fit_mmrm` stands on: the resolved model of one endpoint."""

    paramcd: Code
    endpoint: Endpoint
    arms: listed(Arm)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Visit)  # type: ignore[valid-type]
    mmrm: MmrmAnalysis
    below_limit: BelowLimit
