"""Units and conversions: the shipped table against pint, worked examples, both directions."""

from decimal import Decimal

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.labs.units import UnitNames, find_conversion, laboratory_factor, read_conversions
from trial.study.errors import ConfigError
from unit.labs.truth import config

# How pint writes the UCUM codes of the table.
PINT = {
    "pg/mL": "pg/mL", "ng/L": "ng/L", "ng/mL": "ng/mL", "ug/L": "ug/L", "g/dL": "g/dL", "g/L": "g/L",
    "nmol/L": "nmol/L", "pmol/L": "pmol/L", "umol/L": "umol/L", "mmol/L": "mmol/L", "mg/dL": "mg/dL",
    "ukat/L": "ukat/L", "U/L": "enzyme_unit/L", "u[IU]/mL": "micro_iu/mL", "m[IU]/L": "milli_iu/L",
}  # fmt: skip


@pytest.fixture(scope="module")
def registry():
    """Return a registry; an international unit is a unit of its own there."""
    ureg = pint.UnitRegistry()
    ureg.define("iu = [activity_iu]")
    ureg.define("micro_iu = 1e-6 * iu")
    ureg.define("milli_iu = 1e-3 * iu")
    return ureg


# HbA1c is an equation between two assays, not a conversion of one unit: see the NGSP test.
PLAIN = [entry for entry in read_conversions() if entry.quantity != "hba1c"]


@pytest.mark.parametrize("entry", PLAIN, ids=lambda e: f"{e.quantity} {e.from_unit} {e.to_unit}")
def test_an_independent_library_finds_every_factor(entry, registry):
    one = registry.Quantity(1.0, PINT[entry.from_unit])
    if entry.molar_mass:
        mass = registry.Quantity(float(entry.molar_mass), "g/mol")
        with registry.context("chemistry", mw=mass):
            found = one.to(PINT[entry.to_unit]).magnitude
    else:
        found = one.to(PINT[entry.to_unit]).magnitude
    # Half a unit of the last digit that the table prints.
    digits = -Decimal(entry.factor).as_tuple().exponent
    assert found == pytest.approx(float(entry.factor), abs=0.5 * 10.0**-digits, rel=1e-12)


def test_every_row_of_the_table_names_its_source_and_stands_once():
    entries = read_conversions()
    assert all(entry.source for entry in entries)
    pairs = [(entry.quantity, frozenset((entry.from_unit, entry.to_unit))) for entry in entries]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("quantity", "from_unit", "to_unit", "value", "expected", "tolerance"),
    [
        ("c-peptide", "ng/mL", "nmol/L", 0.6, 0.1987, 5e-5),
        ("c-peptide", "ng/mL", "pmol/L", 1.0, 331.09, 5e-3),
        ("glucose", "mg/dL", "mmol/L", 180.156, 10.0, 1e-12),
        ("glucose", "mg/dL", "mmol/L", 63.0, 3.497, 5e-4),  # with 18.0 it would be 3.500, on the pole of %B
        ("hba1c", "%", "mmol/mol", 8.0, 63.9, 0.05),
        ("hba1c", "%", "mmol/mol", 11.0, 96.7, 0.05),
        ("hba1c", "mmol/mol", "%", 63.9, 8.0, 0.05),
        ("cytokine", "ng/L", "pg/mL", 7.81, 7.81, 0.0),
        ("insulin", "m[IU]/L", "u[IU]/mL", 10.0, 10.0, 0.0),
        ("creatinine", "mg/dL", "umol/L", 1.0, 88.4, 0.05),
        ("mass", "g/dL", "g/L", 13.8, 138.0, 1e-12),
    ],
)
def test_worked_examples(quantity, from_unit, to_unit, value, expected, tolerance):
    assert find_conversion(quantity, from_unit, to_unit).apply(value) == pytest.approx(
        expected, abs=tolerance
    )


def test_ngsp_equation_and_its_algebraic_inverse():
    """NGSP = 0.09148 IFCC + 2.152; the published rounded inverse 10.93 NGSP - 23.5 would not come back."""
    there = find_conversion("hba1c", "mmol/mol", "%")
    back = find_conversion("hba1c", "%", "mmol/mol")
    assert there.apply(50.0) == pytest.approx(0.09148 * 50 + 2.152, abs=1e-12)
    for value in (20.0, 48.0, 63.9, 140.0):
        assert back.apply(there.apply(value)) == pytest.approx(value, abs=1e-12)


def test_a_change_of_hba1c_is_converted_without_the_intercept():
    there = find_conversion("hba1c", "mmol/mol", "%")
    assert there.apply_change(10.0) == pytest.approx(0.9148, abs=1e-12)
    assert there.apply_change(10.0) == pytest.approx(there.apply(60.0) - there.apply(50.0), abs=1e-12)
    assert there.apply(10.0) != pytest.approx(0.9148, abs=0.1)


@settings(derandomize=True, max_examples=50)
@given(st.sampled_from(read_conversions()), st.floats(0.001, 1e5))
def test_there_and_back_is_the_same(entry, value):
    there = find_conversion(entry.quantity, entry.from_unit, entry.to_unit)
    back = find_conversion(entry.quantity, entry.to_unit, entry.from_unit)
    assert back.apply(there.apply(value)) == pytest.approx(value, rel=1e-12, abs=1e-9)


def test_a_division_by_the_printed_factor_is_one_division():
    """9.5 µU/mL printed as 65.9775 pmol/L comes back as exactly 9.5."""
    assert laboratory_factor("6.945").apply(65.9775) == 65.9775 / 6.945
    assert find_conversion("glucose", "mg/dL", "mmol/L").apply(171.0) == 171.0 / 18.0156


def test_insulin_has_no_universal_factor_to_moles():
    assert find_conversion("insulin", "pmol/L", "u[IU]/mL") is None


def test_mass_and_moles_need_a_quantity():
    assert find_conversion("enzyme", "mg/dL", "mmol/L") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("µU/mL", "u[IU]/mL"), ("μU/mL", "u[IU]/mL"), ("uIU/ml", "u[IU]/mL"), ("µUI/mL", "u[IU]/mL"),
        ("mU/L", "m[IU]/L"), ("mmol/l", "mmol/L"), ("MMOL/L", "mmol/L"), ("m mol / L", "mmol/L"), ("UI/L", "U/L"),
        ("\u00a0mmol/L\u200b", "mmol/L"), ("％", "%"), ("mol/L", ""), ("", ""), ("µg/dL", ""),
    ],
)  # fmt: skip
def test_spellings(text, code):
    assert UnitNames(config()["units"]).find(text) == code


def test_case_is_not_ignored_where_it_would_change_the_meaning():
    names = UnitNames({"mU/L": ("mU/L",), "MU/L": ("MU/L",)})
    assert names.find("mU/L") == "mU/L"
    assert names.find("MU/L") == "MU/L"
    assert names.find("mu/l") == ""


def test_one_spelling_of_two_units_is_refused():
    with pytest.raises(ConfigError, match="stands for"):
        UnitNames({"mmol/L": ("mM",), "mol/L": ("mM",)})
