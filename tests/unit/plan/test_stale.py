"""What no job of the study leaves is moved, named, and nothing else is touched."""

from trial.plan.stale import announce, output_pages, set_aside, set_aside_export
from trial.study.files import begin_ledger, write_text
from trial.study.ledger import Ledger, ledger_of

OF_JOBS = (
    "results/tables/t14-1.csv",
    "results/logs/render_table.t14-1.log",
    "results/qc/outputs.csv",
    "results/lock.json",
)
OF_NO_RULE = (
    "results/README.md", "results/spec/report.json", "results/spec/code/render_report.json", "results/compare/L-1/raw.csv",
    "results/report/compare/L-1/index.html", "results/report/gallery.html", "results/report/t14-1.html",
    "results/.tables.part", "results/export/readme.txt",
)  # fmt: skip
STALE = (
    "analyses/OLD/HBA1C/rows.csv", "homa2/homa2.csv", "logs/run_analysis.OLD.HBA1C.log", "rendered/t14-2.rtf",
    "report/t14-2.html", "report/trace/old.js", "tables/t14-2.csv",
)  # fmt: skip


def test_what_no_job_leaves_is_set_aside_and_all_else_stays(tmp_path):
    for name in (*OF_JOBS, *OF_NO_RULE, *(f"results/{name}" for name in STALE)):
        write_text(tmp_path / name, name)
    belonging = [*OF_JOBS, *output_pages(["t14-1"])]
    assert set_aside(tmp_path / "results", belonging) == list(STALE)
    for name in (*OF_JOBS, *OF_NO_RULE):
        assert (tmp_path / name).read_text() == name
    for name in STALE:
        assert (tmp_path / "results" / "set_aside" / name).read_text() == f"results/{name}"
    # Folders that held nothing else are gone; what was set aside stays there.
    assert not (tmp_path / "results" / "analyses").exists()
    assert set_aside(tmp_path / "results", belonging) == []
    assert set_aside(tmp_path / "no results yet", belonging) == []


def test_an_export_is_set_aside_as_a_whole_and_replaces_the_one_before(tmp_path):
    results = tmp_path / "results"
    assert not set_aside_export(results)
    for name in ("a.txt", "b.txt"):
        write_text(results / "export" / "programs" / name, name)
        assert set_aside_export(results)
    assert not (results / "export").exists()
    assert [path.name for path in (results / "set_aside" / "export" / "programs").iterdir()] == ["b.txt"]


def test_what_was_set_aside_is_missed_by_nobody(tmp_path):
    begin_ledger(tmp_path / "results")
    for name in ("results/tables/t14-1.csv", "results/tables/t14-2.csv"):
        write_text(tmp_path / name, name)
    set_aside(tmp_path / "results", ["results/tables/t14-1.csv"])
    ledger = ledger_of(tmp_path / "results" / "ard.csv")
    assert [name for name, _ in ledger.items()] == ["tables/t14-1.csv"]


def test_results_are_named_and_what_tells_of_jobs_is_counted():
    lines = announce(["logs/run_analysis.OLD.HBA1C.log", "tables/t14-2.csv"])
    assert lines == [
        "results/tables/t14-2.csv is no part of the study any more: set aside",
        "1 logs and timings of jobs that are no part of the study any more: set aside",
    ]
    assert announce([]) == []


def test_the_ledger_knows_nothing_any_longer_of_what_was_moved(tmp_path):
    begin_ledger(tmp_path / "results")
    for name in (*OF_JOBS, *(f"results/{name}" for name in STALE)):
        write_text(tmp_path / name, name)
    set_aside(tmp_path / "results", OF_JOBS)
    known = [name for name, _ in Ledger(tmp_path / "results").items()]
    assert known == sorted(name.removeprefix("results/") for name in OF_JOBS)
