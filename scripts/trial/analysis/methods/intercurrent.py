"""Counts of intercurrent events: subjects who had one, and the values of an endpoint that it acts on."""

from typing import TYPE_CHECKING, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.study.base import Code, listed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """Every declared event that concerns the endpoint is counted, whatever an estimand does about it."""

    plays: ClassVar[tuple[str, ...]] = ("events",)
    counts_events: ClassVar[bool] = True

    method: Literal["intercurrent"]
    """Counts of intercurrent events."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints whose values are counted: all, or a list of codes."""
    estimand: None
    """null: it estimates nothing."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return by event and arm the subjects, and by visit the values observed and those that it acts on."""
    from trial.analysis.intercurrent import count_events

    return count_events(data)
