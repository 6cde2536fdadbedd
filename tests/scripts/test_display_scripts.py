"""The display programs from the command line: files in, files out, the same bytes each time."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import render_output
import render_report
from trial.display.registry import NAMES as TEMPLATES
from trial.display.spec import (
    ReaderNote,
    ReportAnalysis,
    ReportEstimand,
    ReportGroup,
    ReportOutput,
    ReportSection,
    ReportSpec,
)
from trial.study.agreement import AGREEMENT
from trial.study.ard import ARD
from trial.study.base import Identity
from trial.study.errors import ConfigError, DataError
from trial.study.files import json_text, write_json, write_table
from trial.study.label import SYNTHETIC_MARK
from unit.display import study_rows as rows

ROOT = Path(__file__).resolve().parents[2]
CODES = ("HBA1C", "TNFA")
# Templates that the rows of the small study fill; the others are drawn in tests of their own.
SUBJECTS = {"adsl", "adae"}
NAMES = [
    name
    for name in TEMPLATES
    if name in rows.IDS
    and set(rows.template_of(name).roles) <= set(rows.ROLES)
    and not SUBJECTS & set(rows.template_of(name).data)
]
BOOKS = {
    "queries": rows.query_rows(),
    "accounting": rows.accounting_rows(),
    "quality": rows.quality_rows(),
    "agreement": pd.DataFrame(columns=list(AGREEMENT)),
}


def catalogue():
    """Return the slices of every template's output, of two endpoints where it is of one."""
    specs = []
    for name in NAMES:
        template = rows.template_of(name)
        if template.scope == "endpoint":
            specs += [rows.output_spec(name, code) for code in CODES]
        else:
            shown = CODES if template.shows_endpoints else ()
            endpoints = tuple(rows.endpoint_spec(code) for code in shown)
            roles = {role: (rows.shown_analysis(role, list(CODES)),) for role in template.roles}
            specs.append(rows.output_spec(name, endpoints=endpoints, roles=roles))
    return specs


def report_spec():
    ids = tuple(ReportOutput(id=s.id, analyses=("Primary",), estimands=("e",)) for s in catalogue())
    return ReportSpec(
        study=Identity(**rows.STUDY),
        estimands=(
            ReportEstimand(label="e", analyses=("Primary",), population="p", treatments="t", variable="v",
                           intercurrent_events="i", summary="s"),
        ),
        sections=(
            ReportSection(number="14.2", name="Efficacy data", groups=(ReportGroup(heading="", outputs=ids),)),
        ),
        analyses=(
            ReportAnalysis(id="PRIMARY", label="Primary", method="mmrm", primary=True, population="All",
                           estimand="e", places=tuple((code, code.lower()) for code in CODES),
                           settings=(("df_method", "kenward-roger"),)),
        ),
        reading=(ReaderNote(topic="Numbers", lines=("Rounded for printing.",)),),
        shows={"queries": "l16-2-9-1", "accounting": "l16-2-9-2"},
    )  # fmt: skip


def write_inputs(folder):
    """Write a study of two endpoints as the rules hand it to the programs."""
    folder.mkdir()
    for spec in catalogue():
        write_slice(spec, folder / f"output.{spec.id}.json")
    write_slice(report_spec(), folder / "report.json")
    write_json(folder / "lock.json", rows.LOCK)
    write_json(folder / "label.json", rows.LABEL)
    write_json(folder / "record.json", rows.fit_record())
    parts = {"counts.study": rows.population_rows()}
    for code in CODES:
        parts[f"observed.{code}"] = rows.descriptive_rows(code)
        parts[f"model.{code}"] = rows.model_rows(code)
        write_table(folder / f"adlb.{code}.csv", rows.adlb_rows(code), list(rows.ADLB))
        write_json(folder / "analyses" / "PRIMARY" / code / "record.json", rows.fit_record())
    for name, table in parts.items():
        write_table(folder / f"{name}.csv", table, list(ARD))
    write_table(folder / "ard.csv", pd.concat(parts.values()), list(ARD))
    adlb = pd.concat([rows.adlb_rows(code) for code in CODES])
    write_table(folder / "adlb.csv", adlb, list(rows.ADLB))
    for name, table in BOOKS.items():
        write_table(folder / f"{name}.csv", table, list(table.columns))


