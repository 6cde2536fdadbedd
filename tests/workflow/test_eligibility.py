"""Eligibility and deviations of a study of three arms; without criteria met or deviations the outputs say so."""

import yaml

from workflow.conftest import snakemake
from workflow.eligibility_outputs import check_eligibility, read

TABLES = ("t14-1-4", "t14-1-10", "l16-2-2", "l16-2-4-2", "l16-2-4-3")
TARGETS = [f"results/tables/{name}.html" for name in TABLES]
NULL = "Null Report: No observations met the reporting criteria for inclusion in this output."
ARMS = {"LOW": "Low dose (10 mg)", "HIGH": "High dose (20 mg)", "PBO": "Placebo"}


def test_the_outputs_of_a_study_of_three_arms_agree(three_arms):
    folder = three_arms
    check_eligibility(folder / "results", ARMS)
    adie = read(folder / "results" / "data" / "adie.csv")
    adsl = read(folder / "results" / "data" / "adsl.csv").set_index("USUBJID")
    # Nobody was asked, which is no question to the site; men are not concerned.
    never = adie[adie["IETESTCD"] == "E2"]
    assert dict(zip(never["USUBJID"], never["RESULT"], strict=True)) == {
        subject: "UNKNOWN" if sex == "F" else "MET" for subject, sex in adsl["SEX"].items()
    }
    asked = read(folder / "results" / "data" / "queries.csv")
    assert not asked["FOUND"].str.startswith("E2").any()
    # Each decided number is the raw one.
    labs = read(folder / "results" / "data" / "labs.csv").set_index(["FILE", "SHEET", "ROW", "COLUMN"])
    numbers = adie[adie["IETESTCD"] == "I2"]
    for row in numbers.to_dict("records"):
        raw = labs.loc[(row["FILE"], row["SHEET"], row["ROW"], row["COLUMN"])]
        assert (raw["USUBJID"], raw["ANALYTE"]) == (row["USUBJID"], "HBA1C")
        assert float(raw["VALUE"]) == float(row["VALUE"])
        assert row["RESULT"] == ("MET" if float(row["VALUE"]) >= 7.5 else "NOT_MET")


def test_without_deviations_and_open_criteria_the_outputs_say_so(study):
    folder = study("three_arm")
    config = folder / "config.yaml"
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["deviations"]["derived"] = []
    criterion = content["eligibility"]["criteria"]["I1"]
    criterion["tests"][0]["at_most"] = 100
    content["eligibility"]["criteria"] = {"I1": criterion}
    config.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = snakemake(folder, *TARGETS)
    assert done.returncode == 0, done.text
    tables = folder / "results" / "tables"
    for name in ("l16-2-2", "l16-2-4-2"):
        assert NULL in (tables / f"{name}.html").read_text(encoding="utf-8")
    counts = read(tables / "t14-1-4.csv").iloc[0]
    assert {
        counts[name] for name in counts.index if name.endswith(("Subjects", "Important", "Deviations"))
    } == {"0"}
