"""The independent computation in a run: it stands before the report, and a disagreement stops it."""

import shutil
from pathlib import Path

import pandas as pd

from trial.plan.code import Closures
from trial.study.agreement import AGREEMENT, AGREES, NOT_RECOMPUTED
from trial.study.files import read_table
from workflow.conftest import ROOT, snakemake


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


def test_a_changed_number_stops_the_report_and_the_findings_stay(mini, tmp_path):
    statistic = "diff.se"
    whole, code, _ = mini
    study = tmp_path / "study"
    shutil.copytree(whole, study)
    results = study / "results"
    rows = results / "analyses" / "PRIMARY" / "HBA1C" / "rows.csv"
    before = (results / "report" / "index.html").stat().st_mtime_ns
    honest = rows.read_text(encoding="utf-8")
    line = next(line for line in honest.splitlines() if f",{statistic}," in line)
    value = line.split(f",{statistic},")[1].split(",")[0]
    rows.write_text(honest.replace(value, repr(float(value) * (1 + 2e-6))), encoding="utf-8")

    done = snakemake(study, "results/qc/agreement.csv", code=code)

    assert done.returncode != 0
    assert "numbers disagree with their independent computation; no report is made of them" in done.text
    assert f"{statistic}: {float(value) * (1 + 2e-6)!r}, independently {value[:8]}" in done.text
    assert not (results / "qc" / "agreement.csv").exists()
    assert (results / "report" / "index.html").stat().st_mtime_ns == before
    kept = read_table(results / "logs" / "check_agreement.csv", AGREEMENT)
    assert line.split(",")[0] in set(kept.loc[kept["verdict"] == "differs", "result_id"])

    rows.unlink()
    again = snakemake(study, "results/qc/agreement.csv", code=code)
    assert again.returncode == 0, again.text
    assert rows.read_text(encoding="utf-8") == honest


def test_the_report_waits_for_the_independent_computation(mini):
    study, code, _ = mini
    plan = snakemake(study, "-n", "--forcerun", "check_agreement", code=code)
    assert "rule render_report" in plan.text


def test_the_second_computation_stands_on_no_file_of_the_first(tmp_path):
    """Not even through what it imports: engine, analysis, endpoints and intake are none of its code."""
    names = [
        Path(path).relative_to(ROOT / "scripts") for path in Closures(tmp_path).closure("check_agreement.py")
    ]
    rooms = {name.parts[1] if name.parts[0] == "trial" else name.parts[0] for name in names}
    assert rooms == {"check_agreement.py", "__init__.py", "recompute", "study"}
