"""The whole study: one model that holds the sections of `config.yaml`."""

from typing import Annotated

from pydantic import Field

from trial.analysis.config import MmrmAnalysis
from trial.display.config import Outputs
from trial.endpoints.config import BelowLimit, Endpoint, Homa2, IndexRules, Selection, Visit
from trial.labs.config import Analytes, Consistency, Conversions, Corrections, Factors, Sources, Units
from trial.study.base import Code, Identity, Strict, listed
from trial.subjects.config import Arm, Edc


class Study(Strict):
    """The analysis plan a machine can run; the order of arms, visits and endpoints is that of the outputs."""

    study: Identity
    edc: Edc
    sources: Sources
    analytes: Analytes
    units: Units
    conversions: Conversions = ()
    factors: Factors
    corrections: Corrections
    consistency: Consistency | None
    arms: listed(Arm)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Visit)  # type: ignore[valid-type]
    selection: Selection
    indices: IndexRules
    homa2: Homa2 | None
    below_limit: BelowLimit
    endpoints: Annotated[dict[Code, Endpoint], Field(min_length=1)]
    mmrm: MmrmAnalysis
    outputs: Outputs
