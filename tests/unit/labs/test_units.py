"""Units and conversions: the shipped table against pint, worked examples, both directions."""

from datetime import date
from decimal import Decimal

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.labs.config import LabsSpec, check_intake
from trial.labs.units import UnitNames, own_factor, read_conversions, shipped_conversions
from trial.study.errors import ConfigError
from unit.labs.one_row import clean_rows, sections
from unit.labs.truth import config

find_conversion = shipped_conversions().find
# How pint writes the UCUM codes of the table, where it writes them otherwise: (how many, of which unit).
PINT = {
    "U/L": (1, "enzyme_unit/L"), "U/mL": (1, "enzyme_unit/mL"), "u[IU]/mL": (1e-6, "iu/mL"), "m[IU]/L": (1e-3, "iu/L"),
    "10*3/uL": (1e3, "1/uL"), "10*6/uL": (1e6, "1/uL"), "10*9/L": (1e9, "1/L"), "10*12/L": (1e12, "1/L"),
    "/uL": (1, "1/uL"), "/mm3": (1, "1/mm**3"), "um3": (1, "um**3"), "L/L": (1, ""), "%": (0.01, ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def registry():
    """Return a registry; an international unit is a unit of its own there."""
    ureg = pint.UnitRegistry()
    ureg.define("iu = [activity_iu]")
    return ureg


# HbA1c is an equation between two assays, and a charge is counted: see their own tests.
PLAIN_ROWS = [entry for entry in read_conversions() if entry.quantity != "hba1c" and entry.to_unit != "meq/L"]


def quantity(registry, unit):
    """Return one of a unit of the table."""
    number, name = PINT.get(unit, (1, unit))
    return registry.Quantity(float(number), name)


def by_pint(registry, entry, from_unit, to_unit):
    """Return how many `to_unit` one `from_unit` is; a ratio to creatinine has mass and moles below the line."""
    one, other = quantity(registry, from_unit), quantity(registry, to_unit)
    if entry.quantity == "albumin-creatinine-ratio":
        mass = float(entry.molar_mass) * registry.Quantity("g/mol")
        down, up = (1, mass) if from_unit == "mg/g" else (mass, 1)
        return float((one * up / down / other).to("dimensionless").magnitude)
    if not entry.molar_mass:
        return float((one / other).to("dimensionless").magnitude)
    with registry.context("chemistry", mw=registry.Quantity(float(entry.molar_mass), "g/mol")):
        return float(one.to(other.units).magnitude / other.magnitude)


@pytest.mark.parametrize("entry", PLAIN_ROWS, ids=lambda e: f"{e.quantity} {e.from_unit} {e.to_unit}")
def test_an_independent_library_finds_every_factor_in_both_directions(entry, registry):
    """Within half a unit of the last digit that the table prints."""
    digits = -Decimal(entry.factor).as_tuple().exponent
    half = 0.5 * 10.0**-digits / float(entry.factor)
    for units in ((entry.from_unit, entry.to_unit), (entry.to_unit, entry.from_unit)):
        ours = find_conversion(entry.quantity, *units).apply(1.0)
        assert ours == pytest.approx(by_pint(registry, entry, *units), rel=half + 1e-12)


@pytest.mark.parametrize(("name", "charge"), [("calcium", 2), ("magnesium", 2), ("monovalent-ion", 1)])
def test_milliequivalents_are_moles_times_the_charge(name, charge):
    assert find_conversion(name, "mmol/L", "meq/L").apply(1.5) == 1.5 * charge
    assert find_conversion(name, "meq/L", "mmol/L").apply(3.0) == 3.0 / charge


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
        # Printed in textbooks: calcium 10 mg/dL, phosphate 3.5, urate 6.0, BUN 10, B12 200 pg/mL, glucose 1 g/L.
        ("calcium", "mg/dL", "mmol/L", 10.0, 2.495, 5e-4),
        ("calcium", "meq/L", "mg/dL", 5.0, 10.02, 5e-3),
        ("phosphate", "mg/dL", "mmol/L", 3.5, 1.13, 5e-3),
        ("urate", "mg/dL", "umol/L", 6.0, 356.9, 0.05),
        ("urea-nitrogen", "mg/dL", "mmol/L", 10.0, 3.57, 5e-3),
        ("urea", "mg/dL", "mmol/L", 10.0, 1.665, 5e-4),
        ("vitamin-b12", "pg/mL", "pmol/L", 200.0, 147.6, 0.05),
        ("glucose", "g/L", "mmol/L", 1.0, 5.551, 5e-4),
        ("cholesterol", "g/L", "mmol/L", 2.0, 5.172, 5e-4),
        ("monovalent-ion", "meq/L", "mmol/L", 140.0, 140.0, 0.0),
        ("count", "10*3/uL", "10*9/L", 7.2, 7.2, 0.0),
        ("count", "10*6/uL", "10*12/L", 4.8, 4.8, 0.0),
        ("count", "/mm3", "10*9/L", 7200.0, 7.2, 1e-12),
        ("haemoglobin", "g/dL", "mmol/L", 15.0, 9.31, 5e-3),
        ("fraction", "L/L", "%", 0.45, 45.0, 1e-12),
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
    own = own_factor("6.945", "u[IU]/mL", "pmol/L", "insulin", "u[IU]/mL", shipped_conversions())
    assert own.reported == "pmol/L"
    assert own.onward.apply(own.first.apply(65.9775)) == 65.9775 / 6.945
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


FACTOR = {"source": "lis_2019", "analyte": "CREA", "from_unit": "mg/dL", "to_unit": "umol/L", "factor": "88.4",
          "method": None, "first": date(2019, 1, 1), "last": date(2020, 12, 31), "reason": "test"}  # fmt: skip
CREATININE = {"analyte": "Creatinin", "unit": "mg/dL", "result": "0,9"}


def check(**sections_):
    return "\n".join(check_intake(LabsSpec.model_validate(sections() | sections_)))


@pytest.mark.parametrize(
    "entry", [FACTOR, FACTOR | {"from_unit": "umol/L", "to_unit": "mg/dL", "factor": "0.011312"}]
)
def test_a_factor_has_the_direction_of_the_table_and_serves_both(tmp_path, entry):
    """0.9 mg/dL is 79.6 umol/L; the other direction would be 0.0102."""
    cleaned = clean_rows(tmp_path, CREATININE, factors=[entry])
    assert cleaned.labs["VALUE"].iloc[0] == pytest.approx(79.56, abs=0.005)


def test_the_factor_of_the_other_direction_is_refused():
    assert "is it the factor of the other direction?" in check(factors=[FACTOR | {"factor": "0.0113"}])
    insulin = {"analyte": "INS", "from_unit": "pmol/L", "to_unit": "u[IU]/mL"}
    assert "is it the factor of the other direction?" in check(
        factors=[FACTOR | insulin | {"factor": "6.945"}]
    )
    assert "contradicts what is known, 1 mg/dL is 88.4 umol/L" in check(factors=[FACTOR | {"factor": "8.84"}])
    assert check(factors=[FACTOR, FACTOR | insulin | {"factor": "0.1440"}]) == ""


def test_a_factor_that_leads_nowhere_is_a_configuration_error():
    assert "leads to the unit 'umol/L'" in check(
        factors=[FACTOR | {"from_unit": "U/L", "to_unit": "mmol/mol"}]
    )


def test_a_true_rise_by_the_ratio_of_two_units_is_asked_about_and_kept_where_declared_so(tmp_path):
    """Bilirubin of 0.6 and then 10 mg/dL looks like 10 umol/L: only the plan can say what such a rise means."""
    given = sections()["analytes"]
    rows = [{"analyte": "Bilirubin", "unit": "mg/dL", "result": text} for text in ("10", "0,5", "0,6", "0,7")]
    fates = {}
    for action in ("query", "quarantine"):
        suspicion = {"units": ["mg/dL"], "tolerance": 0.6, "min_others": 2, "action": action}
        bilirubin = given["CHOL"] | {
            "label": "Bilirubin",
            "synonyms": ["Bilirubin"],
            "loinc": {},
            "limits": None,
        }
        bilirubin |= {"unit": "umol/L", "quantity": "bilirubin", "wrong_unit": suspicion}
        cleaned = clean_rows(tmp_path, *rows, analytes=given | {"BILI": bilirubin})
        fates[action] = (list(cleaned.accounting["RULE"]), list(cleaned.queries["RULE"]))
    assert fates == {
        "query": ([""] * 4, ["WRONG_UNIT_ASKED"]),
        "quarantine": (["WRONG_UNIT", "", "", ""], ["WRONG_UNIT"]),
    }


def test_an_unknown_quantity_is_a_configuration_error():
    given = sections()["analytes"]
    found = check(analytes=given | {"GLUC": given["GLUC"] | {"quantity": "glucos"}})
    assert "analytes.GLUC.quantity: 'glucos'" in found
    assert "did you mean 'glucose'?" in found


@pytest.mark.parametrize("name", ["BUN", "Urea Nitrogen", "Blood urea nitrogen"])
def test_urea_nitrogen_is_not_taken_for_urea(name):
    given = sections()["analytes"]
    urea = given["UREA"] | {"synonyms": ["Ure", name]}
    assert "urea nitrogen" in check(analytes=given | {"UREA": urea})
    assert check(analytes=given | {"UREA": urea | {"quantity": "urea-nitrogen"}}) == ""


FERRITIN = {"quantity": "ferritin", "from_unit": "ng/mL", "to_unit": "pmol/L", "factor": "2.247", "offset": "0",
            "source": "molar mass 445 kg/mol"}  # fmt: skip


def test_a_study_adds_conversions_with_their_source(tmp_path):
    analytes = sections()["analytes"]
    ferritin = analytes["CHOL"] | {"label": "Ferritin", "quantity": "ferritin", "unit": "ng/mL", "loinc": {},
                                   "synonyms": ["Ferritin"], "limits": None}  # fmt: skip
    given = {"analytes": analytes | {"FERR": ferritin}, "conversions": [FERRITIN]}
    assert check(**given) == ""
    row = {"analyte": "Ferritin", "unit": "pmol/L", "result": "224,7"}
    labs = clean_rows(tmp_path, row, **given).labs
    assert labs["VALUE"].iloc[0] == pytest.approx(100.0, rel=1e-12)
    assert labs["FACTOR"].iloc[0] == "/ 2.247"


def test_a_conversion_that_the_table_has_is_refused():
    row = FERRITIN | {"quantity": "glucose", "from_unit": "mmol/L", "to_unit": "mg/dL", "factor": "18"}
    assert "already, by 18.0156" in check(conversions=[row])
    assert "'ug/hL' is not in units" in check(conversions=[FERRITIN | {"from_unit": "ug/hL"}])
