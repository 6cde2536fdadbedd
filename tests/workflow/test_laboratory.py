"""The safety laboratory of a study of three arms and of the smallest one, by configuration alone."""

import yaml

from workflow.adverse_outputs import read
from workflow.conftest import snakemake
from workflow.laboratory_outputs import TABLES, TARGETS, check_laboratory

NULL = "Null Report: No observations met the reporting criteria for inclusion in this output."
GRADES = [
    {"grade": 1, "any_of": [{"times": 1, "of": "ULN"}]},
    {"grade": 2, "any_of": [{"times": 1.5, "of": "ULN"}]},
]


def parameter(code, analyte, unit, **more):
    return {"code": code, "analyte": analyte, "label": code, "unit_label": unit, "decimals": 1} | more


def configure(folder, parameters, window, **changes):
    """Add the section, its analysis, its outputs and what else changes to the study's configuration."""
    path = folder / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["laboratory"] = {
        "baseline_window": window,
        "grading": "tests",
        "hys_law": None,
        "parameters": parameters,
    }
    shared = {
        "primary": False,
        "endpoints": None,
        "population": "SAFFL",
        "treatment": "TRT01A",
        "estimand": None,
    }
    content["analyses"] |= {
        "LABS": shared | {"method": "laboratory", "label": "Safety laboratory"},
        "LAB_SIZE": shared | {"method": "population", "label": "Size of the safety set"},
    }
    templates = {
        "t14-3-4-1": "laboratory_values", "t14-3-4-2": "laboratory_shift", "t14-3-4-3": "laboratory_grades",
        "t14-3-4-4": "laboratory_marked", "f14-3-4-1": "liver_peaks", "f14-3-4-2": "laboratory_courses",
        "l14-3-4-1": "hys_law_listing", "l14-3-4-2": "laboratory_abnormal_listing", "l16-2-8": "laboratory_listing",
    }  # fmt: skip
    for name, template in templates.items():
        roles = {"laboratory": ["LABS"]} | (
            {} if template.endswith("l_listing") else {"counts": ["LAB_SIZE"]}
        )
        if template == "laboratory_listing":
            del roles["counts"]
        row = {
            "id": name,
            "template": template,
            "analyses": roles,
            "endpoints": None,
            "title": None,
            "footnotes": [],
        }
        content["outputs"].append(row | {"e3": "16.2" if name == "l16-2-8" else "14.3"})
    for key, value in changes.items():
        content[key] |= value
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_three_arms_against_the_ranges_of_their_laboratory(study):
    folder = study("three_arm")
    raised = {"term": "raised", "side": "high", "grades": GRADES}
    configure(
        folder,
        [
            parameter(
                "GLUCOSE", "GLUC", "mmol/L", criteria=[raised], marked=[{"side": "high", "value": 9.0}]
            ),
            parameter("LDL", "LDLC", "mmol/L", criteria=[raised]),
        ],
        [-60, 0],
    )
    path = folder / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["analytes"]["LDLC"]["reference"] = [{"sex": None, "low": None, "high": 3.4, "source": "tests"}]
    content["sources"]["lab"]["columns"] |= {"reference_low": "RefLow", "reference_high": "RefHigh"}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = snakemake(folder, *TARGETS, "results/data/accounting.csv")
    assert done.returncode == 0, done.text
    results = folder / "results"
    arms = {"LOW": "Low dose (10 mg)", "HIGH": "High dose (20 mg)", "PBO": "Placebo"}
    check_laboratory(results, arms, {"SCR": "Screening", "W4": "Week 4", "W12": "Week 12"})
    data = read(results / "data" / "adlbsaf.csv")
    # The laboratory prints both ends of glucose; the visit cards print none for LDL.
    assert set(zip(data["PARAMCD"], data["ANRLO"], data["ANRHI"], data["ANRSRC"], strict=True)) == {
        ("GLUCOSE", "3.9", "6.4", "LABORATORY"), ("LDL", "", "3.4", "STUDY"),
    }  # fmt: skip
    assert "Low dose (10 mg)" in set(read(results / "tables" / "l16-2-8.csv")["block"])
    page = (results / "tables" / "l14-3-4-1.html").read_text(encoding="utf-8")
    assert NULL in page
    assert "declares no rule" in page


def test_the_smallest_study_has_no_limits_and_every_output(study):
    folder = study("mini")
    configure(folder, [parameter("GLUCOSE", "GLUC", "mmol/L")], [-28, 0])
    done = snakemake(folder, *TARGETS, "results/data/accounting.csv")
    assert done.returncode == 0, done.text
    results = folder / "results"
    check_laboratory(
        results, {"ACT": "Active", "REF": "Reference"}, {"BL": "Baseline", "V1": "Week 4", "V2": "Week 12"}
    )
    pages = {name: (results / "tables" / f"{name}.html").read_text(encoding="utf-8") for name in TABLES}
    # Nothing to compare with, nothing graded, nothing marked, no rule; values and results are there all the same.
    empty = {"t14-3-4-2", "t14-3-4-3", "t14-3-4-4", "l14-3-4-1", "l14-3-4-2"}
    assert {name for name, text in pages.items() if NULL in text} == empty
    assert "Without any limits, and not shown: GLUCOSE." in pages["t14-3-4-2"]
    assert set(read(results / "data" / "adlbsaf.csv")["ANRIND"]) == {""}
