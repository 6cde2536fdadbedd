"""Visits done and values available: subjects by visit, endpoint and arm."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.analysis.subject_facts import FORMS, VALUES, check_forms
from trial.study.base import Code, listed
from trial.study.names import unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """Members of the population with the visit done, and with an analysed value of each endpoint."""

    plays: ClassVar[tuple[str, ...]] = ("completion",)

    method: Literal["visit_completion"]
    """Visits done, and values available, by visit."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: it estimates nothing."""
    visit_forms: bool
    """Whether the visits done are known from the visit forms (ADSV)."""
    analysed: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints whose values are counted."""

    def columns(self) -> Mapping[str, str]:
        """Return the dates of time zero and discontinuation."""
        return {"DISCDT": "date", "INDEXDT": "date"}

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return endpoint records and visit forms."""
        forms = {"adsv": FORMS} if self.visit_forms else {}
        return {"adlb": VALUES} | forms

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return the endpoints in the order of the study."""
        wanted = study.endpoints if self.analysed == "all" else self.analysed
        return {"endpoints": [code for code in study.endpoints if code in wanted]}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield unknown endpoints, and visit forms that the study has not."""
        for code in () if self.analysed == "all" else self.analysed:
            yield from unknown_name("analysed", code, study.endpoints)
        yield from check_forms(study, self.visit_forms)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return counts and percentages by visit and arm, and in total."""
    from trial.analysis.completion import count_completion

    return count_completion(data, config)
