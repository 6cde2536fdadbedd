"""An endpoint whose rows were quarantined: named in queries and outputs, and the rest of the study has its report."""

import html

import pandas as pd
import pytest

from workflow.conftest import ROOT, copy_study, relock, snakemake

LOST = "UNKNOWN_ANALYTE 'Glucose, fasting'"


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = copy_study("mini", tmp_path_factory.mktemp("a mistaken name") / "the study")
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    names = 'synonyms: [Glucose, "Glucose, fasting"]'
    assert names in text
    config.write_text(text.replace(names, "synonyms: [Glukose]"), encoding="utf-8")
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    return folder / "results"


def test_the_query_names_rule_and_text_once(results):
    queries, book = read(results / "data" / "queries.csv"), read(results / "data" / "accounting.csv")
    rows = ((book["RULE"] == "UNKNOWN_ANALYTE") & (book["FATE"] == "quarantined")).sum()
    assert rows > 20
    mine = queries[queries["RULE"] == "NO_RECORDS"]
    assert mine[["ANALYTE", "FOUND"]].to_numpy().tolist() == [["HOMAIR", f"{rows} rows: {LOST}"]]
    per_subject = queries[queries["RULE"].isin(["NO_BASELINE", "NO_POST_BASELINE"])]
    assert not per_subject["ANALYTE"].str.contains("HOMAIR").any()


def test_its_outputs_say_so_and_the_others_are_as_ever(results, mini):
    for name in ("t14-2-4-1", "t14-2-4-2", "t14-2-0-1"):
        assert LOST in html.unescape((results / "tables" / f"{name}.html").read_text(encoding="utf-8")), name
        assert LOST in html.unescape((results / "report" / f"{name}.html").read_text(encoding="utf-8")), name
    mine, whole = read(results / "ard.csv"), read(mini[0] / "results" / "ard.csv")
    other = mine[mine["endpoint"] == "HBA1C"]
    assert len(other) > 50
    pd.testing.assert_frame_equal(
        other.reset_index(drop=True), whole[whole["endpoint"] == "HBA1C"].reset_index(drop=True)
    )
    for name in ("l16-2-9-1", "l16-2-9-2", "l16-2-9-3"):
        assert (results / "tables" / f"{name}.html").exists()
    assert (results / "report" / "index.html").exists()


def edit(folder, *replacements):
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    config.write_text(text, encoding="utf-8")


COVARIATES = "covariates:\n      - {variable: BASE, kind: numeric, by_visit: true}"


def keep_first_draws(folder):
    """Leave of glucose every subject's first draw alone, and of HbA1c that of the reference arm."""
    raw = folder / "data" / "raw"
    arms = read(raw / "edc" / "subjects.csv").set_index("USUBJID")["ARM"]
    arm_of = read(raw / "edc" / "subject_key.csv").set_index("MA_BN")["USUBJID"].map(arms)
    labs = read(raw / "labs" / "labs.csv")
    first = labs["CollectedAt"].str[:10] == labs.groupby("PatientID")["CollectedAt"].transform("min").str[:10]
    glucose = labs["Test"].str.startswith("Glucose")
    lost = ~first & (glucose | (labs["Test"] == "HbA1c") & (labs["PatientID"].map(arm_of) == "reference"))
    assert 0 < lost.sum() < len(labs) / 2
    labs[~lost].to_csv(raw / "labs" / "labs.csv", index=False)
    relock(folder)


def assert_complete(folder, *said):
    """Every table that shows a model, and the methods page, say why none was fitted; nothing is left to do."""
    results = folder / "results"
    pages = [results / "report" / f"t14-2-{name}.html" for name in ("0-1", "1-2", "4-2")]
    shown = [html.unescape(page.read_text(encoding="utf-8")) for page in pages]
    whole = html.unescape((results / "report" / "methods.html").read_text(encoding="utf-8"))
    for place, text in enumerate(said, 1):
        assert text in shown[0], text
        assert text in shown[place], text
        assert text in whole, text
        # No cell says that there were no data where the arm beside it has some.
        assert "NE: no model was fitted (the warning says why)" in shown[place]
        assert "hold nothing at this visit" not in shown[place]
    assert (results / "manifest.json").exists()
    ard = read(results / "ard.csv")
    mine = ard[ard["analysis"] == "PRIMARY"]
    # No model: sizes, 0 at each visit without values.
    assert set(mine["statistic"]) <= {"n_subjects", "n_obs", "decimals", "n"}
    assert set(mine.loc[mine["statistic"] == "n", "value"].astype(float)) <= {0.0}
    assert (ard["analysis"] == "OBSERVED").sum() > 50


@pytest.mark.long
def test_an_arm_without_records_and_an_endpoint_of_one_visit_have_their_report(study):
    folder = study("mini")
    keep_first_draws(folder)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    assert_complete(folder, "Not fitted: an arm has no record to analyse: Reference", "Not fitted: none of")


def test_an_endpoint_without_an_accepted_structure_has_its_report(study):
    """More covariates than subjects of one arm: no structure can be fitted."""
    folder = study("mini")
    extra = "".join(
        f"\n      - {{variable: {name}, kind: factor, by_visit: true}}" for name in ("AGE", "SEX", "DIABDUR")
    )
    edit(folder, (COVARIATES, COVARIATES + extra))
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    text = "Not fitted: no covariance structure of the ladder is accepted (us: "
    assert_complete(folder, text, text)


def test_listings_are_made_where_an_analysis_cannot_be(study):
    """A covariate that the plan asks for and nobody has is an error, after everything that does not need it."""
    folder = study("mini")
    edit(
        folder,
        (COVARIATES, COVARIATES + "\n      - {variable: BMI, kind: numeric, by_visit: false}"),
        ("BMI: [12, 60]", "BMI: [12, 12.1]"),
    )
    profile = ROOT / "workflow" / "profiles" / "default"
    done = snakemake(folder, "--workflow-profile", str(profile))
    assert done.returncode != 0
    assert "analysis PRIMARY of HBA1C" in done.text
    assert "have no BMI" in done.text
    for name in ("l16-2-9-1", "l16-2-9-2", "l16-2-9-3", "t14-2-1-1", "t14-2-4-1"):
        assert (folder / "results" / "tables" / f"{name}.html").exists(), name
