"""Methods in words: none is missing, and they say what this study's configuration says."""

import pytest

from trial.export.define_methods import Methods
from unit.export.finished_export import datasets_of, study_of

STUDIES = ("demo", "mini", "three_arm", "analysed")


@pytest.fixture(scope="module", params=STUDIES)
def study(request):
    return study_of(request.param)


@pytest.fixture(scope="module")
def methods():
    return Methods(study_of("demo"))


def test_every_derived_variable_has_a_method_or_a_derivation(study):
    methods = Methods(study)
    missing = [
        f"{dataset.name}.{column.name}"
        for dataset in datasets_of(study)
        for column in dataset.columns
        if column.origin == "Derived" and column.name != "AVAL"
        if not methods.of(dataset.name, column.source or column.name) and not column.derivation
    ]
    assert missing == []


def test_every_parameter_has_a_method(study):
    methods = Methods(study)
    for dataset in datasets_of(study):
        if dataset.has("PARAMCD"):
            codes = dataset.column("PARAMCD").codelist.terms
            assert codes and all(methods.of_value(dataset.name, code) for code in codes)
    assert methods.of_value("ADLB", "NO_SUCH") == ""


def test_no_method_is_of_a_variable_that_does_not_exist(study):
    there = {
        (dataset.name, column.source or column.name)
        for dataset in datasets_of(study)
        for column in dataset.columns
    }
    assert set(Methods(study).texts) <= there


def test_indices_have_their_formula_source_inputs_and_domain(methods):
    found = methods.of_value("ADLB", "HOMAIR")
    assert "HOMA1-IR = I G / 22.5 (Matthews 1985)" in found
    assert "G is glucose in mmol/L (GLUC), I is insulin in u[IU]/mL (INS)" in found
    assert "at most 30 minutes apart" in found and "4.0 mmol/L" not in found
    found = methods.of_value("ADLB", "HOMAB")
    assert "HOMA1-%B = 20 I / (G - 3.5)" in found
    assert "No value at glucose of 3.5 mmol/L or below; below 4.0 mmol/L it is computed and flagged" in found
    assert "is LLOQ/2" in methods.of_value("ADLB", "TNFA")
    assert "in pg/mL" in methods.of_value("ADLB", "TNFA")


def test_windows_baseline_and_change_are_those_of_the_configuration(methods):
    assert "M1 (Month 1): day 15 to 59, target 30" in methods.of("ADLB", "AVISIT")
    assert "the index date being day 0" in methods.of("ADLB", "AVISIT")
    assert methods.of("ADLB", "AVISITN") == "Number of AVISIT: BL = 0, M1 = 1, M3 = 3, M6 = 6"
    assert methods.of("ADLB", "ABLFL").startswith("Y at the last value of BL on or before the index date")
    assert "closest to the target day, on a tie the later one" in methods.of("ADLB", "ANL01FL")
    assert methods.of("ADLB", "CHG") == "AVAL - BASE, for records of M1 or a later visit"
    assert methods.of("ADLB", "PCHG").startswith("100 * (AVAL - BASE) / BASE, for records of M1")
    assert "day -90 to 0" in methods.of("ADLBSAF", "ABLFL")


def test_days_of_the_export_have_no_day_0():
    (adlb,) = [one for one in datasets_of(study_of("demo")) if one.name == "ADLB"]
    said = "Days from ADSL.INDEXDT to ADT; INDEXDT is day 1, and there is no day 0"
    assert adlb.column("ADY").derivation == said


def test_a_selection_of_one_endpoint_is_said(methods):
    study = study_of("mini")
    endpoints = dict(study.endpoints)
    own = study.selection.model_copy(update={"tie": "earlier", "baseline": "flag of the export"})
    endpoints["HBA1C"] = endpoints["HBA1C"].model_copy(update={"selection": own})
    found = Methods(study.model_copy(update={"endpoints": endpoints}))
    assert "HBA1C: baseline the record that the export flags as baseline" in found.of("ADLB", "ABLFL")
    assert "on a tie the earlier one" in found.of("ADLB", "ANL01FL")
    assert "Of its own" not in methods.of("ADLB", "ABLFL")


def test_time_zero_and_populations(methods):
    assert "CELL: INFUSION_DT+0 d, else ALLOC_DT+21 d; STD: ALLOC_DT+21 d" in methods.of("ADSL", "INDEXDT")
    assert "CELL: INFUSION_DT-1 d, else ALLOC_DT+20 d" in methods.of("ADSL", "TRTEMDT")
    assert "timed by infusion (CELL)" in methods.of("ADSL", "TRT01A")
    (adsl,) = [one for one in datasets_of(study_of("demo")) if one.name == "ADSL"]
    assert adsl.column("PPROTFL").derivation == (
        "Per-protocol set: Y where all of this holds, else N: FASFL is present; IENOTMET is missing; "
        "DVIMPORT is missing"
    )


def test_what_is_given_is_said_to_be_given():
    found = Methods(study_of("analysed"))
    assert "as given" in found.of_value("ADLB", "HBA1C")
    assert found.of("ADLB", "ABLFL") == "As the locked input data set has it; empty where it has none"
    assert found.of("ADLB", "CHG").endswith("AVAL - BASE") and "has none" in found.of("ADLB", "CHG")


def test_hys_law(methods):
    found = methods.of("ADLBSAF", "HYSFL")
    pair = (
        "ALT or AST of at least 3 times and BILI of at least 2 times the upper limit, at most 30 days apart"
    )
    assert pair in found
    assert "C where" not in found  # alkaline phosphatase is not measured
