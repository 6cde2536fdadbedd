"""What the programs of this room are told of the study: names, orders and conditions, nothing of numbers."""

from trial.study.base import Code, Identity, Strict, Text, listed


class Named(Strict):
    """An arm, visit, endpoint or population: its code in the data, its label on paper."""

    code: Code
    label: Text


class DeliveredComparison(Strict):
    """A comparison of arms by its code in the results, with the weight of each arm."""

    code: Text
    label: Text
    weights: dict[Code, float]


class DeliveredAverage(Strict):
    """An average over visits that stands in the place of a visit."""

    code: Code
    label: Text
    visits: listed(Code)  # type: ignore[valid-type]


class DeliveredAnalysis(Strict):
    """One analysis: whom it is of, and which data set and variable it analyses.

    `variable`: null where it is of no single one.
    """

    id: Code
    label: Text
    primary: bool
    population: Code
    treatment: Code
    dataset: Text
    variable: Text | None


class DeliveredOutput(Strict):
    """One output of the catalogue (`kind`: table, listing or figure).

    `endpoint`: of one endpoint alone; `analyses`: those it is made of; `population` and `treatment`: null
    where no analysis says of whom.
    """

    id: Text
    kind: Text
    template: Text
    e3: Text
    endpoint: Code | None
    analyses: tuple[Code, ...]
    population: Code | None
    treatment: Code | None


class DeliverySpec(Strict):
    """What the rules of this room stand on; arms, visits, analyses and outputs in the order of the study.

    `primary_endpoints`: those that the study declares as such; none where it says nothing.
    """

    study: Identity
    arms: listed(Named)  # type: ignore[valid-type]
    visits: listed(Named)  # type: ignore[valid-type]
    endpoints: listed(Named)  # type: ignore[valid-type]
    primary_endpoints: tuple[Code, ...]
    populations: listed(Named)  # type: ignore[valid-type]
    comparisons: tuple[DeliveredComparison, ...]
    averages: tuple[DeliveredAverage, ...]
    analyses: listed(DeliveredAnalysis)  # type: ignore[valid-type]
    outputs: listed(DeliveredOutput)  # type: ignore[valid-type]