def write_slice(spec, path):
    path.write_text(json_text(spec.model_dump(mode="json")), encoding="utf-8")


def arguments(spec, inputs, out, record="record.json"):
    """Return the command line of one output, as the rules write it."""
    template = rows.template_of(spec.template)
    folder = "figures" if template.kind == "figure" else "tables"
    words = [
        "--spec",
        inputs / f"output.{spec.id}.json",
        "--lock",
        inputs / "lock.json",
        "--label",
        inputs / "label.json",
    ]
    words += ["--base", out / folder / spec.id, "--entry", out / "outputs" / f"{spec.id}.json"]
    for role in template.roles:
        places = ["study"] if role == "counts" else [endpoint.paramcd for endpoint in spec.endpoints]
        for place in places:
            words += ["--rows", f"{role}={inputs / f'{role}.{place}.csv'}"]
            words += ["--records", f"{role}={inputs / record}"]
    for name in template.data:
        file = f"adlb.{spec.endpoint}.csv" if name == "adlb" and spec.endpoint else f"{name}.csv"
        words += ["--data", f"{name}={inputs / file}"]
    return [str(word) for word in words]


def run_all(inputs, out):
    """Run the programs into `out`, as the rules do."""
    for spec in catalogue():
        render_output.main(arguments(spec, inputs, out))
    run_report(inputs, out)


def run_report(inputs, out):
    """Write the review pages of the outputs in `out`."""
    words = [
        "--spec",
        inputs / "report.json",
        "--lock",
        inputs / "lock.json",
        "--label",
        inputs / "label.json",
    ]
    for name in ("queries", "accounting", "agreement"):
        words += [f"--{name}", inputs / f"{name}.csv"]
    for name in ("outputs", "tables", "figures"):
        words += [f"--{name}", out / name]
    words += ["--analyses", inputs / "analyses", "--links", inputs / "ard.csv", "--out", out / "report"]
    render_report.main([str(word) for word in words])


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
    pages = ("index", "gallery", "methods", "data", *(spec.id for spec in catalogue()))
    expected = {
        "report/report.css",
        "report/keys.js",
        "report/compare/index.html",
        *(f"report/{page}.html" for page in pages),
    }
    for spec in catalogue():
        is_figure = rows.template_of(spec.template).kind == "figure"
        folder, suffixes = (
            ("figures", ("svg", "png", "csv")) if is_figure else ("tables", ("html", "rtf", "csv"))
        )
        expected |= {f"{folder}/{spec.id}.{suffix}" for suffix in suffixes} | {f"outputs/{spec.id}.json"}
    assert set(files_of(runs / "first")) == expected


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


def test_the_entry_of_an_output_lists_the_results_its_files_carry(runs):
    for spec in catalogue():
        entry = json.loads((runs / f"first/outputs/{spec.id}.json").read_text(encoding="utf-8"))
        folder = "figures" if entry["kind"] == "figure" else "tables"
        table = pd.read_csv(runs / "first" / folder / f"{spec.id}.csv", dtype=str, keep_default_na=False)
        columns = [c for c in table.columns if c.endswith("result_id")]
        carried = {result_id for c in columns for cell in table[c] for result_id in cell.split()}
        assert set(entry["results"]) == carried, spec.id


def test_figure_data_name_output_lock_and_synthetic_origin(runs):
    table = pd.read_csv(runs / "first/figures/f14-2-1-1.csv")
    assert set(table["output"]) == {"f14-2-1-1"}
    assert set(table["lock"]) == {"DEMO-1 (ab12cd34)"}
    assert set(table["marks"]) == {SYNTHETIC_MARK}


