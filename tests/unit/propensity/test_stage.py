"""The design stage: nothing after baseline enters it, and degenerate covariates have clear outcomes."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import collect_covariates as script
from trial.analysis.design.config import CollectCovariatesSpec
from trial.analysis.design.covariates import RECORDS, collect_covariates
from trial.analysis.design.stage import weigh_subjects
from trial.study.errors import DataError, ModelError
from trial.study.files import read_table, write_table
from unit.propensity.cases import DESIGN, TREATED
from unit.propensity.stage import covariates, records, weigh_spec

ROOT = Path(__file__).resolve().parents[3]
SPEC = CollectCovariatesSpec(
    population="FASFL",
    treatment="TRT01P",
    arms=("CELL", "STD"),
    columns={"AGE": "number", "SEX": "text"},
    baselines={"HBA1C": "identity"},
)
ADSL = covariates().rename(columns={"ARMCD": "TRT01P"}).assign(FASFL="Y", DISCDT="2020-05-05", RESCDT="")
KINDS = {"USUBJID": "text", "ARMCD": "text", "AGE": "number", "SEX": "text", "BASE_HBA1C": "number"}


def collected(adsl=ADSL, rows=None, spec=SPEC):
    rows = records() if rows is None else rows
    return collect_covariates(adsl, {"HBA1C": rows[list(RECORDS)]}, spec)


def test_covariates_are_arm_and_baseline_and_nothing_else():
    found = collected()
    assert list(found.columns) == list(KINDS)
    assert_allclose(found["BASE_HBA1C"], covariates()["BASE_HBA1C"], rtol=1e-14)


def test_no_value_after_baseline_changes_the_file_of_covariates(tmp_path):
    rows = records()
    other = rows.copy()
    later = other["ABLFL"] == ""
    other.loc[later, ["AVAL", "CHG"]] = -999.0
    other = pd.concat([other, other[later].assign(ASEQ=9.0)])
    changed = ADSL.assign(DISCDT="2019-01-01", RESCDT="2020-02-02", DSDECOD="DEATH", TRT01A="")
    for name, frame, subjects in (
        ("a", rows, ADSL),
        ("b", other, changed),
        ("c", rows[~later.to_numpy()], ADSL),
    ):
        write_table(tmp_path / f"{name}.csv", collected(subjects, frame), list(KINDS))
    first = (tmp_path / "a.csv").read_bytes()
    assert first == (tmp_path / "b.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()
    assert b"-999" not in first


def test_the_weights_have_no_input_but_the_covariates():
    """The rule's inputs are the slice, the covariates and the code; the script opens no other file."""
    text = (ROOT / "workflow/rules/design.smk").read_text(encoding="utf-8")
    rule = text[text.index("rule weigh_subjects") :]
    inputs = re.search(r"    input:\n(.*?)    output:", rule, re.S)[1].split()
    assert inputs == [
        'spec="results/spec/weigh_subjects.json",',
        'covariates="results/design/covariates.csv",',
        'code=code("weigh_subjects.py"),',
    ]
    program = (ROOT / "scripts/weigh_subjects.py").read_text(encoding="utf-8")
    assert program.count("read_table(") == 1 and "read_columns" not in program


def test_the_script_reads_files_and_writes_one(tmp_path):
    write_table(tmp_path / "adsl.csv", ADSL, list(ADSL.columns))
    write_table(tmp_path / "hba1c.csv", records(), list(records().columns))
    (tmp_path / "spec.json").write_text(SPEC.model_dump_json(), encoding="utf-8")
    script.main(
        [
            *("--spec", f"{tmp_path}/spec.json", "--adsl", f"{tmp_path}/adsl.csv"),
            *("--out", f"{tmp_path}/out.csv", "--records", f"HBA1C={tmp_path}/hba1c.csv"),
        ]
    )
    pd.testing.assert_frame_equal(read_table(tmp_path / "out.csv", KINDS), collected())


