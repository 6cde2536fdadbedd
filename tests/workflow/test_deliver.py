"""What is handed over after a whole run: the results as ARS, the checks that stop the report, one document."""

import csv
import re
import shutil

from trial.delivery.reading import read_results
from trial.study.files import write_text
from unit.delivery import ars_model
from workflow.conftest import snakemake


def test_the_results_of_a_study_are_one_reporting_event(mini):
    results = mini[0] / "results"
    event = ars_model.ReportingEvent.model_validate_json((results / "ard.json").read_text(encoding="utf-8"))
    ids = ars_model.identified(event)
    assert len(ids) == len(set(ids))
    assert ars_model.dangling(event) == []
    rows = {name: row for name, (row,) in read_results(results / "ard.csv").items()}
    found = ars_model.raw_values(event)
    assert found.keys() == rows.keys()
    assert {name: [one.raw_value or "" for one in same] for name, same in found.items()} == {
        name: [row.raw] for name, row in rows.items()
    }
    assert sum(one.formatted_value is not None for (one,) in found.values()) > 50


def test_the_document_holds_every_table(mini):
    results = mini[0] / "results"
    text = (results / "report" / "tables.rtf").read_text(encoding="ascii")
    tables = {path.stem.replace("-", "_") for path in (results / "tables").glob("*.rtf")}
    assert set(re.findall(r"\\bkmkstart (\w+)", text)) == tables


def test_outputs_that_contradict_each_other_stop_the_report_and_the_findings_stay(mini, tmp_path):
    whole, code, _ = mini
    study = tmp_path / "study"
    shutil.copytree(whole, study)
    results = study / "results"
    table = next((results / "tables").glob("t14-2-*-2.csv"))
    before = (results / "report" / "index.html").stat().st_mtime_ns
    text = table.read_text(encoding="utf-8")
    changed = re.sub(r"\(N=(\d+)\)", lambda size: f"(N={int(size[1]) + 1})", text)
    assert changed != text
    write_text(
        table, changed
    )  # as a program of the pipeline with a fault would: a file changed by hand is refused

    done = snakemake(study, code=code)

    assert done.returncode != 0
    assert "comparisons across outputs differ; no report is made of them" in done.text
    assert f"{table.stem}, page and CSV agree, headings" in done.text
    assert "results/logs/check_outputs.csv" in done.text
    assert not (results / "qc" / "outputs.csv").exists()
    assert (results / "report" / "index.html").stat().st_mtime_ns == before
    with (results / "logs" / "check_outputs.csv").open(encoding="utf-8", newline="") as stream:
        differ = [row["output"] for row in csv.DictReader(stream) if row["verdict"] == "differs"]
    assert differ == [table.stem]

    table.unlink()
    again = snakemake(study, code=code)
    assert again.returncode == 0, again.text
    assert (results / "qc" / "outputs.csv").exists()
