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
    soft: Annotated[tuple[float, float], Field(strict=False)] | None

    @model_validator(mode="after")
    def _order(self) -> "Limits":
        for name in ("hard", "soft"):
            pair = getattr(self, name)
            if pair is not None and pair[0] >= pair[1]:
                raise ValueError(f"{name}: {pair[0]} is not below {pair[1]}")
        if self.soft is not None and not self.hard[0] <= self.soft[0] < self.soft[1] <= self.hard[1]:
            raise ValueError(f"soft {list(self.soft)} must lie within hard {list(self.hard)}")
        return self


class WrongUnit(Strict):
    """Suspicion that a value was reported in one of `units` under the heading of another.

    A value is suspect when its ratio to the median of the subject's other values lies within a factor
    of (1 + tolerance) of that unit's ratio. Needs `min_others` other values.
    """

    units: listed(str)  # type: ignore[valid-type]
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    min_others: Annotated[int, Field(ge=1)]
    action: Literal["quarantine", "query"]


class Jump(Strict):
    """A change between neighbouring values that is queried."""

    above: Positive
    within_days: Annotated[int, Field(ge=1)]


class Analyte(Strict):
    """One analyte: its standard unit, names, codes and limits. `quantity` names its conversions.

    `kind`: `quantitative`; `qualitative` (negative or positive); `ordinal` (declared `levels` in their
    order, each with its spellings; the value is the place in the order, from 0); `text` (any words).
    `specimens`: where the test is measured; a result of another sample is held. Blood, unless declared.
    Zero is a value where the hard limits include it; without limits no value is below zero.
    """

    label: Text
    kind: Literal["quantitative", "qualitative", "ordinal", "text"]
    quantity: Text
    unit: Text
    synonyms: listed(str)  # type: ignore[valid-type]
    loinc: dict[str, Literal["", "fasting", "capillary", "not fasting"]]
    specimens: listed(Specimen) = BLOOD  # type: ignore[valid-type]
    levels: dict[Text, Annotated[tuple[str, ...], Field(strict=False)]] = Field(default_factory=dict)
    limits: Limits | None
    wrong_unit: WrongUnit | None
    jump: Jump | None
    unusable_quality: Annotated[tuple[Quality, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _names(self) -> "Analyte":
        if bare := [text for text in self.synonyms if not match_key(text)]:
            raise ValueError(
                f"synonyms: '{bare[0]}' has no letter and no digit: it would fit rows without a name"
            )
        return self

    @model_validator(mode="after")
    def _levels(self) -> "Analyte":
        if bool(self.levels) != (self.kind == "ordinal"):
            raise ValueError("'levels' are given exactly when kind is 'ordinal'")
        texts = [fold(text) for level, spellings in self.levels.items() for text in {level, *spellings}]
        if twice := sorted({text for text in texts if texts.count(text) > 1}):
            raise ValueError(f"levels: '{twice[0]}' stands for two levels")
        return self
