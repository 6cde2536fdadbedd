"""What every endpoint declares, wherever its values come from: how it is analysed, printed, collected."""

from typing import Annotated, Any, Literal

from pydantic import Field

from trial.study.base import Code, Strict, Text, listed


class EndpointPlan(Strict):
    """How an endpoint is analysed and printed, wherever its values come from.

    `number` is the fixed part of the ids of its outputs, and orders the records of all endpoints.
    """

    number: Annotated[int, Field(ge=1)]
    """Fixed part of the ids of the endpoint's outputs; orders the records of all endpoints."""
    label: Text
    """Name of the endpoint as printed."""
    unit: Text
    """UCUM code of the unit of its values."""
    unit_label: str
    """The unit as printed; empty for none."""
    decimals: Annotated[int, Field(ge=0, le=4)] | Literal["collected"]
    """Decimals of collected values as printed; collected: as many as 95 % of the unconverted numbers
    came with."""
    scale: Literal["identity", "log"]
    """Whether changes are differences (identity) or ratios (log)."""
    benefit: Literal["lower", "higher", "neutral"]
    """Which direction of change is good for the subject."""
    reports_below_limit: bool
    """Whether values below a limit of quantification are expected."""
    primary_visit: Code
    """The visit of the primary comparison."""
    primary: bool = False
    """Whether it is a primary endpoint of the study: outputs of it say so."""


class CollectedEndpoint(Strict):
    """One endpoint as all of them are put together; `param` is its label with the printed unit."""

    paramcd: Code
    number: int
    param: Text
    unit_label: str


class CollectAdlbSpec(Strict):
    """What `collect_adlb` stands on; `population`: whose missing values are asked about."""

    endpoints: listed(CollectedEndpoint)  # type: ignore[valid-type]
    flags: listed(Code)  # type: ignore[valid-type]
    population: Code


def collect_adlb_spec(study: Any) -> CollectAdlbSpec:
    """Return the slice of `collect_adlb`, in order of number: that in the configuration says nothing."""
    ordered = sorted(study.endpoints.items(), key=lambda item: item[1].number)
    endpoints = tuple(
        CollectedEndpoint(
            paramcd=code, number=endpoint.number, param=_param(endpoint), unit_label=endpoint.unit_label
        )
        for code, endpoint in ordered
    )
    population = next(analysis.population for analysis in study.analyses.values() if analysis.primary)
    return CollectAdlbSpec(endpoints=endpoints, flags=tuple(sorted(study.populations)), population=population)


def _param(endpoint: EndpointPlan) -> str:
    return f"{endpoint.label} ({endpoint.unit_label})" if endpoint.unit_label else endpoint.label
