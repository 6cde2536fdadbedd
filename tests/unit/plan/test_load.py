"""The configuration: strict, all problems at once, cross-checked, and nothing with a hidden default."""

from copy import deepcopy
from pathlib import Path

import pytest

from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.review.config import load_lock
from trial.study.errors import ConfigError
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[3]
STUDIES = [ROOT / "config.yaml", *sorted((ROOT / "tests" / "studies").glob("*/config.yaml"))]


@pytest.fixture
def content():
    return deepcopy(read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml"))


def problems(content):
    with pytest.raises(ConfigError) as error:
        load_study(content)
    return str(error.value)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.parent.name)
def test_committed_configurations_are_valid(path):
    slices = slice_study(load_study(read_yaml(path)))
    raw = {"clean_labs", "derive_subjects", "derive_endpoint.HBA1C"}
    analysed = {"read_adam", "take_endpoint.HBA1C"}
    own, others = (analysed, raw) if path.parent.name == "analysed" else (raw, analysed)
    assert own <= set(slices) and not others & set(slices)
    assert {"collect_adlb", "collect_ard", "report"} <= set(slices)
    assert {"analysis.PRIMARY.HBA1C", "analysis.POPULATION.study"} <= set(slices)


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("studies/*/data/raw/LOCK.yaml")), ids=str)
def test_committed_locks_are_valid(path):
    assert load_lock(path).synthetic


def test_no_section_has_a_default(content):
    for section in list(content):
        shorter = {key: value for key, value in content.items() if key != section}
        assert f"{section}: required, but missing" in problems(shorter)


@pytest.mark.parametrize("key", sorted(read_yaml(STUDIES[0])["analyses"]["PRIMARY"]))
def test_no_number_of_the_model_has_a_default(content, key):
    del content["analyses"]["PRIMARY"][key]
    found = problems(content)
    # Without a method there is no telling which keys belong to it.
    expected = (
        "analyses.PRIMARY: Unable to extract tag" if key == "method" else f"analyses.PRIMARY.{key}: required"
    )
    assert expected in found


def test_all_problems_at_once_with_near_matches(content):
    primary = content["analyses"]["PRIMARY"]
    primary["df_metod"] = primary.pop("df_method")
    primary["level"] = 95
    content["endpoints"]["HBA1C"]["scale"] = "ln"
    text = problems(content)
    key = "analyses.PRIMARY"
    assert f"{key}.df_metod: this key is not known; did you mean 'df_method', which is missing?" in text
    assert f"{key}.level: Input should be less than 1, found 95" in text
    assert "endpoints.HBA1C.scale: Input should be 'identity' or 'log', found 'ln'" in text
    assert "3 problems" in text


def test_sound_sections_are_compared_with_each_other_beside_one_that_is_not(content):
    content["analyses"]["PRIMARY"]["level"] = 95
    content["reference_arm"] = "REFF"
    text = problems(content)
    assert "analyses.PRIMARY.level: Input should be less than 1, found 95" in text
    assert "reference_arm: 'REFF' is not one of ACT, REF; did you mean 'REF'?" in text


def test_a_missing_key_below_a_key_called_as_a_method_is_named_rightly(content):
    # `population` is a method's name and a key of every analysis.
    del content["analyses"]["POPULATION"]["label"]
    assert "1. analyses.POPULATION.label: required, but missing" in problems(content)


def test_a_wrong_code_is_refused_in_words(content):
    content["arms"][0]["code"] = "x-1"
    assert "arms.0.code: expected a code: a capital letter" in problems(content)


@pytest.mark.parametrize("value", ["0.95", True, float("nan"), float("inf"), None])
def test_numbers_must_be_numbers(content, value):
    content["analyses"]["PRIMARY"]["level"] = value
    assert "analyses.PRIMARY.level" in problems(content)


HOMA2 = {
    "calculator": "v2.2.4", "glucose": "GLUC", "partner": "INS", "partner_kind": "specific insulin",
    "insulin_factor": 6.0, "fasting": "any", "specimens": ["SERUM", "PLASMA"], "results": None,
    "ranges": {"glucose": [3.5, 25.0], "partner": [20, 300]},
}  # fmt: skip


