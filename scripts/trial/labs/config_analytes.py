"""One analyte as `config.yaml` declares it: names, codes, unit, limits, and what makes a value suspect."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.labs.config_words import BLOOD, Quality, Specimen
from trial.labs.text import fold, match_key
from trial.study.base import Strict, Text, listed

Positive = Annotated[float, Field(gt=0)]


class Limits(Strict):
    """Plausible values in the standard unit, ends included; outside `hard`: quarantined, `soft`: queried."""

    hard: Annotated[tuple[float, float], Field(strict=False)]
    """Lowest and highest possible value; outside: queried and quarantined."""
    soft: Annotated[tuple[float, float], Field(strict=False)] | None
    """Lowest and highest usual value; outside: queried and used."""

    @model_validator(mode="after")
    def _order(self) -> "Limits":
        for name in ("hard", "soft"):
            pair = getattr(self, name)
            if pair is not None and pair[0] >= pair[1]:
                raise ValueError(f"{name}: {pair[0]} is not below {pair[1]}")
        if self.soft is not None and not self.hard[0] <= self.soft[0] < self.soft[1] <= self.hard[1]:
            raise ValueError(f"soft {list(self.soft)} must lie within hard {list(self.hard)}")
        return self


class Reference(Strict):
    """Limits of normal of the study's own, in the standard unit, for results without a printed range."""

    sex: Literal["F", "M"] | None
    """The sex they hold for; null for both."""
    low: float | None
    """Lower limit, which is normal itself; null for none."""
    high: float | None
    """Upper limit, which is normal itself; null for none."""
    source: Text
    """Where they come from: a laboratory's list, a textbook, the protocol."""

    @model_validator(mode="after")
    def _ends(self) -> "Reference":
        if self.low is None and self.high is None:
            raise ValueError("at least one of low and high is a number")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        return self


class WrongUnit(Strict):
    """Suspicion that a value was reported in one of `units` under the heading of another.

    A value is suspect when its ratio to the median of the subject's other values lies within a factor
    of (1 + tolerance) of that unit's ratio. Needs `min_others` other values.
    """

    units: listed(str)  # type: ignore[valid-type]
    """Units that a value may have been reported in under another heading."""
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    """How far the ratio to the subject's other values may lie from that of the unit, as a share."""
    min_others: Annotated[int, Field(ge=1)]
    """Other values of the subject that are needed."""
    action: Literal["quarantine", "query"]
    """Whether a suspect value is quarantined or only asked about."""


class Jump(Strict):
    """A change between neighbouring values that is queried."""

    above: Positive
    """Change between neighbouring values that is queried."""
    within_days: Annotated[int, Field(ge=1)]
    """Days that neighbouring values are at most apart."""


class Analyte(Strict):
    """One analyte: its standard unit, names, codes and limits. `quantity` names its conversions.

    `kind`: `quantitative`; `qualitative` (negative or positive); `ordinal` (declared `levels` in their
    order, each with its spellings; the value is the place in the order, from 0); `text` (any words).
    `specimens`: where the test is measured; a result of another sample is held. Blood, unless declared.
    Zero is a value where the hard limits include it; without limits no value is below zero.
    """

    label: Text
    """Name for readers."""
    kind: Literal["quantitative", "qualitative", "ordinal", "text"]
    """Numbers, negative or positive, ordered words, or free text."""
    quantity: Text
    """Names its rows of the conversion table."""
    unit: Text
    """Standard unit, UCUM."""
    synonyms: listed(str)  # type: ignore[valid-type]
    """Names in the exports, without regard to accents, case and punctuation."""
    loinc: dict[str, Literal["", "fasting", "capillary", "not fasting"]]
    """Its LOINC codes, each with what the code says of the sample."""
    specimens: listed(Specimen) = BLOOD  # type: ignore[valid-type]
    """The specimens it is taken from; another specimen is quarantined."""
    levels: dict[Text, Annotated[tuple[str, ...], Field(strict=False)]] = Field(default_factory=dict)
    """Words of an ordinal result in their order, each with its spellings."""
    limits: Limits | None
    """Plausible values in the standard unit, ends included; null for none."""
    reference: Annotated[tuple[Reference, ...], Field(strict=False)] = ()
    """Limits of normal of the study's own, where an export prints none: one entry, or one for each sex."""
    wrong_unit: WrongUnit | None
    """Suspicion of a value reported under another unit's heading; null for none."""
    jump: Jump | None
    """Suspicion of a sudden change; null for none."""
    unusable_quality: Annotated[tuple[Quality, ...], Field(strict=False)]
    """Qualities of a sample that make its result unusable."""

    @model_validator(mode="after")
    def _names(self) -> "Analyte":
        if bare := [text for text in self.synonyms if not match_key(text)]:
            raise ValueError(
                f"synonyms: '{bare[0]}' has no letter and no digit: it would fit rows without a name"
            )
        return self

    @model_validator(mode="after")
    def _reference(self) -> "Analyte":
        sexes = [limits.sex for limits in self.reference]
        if len(set(sexes)) < len(sexes) or (None in sexes and len(sexes) > 1):
            raise ValueError("reference: one entry with sex null, or one for each sex")
        if sexes and self.kind != "quantitative":
            raise ValueError(f"reference: a {self.kind} test has no limits of normal")
        return self

    @model_validator(mode="after")
    def _levels(self) -> "Analyte":
        if bool(self.levels) != (self.kind == "ordinal"):
            raise ValueError("'levels' are given exactly when kind is 'ordinal'")
        texts = [fold(text) for level, spellings in self.levels.items() for text in {level, *spellings}]
        if twice := sorted({text for text in texts if texts.count(text) > 1}):
            raise ValueError(f"levels: '{twice[0]}' stands for two levels")
        return self
