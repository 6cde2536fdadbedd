"""The configuration of the endpoints: visits, indices, values below their limit, sources."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from trial.labs.config import Specimen
from trial.study.base import Code, RawPath, Strict, Text, listed


class Visit(Strict):
    """One analysis visit: days count from the index date, window ends belong to the window."""

    code: Code
    label: Text
    number: Annotated[int, Field(ge=0)]
    target_day: int
    window: Annotated[tuple[int, int], Field(strict=False)]
    baseline: bool

    @model_validator(mode="after")
    def _order(self) -> "Visit":
        low, high = self.window
        if not low <= self.target_day <= high:
            raise ValueError(f"target_day {self.target_day} is outside the window {low}..{high}")
        return self


class Selection(Strict):
    """Which record stands for a visit when several do."""

    after_baseline: Literal["closest to target day"]
    tie: Literal["later", "earlier"]
    baseline: Literal["last on or before index date"]


class IndexRules(Strict):
    """What counts as fasting and as one draw, and the domain of HOMA1-%B (Matthews 1985)."""

    fasting_hours: Annotated[float, Field(ge=0, le=72)]
    pairing_minutes: Annotated[int, Field(ge=0, le=1440)]
    homa_b_undefined_at: Annotated[float, Field(ge=3.5)]
    homa_b_unstable_below: Annotated[float, Field(ge=3.5)]


Range = Annotated[tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]], Field(strict=False)]


class Homa2Ranges(Strict):
    """The inputs that one version of the HOMA2 calculator accepts, ends included."""

    glucose: Range
    partner: Range

    @model_validator(mode="after")
    def _order(self) -> "Homa2Ranges":
        for name, (low, high) in (("glucose", self.glucose), ("partner", self.partner)):
            if not low < high:
                raise ValueError(f"{name}: {low} is not below {high}")
        return self


class Homa2(Strict):
    """What goes to a licensed user of the HOMA2 calculator, and where the results come back.

    Ranges are in mmol/L (glucose), pmol/L (insulin), nmol/L (C-peptide). `insulin_factor`: pmol/L per
    microunit/mL. `results`: the calculator's results below `data/raw`; null until they are there.
    """

    calculator: Text
    glucose: Code
    partner: Code
    partner_kind: Literal["specific insulin", "conventional insulin", "c-peptide"]
    insulin_factor: Annotated[float, Field(gt=0)] | None
    fasting: Literal["required", "not contradicted", "any"]
    excluded_specimens: Annotated[tuple[Specimen, ...], Field(strict=False)]
    ranges: Homa2Ranges
    results: RawPath | None

    @model_validator(mode="after")
    def _factor_of_insulin(self) -> "Homa2":
        if (self.insulin_factor is None) != (self.partner_kind == "c-peptide"):
            raise ValueError("insulin_factor is a number for insulin, and null for c-peptide")
        return self


class BelowLimit(Strict):
    """Values below the quantification limit: substitution, and when the output must warn."""

    substitute: Literal["LLOQ/2"]
    warn_above_pct: Annotated[float, Field(ge=0, le=100)]
    describe_only_above_pct: Annotated[float, Field(ge=0, le=100)]


class FromAnalyte(Strict):
    """An endpoint that is a measured analyte."""

    analyte: Code
    fasting: Literal["required", "not contradicted", "any"]
    excluded_specimens: Annotated[tuple[Specimen, ...], Field(strict=False)]


class FromIndex(Strict):
    """An endpoint that is an index of analytes from one draw; `inputs` names the analyte of each role."""

    index: Text
    inputs: Annotated[dict[str, Code], Field(min_length=1)]
    fasting: Literal["required", "not contradicted", "any"]
    excluded_specimens: Annotated[tuple[Specimen, ...], Field(strict=False)]


def _has_index(value: object) -> bool:
    """Return whether an endpoint's source is meant as an index, so that its own keys are checked."""
    return isinstance(value, FromIndex) or (isinstance(value, Mapping) and "index" in value)


class Endpoint(Strict):
    """One endpoint: where its values come from and how it is analysed and printed."""

    number: Annotated[int, Field(ge=1)]
    label: Text
    unit: Text
    unit_label: str
    decimals: Annotated[int, Field(ge=0, le=4)]
    scale: Literal["identity", "log"]
    benefit: Literal["lower", "higher", "neutral"]
    reports_below_limit: bool
    source: Annotated[
        Annotated[FromAnalyte, Tag("FromAnalyte")] | Annotated[FromIndex, Tag("FromIndex")],
        Discriminator(lambda value: "FromIndex" if _has_index(value) else "FromAnalyte"),
    ]


class AdlbSpec(Strict):
    """What `derive_adlb` stands on."""

    endpoints: dict[Code, Endpoint]
    visits: listed(Visit)  # type: ignore[valid-type]
    selection: Selection
    indices: IndexRules
    below_limit: BelowLimit
    population: str


class Homa2Spec(Strict):
    """What `export_homa2` and `import_homa2` stand on."""

    homa2: Homa2
    indices: IndexRules
    below_limit: BelowLimit
