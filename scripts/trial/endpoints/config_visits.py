"""Visits as the configuration declares them: windows, and which record stands for a visit."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trial.study.base import Code, Strict, Text
from trial.study.names import repeated_names


class Window(Strict):
    """One analysis visit as records are assigned to it: days from the index date, ends included."""

    code: Code
    """Code of the visit in data and results."""
    number: Annotated[int, Field(ge=0)]
    """Number of the visit; rises from visit to visit."""
    target_day: int
    """Planned day, counted from the index date, which is day 0."""
    window: Annotated[tuple[int, int], Field(strict=False)]
    """First and last day that belong to the visit."""
    baseline: bool
    """Whether this is the baseline visit; exactly one is, and it stands first."""

    @model_validator(mode="after")
    def _order(self) -> "Window":
        low, high = self.window
        if not low <= self.target_day <= high:
            raise ValueError(f"target_day {self.target_day} is outside the window {low}..{high}")
        return self


class Visit(Window):
    """One analysis visit with its printed label."""

    label: Text
    """Name of the visit as printed."""


class Selection(Strict):
    """Which record stands for a visit when several do."""

    after_baseline: Literal["closest to target day"]
    """Which value stands for a visit after baseline."""
    tie: Literal["later", "earlier"]
    """Which of two values equally close to the target day."""
    baseline: Literal["last on or before index date"]
    """Which value is the baseline."""


def check_visits(study: Any) -> list[str]:
    """Return what is wrong with the visits and their windows."""
    visits = study.visits
    lines = repeated_names("visits.code", [visit.code for visit in visits])
    lines += repeated_names("visits.label", [visit.label for visit in visits])
    if sum(visit.baseline for visit in visits) != 1 or not visits[0].baseline:
        lines.append("visits: exactly one visit is the baseline, and it stands first")
    elif visits[0].window[1] > 0:
        lines.append(f"visits.window: the baseline window {visits[0].window} must end on or before day 0")
    if len(visits) < 2:
        lines.append("visits: a change needs a visit after baseline, found none")
    numbers = [visit.number for visit in visits]
    if numbers != sorted(set(numbers)):
        lines.append(f"visits.number: must rise from visit to visit, found {numbers}")
    return lines + [
        f"visits.window: {before.code} {before.window} and {after.code} {after.window} overlap"
        for before, after in pairwise(visits)
        if before.window[1] >= after.window[0]
    ]
