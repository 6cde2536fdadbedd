"""The safety laboratory as the configuration declares it: parameters, grades, marked limits, Hy's law."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trial.endpoints.config_visits import Day
from trial.labs.config import Specimen
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

Side = Literal["low", "high"]
Multiple = Annotated[float, Field(gt=0)]


class Threshold(Strict):
    """A bound that a value must pass: a multiple of a limit or of the baseline, or a value of its own."""

    times: Multiple | None = None
    """Multiple of what `of` names."""
    of: Literal["ULN", "LLN", "BASE"] | None = None
    """Upper or lower limit of normal of the result, or the subject's baseline."""
    value: float | None = None
    """A value in the standard unit of the analyte, in the place of a multiple."""
    reached: bool = False
    """Whether the bound itself counts: at least, not more than."""

    @model_validator(mode="after")
    def _one(self) -> "Threshold":
        if (self.times is None) != (self.of is None) or (self.times is None) == (self.value is None):
            raise ValueError("either times and of (a multiple), or value")
        return self


class Grade(Strict):
    """One grade of a criterion: a value that passes one of its bounds has it, unless it has a higher one."""

    grade: Annotated[int, Field(ge=1, le=4)]
    """Number of the grade."""
    any_of: listed(Threshold)  # type: ignore[valid-type]
    """The bounds of which one at least is passed."""


Grades = listed(Grade)


def _numbers(grades: Sequence[Grade]) -> list[int]:
    return [one.grade for one in grades]


class Criterion(Strict):
    """Grades of one parameter to one side."""

    term: Text
    """Term of the criterion, as printed."""
    side: Side
    """Whether values above (high) or below (low) the bounds are graded."""
    grades: Grades  # type: ignore[valid-type]
    """Its grades, the lowest first; those that no number decides are left out."""
    abnormal_baseline: Grades | None = None  # type: ignore[valid-type]
    """The grades after a baseline beyond the limit of that side; null: the same."""

    @model_validator(mode="after")
    def _rising(self) -> "Criterion":
        for name, grades in (("grades", self.grades), ("abnormal_baseline", self.abnormal_baseline or ())):
            numbers = _numbers(grades)
            if numbers != sorted(set(numbers)):
                raise ValueError(f"{name}: each grade once, the lowest first")
        return self


class Marked(Threshold):
    """A marked abnormality: subjects with a value after baseline beyond this bound are counted."""

    side: Side
    """Whether values above (high) or below (low) it are counted."""


class Parameter(Strict):
    """One analyte of the safety laboratory."""

    code: Code
    """Code of the parameter in data and results; no code of an endpoint."""
    analyte: Code
    """The measured analyte."""
    label: Text
    """Name as printed."""
    unit_label: str
    """Its standard unit as printed; empty for none."""
    decimals: Annotated[int, Field(ge=0, le=6)]
    """Decimals of its results as printed."""
    specimens: listed(Specimen) | None = None  # type: ignore[valid-type]
    """Specimens that serve, beside those of which nothing is said; null: all that it is measured in."""
    criteria: Annotated[tuple[Criterion, ...], Field(strict=False)] = ()
    """Criteria of its grades, at most one to each side."""
    marked: Annotated[tuple[Marked, ...], Field(strict=False)] = ()
    """Bounds beyond which subjects are counted, in the order of the output."""

    @model_validator(mode="after")
    def _sides(self) -> "Parameter":
        sides = [criterion.side for criterion in self.criteria]
        if len(set(sides)) < len(sides):
            raise ValueError("criteria: one at most to each side")
        return self

    @property
    def title(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit_label})" if self.unit_label else self.label


class HysLaw(Strict):
    """When a subject is a candidate of Hy's law, and the lines of the plot of peaks (eDISH)."""

    transaminases: listed(Code)  # type: ignore[valid-type]
    """Parameters of which one must be raised, in the order of the panels."""
    bilirubin: Code
    """Parameter of total bilirubin."""
    alkaline_phosphatase: Code | None
    """Parameter of alkaline phosphatase; null where the study does not measure it."""
    times: Multiple
    """Multiple of the upper limit that a transaminase reaches."""
    bilirubin_times: Multiple
    """Multiple of the upper limit that bilirubin reaches."""
    phosphatase_times: Multiple
    """Multiple of the upper limit of alkaline phosphatase from which the pair is set aside as cholestatic."""
    days: Annotated[int, Field(ge=0, le=365)]
    """Most days between the two raised values, whichever comes first."""


class Laboratory(Strict):
    """The safety laboratory: what is tabulated, listed and graded, beside the endpoints."""

    baseline_window: Annotated[tuple[Day, Day], Field(strict=False)]
    """First and last day of baseline, counted from time zero: the last result in it is the baseline."""
    parameters: listed(Parameter)  # type: ignore[valid-type]
    """The parameters in the order of the outputs."""
    grading: Text | None
    """Source of the grades, as printed; null where nothing is graded."""
    hys_law: HysLaw | None
    """Candidates of Hy's law; null where it is not looked at."""

    @model_validator(mode="after")
    def _whole(self) -> "Laboratory":
        low, high = self.baseline_window
        if not low <= high <= 0:
            raise ValueError(f"baseline_window {[low, high]}: rising, and not after day 0")
        if any(one.criteria for one in self.parameters) and self.grading is None:
            raise ValueError("grading: the source of the criteria is missing")
        return self

    @property
    def by_code(self) -> dict[str, Parameter]:
        """The parameters by their code, in their order."""
        return {one.code: one for one in self.parameters}


def check_laboratory(study: Any) -> Iterator[str]:
    """Yield what the section contradicts in analytes, endpoints and visits."""
    laboratory = study.laboratory
    if laboratory is None:
        return
    yield from repeated_names("laboratory.parameters.code", [one.code for one in laboratory.parameters])
    for code, one in laboratory.by_code.items():
        key = f"laboratory.parameters.{code}"
        if code in study.endpoints:
            yield f"{key}: {code} is an endpoint; records are told apart by this code, so choose another"
        if unknown := unknown_name(f"{key}.analyte", one.analyte, study.analytes):
            yield from unknown
            continue
        analyte = study.analytes[one.analyte]
        if analyte.kind != "quantitative":
            yield f"{key}.analyte: {one.analyte} is {analyte.kind}; the safety laboratory needs numbers"
        for specimen in one.specimens or ():
            yield from unknown_name(f"{key}.specimens", specimen, analyte.specimens)
    labels = [one.label for one in laboratory.parameters]
    yield from repeated_names("laboratory.parameters.label", labels)
    first = next((visit for visit in study.visits if not visit.baseline), None)
    if first is not None and laboratory.baseline_window[1] >= first.window[0]:
        yield f"laboratory.baseline_window: ends in the window of {first.code} {list(first.window)}"
    yield from _check_hys_law(laboratory)


def _check_hys_law(laboratory: Laboratory) -> Iterator[str]:
    rules = laboratory.hys_law
    if rules is None:
        return
    named = [*rules.transaminases, rules.bilirubin]
    named += [rules.alkaline_phosphatase] if rules.alkaline_phosphatase else []
    yield from repeated_names("laboratory.hys_law", named)
    for code in named:
        yield from unknown_name("laboratory.hys_law", code, laboratory.by_code)
