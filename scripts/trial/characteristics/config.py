"""The configuration of the simulation: designs, how a trial is drawn, effects, methods, how often."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.study.base import Code, Strict, Text, listed

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Pair = Annotated[tuple[float, float], Field(strict=False)]
# By method: its name on paper. Each is a function of `trial.characteristics.methods`.
METHODS = {
    "us_kr": "Unstructured, Kenward–Roger",
    "us_cr0": "Unstructured, sandwich CR0, between-within df",
    "us_cr2": "Unstructured, sandwich CR2, Satterthwaite",
    "arm_us_kr": "Unstructured by arm, Kenward–Roger",
    "cs_kr": "Compound symmetry, Kenward–Roger",
    "unadjusted": "Unstructured without baseline, Kenward–Roger",
    "ancova": "ANCOVA at the last visit, complete cases",
}


class Design(Strict):
    """One design: subjects by arm, and the spread of the treated arm's errors."""

    label: Text
    """Name of the design on paper."""
    treated: Annotated[int, Field(ge=3, le=10000)]
    """Subjects of the treated arm."""
    control: Annotated[int, Field(ge=3, le=10000)]
    """Subjects of the control arm."""
    treated_sd_ratio: Positive
    """Errors of the treated arm are this many times as large."""
    treated_baseline_shift: float
    """Mean baseline of the treated arm less that of the control arm, in SD: confounds where it is not 0."""


class Drawing(Strict):
    """How one trial is drawn; lists have one entry per visit after baseline."""

    visits: listed(Code)  # type: ignore[valid-type]
    """Visits after baseline, in order."""
    baseline: tuple[float, Positive] = Field(strict=False)
    """Mean and SD of the baseline value."""
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
    trials: Annotated[int, Field(ge=1)]
    """Trials per design and effect."""
    chunk: Annotated[int, Field(ge=1)]
    """Trials of one chunk; `trials` is a multiple of it."""
    level: Share
    """Confidence level."""
    designs: Annotated[dict[Code, Design], Field(min_length=1)]
    """The designs by code."""
    drawing: Drawing
    """How a trial is drawn."""
    effects: Annotated[dict[Code, listed(float)], Field(min_length=1)]  # type: ignore[valid-type]
    """The true effects by code."""
    methods: listed(Literal[tuple(METHODS)])  # type: ignore[valid-type]
    """The methods, in the order of the table."""

    @model_validator(mode="after")
    def _whole_chunks(self) -> "Simulation":
        if self.trials % self.chunk:
            raise ValueError(f"trials: expected a multiple of chunk ({self.chunk}), found {self.trials}")
        for name, effect in self.effects.items():
            if len(effect) != len(self.drawing.visits):
                raise ValueError(
                    f"effects.{name}: expected {len(self.drawing.visits)} entries, one per visit"
                )
        return self

    @property
    def chunks(self) -> range:
        """The numbers of the chunks."""
        return range(self.trials // self.chunk)
