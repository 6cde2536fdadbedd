"""The configuration of the simulation: designs, how a trial is drawn, effects, methods, how often."""

from math import ceil
from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.characteristics.registry import METHODS
from trial.study.base import Code, Strict, Text, listed

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Pair = Annotated[tuple[float, float], Field(strict=False)]
BASE = "BASE"


class Design(Strict):
    """One design: subjects by arm, the spread of the treated arm's errors, and what decides the arm."""

    label: Text
    """Name of the design on paper."""
    treated: Annotated[int, Field(ge=3, le=10000)]
    """Subjects of the treated arm."""
    control: Annotated[int, Field(ge=3, le=10000)]
    """Subjects of the control arm."""
    treated_sd_ratio: Positive
    """Errors of the treated arm are this many times as large."""
    treated_shift: dict[Text, float]
    """Mean of BASE or a numeric covariate in the treated arm less that in the control arm, in SD: the
    propensity of treatment is then exactly logistic in these. Empty where the arms are alike."""
    prognosis: dict[Text, listed(float)]  # type: ignore[valid-type]
    """Change per SD of a covariate at each visit. With a shift of the same covariate it confounds."""
    modification: dict[Text, float]
    """The effect of a subject is the declared one times 1 + this much per SD of the variable above its mean
    in the control arm: all, the overlap population and the treated then have effects of their own."""


class Drawing(Strict):
    """How one trial is drawn; lists have one entry per visit after baseline."""

    visits: listed(Code)  # type: ignore[valid-type]
    """Visits after baseline, in order."""
    baseline: tuple[float, Positive] = Field(strict=False)
    """Mean and SD of the baseline value."""
    covariates: Annotated[dict[Text, Literal["numeric", "binary"]], Field(min_length=1)]
    """Further covariates, independent: standard normal, or one and zero with the same chance."""
    change: listed(float)  # type: ignore[valid-type]
    """Mean change of the control arm at the mean baseline."""
    slope: listed(float)  # type: ignore[valid-type]
    """Change per unit of baseline above its mean."""
    sd: listed(Positive)  # type: ignore[valid-type]
    """SD of the errors."""
    correlation: listed(listed(float))  # type: ignore[valid-type]
    """Correlation matrix of the errors."""
    dropout: listed(Pair)  # type: ignore[valid-type]
    """Before each visit but the first: log odds of leaving, intercept and slope on the change seen last."""

    @model_validator(mode="after")
    def _one_entry_per_visit(self) -> "Drawing":
        size = len(self.visits)
        lengths = {"change": self.change, "slope": self.slope, "sd": self.sd, "correlation": self.correlation}
        for name, values in lengths.items():
            if len(values) != size:
                raise ValueError(f"{name}: expected {size} entries, one per visit, found {len(values)}")
        if any(len(row) != size for row in self.correlation):
            raise ValueError(f"correlation: expected {size} rows of {size}")
        if len(self.dropout) != size - 1:
            raise ValueError(f"dropout: expected {size - 1} pairs, found {len(self.dropout)}")
        return self


class Simulation(Strict):
    """The whole simulation. `effects`: by name, the added change of the treated arm at each visit."""

    seed: Annotated[int, Field(ge=0)]
    """Seed; each chunk of each design has a stream of its own, whatever the number of jobs."""
    chunk: Annotated[int, Field(ge=1)]
    """Trials of one chunk."""
    level: Share
    """Confidence level."""
    imputations: Annotated[int, Field(ge=2)]
    """Imputations of each trial."""
    resamples: Annotated[int, Field(ge=100)]
    """Bootstrap resamples of each trial, for the methods whose standard error is that of a bootstrap."""
    designs: Annotated[dict[Code, Design], Field(min_length=1)]
    """The designs by code."""
    drawing: Drawing
    """How a trial is drawn."""
    effects: Annotated[dict[Code, listed(float)], Field(min_length=1)]  # type: ignore[valid-type]
    """The true effects by code."""
    methods: Annotated[
        dict[Literal[tuple(METHODS)], Annotated[int, Field(ge=1)]],  # type: ignore[valid-type]
        Field(min_length=1),
    ]
    """The methods in the order of the table, with the number of trials per design, a multiple of `chunk`: a
    method that costs much has the first of the trials of the others."""
    power_share: Annotated[float, Field(gt=0, le=1)]
    """Share of these trials, in whole chunks, that are analysed under an effect: power needs fewer than a
    type I error."""

    @model_validator(mode="after")
    def _consistent(self) -> "Simulation":
        for code, trials in self.methods.items():
            if trials % self.chunk:
                raise ValueError(
                    f"methods.{code}: expected a multiple of chunk ({self.chunk}), found {trials}"
                )
        size = len(self.drawing.visits)
        for name, effect in self.effects.items():
            if len(effect) != size:
                raise ValueError(f"effects.{name}: expected {size} entries, one per visit")
        for code, design in self.designs.items():
            _check_covariates(f"designs.{code}", design, self.drawing)
        return self

    def trials(self, method: str, effect: str) -> int:
        """Return the trials of each design that a method analyses under an effect."""
        share = 1.0 if self.is_null(effect) else self.power_share
        return ceil(share * self.methods[method] / self.chunk) * self.chunk

    def is_null(self, effect: str) -> bool:
        """Whether there is no effect at the last visit."""
        return bool(self.effects[effect][-1] == 0)

    def chunks(self, effect: str) -> range:
        """Return the numbers of the chunks under an effect."""
        return range(max(self.trials(method, effect) for method in self.methods) // self.chunk)

    def methods_of(self, effect: str, chunk: int) -> list[str]:
        """Return the methods that analyse the trials of a chunk."""
        return [code for code in self.methods if chunk * self.chunk < self.trials(code, effect)]


def _check_covariates(place: str, design: Design, drawing: Drawing) -> None:
    """Raise where a design names a covariate that is not drawn, or shifts one that cannot be."""
    numeric = [BASE, *(name for name, kind in drawing.covariates.items() if kind == "numeric")]
    known = {"treated_shift": numeric, "prognosis": list(drawing.covariates), "modification": numeric}
    for key, allowed in known.items():
        for name in getattr(design, key):
            if name not in allowed:
                raise ValueError(f"{place}.{key}: expected one of {', '.join(allowed)}, found {name}")
    for name, slopes in design.prognosis.items():
        if len(slopes) != len(drawing.visits):
            raise ValueError(
                f"{place}.prognosis.{name}: expected {len(drawing.visits)} entries, one per visit"
            )