def primary(content, **entries):
    content["analyses"]["PRIMARY"].update(entries)


def compared(content, **entries):
    content["analyses"]["PRIMARY"]["comparisons"].update(entries)


def covariate(name, kind="numeric"):
    return {"variable": name, "kind": kind, "by_visit": True}


def pair(**entries):
    return {"hba1c": "HBA1C", "glucose": "GLUC", "ratio": [0.4, 1.8]} | entries


CONTRADICTIONS = [
    (lambda c: c.update(reference_arm="REFF"), "reference_arm: 'REFF' is not one of ACT, REF; did you mean 'REF'?"),
    (lambda c: c["arms"].pop(), "a comparison needs at least two arms"),
    (lambda c: c["arms"][1].update(code="ACT"), "arms.code: 'ACT' stands 2 times"),
    (lambda c: c["arms"][1].update(site_texts=["Active"]), "arms.site_texts: 'active' stands 2 times"),
    (lambda c: c["visits"][1].update(window=[-5, 59]), "overlap"),
    (lambda c: c["visits"][2].update(window=[60, 10**30]), "visits.2.window.1: Input should be less than or equal to 36525"),
    (lambda c: c["arms"][0]["index_date"][0].update(lag_days=99999999), "lag_days: Input should be less than or equal to 3660"),
    (lambda c: c["indices"].update(pairing_minutes=1e30), "indices.pairing_minutes: Input should be a valid integer"),
    (lambda c: c["indices"].update(pairing_minutes=10**30), "indices.pairing_minutes: Input should be less than or equal to 1440"),
    (lambda c: c["visits"][1].update(number=5), "visits.number: must rise"),
    (lambda c: c["visits"][0].update(baseline=False), "exactly one visit is the baseline"),
    (lambda c: c["endpoints"]["HBA1C"].update(primary_visit="BL"), "endpoints.HBA1C.primary_visit: 'BL' is not one of V1, V2"),
    (lambda c: c["endpoints"]["HOMAIR"].update(number=1), "endpoints.number: '1' stands 2 times"),
    (lambda c: c["endpoints"]["HBA1C"]["source"].update(analyte="HBA1"), "did you mean 'HBA1C'?"),
    (lambda c: c["endpoints"]["HBA1C"].update(unit="mmol/mol"), "but analytes.HBA1C.unit is '%'"),
    (lambda c: c["endpoints"]["HOMAIR"]["source"].update(index="HOMA_IR"), "is not one of HOMA1_IR"),
    (lambda c: c["endpoints"]["HOMAIR"]["source"]["inputs"].pop("insulin"), "HOMA1_IR needs ['glucose', 'insulin']"),
    (lambda c: c["analytes"]["GLUC"].update(unit="%"), "HOMA1_IR needs 'mmol/L', but analytes.GLUC.unit is '%'"),
    (lambda c: c.update(consistency=pair(glucose="GLU")), "consistency.glucose: 'GLU' is not one of"),
    (lambda c: c.update(consistency=pair(hba1c="GLUC")), "needs '%', but analytes.GLUC.unit is 'mmol/L'"),
    (lambda c: c.update(consistency=pair(ratio=[1.8, 0.4])), "ratio: 1.8 is not below 0.4"),
    (lambda c: c["indices"].update(homa_b_undefined_at=4.5), "must not lie below homa_b_undefined_at"),
    (lambda c: c["below_limit"].update(describe_only_above_pct=5), "must not lie below warn_above_pct"),
    (lambda c: c.update(homa2=HOMA2 | {"partner": "INSU"}), "homa2.partner: 'INSU' is not one of HBA1C"),
    (lambda c: c.update(homa2=HOMA2 | {"glucose": "HBA1C"}), "homa2.glucose: HOMA2 needs 'mmol/L', but"),
    (lambda c: c.update(homa2=HOMA2 | {"partner_kind": "c-peptide", "insulin_factor": None}),
     "homa2.partner: HOMA2 needs 'ng/mL', but analytes.INS.unit is 'u[IU]/mL'"),
    (lambda c: primary(c, covariance_ladder=["us", "us"]), "analyses.PRIMARY: covariance_ladder: us stands more than once"),
    (lambda c: primary(c, reml=False), "df_method kenward-roger is defined for reml: true"),
    (lambda c: primary(c, coefficient_covariance="CR2"), "CR2 has satterthwaite"),
    (lambda c: primary(c, population="FASF"), "analyses.PRIMARY.population: 'FASF' is not one of"),
    (lambda c: primary(c, estimand="TP"), "analyses.PRIMARY.estimand: 'TP' is not one of TREATMENT_POLICY"),
    (lambda c: primary(c, endpoints=["HBA1"]), "analyses.PRIMARY.endpoints: 'HBA1' is not one of HBA1C, HOMAIR"),
    (lambda c: primary(c, primary=False), "analyses: exactly one is primary, found none"),
    (lambda c: c["analyses"]["OBSERVED"].update(primary=True), "exactly one is primary, found PRIMARY, OBSERVED"),
    (lambda c: primary(c, covariates=[covariate("BMII")]), "analyses.PRIMARY.covariates: 'BMII' is not one of BASE, USUBJID"),
    (lambda c: primary(c, covariates=[covariate("SEX")]), "covariates: SEX is a text in ADSL, not numeric"),
    (lambda c: primary(c, covariates=[covariate("ENRLDT")]), "covariates: ENRLDT is a date in ADSL, not numeric"),
    (lambda c: primary(c, covariates=[covariate("BASE")] * 2), "covariates: 'BASE' stands 2 times"),
    (lambda c: primary(c, covariates=[covariate("BASE_HBA1")]), "the endpoint of BASE_HBA1: 'HBA1' is not one of"),
    (lambda c: primary(c, covariates=[covariate("BASE", "factor")]), "BASE: a baseline value is numeric"),
    (lambda c: primary(c, lsmeans={"weights": "equal", "at": {"AGE": 50}}), "lsmeans.at: 'AGE' is not one of BASE"),
    (lambda c: compared(c, contrasts={"T": {"label": "T", "weights": {"ACT": 1.0, "REF": 1.0}}}), "sum to zero, found 2"),
    (lambda c: compared(c, contrasts={"T": {"label": "T", "weights": {"ACT": 1.0, "PBO": -1.0}}}), "'PBO' is not one of ACT, REF"),
    (lambda c: compared(c, averages={"ALL": {"label": "All", "visits": ["V1", "V9"]}}), "'V9' is not one of V1, V2"),
    (lambda c: compared(c, averages={"V1": {"label": "All", "visits": ["V1"]}}), "averages.V1: a visit has this code"),
    (lambda c: compared(c, null_value=0.3), "endpoints on the log scale need an analysis of their own"),
    (lambda c: c["estimands"].update(OTHER=c["estimands"]["TREATMENT_POLICY"]), "estimands.OTHER: no analysis names it"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"), CONTRADICTIONS, ids=[message for _, message in CONTRADICTIONS]
)
def test_sections_that_contradict_each_other(content, change, message):
    change(content)
    assert message in problems(content)


def test_homa2_is_a_slice_only_where_it_is_asked_for(content):
    assert "homa2" not in slice_study(load_study(content))
    assert "homa2" in slice_study(load_study(content | {"homa2": HOMA2}))


def test_a_window_without_its_target_day(content):
    content["visits"][1]["target_day"] = 99
    assert "target_day 99 is outside the window" in problems(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "'a' stands twice"),
        ("a: [1\n", "not valid YAML"),
        ("- 1\n", "expected sections"),
        ("a: 1\nb: 2020-02-31\n", "line 2, b: '2020-02-31' looks like a date"),
        ("a: 0x_\n", "line 1, a: '0x_' looks like"),
        ("a: " + "9" * 5000, "line 1, a: '9{40}' looks like a date or a number"),
        ("a: 1\n? [1, 2]\n: 3\n", "line 2, column 3: a list or a section stands where a key"),
        ("a: " + "[" * 500 + "]" * 500, "too deeply"),
    ],
)
def test_files_that_are_no_configuration(tmp_path, text, message):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_study(read_yaml(tmp_path / "c.yaml"))


def test_a_file_that_is_not_utf8(tmp_path):
    (tmp_path / "c.yaml").write_bytes("a: é\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_yaml(tmp_path / "c.yaml")
