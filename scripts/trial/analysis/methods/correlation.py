"""Rank correlation of the changes of two endpoints, by visit and arm, and within arms together."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.study.base import Code, Strict, listed
from trial.study.names import repeated_names, unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Pair(Strict):
    """Two endpoints whose changes are compared."""

    first: Code
    """One endpoint."""
    second: Code
    """The other."""


class Config(Analysis):
    """Spearman's correlation of the changes from baseline of declared pairs of endpoints."""

    plays: ClassVar[tuple[str, ...]] = ("correlation",)

    method: Literal["correlation"]
    """Rank correlation of changes."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: every value is used as observed."""
    pairs: listed(Pair)  # type: ignore[valid-type]
    """The pairs, in the order of print."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Confidence level of intervals, such as 0.95."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return the records of all endpoints."""
        kinds = {"USUBJID": "text", "PARAMCD": "text", "AVISIT": "text", "AVAL": "number", "BASE": "number",
                 "ABLFL": "text", "ANL01FL": "text", "CENSOR": "text", "ASEQ": "number"}  # fmt: skip
        return {"adlb": kinds}

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return the scale of each endpoint of the pairs."""
        named = {code for pair in self.pairs for code in (pair.first, pair.second)}
        return {"scales": {code: study.endpoints[code].scale for code in study.endpoints if code in named}}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield unknown endpoints, and pairs that stand twice or are of one endpoint."""
        yield from repeated_names("pairs", [tuple(sorted((one.first, one.second))) for one in self.pairs])
        for pair in self.pairs:
            for code in (pair.first, pair.second):
                yield from unknown_name("pairs", code, study.endpoints)
            if pair.first == pair.second:
                yield f"pairs: {pair.first} with itself; expected two endpoints"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return the correlations of each pair; see `trial.analysis.correlation.correlate_changes`."""
    from trial.analysis.correlation import correlate_changes

    return correlate_changes(data, config)
