"""An endpoint whose rows were quarantined: named in queries and outputs, and the rest of the study has its report."""

import html

import pandas as pd
import pytest

from workflow.conftest import ROOT, copy_study, snakemake

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
    assert LOST in html.unescape((results / "report" / "index.html").read_text(encoding="utf-8"))
    mine, whole = read(results / "ard.csv"), read(mini[0] / "results" / "ard.csv")
    other = mine[mine["endpoint"] == "HBA1C"]
    assert len(other) > 50
    pd.testing.assert_frame_equal(
        other.reset_index(drop=True), whole[whole["endpoint"] == "HBA1C"].reset_index(drop=True)
    )
    for name in ("l16-2-9-1", "l16-2-9-2", "l16-2-9-3"):
        assert (results / "tables" / f"{name}.html").exists()
    assert (results / "report" / "index.html").exists()


def test_listings_are_made_where_an_analysis_cannot_be(study):
    """A model that cannot be fitted is an error, after everything that does not need it."""
    folder = study("mini")
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert "covariates:\n      - {variable: BASE, kind: numeric, by_visit: true}" in text
    # More covariates than subjects of one arm: no structure can be fitted.
    extra = "".join(
        f"\n      - {{variable: {name}, kind: factor, by_visit: true}}" for name in ("AGE", "SEX", "DIABDUR")
    )
    text = text.replace("by_visit: true}", "by_visit: true}" + extra, 1)
    config.write_text(text, encoding="utf-8")
    profile = ROOT / "workflow" / "profiles" / "default"
    done = snakemake(folder, "--workflow-profile", str(profile))
    assert done.returncode != 0
    assert "analysis PRIMARY of HBA1C" in done.text
    for name in ("l16-2-9-1", "l16-2-9-2", "l16-2-9-3", "t14-2-1-1", "t14-2-4-1"):
        assert (folder / "results" / "tables" / f"{name}.html").exists(), name
