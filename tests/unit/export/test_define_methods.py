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


def text(methods, dataset, variable):
    return methods.of(dataset, variable).text


def test_every_derived_variable_has_a_method_or_a_derivation(study):
    methods = Methods(study)
    missing = [
        f"{dataset.name}.{column.name}"
        for dataset in datasets_of(study)
        for column in dataset.columns
        if column.origin == "Derived" and column.name != "AVAL"
        if methods.of(dataset.name, column.source or column.name) is None and not column.derivation
    ]
    assert missing == []


def test_every_parameter_has_a_method(study):
    methods = Methods(study)
    for dataset in datasets_of(study):
        if dataset.has("PARAMCD"):
            codes = dataset.column("PARAMCD").codelist.terms
            assert codes and all(methods.of_value(dataset.name, code) for code in codes)


def test_no_method_is_of_a_variable_that_does_not_exist(study):
    there = {
        (dataset.name, column.source or column.name)
        for dataset in datasets_of(study)
        for column in dataset.columns
    }
    optional = {("ADSL", "IENOTMET"), ("ADSL", "IEUNKNWN"), ("ADSL", "DVIMPORT")}
    assert set(Methods(study)._found) - there - optional == set()


def test_indices_have_their_formula_source_inputs_and_domain(methods):
    found = methods.of_value("ADLB", "HOMAIR").text
    assert "HOMA1-IR = I G / 22.5 (Matthews 1985)" in found
    assert "G is glucose in mmol/L (GLUC), I is insulin in u[IU]/mL (INS)" in found
    assert "at most 30 minutes apart" in found and "4.0 mmol/L" not in found
    found = methods.of_value("ADLB", "HOMAB").text
    assert "HOMA1-%B = 20 I / (G - 3.5)" in found
    assert "No value at glucose of 3.5 mmol/L or below; below 4.0 mmol/L it is computed and flagged" in found
    assert "half" not in methods.of_value("ADLB", "TNFA").text
    assert "LLOQ/2" in methods.of_value("ADLB", "TNFA").text


def test_windows_baseline_and_change_are_those_of_the_configuration(methods):
    assert "M1 (Month 1): day 15 to 59, target 30" in text(methods, "ADLB", "AVISIT")
    assert text(methods, "ADLB", "AVISITN") == "Number of AVISIT: BL = 0, M1 = 1, M3 = 3, M6 = 6."
    assert text(methods, "ADLB", "ABLFL").startswith("Y at the last value of BL on or before the index date")
    assert "closest to the target day, on a tie the later one" in text(methods, "ADLB", "ANL01FL")
    assert text(methods, "ADLB", "CHG") == "AVAL - BASE, for records of M1 or a later visit."
    assert text(methods, "ADLB", "PCHG").startswith("100 * (AVAL - BASE) / BASE")
    # The export counts the index date as day 1; the windows of the configuration count it as day 0.
    assert "there is no day 0" in text(methods, "ADLB", "ADY")
    assert "count the index date as day 0" in text(methods, "ADLB", "ADY")
    assert "day -90 to 0" in text(methods, "ADLBSAF", "ABLFL")


def test_a_selection_of_one_endpoint_is_said(methods):
    study = study_of("mini")
    endpoints = dict(study.endpoints)
    own = study.selection.model_copy(update={"tie": "earlier", "baseline": "flag of the export"})
    endpoints["HBA1C"] = endpoints["HBA1C"].model_copy(update={"selection": own})
    found = Methods(study.model_copy(update={"endpoints": endpoints}))
    assert "HBA1C: baseline the record that the export flags as baseline" in text(found, "ADLB", "ABLFL")
    assert "on a tie the earlier one" in text(found, "ADLB", "ANL01FL")
    assert "Of its own" not in text(methods, "ADLB", "ABLFL")


def test_subjects(methods):
    assert "CELL: INFUSION_DT+0 d, else ALLOC_DT+21 d; STD: ALLOC_DT+21 d" in text(methods, "ADSL", "INDEXDT")
    assert "CELL: INFUSION_DT-1 d, else ALLOC_DT+20 d" in text(methods, "ADSL", "TRTEMDT")
    assert "timed by infusion (CELL)" in text(methods, "ADSL", "TRT01A")
    assert text(methods, "ADSL", "PPROTFL") == (
        "Per-protocol set: Y where all of this holds, else N: FASFL is present; IENOTMET is missing; "
        "DVIMPORT is missing."
    )
    assert methods.of("ADSL", "PPROTFL").program == "derive_populations.py"


def test_comparisons_of_conditions_say_what_a_missing_value_does():
    found = Methods(study_of("analysed"))
    assert "FASFL equals Y (fails where a value is missing)" in text(found, "ADSL", "FASFL")
    assert "as given" in found.of_value("ADLB", "HBA1C").text
    assert "As the locked input data set has it" in text(found, "ADLB", "ABLFL")


def test_hys_law(methods):
    found = text(methods, "ADLBSAF", "HYSFL")
    assert (
        "ALT or AST of at least 3 times and BILI of at least 2 times the upper limit, at most 30 days apart"
        in found
    )
    assert "C where" not in found  # alkaline phosphatase is not measured
