"""The thin programs of the room, from files to files, on a study of two endpoints."""

import pytest

import collect_adlb
import derive_endpoint
from trial.endpoints.schema import LINEAGE, adlb, endpoint_adlb
from trial.labs.schema import LABS
from trial.study.books import ABSENCE, QUERIES
from trial.study.files import json_text, read_table, write_json, write_table
from trial.subjects.schema import ADSL, ADSV
from unit.endpoints import build

PLANS = {
    "FPG": build.spec(build.measured(), "FPG", "mmol/L"),
    "HOMAIR": build.spec(build.homa(), "HOMAIR", "1"),
}
FLAGS = dict.fromkeys(("ENRLFL", "FASFL", "SAFFL"), "flag")
TABLES = ("adlb", "lineage", "queries")


def paths(folder, names=TABLES):
    return [part for name in names for part in (f"--{name}", str(folder / f"{name}.csv"))]


@pytest.fixture
def run(tmp_path):
    """Return a function that runs both programs on these lab results and returns the folder."""

    def run_on(*rows):
        labs = build.labs(*rows).reindex(columns=list(LABS))
        write_table(tmp_path / "labs.csv", labs, list(LABS))
        subjects = build.adsl("2020-01-31", "2020-01-31")
        # Other columns of ADSL (a site, for example) are no business of this room.
        subjects = subjects.reindex(columns=[*subjects.columns, *(set(ADSL) - set(subjects.columns)), "SITE"])
        write_table(tmp_path / "adsl.csv", subjects, list(subjects.columns))
        write_table(tmp_path / "adsv.csv", build.ADSV, list(ADSV))
        write_table(tmp_path / "asked.csv", build.NOTHING_ASKED, list(build.NOTHING_ASKED))
        for code, plan in PLANS.items():
            (tmp_path / f"{code}.json").write_text(json_text(plan.model_dump(mode="json")), "utf-8")
            inputs = [f"--{name}={tmp_path / name}.csv" for name in ("labs", "adsl", "adsv", "asked")]
            derive_endpoint.main(
                [
                    f"--spec={tmp_path / code}.json",
                    *inputs,
                    *paths(tmp_path / "e" / code, (*TABLES, "absence")),
                ]
            )
        endpoints = [
            {"paramcd": code, "number": number, "param": f"{code} label", "unit_label": ""}
            for number, code in enumerate(PLANS, 1)
        ]
        plan = {"endpoints": endpoints, "flags": sorted(FLAGS), "population": "FASFL"}
        write_json(tmp_path / "collect.json", plan)
        spec = [f"--spec={tmp_path / 'collect.json'}", f"--adsl={tmp_path / 'adsl.csv'}"]
        collect_adlb.main([*spec, f"--endpoints={tmp_path / 'e'}", *paths(tmp_path)])
        return tmp_path

    return run_on


def test_the_programs_write_what_the_contract_says(run):
    folder = run(
        build.lab(9, "GLUC", 8.0, "2020-01-30T08:00", "A", FILE="a#b + c.csv"),
        build.lab(10, "INS", 10.0, "2020-01-30T08:00", "A", FILE="a#b + c.csv"),
        build.lab(11, "GLUC", 8.0, "2020-02-05T08:00", "B", USUBJID="S2", SHEET="#1 + #2"),
    )
    one = read_table(folder / "e" / "HOMAIR" / "adlb.csv", endpoint_adlb(FLAGS))
    assert "PARAM" not in one and "SRCKEY" not in one
    together = read_table(folder / "adlb.csv", adlb(FLAGS))
    assert together[["PARAMCD", "PARAM", "PARAMN", "USUBJID", "ASEQ"]].to_numpy().tolist() == [
        ["FPG", "FPG label", 1.0, "S1", 1.0], ["FPG", "FPG label", 1.0, "S2", 1.0],
        ["HOMAIR", "HOMAIR label", 2.0, "S1", 1.0], ["HOMAIR", "HOMAIR label", 2.0, "S2", 1.0],
    ]  # fmt: skip
    lineage = read_table(folder / "lineage.csv", LINEAGE)
    mine = lineage[(lineage["PARAMCD"] == "HOMAIR") & (lineage["USUBJID"] == "S1")]
    assert mine[["ROLE", "FILE", "ROW"]].to_numpy().tolist() == [
        ["GLUC", "a#b + c.csv", "9"], ["INS", "a#b + c.csv", "10"],
    ]  # fmt: skip
    asked = read_table(folder / "queries.csv", QUERIES)
    one_draw = asked[asked["RULE"] == "OUT_OF_WINDOW"]
    assert one_draw[["ANALYTE", "SHEET"]].to_numpy().tolist() == [["FPG", "#1 + #2"]]
    assert "NO_BASELINE" in set(asked["RULE"])


def test_a_study_without_any_result_gives_empty_tables_and_questions(run):
    folder = run(build.lab(2, "HGB", 100.0, "2020-01-30"))
    assert read_table(folder / "adlb.csv", adlb(FLAGS)).empty
    assert read_table(folder / "lineage.csv", LINEAGE).empty
    asked = read_table(folder / "queries.csv", QUERIES)
    assert asked[["ANALYTE", "RULE"]].to_numpy().tolist() == [["FPG", "NO_RECORDS"], ["HOMAIR", "NO_RECORDS"]]
    # Analyses stand on the reason alone: no line of another question reruns them.
    absence = read_table(folder / "e" / "FPG" / "absence.csv", ABSENCE)
    assert absence.to_numpy().tolist() == [["NO_RECORDS", asked["FOUND"].iloc[0]]]
