"""The configuration as strict, frozen models: the analysis plan a machine can run.

Unknown keys are errors at every level and no default changes a number. The models check what one
section can know by itself; `trial.study.checks` compares the sections with each other.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,15}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# "ancova" is the last resort: a separate analysis of covariance at each visit.
Structure = Literal["us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "ancova"]


def _below_raw(path: str) -> str:
    """Refuse a path that could leave `data/raw`: nothing outside the lock may be read."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path or ":" in path:
        raise ValueError("a path below data/raw, with / and without ..")
    return path


RawPath = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_below_raw)]
Specimen = Literal["SERUM", "PLASMA", "BLOOD", "CAPILLARY", "URINE"]


class Strict(BaseModel):
    """Base of every section: frozen, strict types, unknown keys forbidden, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def listed(item: type) -> object:
    """Return the type of a YAML list held as a tuple (frozen models must not hold lists)."""
    return Annotated[tuple[item, ...], Field(strict=False, min_length=1)]  # type: ignore[valid-type]


class Identity(Strict):
    """Who and what the study is; printed on every output."""

    id: Text
    title: Text
    short_title: Text
    sponsor: Text
    design: Text


class Edc(Strict):
    """The EDC files below `data/raw`; those not named do not exist in this study."""

    subject_key: RawPath
    subjects: RawPath
    visits: RawPath | None
    medications: RawPath | None
    adverse_events: RawPath | None
    discontinuation: RawPath | None


class DateRule(Strict):
    """One way to a subject's index date: a date column of the subjects file plus a lag in days."""

    column: Literal["INFUSION_DT", "ALLOC_DT", "ENROL_DT"]
    lag_days: Annotated[int, Field(ge=0)]


class Arm(Strict):
    """One treatment arm: code and label of outputs, the site's spellings, and its time zero."""

    code: Code
    label: Text
    site_texts: listed(str)  # type: ignore[valid-type]
    index_date: listed(DateRule)  # type: ignore[valid-type]


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

    fasting_hours: Annotated[float, Field(ge=0)]
    pairing_minutes: Annotated[int, Field(ge=0)]
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


class Estimand(Strict):
    """The five attributes of ICH E9(R1), in the words that the report prints."""

    population: Text
    treatments: Text
    variable: Text
    intercurrent_events: Text
    summary: Text


class MmrmAnalysis(Strict):
    """The mixed model for repeated measures of every endpoint."""

    population: Literal["ENRLFL", "FASFL", "SAFFL"]
    treatment: Literal["TRT01P", "TRT01A"]
    estimand: Estimand
    covariance_ladder: listed(Structure)  # type: ignore[valid-type]
    df_method: Literal["kenward-roger", "kenward-roger-linear", "satterthwaite"]
    reml: bool
    lsmean_weights: Literal["equal", "proportional", "counterfactual"]
    level: Annotated[float, Field(gt=0.5, lt=1)]

    @model_validator(mode="after")
    def _df_of_ml(self) -> "MmrmAnalysis":
        if not self.reml and self.df_method != "satterthwaite":
            raise ValueError(f"df_method {self.df_method} is defined for reml: true; use satterthwaite")
        return self


class Outputs(Strict):
    """Conventions of the printed outputs."""

    primary_visit: Code
    p_value_format: Literal["sas4"]
    ratio_decimals: Annotated[int, Field(ge=2, le=3)]


class LockedFile(Strict):
    """One raw file as the data lock recorded it."""

    path: RawPath
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]
    lines: Annotated[int, Field(ge=0)] | None = None


class Lock(Strict):
    """`data/raw/LOCK.yaml`: the identity of a data lock and the hash of each of its files."""

    lock_id: Text
    state: Literal["dry-run", "soft", "hard", "unlocked", "relocked"]
    synthetic: bool
    cut_date: date
    created_by: Text
    files: listed(LockedFile)  # type: ignore[valid-type]
