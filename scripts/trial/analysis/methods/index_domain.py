"""The domain of an index with a pole: where its values are unstable, and where there are none."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.endpoints.inputs import INPUTS, POLE_FORMULAS
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

_PLACE = {"FILE": "text", "SHEET": "text", "ROW": "text", "COLUMN": "text"}
# What is read of usable results, and of the raw results behind records.
LABS = {"ANALYTE": "text", "VALUE": "number", **_PLACE}
LINEAGE = {"PARAMCD": "text", "USUBJID": "text", "ASEQ": "number", "ROLE": "text", **_PLACE}


class Config(Analysis):
    """Counts by visit and arm; zones and formula are those of the endpoint's index."""

    plays: ClassVar[tuple[str, ...]] = ("domain",)

    method: Literal["index_domain"]
    """Values of an index near its pole, with the inputs of each record."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints, which are such indices: all, or a list of codes."""
    estimand: None
    """null: it estimates nothing."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of usable results, and of those behind each record."""
        return {"labs": LABS, "lineage": LINEAGE}

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return the zones of the index, and of each endpoint its index, formula and inputs in words."""
        of = {code: one.source for code, one in study.endpoints.items() if self.covers(code)}
        return {
            "undefined_at": study.indices.homa_b_undefined_at,
            "unstable_below": study.indices.homa_b_unstable_below,
            "indices": {
                code: {
                    "index": source.index,
                    "formula": POLE_FORMULAS[source.index],
                    "inputs": {role: _input(study, source.inputs[role]) for role in INPUTS[source.index]},
                }
                for code, source in of.items()
            },
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield endpoints that are no index with a pole."""
        for code in paramcds:
            index = getattr(getattr(study.endpoints[code], "source", None), "index", None)
            if index not in POLE_FORMULAS:
                yield (
                    f"endpoints: {code} is no index that divides by glucose minus a limit "
                    f"({', '.join(POLE_FORMULAS)})"
                )


def _input(study: Any, analyte: str) -> dict[str, str]:
    """Return an input as readers know it: its analyte, label, and the unit as an endpoint prints it."""
    found = study.analytes[analyte]
    printed = [
        one.unit_label
        for one in study.endpoints.values()
        if getattr(one.source, "analyte", None) == analyte and one.unit == found.unit
    ]
    return {"analyte": analyte, "label": found.label, "unit": (printed or [found.unit])[0]}


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Count one endpoint; see `trial.analysis.index_domain.describe_domain`."""
    from trial.analysis.index_domain import describe_domain

    return describe_domain(data)
