"""The independent computation in a run: it stands before the report, and a disagreement stops it."""

import shutil
from pathlib import Path

import pandas as pd

from trial.plan.code import Closures
from trial.study.agreement import AGREEMENT, AGREES, NOT_RECOMPUTED
from trial.study.files import read_table
from workflow.conftest import ROOT, copy_code, snakemake


def test_every_number_of_the_primary_analysis_is_computed_twice(mini):
    results = mini[0] / "results"
    table = read_table(results / "qc" / "agreement.csv", AGREEMENT)
    assert set(table["verdict"]) == {AGREES, NOT_RECOMPUTED}
    rows = pd.concat(
        pd.read_csv(path, dtype=str) for path in (results / "analyses" / "PRIMARY").glob("*/rows.csv")
    )
    dense = table[table["source"] == "dense likelihood"]
    assert sorted(dense.loc[dense["result_id"] != "", "result_id"]) == sorted(rows["result_id"])
    alone = dense.loc[dense["verdict"] == NOT_RECOMPUTED, "statistic"]
    assert set(alone) <= {"decimals", "ladder.gradient"}
    assert (table.loc[table["source"] == "R", "reason"].str.contains("make agreement")).all()
    page = (results / "report" / "data.html").read_text(encoding="utf-8")
    assert 'id="agreement"' in page
    assert "qc/agreement.csv" in page


def test_a_wrong_number_stops_the_run_before_the_report_and_the_findings_stay(mini, tmp_path):
    """Two millionths on a standard error, wherever it came from: here the code is edited."""
    whole, code, _ = mini
    study, wrong = tmp_path / "study", copy_code(tmp_path / "code")
    shutil.copytree(whole, study)
    results = study / "results"
    module = wrong / "scripts" / "trial" / "analysis" / "model_rows.py"
    text, line = module.read_text(encoding="utf-8"), 'self._row(f"{name}.se", found["se"],'
    assert text.count(line) == 1
    module.write_text(text.replace(line, line.replace('["se"]', '["se"] * (1 + 2e-6)')), encoding="utf-8")
    before = (results / "report" / "index.html").stat().st_mtime_ns

    done = snakemake(study, "results/qc/agreement.csv", code=wrong)

    assert done.returncode != 0
    assert "numbers disagree with their independent computation; no report is made of them" in done.text
    assert ", lsmean.se: " in done.text
    assert "results/logs/check_agreement.csv" in done.text
    assert not (results / "qc" / "agreement.csv").exists()
    assert (results / "report" / "index.html").stat().st_mtime_ns == before
    kept = read_table(results / "logs" / "check_agreement.csv", AGREEMENT)
    assert set(kept.loc[kept["verdict"] == "differs", "statistic"]) == {"lsmean.se", "diff.se"}

    again = snakemake(study, "results/qc/agreement.csv", code=code)
    assert again.returncode == 0, again.text
    whole_table = (whole / "results" / "qc" / "agreement.csv").read_bytes()
    assert (results / "qc" / "agreement.csv").read_bytes() == whole_table


def test_the_report_waits_for_the_independent_computation(mini):
    study, code, _ = mini
    plan = snakemake(study, "-n", "--forcerun", "check_agreement", code=code)
    assert "rule render_report" in plan.text


def test_the_second_computation_stands_on_no_file_of_the_first(tmp_path):
    """Not even through what it imports: engine, analysis, endpoints and intake are none of its code."""
    closures = Closures(tmp_path, tmp_path / "imports.json", {})
    names = [Path(path).relative_to(ROOT / "scripts") for path in closures.closure("check_agreement.py")]
    rooms = {name.parts[1] if name.parts[0] == "trial" else name.parts[0] for name in names}
    assert rooms == {"check_agreement.py", "__init__.py", "recompute", "study"}
