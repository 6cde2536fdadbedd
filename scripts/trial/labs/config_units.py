"""Conversions that a study adds and factors of its laboratories, and what contradicts them."""

import math
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from trial.labs import units
from trial.labs.config_analytes import Analyte
from trial.labs.config_words import Name
from trial.labs.text import match_key
from trial.study.base import Code, Strict, Text

Number = Annotated[
    str, StringConstraints(pattern=r"^\d*[1-9]\d*(\.\d+)?$|^0*\.?\d*[1-9]\d*$|^0+\.\d*[1-9]\d*$")
]
# A factor this near to a known one (or to its reciprocal) is meant to be it: assays differ by less.
NEAR = math.log(1.5)
# Names of urea nitrogen: its mass is not that of urea.
UREA_NITROGEN = {"bun", "ureanitrogen", "bloodureanitrogen", "sun", "30940", "62992"}


class ConversionRow(Strict):
    """A conversion that the shipped table lacks: `to_unit` = factor x `from_unit` + offset."""

    quantity: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    """The quantity it is for, as analytes name it."""
    from_unit: Text
    """Unit of the value, UCUM."""
    to_unit: Text
    """Unit of the outcome, UCUM."""
    factor: Number
    """Value in to_unit = factor x value in from_unit + offset."""
    offset: Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
    """Added after the factor; 0 for none."""
    source: Text
    """Where the numbers come from."""


class Factor(Strict):
    """A laboratory's own conversion for one assay and time span, in the direction of the table.

    Value in `to_unit` = `factor` x value in `from_unit`: `from_unit: "u[IU]/mL", to_unit: pmol/L, factor:
    "6.945"`. It serves both ways.
    """

    source: Name
    """The source whose results it converts."""
    analyte: Code
    """The analyte."""
    from_unit: Text
    """Unit of the value, UCUM."""
    to_unit: Text
    """Unit of the outcome, UCUM."""
    factor: Number
    """Value in to_unit = factor x value in from_unit."""
    method: str | None
    """The assay it is for; null for all."""
    first: date
    """First day of collection it holds for."""
    last: date
    """Last day of collection it holds for."""
    reason: Text
    """Why, and who says so."""


class UnitSections(Protocol):
    """What the checks of this page need of a study."""

    @property
    def sources(self) -> Mapping[str, object]: ...

    analytes: dict[str, Analyte]
    units: dict[str, tuple[str, ...]]
    conversions: tuple[ConversionRow, ...]
    factors: tuple[Factor, ...]


Factors = Annotated[tuple[Factor, ...], Field(strict=False)]
Conversions = Annotated[tuple[ConversionRow, ...], Field(strict=False)]


def make_conversions(rows: tuple[ConversionRow, ...]) -> units.Conversions:
    """Return the shipped conversions and those that the study adds."""
    return units.Conversions(
        units.Entry(row.quantity, row.from_unit, row.to_unit, row.factor, row.offset, "", row.source)
        for row in rows
    )


def check_units(spec: UnitSections) -> list[str]:
    """Return contradictions of units, conversions and factors, as dotted key, expectation and finding."""
    known = make_conversions(spec.conversions)
    lines = _check_rows(spec)
    for code, analyte in spec.analytes.items():
        lines += _check_analyte(code, analyte, known, spec)
    for at, factor in enumerate(spec.factors):
        lines += _check_factor(f"factors.{at}", factor, known, spec)
    return lines + _check_overlaps(spec.factors)


def _check_rows(spec: UnitSections) -> list[str]:
    """A row that the table has already would be ignored: the shipped one stands first."""
    lines = []
    for at, row in enumerate(spec.conversions):
        lines += [
            f"conversions.{at}.{key}: '{unit}' is not in units"
            for key, unit in (("from_unit", row.from_unit), ("to_unit", row.to_unit))
            if unit not in spec.units
        ]
        before = make_conversions(spec.conversions[:at])
        if (found := before.find(row.quantity, row.from_unit, row.to_unit)) is not None:
            lines.append(
                f"conversions.{at}: {row.quantity} is converted from '{row.from_unit}' to '{row.to_unit}' "
                f"already, by {found.slope:.6g}; a laboratory's own factor belongs to factors"
            )
    return lines


