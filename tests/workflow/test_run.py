"""The whole pipeline on the mini study: what comes out, twice the same, and nothing to do afterwards."""

import hashlib
import json
import re
import shutil

import pandas as pd
import pytest

from trial.plan.jobs import output_jobs
from trial.plan.load import load_study
from trial.study.load import read_yaml
from trial.study.raw_files import of_lock, walk
from workflow.conftest import copy_study, snakemake
from workflow.figure_outputs import check_figures


def files_below(folder, *names):
    roots = [folder / name for name in names]
    found = [
        f for root in roots for f in ([root] if root.is_file() else sorted(root.rglob("*"))) if f.is_file()
    ]
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in found}


def test_everything_is_made(mini):
    study, _, _ = mini
    made = files_below(
        study / "results", "tables", "figures", "outputs", "report", "ard.csv", "manifest.json"
    )
    plan = load_study(read_yaml(study / "config.yaml"))
    wanted = {file.removeprefix("results/") for job in output_jobs(plan).values() for file in job.files}
    pages = {f"report/{job.id}.html" for job in output_jobs(plan).values()}
    pages |= {
        f"report/{name}.html" for name in ("index", "gallery", "methods", "data", "manifest", "compare/index")
    }
    wanted |= pages | {"report/report.css", "report/keys.js", "report/tables.rtf", "ard.csv", "manifest.json"}
    # The trace is another rule's: its files are counted where it is tested.
    assert {name for name in made if "trace" not in name} == wanted
    assert all(made.values())


def test_the_trace_from_a_statistic_to_raw_rows_is_a_join(mini):
    results = mini[0] / "results"
    ard, records, lineage = (
        pd.read_csv(results / name, dtype=str, keep_default_na=False)
        for name in ("ard.csv", "records.csv", "data/lineage.csv")
    )
    row = ard[
        (ard["endpoint"] == "HBA1C") & (ard["statistic"] == "AVAL.mean") & (ard["group"] == "ACT")
    ].iloc[-1]
    counted = records[records["RECORDS"] == row["records"]]
    assert str(float(len(counted))) == row["n"]
    raw = counted.merge(lineage, on=["PARAMCD", "USUBJID", "ASEQ"])
    assert len(raw) == len(counted)  # one raw result behind each measured value
    # The mean of what stands in the raw cells is the statistic.
    lines = (mini[0] / "data" / "raw" / "labs" / "labs.csv").read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    values = [float(lines[int(line) - 1].split(",")[names.index("Result")]) for line in raw["ROW"]]
    assert sum(values) / len(values) == pytest.approx(float(row["value"]), abs=1e-9)
    # Every statistic of the study points to records, and every record to a raw row or to whole subjects.
    assert set(ard.loc[ard["n"].replace("", "0").astype(float) > 0, "records"]) <= set(records["RECORDS"])
    keys = lineage[["PARAMCD", "USUBJID", "ASEQ"]].apply(tuple, axis=1)
    asked = records.loc[records["ASEQ"] != "", ["PARAMCD", "USUBJID", "ASEQ"]].apply(tuple, axis=1)
    assert set(asked) <= set(keys)
    shown = ard[ard["endpoint"] == "HBA1C"].groupby("analysis")["output"].agg(set).to_dict()
    assert shown == {"OBSERVED": {"t14-2-1-1"}, "PRIMARY": {"t14-2-1-2"}}


def test_every_output_says_synthetic(mini):
    study, _, _ = mini
    for name, content in files_below(study / "results", "tables", "report").items():
        # What pages load beside themselves is no output: it shows nothing without them.
        assert name.endswith((".css", ".js")) or b"SYNTHETIC" in content.upper(), name
    for path in (study / "results" / "figures").glob("*.csv"):
        assert "synthetic" in path.read_text(encoding="utf-8").casefold(), path


def test_every_raw_row_has_one_fate(mini):
    study, _, _ = mini
    book = pd.read_csv(study / "results" / "data" / "accounting.csv", dtype=str, keep_default_na=False)
    assert set(book["FATE"]) <= {"used", "superseded", "quarantined"}
    assert not book.duplicated(["FILE", "SHEET", "ROW", "COLUMN"]).any()
    raw = study / "data" / "raw"
    # Every file of this study is a plain CSV with its header in line 1.
    names = [name for name in of_lock(name for name, _ in walk(raw)) if name.endswith(".csv")]
    lines = {name: len((raw / name).read_bytes().splitlines()) - 1 for name in names}
    assert book["FILE"].value_counts().to_dict() == {name: count for name, count in lines.items() if count}


