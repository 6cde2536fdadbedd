"""Visits as the configuration declares them: windows, and which record stands for a visit."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trial.labs.config import Role
from trial.study.base import Code, Strict, Text
from trial.study.names import repeated_names, unknown_name

# What a selection may follow.
ROLES: tuple[Role, ...] = ("visit", "baseline_flag", "analysis_flag")

# A hundred years: what lies beyond is a slip of the keyboard.
Day = Annotated[int, Field(ge=-36_525, le=36_525)]


class Window(Strict):
    """One analysis visit as records are assigned to it: days from the index date, ends included."""

    code: Code
    """Code of the visit in data and results."""
    number: Annotated[int, Field(ge=0)]
    """Number of the visit; rises from visit to visit."""
    target_day: Day
    """Planned day, counted from the index date, which is day 0."""
    window: Annotated[tuple[Day, Day], Field(strict=False)]
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
    """Which visit a record belongs to, and which record stands for a visit when several do."""

    visit: Literal["window", "export"] = "window"
    """Whether the window of its date or the visit that the export names says which visit a record is of."""
    after_baseline: Literal["closest to target day", "flag of the export"]
    """Which value stands for a visit after baseline."""
    tie: Literal["later", "earlier"]
    """Which of two values equally close to the target day."""
    baseline: Literal["last on or before index date", "flag of the export"]
    """Which value is the baseline."""
    scheduled_first: bool = False
    """Whether a record that the export names after an analysis visit stands before all others."""


def check_exports(study: Any) -> list[str]:
    """Return visits of exports that the study does not know, and selections that no export can serve."""
    codes = [visit.code for visit in study.visits]
    lines = [f"other_visits: '{code}' is one of visits" for code in study.other_visits if code in codes]
    known = [*codes, *study.other_visits]
    for name, source in study.sources.items():
        for code in dict.fromkeys(source.visit_codes()):
            lines += unknown_name(f"sources.{name}: visit", code, known)
    chosen = {"selection": study.selection} | {
        f"endpoints.{code}.selection": endpoint.selection
        for code, endpoint in study.endpoints.items()
        if endpoint.selection
    }
    given = {role for source in study.sources.values() for role in ROLES if source.gives(role)}
    given |= {"visit"} if any(source.visit_codes() for source in study.sources.values()) else set()
    for key, selection in chosen.items():
        for name, value, role in (
            ("visit", "export", "visit"),
            ("baseline", "flag of the export", "baseline_flag"),
            ("after_baseline", "flag of the export", "analysis_flag"),
            ("scheduled_first", True, "visit"),
        ):
            if getattr(selection, name) == value and role not in given:
                lines.append(f"{key}.{name}: no source gives the role '{role}'")
    return lines


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