def test_members_of_other_arms_and_populations_have_no_part():
    adsl = ADSL.assign(FASFL=["" if i == 0 else "Y" for i in range(60)])
    adsl.loc[1, "TRT01P"] = "THIRD"
    assert collected(adsl)["USUBJID"].tolist() == [f"S{i:02d}" for i in range(2, 60)]


def test_a_baseline_on_the_log_scale_enters_as_ln_and_must_be_positive():
    spec = SPEC.model_copy(update={"baselines": {"HBA1C": "log"}})
    assert_allclose(collected(spec=spec)["BASE_HBA1C"], np.log(covariates()["BASE_HBA1C"]))
    rows = records()
    rows.loc[(rows["USUBJID"] == "S03") & (rows["ABLFL"] == "Y"), "AVAL"] = 0.0
    with pytest.raises(DataError, match="S03"):
        collected(rows=rows, spec=spec)


# ---- weights and balance ------------------------------------------------------------------------------


def value(stage, kind, variable, statistic, level="", arm=""):
    rows = stage.balance
    chosen = (rows["KIND"] == kind) & (rows["VARIABLE"] == variable) & (rows["STATISTIC"] == statistic)
    (found,) = rows[chosen & (rows["LEVEL"] == level) & (rows["ARMCD"] == arm)].to_dict("records")
    return found


def test_the_stage_gives_the_published_differences_whatever_the_unit_of_a_covariate():
    stage = weigh_subjects(covariates(), weigh_spec())
    raw = [
        value(stage, "NONE", name, "smd")["VALUE"] for name in ("AGE", "DIABDUR", "BMI", "BASE_HBA1C", "SEX")
    ]
    assert_allclose(
        raw, [-0.5270263503, -0.5856374895, -0.6075763797, -0.1175505044, -0.1771496985], atol=6e-11
    )
    assert value(stage, "ATT", "", "ess", arm="STD")["VALUE"] == pytest.approx(14.3151887445, abs=1e-8)


def test_overlap_weights_balance_every_covariate_of_the_model():
    table = covariates(SITE=[["A", "B", "C"][i % 3] for i in range(60)])
    stage = weigh_subjects(table, weigh_spec(("AGE", "DIABDUR", "BMI", "BASE_HBA1C", "SEX", "SITE")))
    rows = stage.balance
    left = rows[(rows["KIND"] == "ATO") & (rows["STATISTIC"] == "smd")]["VALUE"]
    assert len(left) == 6 and left.abs().max() < 1e-8
    other = rows[(rows["KIND"] == "ATE") & (rows["STATISTIC"] == "smd")]["VALUE"]
    assert other.abs().max() > 0.05  # the neighbouring weights do not
    for level in "ABC":
        shares = [value(stage, "ATO", "SITE", "pct", level, arm)["VALUE"] for arm in ("CELL", "STD")]
        assert shares[0] == pytest.approx(shares[1], abs=1e-8)


def test_the_stage_is_the_same_bytes_each_time(tmp_path):
    for name in "ab":
        stage = weigh_subjects(covariates(), weigh_spec())
        for part in ("weights", "matrix", "balance"):
            table = getattr(stage, part)
            write_table(tmp_path / f"{name}_{part}.csv", table, list(table.columns))
    for part in ("weights", "matrix", "balance"):
        assert (tmp_path / f"a_{part}.csv").read_bytes() == (tmp_path / f"b_{part}.csv").read_bytes()


def test_the_matrix_is_the_standardised_design():
    stage = weigh_subjects(covariates(), weigh_spec())
    wide = stage.matrix.pivot(index="USUBJID", columns="COLUMN", values="VALUE")
    assert_allclose(wide["TREATED"], TREATED)
    assert_allclose(wide["AGE"], (DESIGN[:, 1] - DESIGN[:, 1].mean()) / DESIGN[:, 1].std(ddof=1), atol=1e-12)
    assert_allclose(wide["SEX=M"], DESIGN[:, 5])