def test_the_manifest_has_every_result_and_everything_they_stand_on(mini):
    study, code, _ = mini
    results = study / "results"
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    told = (
        "logs/",
        "benchmarks/",
        "spec/",
        "manifest.json",
        "report/manifest.html",
        "report/compare/",
        "written.tsv",
    )
    every = files_below(results, ".")
    assert manifest["outputs"] == {
        f"results/{name}": hashlib.sha256(content).hexdigest()
        for name, content in every.items()
        if not name.startswith(told)
    }
    assert {"results/data/labs.csv", "results/analyses/PRIMARY/HBA1C/record.json"} <= set(manifest["outputs"])
    config = (study / "config.yaml").read_bytes()
    assert manifest["config"]["file"]["sha256"] == hashlib.sha256(config).hexdigest()
    rules = (code / "workflow" / "rules" / "common.smk").read_bytes()
    assert manifest["code"]["workflow/rules/common.smk"] == hashlib.sha256(rules).hexdigest()
    assert manifest["environment"]["pinned"]["OPENBLAS_NUM_THREADS"] == "1"
    page = (results / "report" / "manifest.html").read_text(encoding="utf-8")
    digests = [manifest["config"]["slices"], manifest["outputs"], manifest["code"]]
    assert all(digest in page for part in digests for digest in part.values())
    assert manifest["run"]["finished"] not in page


def test_a_second_run_has_nothing_to_do(mini):
    study, code, _ = mini
    again = snakemake(study, code=code)
    assert again.returncode == 0
    assert "Nothing to be done" in again.text


def test_no_path_of_the_machine_in_any_output(mini):
    study, code, _ = mini
    for name, content in files_below(
        study / "results", "tables", "figures", "report", "data", "endpoints", "analyses", "outputs"
    ).items():
        assert str(study).encode() not in content, name
        assert str(code).encode() not in content, name


def test_a_single_target_makes_only_what_it_needs(study):
    folder = study("mini")
    code = snakemake(folder, "-n", "--quiet", "rules").returncode
    assert code == 0
    done = snakemake(folder, "results/analyses/PRIMARY/HBA1C/rows.csv")
    assert done.returncode == 0, done.text
    assert (folder / "results" / "analyses" / "PRIMARY" / "HBA1C" / "rows.csv").is_file()
    assert not (folder / "results" / "analyses" / "PRIMARY" / "HOMAIR").exists()
    assert not (folder / "results" / "figures").exists()


@pytest.mark.long  # test_kills.py has a short form
def test_an_interrupted_run_ends_with_the_same_bytes(mini, tmp_path):
    first, code, _ = mini
    second = copy_study("mini", tmp_path / "interrupted")
    assert snakemake(second, "results/ard.csv", code=code).returncode == 0
    # What a kill leaves: a half-written temporary file, an output that is gone.
    (second / "results" / ".ard.csv.part").write_text("half")
    (second / "results" / "ard.csv").unlink()
    shutil.rmtree(second / "results" / "endpoints")
    assert snakemake(second, code=code).returncode == 0
    names = ("tables", "figures", "ard.csv")
    assert files_below(first / "results", *names) == files_below(second / "results", *names)


def test_snakemakes_own_report_shows_every_output_by_category(mini):
    study, code, _ = mini
    done = snakemake(study, "--report", "report.html", code=code)
    assert done.returncode == 0, done.text
    text = (study / "report.html").read_text(encoding="utf-8")
    plan = load_study(read_yaml(study / "config.yaml"))
    (found,) = re.findall(r"var categories = (\{.*?\});?\s*</script>", text, re.S)
    categories = {
        name: {file for part in parts.values() for file in part} for name, parts in json.loads(found).items()
    }
    wanted = {"Tables": set(), "Figures": set()}
    for job in output_jobs(plan).values():
        category, suffix = ("Figures", "svg") if job.kind == "figure" else ("Tables", "html")
        wanted[category].add(f"{job.base}.{suffix}")
    assert categories == wanted


def test_the_figures_of_a_study_of_three_arms_show_its_results_and_records(three_arms):
    codes = {code: (number, "W12") for number, code in enumerate(("FPG", "HBA1C", "LDLC"), 1)}
    check_figures(three_arms / "results", codes, ("W4", "W12"), ("LOW", "HIGH", "PBO"))


def test_another_study_runs_by_config_alone(three_arms):
    folder = three_arms
    ard = pd.read_csv(folder / "results" / "ard.csv", dtype=str, keep_default_na=False)
    comparisons = set(ard.loc[ard["statistic"] == "diff", "comparison"])
    assert comparisons == {"LOW-HIGH", "LOW-PBO", "HIGH-PBO", "TREND"}
    table = pd.read_csv(folder / "results" / "tables" / "t14-2-1-3.csv", dtype=str, keep_default_na=False)
    assert set(table["block"]) == {"Week 4", "Week 12", "All visits"}
    assert {"Low dose (10 mg) minus High dose (20 mg)", "Dose trend"} <= set(table["Visit Comparison"])
    printed = {name for cell in table["Difference (SE) result_id"] for name in cell.split()}
    assert printed <= set(ard["result_id"])