def test_synthetic_stands_in_every_text_output(runs):
    for name, content in files_of(runs / "first").items():
        if name.endswith((".html", ".rtf", ".csv")):
            assert b"SYNTHETIC" in content, name


MODULES = [
    "render_output",
    "render_report",
    *(f"trial.display.templates.{name}" for name in NAMES if rows.template_of(name).kind != "figure"),
]


@pytest.mark.parametrize("module", MODULES)
def test_tables_and_report_do_not_wait_for_matplotlib(module):
    assert not loaded(module) & {"matplotlib", "scipy"}


def test_the_plan_reads_every_template_without_waiting_for_any_library():
    assert not loaded("trial.display.registry") & {"pandas", "numpy", "scipy", "matplotlib", "jinja2"}


def loaded(module):
    """Return the top-level modules that importing one module loads."""
    code = f"import {module}, sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def of_template(template):
    return next(spec for spec in catalogue() if spec.template == template)


def test_a_fit_without_model_sentence_stops_the_table(runs, tmp_path):
    inputs = runs / "inputs"
    write_json(inputs / "silent.json", {"rung": "us"})
    with pytest.raises(DataError, match="footnote"):
        render_output.main(arguments(of_template("model_table"), inputs, tmp_path, "silent.json"))
    assert not list(tmp_path.rglob("t14*"))


def test_rows_of_another_analysis_stop_the_output(runs, tmp_path):
    inputs = runs / "inputs"
    words = arguments(of_template("forest"), inputs, tmp_path)
    strange = [word.replace("model.TNFA", "observed.TNFA") for word in words]
    with pytest.raises(DataError, match="OBSERVED of TNFA"):
        render_output.main(strange)


def test_a_study_wide_output_of_some_endpoints_shows_only_those(runs, tmp_path):
    spec = of_template("key_results")
    fewer = spec.model_copy(
        update={
            "endpoints": spec.endpoints[:1],
            "roles": {"model": (rows.shown_analysis("model", ["HBA1C"]),)},
        }
    )
    words = arguments(spec, runs / "inputs", tmp_path)  # with the rows of both endpoints, as the rules give
    write_slice(fewer, tmp_path / "fewer.json")
    words[1] = str(tmp_path / "fewer.json")
    render_output.main(words)
    shown = pd.read_csv(tmp_path / "tables/t14-2-0-1.csv")
    assert shown["Endpoint"].tolist() == ["HbA1c"]


def test_a_slice_of_another_version_is_refused(runs, tmp_path):
    spec = of_template("forest")
    content = spec.model_dump(mode="json")
    content["reference"] = content.pop("reference_arm")
    write_json(tmp_path / "old.json", content)
    words = arguments(spec, runs / "inputs", tmp_path)
    words[1] = str(tmp_path / "old.json")
    with pytest.raises(ConfigError, match=r"reference_arm"):
        render_output.main(words)


def test_an_argument_without_its_two_parts_is_refused(runs, tmp_path, capsys):
    words = [*arguments(of_template("forest"), runs / "inputs", tmp_path), "--rows", "model"]
    with pytest.raises(SystemExit):
        render_output.main(words)
    assert "expected NAME=PATH, found 'model'" in capsys.readouterr().err


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
            SYNTHETIC_MARK,
            "Table 14.2.6.1",
            "TNF-α (pg/mL)",
            "(N=30)",
            "DEMO-1",
        ):
            assert part in page
    blocks = [re.findall(r"^\s*(Baseline|Month \d)\s*$", page, flags=re.M) for page in pages]
    # Each block's heading stands once, on either page there is one: none is split.
    assert [name for page in blocks for name in page] == ["Baseline", "Month 1", "Month 3", "Month 6"]
    assert all(blocks)