def test_arms_that_a_covariate_separates_are_weighed_by_firths_likelihood_and_it_is_said():
    stage = weigh_subjects(covariates(AGE=40 + 20 * TREATED + np.arange(60) / 60), weigh_spec())
    assert set(stage.weights["ESTIMATOR"]) == {"firth"}
    assert np.isfinite(stage.weights["WEIGHT"]).all()
    check = value(stage, "", "", "check.separation")
    assert check["VALUE"] == 1.0 and "complete" in check["WARNING"] and "Firth" in check["WARNING"]
    verdict = value(stage, "ATE", "", "verdict")
    assert verdict["VALUE"] == 2.0 and "largest standardised difference" in verdict["WARNING"]


def test_an_empty_arm_stops_with_its_name():
    table = covariates()
    with pytest.raises(ModelError, match="arm STD has no subject to weigh"):
        weigh_subjects(table[table["ARMCD"] == "CELL"], weigh_spec())


@pytest.mark.parametrize("constant", [{"SEX": "F"}, {"AGE": 50.0}])
def test_a_covariate_with_one_value_is_left_out_and_noted(constant):
    (name,) = constant
    stage = weigh_subjects(covariates(**constant), weigh_spec())
    notes = stage.balance.loc[stage.balance["STATISTIC"] == "note", "WARNING"].tolist()
    assert notes == [f"{name} has one value in both arms: no part of the propensity model."]
    assert value(stage, "ATO", name, "smd")["VALUE"] == 0.0
    assert not stage.matrix["COLUMN"].str.startswith(name).any()
    others = weigh_subjects(
        covariates(),
        weigh_spec(tuple(n for n in ("AGE", "DIABDUR", "BMI", "BASE_HBA1C", "SEX") if n != name)),
    )
    assert_allclose(stage.weights["WEIGHT"], others.weights["WEIGHT"], rtol=1e-9)


def test_a_covariate_that_others_determine_is_named():
    with pytest.raises(ModelError, match="TWICE is determined by those before it"):
        weigh_subjects(covariates(TWICE=covariates()["AGE"] * 2 + 1), weigh_spec(("AGE", "BMI", "TWICE")))


def test_a_missing_covariate_stops_with_the_subject_or_leaves_it_out_and_counts_it():
    table = covariates()
    table.loc[7, "BMI"] = np.nan
    table.loc[9, "SEX"] = ""
    with pytest.raises(ModelError, match=r"(?s)2 subjects lack.*S07: BMI.*S09: SEX"):
        weigh_subjects(table, weigh_spec())
    stage = weigh_subjects(table, weigh_spec(missing_covariate="leave out"))
    assert stage.weights["USUBJID"].nunique() == 58 and "S07" not in set(stage.weights["USUBJID"])
    (note,) = stage.balance.loc[stage.balance["STATISTIC"] == "note", "WARNING"]
    assert note.startswith("2 subjects without a covariate")


def test_a_level_that_hardly_anybody_has_is_noted():
    stage = weigh_subjects(covariates(SITE=["A"] * 58 + ["B", "B"]), weigh_spec(("AGE", "SITE")))
    notes = stage.balance.loc[stage.balance["STATISTIC"] == "note", "WARNING"].tolist()
    assert notes == ["SITE: fewer than 3 subjects of an arm have the level B."]


def test_truncation_is_of_the_inverse_probability_weights_alone():
    stage = weigh_subjects(covariates(), weigh_spec())
    clipped = stage.weights.groupby("KIND")["CLIPPED"].apply(lambda flags: (flags == "Y").sum())
    assert clipped.to_dict() == {"ATE": 2, "ATO": 0, "ATT": 0}
    untruncated = weigh_subjects(covariates(), weigh_spec(truncation=None))
    assert (untruncated.weights["CLIPPED"] == "").all()