def _check_analyte(code: str, analyte: Analyte, known: units.Conversions, spec: UnitSections) -> list[str]:
    key, lines = f"analytes.{code}", []
    if analyte.quantity not in known.quantities():
        near = get_close_matches(analyte.quantity, known.quantities(), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        names = ", ".join(sorted(known.quantities()))
        lines.append(f"{key}.quantity: '{analyte.quantity}' is not one of {names}{hint}")
    if analyte.unit not in spec.units and analyte.kind in ("quantitative", "qualitative"):
        lines.append(f"{key}: unit '{analyte.unit}' is not in units")
    own = {unit for f in spec.factors if f.analyte == code for unit in (f.from_unit, f.to_unit)}
    for unit in analyte.wrong_unit.units if analyte.wrong_unit else ():
        if unit not in spec.units:
            lines.append(f"{key}: unit '{unit}' is not in units")
        elif unit not in own and not known.usual_slopes(analyte.quantity, unit, analyte.unit):
            lines.append(f"{key}.wrong_unit.units: nothing converts '{unit}' to '{analyte.unit}'")
    called = {match_key(text) for text in (code, *analyte.synonyms, *analyte.loinc)}
    if analyte.quantity == "urea" and (found := sorted(called & UREA_NITROGEN)):
        lines.append(
            f"{key}.quantity: '{found[0]}' is urea nitrogen, whose mass is not that of urea: "
            "give it an analyte of its own with quantity 'urea-nitrogen'"
        )
    return lines


def _check_factor(key: str, factor: Factor, known: units.Conversions, spec: UnitSections) -> list[str]:
    lines = [
        f"{key}.{name}: '{value}' is not one of {', '.join(names)}"
        for name, value, names in (
            ("source", factor.source, spec.sources),
            ("analyte", factor.analyte, spec.analytes),
            ("from_unit", factor.from_unit, spec.units),
            ("to_unit", factor.to_unit, spec.units),
        )
        if value not in names
    ]
    if factor.first > factor.last:
        lines.append(f"{key}: first {factor.first} is after last {factor.last}")
    if (analyte := spec.analytes.get(factor.analyte)) is None:
        return lines
    pair = (factor.from_unit, factor.to_unit)
    if units.own_factor(factor.factor, *pair, analyte.quantity, analyte.unit, known) is None:
        lines.append(f"{key}: neither '{pair[0]}' nor '{pair[1]}' leads to the unit '{analyte.unit}'")
    usual = known.usual_slopes(analyte.quantity, *pair)
    number = float(factor.factor)
    if usual and min(abs(math.log(number / slope)) for slope in usual) > NEAR:
        there = f"1 {pair[0]} is {' or '.join(f'{slope:.6g}' for slope in usual)} {pair[1]}"
        turned = min(abs(math.log(number * slope)) for slope in usual) <= NEAR
        hint = "; is it the factor of the other direction?" if turned else ""
        lines.append(f"{key}.factor: {factor.factor} contradicts what is known, {there}{hint}")
    return lines


def _check_overlaps(factors: tuple[Factor, ...]) -> list[str]:
    lines = []
    for (at, one), (later, two) in combinations(enumerate(factors), 2):
        same = (one.source, one.analyte, {one.from_unit, one.to_unit}, one.method) == (
            two.source, two.analyte, {two.from_unit, two.to_unit}, two.method,
        )  # fmt: skip
        if same and one.first <= two.last and two.first <= one.last:
            lines.append(f"factors.{at} and factors.{later}: their time spans overlap")
    return lines
