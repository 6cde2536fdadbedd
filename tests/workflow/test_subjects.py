"""Outputs of disposition and baseline agree with each other and with the data, in three studies by configuration."""

import pytest
import yaml

from studies.graft import graft
from workflow.adverse_outputs import read
from workflow.conftest import relock, snakemake
from workflow.subject_outputs import check_headings, check_subjects


def change(folder, edit):
    """Edit the configuration of a study's copy."""
    path = folder / "config.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_three_arms(three_arms):
    assert check_headings(three_arms) > 60
    check_subjects(three_arms)


@pytest.mark.long  # test_adam.py runs such a study always
def test_data_that_are_analysed_already(study):
    """No visit is known there, and no method of allocation: neither is drawn."""
    folder = study("analysed")
    change(folder, lambda content: graft(content, raw=False))
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    assert check_headings(folder) > 20
    check_subjects(folder, listings=False)
    heads = read(folder / "results" / "figures" / "f14-1-1.csv")["head"].tolist()
    assert heads[0] == "Enrolled (n=12)"
    assert not [head for head in heads if "seen" in head or head.startswith(("Screened", "Allocation"))]


def test_the_smallest_study_with_a_screening_failure(study):
    """Neither visit forms, medicines, discontinuation nor adverse events; one subject fails at screening."""
    folder = study("mini")

    def edit(content):
        graft(content)
        edc = content["edc"]
        for name in ("visits", "medications", "discontinuation", "adverse_events"):
            edc[name] = None
        for name in ("DONE", "CMREASON", "AESEV", "AESER", "AERELPROD", "AERELPROC"):
            edc["spellings"].pop(name)
        edc["screen_failures"] = ["not eligible"]
        how = {"unit": "patient", "method": "block randomisation", "against_bias": None}
        content["study"]["allocation"] = how
        for name in ("DISPOSITION", "COMPLETION"):
            content["analyses"][name]["visit_forms"] = False

    change(folder, edit)
    fail_at_screening(folder / "data" / "raw" / "edc" / "subjects.csv")
    relock(folder)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    assert check_headings(folder) > 20
    check_subjects(folder, listings=False)
    figure = read(folder / "results" / "figures" / "f14-1-1.csv")
    assert figure["head"].tolist()[:3] == ["Screened (n=12)", "Enrolled (n=11)", "Allocation"]
    assert figure["details"].tolist()[0] == "Screening failures: 1"
    assert "block randomisation" in figure["details"].tolist()[2]
    # Nobody is said to have completed where the data do not say who left.
    assert not figure["head"].str.startswith(("Completed", "Week")).any()
    null = "Null Report: No observations met the reporting criteria for inclusion in this output."
    for name in ("l16-2-1", "l16-2-3", "l16-2-9-5"):
        assert null in (folder / "results" / "tables" / f"{name}.html").read_text(encoding="utf-8"), name


def fail_at_screening(path):
    """Say of the first subject of a subjects file that it was not eligible."""
    head, first, *others = path.read_text(encoding="utf-8").splitlines()
    failed = first.split(",")
    failed[head.split(",").index("ARM")] = "not eligible"
    path.write_text("\n".join([head, ",".join(failed), *others, ""]), encoding="utf-8")
