"""Several hypotheses together: raw and adjusted p-values of a declared family, by a declared rule."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from trial.analysis.config import Analysis
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

Rule = Literal["fixed sequence", "holm", "hochberg", "benjamini-hochberg", "graph"]
ROUNDING = 1e-9


class Hypothesis(Strict):
    """One hypothesis of the family: no difference of two arms in one endpoint at one visit."""

    code: Code
    """Stands in results and graph."""
    endpoint: Code
    """The endpoint."""
    visit: Code
    """The visit, or an average over visits that the analysis declares."""
    comparison: Text
    """The arms as results name them: the first minus the second, such as CELL-STD."""


class Graph(Strict):
    """Bonferroni tests that pass their share on: who has which share of alpha, and where it goes."""

    weights: dict[Code, Annotated[float, Field(ge=0, le=1)]]
    """The share of alpha of each hypothesis; together at most 1."""
    transitions: dict[Code, dict[Code, Annotated[float, Field(ge=0, le=1)]]]
    """To which others the share of a rejected hypothesis goes; together at most 1."""


class Chosen(Strict):
    """When and why family and rule were chosen; outputs compare the day with the lock."""

    day: Annotated[date, Field(strict=False)]
    """The day of the choice."""
    by: Text
    """The role of who chose."""
    reason: Text
    """Why this family and this rule."""


class Config(Analysis):
    """An analysis of the whole study: it reads the p-values of another analysis."""

    plays: ClassVar[tuple[str, ...]] = ("multiplicity",)

    method: Literal["multiplicity"]
    """Adjusted p-values of a family."""
    endpoints: None
    """null: it is of the whole study."""
    analysis: Code
    """The analysis whose p-values are adjusted."""
    family: listed(Hypothesis)  # type: ignore[valid-type]
    """The hypotheses, in the order of a fixed sequence."""
    rule: Rule
    """How they are adjusted."""
    graph: Graph | None
    """Shares and transitions of the rule graph; null for the others."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    """The error rate that the rule keeps."""
    chosen: Chosen
    """When and why this was chosen."""

    @model_validator(mode="after")
    def _defined(self) -> "Config":
        if (self.rule == "graph") != (self.graph is not None):
            raise ValueError("graph: belongs to rule: graph and to no other")
        if self.graph:
            _check_graph(self.graph, [one.code for one in self.family])
        return self

    def sources(self) -> tuple[str, ...]:
        """Return the analysis whose p-values are adjusted."""
        return (self.analysis,)

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield names that the study does not have, what stands twice, and what differs from the source."""
        yield from repeated_names("family.code", [one.code for one in self.family])
        yield from repeated_names("family", [(o.endpoint, o.visit, o.comparison) for o in self.family])
        source = study.analyses.get(self.analysis)
        if source is None:
            return  # said where the sources of all analyses are checked
        compared = getattr(source, "comparisons", None)
        if compared is None:
            yield f"analysis: {self.analysis} compares no arms"
            return
        for word in ("population", "treatment", "estimand"):
            if getattr(source, word) != getattr(self, word):
                yield f"{word}: {self.analysis} has {getattr(source, word)}, found {getattr(self, word)}"
        arms = compared.weights((arm.code for arm in study.arms), study.reference_arm)
        visits = [visit.code for visit in study.visits if not visit.baseline]
        for one in self.family:
            key = f"family.{one.code}"
            covered = [code for code in study.endpoints if source.covers(code)]
            yield from unknown_name(f"{key}.endpoint", one.endpoint, covered)
            yield from unknown_name(f"{key}.visit", one.visit, [*visits, *compared.averages])
            yield from unknown_name(f"{key}.comparison", one.comparison, arms)


def _check_graph(graph: Graph, codes: list[str]) -> None:
    """Raise a ValueError that says what of a graph is wrong."""
    if sorted(graph.weights) != sorted(set(codes)) or sorted(graph.transitions) != sorted(set(codes)):
        raise ValueError(f"graph: weights and transitions name each of {', '.join(codes)} once")
    if sum(graph.weights.values()) > 1 + ROUNDING:
        raise ValueError(f"graph.weights: together at most 1, found {sum(graph.weights.values()):g}")
    for code, row in graph.transitions.items():
        if unknown := [other for other in row if other not in codes or other == code]:
            raise ValueError(
                f"graph.transitions.{code}: {unknown[0]} is not another hypothesis of the family"
            )
        if sum(row.values()) > 1 + ROUNDING:
            raise ValueError(f"graph.transitions.{code}: together at most 1, found {sum(row.values()):g}")


def graph_numbers(graph: Graph, codes: list[str]) -> Mapping[str, Any]:
    """Return shares and transitions of a graph as arrays in the order of the family."""
    import numpy as np

    return {
        "weights": np.array([graph.weights[code] for code in codes]),
        "moves": np.array([[graph.transitions[a].get(b, 0.0) for b in codes] for a in codes]),
    }


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Adjust the family; see `trial.analysis.multiple.analyse.adjust_family`."""
    from trial.analysis.multiple.analyse import adjust_family

    return adjust_family(data, config)
