"""The display programs from the command line: files in, files out, the same bytes each time."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import plot_endpoint
import plot_forest
import render_endpoint_tables
import render_listings
import render_report
from trial.endpoints.schema import ADLB
from trial.study.ard import ARD
from trial.study.errors import DataError
from trial.study.files import write_json, write_table
from unit.display import study_rows as rows

ROOT = Path(__file__).resolve().parents[2]
CODES = ("HBA1C", "TNFA")


def write_inputs(folder):
    """Write a study of two endpoints as the rules hand it to the programs."""
    folder.mkdir()
    whole = rows.spec_slice("")
    whole["endpoints"] = [item for item in whole["endpoints"] if item["paramcd"] in CODES]
    write_json(folder / "display.json", whole)
    write_json(folder / "lock.json", rows.LOCK)
    write_json(folder / "fit.json", rows.fit_record())
    write_table(folder / "population.csv", rows.population_rows(), list(ARD))
    parts = [rows.population_rows()]
    for code in CODES:
        write_json(folder / f"display.{code}.json", rows.spec_slice(code))
        for name, make in (("descriptives", rows.descriptive_rows), ("estimates", rows.model_rows)):
            parts.append(make(code))
            write_table(folder / f"{name}.{code}.csv", parts[-1], list(ARD))
    write_table(folder / "ard.csv", pd.concat(parts), list(ARD))
    adlb = pd.concat([rows.adlb_rows(code) for code in CODES])
    write_table(folder / "adlb.csv", adlb, list(ADLB))
    for name, table in (
        ("queries", rows.query_rows()),
        ("accounting", rows.accounting_rows()),
        ("quality", rows.quality_rows()),
    ):
        write_table(folder / f"{name}.csv", table, list(table.columns))


def arguments(**paths):
    """Return command-line arguments; underscores become hyphens, lists follow their option."""
    words = []
    for name, value in paths.items():
        values = value if isinstance(value, list) else [value]
        words += [f"--{name.replace('_', '-')}", *map(str, values)]
    return words


def run_all(inputs, out):
    """Run the five programs into `out`, as the rules do."""
    common = {"lock": inputs / "lock.json"}
    for code in CODES:
        e = rows.ENDPOINTS[code][0]
        of_endpoint = common | {
            "spec": inputs / f"display.{code}.json",
            "descriptives": inputs / f"descriptives.{code}.csv",
            "estimates": inputs / f"estimates.{code}.csv",
            "fit": inputs / "fit.json",
        }
        render_endpoint_tables.main(
            arguments(
                **of_endpoint,
                population=inputs / "population.csv",
                descriptive_out=out / f"tables/t14-2-{e}-1",
                mmrm_out=out / f"tables/t14-2-{e}-2",
            )
        )
        plot_endpoint.main(
            arguments(
                **of_endpoint,
                adlb=inputs / "adlb.csv",
                profile_out=out / f"figures/f14-2-{e}-1",
                spaghetti_out=out / f"figures/f14-2-{e}-4",
            )
        )
    common["spec"] = inputs / "display.json"
    estimates = [inputs / f"estimates.{code}.csv" for code in CODES]
    plot_forest.main(arguments(**common, estimates=estimates, out=out / "figures/f14-2-0-1"))
    books = common | {"queries": inputs / "queries.csv", "accounting": inputs / "accounting.csv"}
    parts = ("queries", "accounting", "quality", "adlb")
    listings = {f"{part}_out": out / f"tables/l16-2-9-{at}" for at, part in enumerate(parts, 1)}
    more = {"quality": inputs / "quality.csv", "adlb": inputs / "adlb.csv"}
    render_listings.main(arguments(**books, **more, **listings))
    folders = {"tables": out / "tables", "figures": out / "figures"}
    page = out / "report/index.html"
    render_report.main(arguments(**books, ard=inputs / "ard.csv", **folders, out=page))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("display")
    write_inputs(folder / "inputs")
    for name in ("first", "second"):
        run_all(folder / "inputs", folder / name)
    return folder


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_every_output_is_there_and_nothing_else(runs):
    tables = [f"t14-2-{e}-{n}" for e in (1, 6) for n in (1, 2)] + [f"l16-2-9-{n}" for n in (1, 2, 3, 4)]
    figures = ["f14-2-0-1", *(f"f14-2-{e}-{n}" for e in (1, 6) for n in (1, 4))]
    expected = {f"tables/{name}.{suffix}" for name in tables for suffix in ("html", "rtf", "csv")}
    expected |= {f"figures/{name}.{suffix}" for name in figures for suffix in ("svg", "png", "csv")}
    assert set(files_of(runs / "first")) == expected | {"report/index.html"}


def test_two_runs_give_the_same_bytes(runs):
    assert files_of(runs / "first") == files_of(runs / "second")


def test_no_output_names_a_folder_of_this_machine(runs):
    for name, content in files_of(runs / "first").items():
        assert str(runs).encode() not in content, name
        assert str(ROOT).encode() not in content, name


def test_every_result_of_a_table_or_figure_is_a_row_of_the_ard(runs):
    known = set(pd.read_csv(runs / "inputs/ard.csv")["result_id"])
    found = set()
    for name, content in files_of(runs / "first").items():
        if name.endswith(".html"):
            for ids in re.findall(r'data-result-id="([^"]*)"', content.decode()):
                found |= set(ids.split())
        elif name.endswith(".csv"):
            table = pd.read_csv(runs / "first" / name, dtype=str, keep_default_na=False)
            for column in [c for c in table.columns if c.endswith("result_id")]:
                found |= {result_id for cell in table[column] for result_id in cell.split()}
    assert len(found) > 300
    assert found <= known


def test_figure_data_name_output_lock_and_synthetic_origin(runs):
    table = pd.read_csv(runs / "first/figures/f14-2-1-1.csv")
    assert set(table["output"]) == {"f14-2-1-1"}
    assert set(table["lock"]) == {"DEMO-1 (ab12cd34)"}
    assert set(table["synthetic"]) == {"SYNTHETIC"}


def test_synthetic_stands_in_every_text_output(runs):
    for name, content in files_of(runs / "first").items():
        if name.endswith((".html", ".rtf", ".csv")):
            assert b"SYNTHETIC" in content, name


@pytest.mark.parametrize("script", ["render_endpoint_tables", "render_listings", "render_report"])
def test_table_programs_do_not_wait_for_matplotlib(script):
    code = f"import {script}, sys; sys.exit('matplotlib' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_fit_without_model_sentence_stops_the_tables(runs, tmp_path):
    write_json(tmp_path / "fit.json", {"rung": "us"})
    inputs = runs / "inputs"
    with pytest.raises(DataError, match="footnote"):
        render_endpoint_tables.main(
            arguments(
                spec=inputs / "display.HBA1C.json", lock=inputs / "lock.json", fit=tmp_path / "fit.json",
                population=inputs / "population.csv", descriptives=inputs / "descriptives.HBA1C.csv",
                estimates=inputs / "estimates.HBA1C.csv", descriptive_out=tmp_path / "t14-2-1-1",
                mmrm_out=tmp_path / "t14-2-1-2",
            )
        )  # fmt: skip
    assert not list(tmp_path.glob("t14*"))


@pytest.mark.long
@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice and poppler"
)
def test_a_word_processor_repeats_titles_headings_and_notes_on_every_page(runs, tmp_path):
    rtf = runs / "first/tables/t14-2-6-1.rtf"
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(rtf)], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "t14-2-6-1.pdf"), "-"], check=True, capture_output=True
    ).stdout.decode()
    pages = text.rstrip("\f").split("\f")
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        for part in (
            f"Page {number} of 2",
            "SYNTHETIC",
            "Table 14.2.6.1",
            "TNF-α (pg/mL)",
            "(N=30)",
            "DEMO-1",
        ):
            assert part in page
    blocks = [re.findall(r"^\s*(Baseline|Month \d)\s*$", page, flags=re.M) for page in pages]
    assert blocks == [["Baseline", "Month 1"], ["Month 3", "Month 6"]]
