"""`make export` of a finished study: what readers find in it, and that a study entered from it gives the same."""

import csv
import hashlib
import json
import re
import shutil

import pandas as pd
import pyreadstat
import pytest
import yaml

import write_export
from trial.export.datasets import exported_datasets
from trial.export.define_reading import described_results
from trial.export.define_xml import from_text
from trial.export.transliteration import to_ascii
from trial.plan.load import load_study
from trial.plan.locking import Asked, lock_study
from trial.study.errors import DataError, LockError
from trial.study.load import read_yaml
from unit.adam.entered import enter
from workflow.conftest import LOCKED, ROOT, STUDIES, copy_study, snakemake
from workflow.export_files import FORMS, copy_data_sets, entered

ANALYSES = ("PRIMARY", "OBSERVED", "POPULATION")
# Numbers that SAS counts days from.
EPOCH = pd.Timestamp("1960-01-01")


@pytest.fixture(scope="module")
def exported(mini, tmp_path_factory):
    """The mini study with its finished results, exported: the folder of the study."""
    folder = tmp_path_factory.mktemp("exported") / "the study"
    shutil.copytree(mini[0], folder)
    shutil.copy(STUDIES / "mini" / "export.yaml", folder)
    write_export.main(["--study", str(folder)])
    return folder


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """The demonstration after a whole run, exported."""
    folder = copy_study("demo", tmp_path_factory.mktemp("demonstration") / "the study")
    shutil.copy(ROOT / "export.yaml", folder)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    write_export.main(["--study", str(folder)])
    return folder


def data_sets(folder):
    """Return each exported data set, and the pipeline's own file of it as text."""
    study = load_study(read_yaml(folder / "config.yaml"))
    names = {path.stem.upper() for path in (folder / "results" / "data").glob("*.csv")}
    for dataset in exported_datasets(study, names):
        table = pd.read_csv(folder / "results" / dataset.file, dtype=str, keep_default_na=False)
        if len(table):
            yield dataset, table


def meant(dataset, table):
    """Return the records of a pipeline's file as an export is to hold them, each as a tuple, in no order.

    The four differences are those that workflow/docs/export.md states: a study's id, a number, days, members.
    """
    count = table.groupby("USUBJID").cumcount() + 1
    rows = []
    for at, row in enumerate(table.to_dict("records")):
        values = []
        for column in dataset.columns:
            text = row.get(column.source, "")
            if column.conversion == "constant":
                text = column.constant
            elif column.conversion == "sequence":
                text = str(count.iloc[at])
            elif column.conversion == "member":
                text = text or "N"
            number = float(text) if text and column.kind == "number" else None
            if column.conversion == "day" and number is not None and number >= 0:
                number += 1
            values.append(number if column.kind == "number" else text)
        rows.append(tuple(values))
    return sorted(rows, key=repr)


def of_transport(dataset, rows):
    """Return records as a transport file holds them: text in ASCII, dates as days."""
    kinds = [column.kind for column in dataset.columns]

    def value(kind, found):
        if kind == "date":
            return float((pd.Timestamp(found) - EPOCH).days) if found else None
        return to_ascii(found) if kind == "text" else found

    return sorted((tuple(map(value, kinds, row)) for row in rows), key=repr)


def rows_of(table):
    """Return the records of a frame; whatever is missing in it is None."""
    columns = [[None if value != value else value for value in table[name].tolist()] for name in table]
    return sorted(zip(*columns, strict=True), key=repr)


def test_a_transport_file_read_back_by_two_readers_equals_the_csv(exported):
    folder, seen = exported / "results" / "export" / "datasets", []
    for dataset, table in data_sets(exported):
        path, rows = folder / f"{dataset.name.lower()}.xpt", of_transport(dataset, meant(dataset, table))
        found, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
        assert rows_of(found) == rows, dataset.name
        assert meta.column_labels == [column.label for column in dataset.columns]
        dates = {column.name for column in dataset.columns if column.type == "date"}
        assert {name for name, kind in meta.original_variable_types.items() if kind == "DATE9"} == dates
        # pandas reads a true zero as 5.4e-79, and text of one column that is blank everywhere as bytes.
        other = pd.read_sas(path, format="xport", encoding="ascii")
        numbers = other.select_dtypes("number")
        other[numbers.columns] = numbers.mask(numbers == 5.397605346934028e-79, 0.0)
        texts = [column.name for column in dataset.columns if column.type == "text"]
        other[texts] = other[texts].map(lambda text: text if isinstance(text, str) else "")
        assert rows_of(other) == rows, dataset.name
        seen.append(dataset.name)
    assert {"ADSL", "ADLB", "ADSV"} <= set(seen)
    assert sorted(path.stem.upper() for path in folder.glob("*.xpt")) == sorted(seen)


def test_dataset_json_equals_the_csv(exported):
    for dataset, table in data_sets(exported):
        path = exported / "results" / "export" / "dataset-json" / f"{dataset.name.lower()}.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        assert [column["name"] for column in content["columns"]] == [
            column.name for column in dataset.columns
        ]
        dates = [at for at, column in enumerate(dataset.columns) if column.type == "date"]
        rows = [
            [("" if value is None and at in dates else value) for at, value in enumerate(row)]
            for row in content["rows"]
        ]
        rows = [tuple(float(value) if isinstance(value, int) else value for value in row) for row in rows]
        assert sorted(rows, key=repr) == meant(dataset, table), dataset.name


def test_records_stand_in_the_order_of_their_keys(exported):
    for dataset, _ in data_sets(exported):
        found, _ = pyreadstat.read_xport(
            exported / "results" / "export" / "datasets" / f"{dataset.name.lower()}.xpt",
            disable_datetime_conversion=True,
        )
        keys = [tuple(row) for row in found[list(dataset.keys)].itertuples(index=False)]
        # Missing comes first, as SAS sorts it.
        keys = [tuple((value == value, value if value == value else 0) for value in row) for row in keys]
        assert keys == sorted(set(keys)), dataset.name


def test_two_exports_have_the_same_bytes_and_every_file_is_in_the_checksums(exported):
    folder = exported / "results" / "export"
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write_export.main(["--study", str(exported)])
    assert before == {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    listed = dict(
        reversed(line.split("  ", 1)) for line in (folder / "checksums.txt").read_text().splitlines()
    )
    assert {path.as_posix() for path in before} - {"checksums.txt"} == set(listed)
    assert all(
        hashlib.sha256(before[path]).hexdigest() == listed[path.as_posix()]
        for path in before
        if str(path) in listed
    )


def test_names_and_texts_are_what_agencies_take(exported):
    folder = exported / "results" / "export"
    for path in folder.rglob("*"):
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z]+)?", path.name), path
    # Results are handed over as they are; what the displays print of them is RTF.
    texts = [path for path in folder.rglob("*") if path.suffix in (".txt", ".csv") and path.name != "ard.csv"]
    assert len(texts) > 500 and all(path.read_bytes().isascii() for path in texts)
    assert "SYNTHETIC DATA" in (folder / "readme.txt").read_text(encoding="ascii")


def test_findings_are_a_table_and_each_error_is_explained(exported):
    with (exported / "results" / "export" / "findings.csv").open(encoding="ascii", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == [
        "dataset",
        "variable",
        "severity",
        "count",
        "first",
        "rule",
        "rule_text",
        "explanation",
    ]
    assert {(row["rule"], row["variable"]) for row in rows if row["severity"] == "error"} == {
        ("S02", "SITEID"), ("S02", "RACE"), ("S05", "SAFFL"),
    }  # fmt: skip
    assert all(row["explanation"] for row in rows if row["severity"] == "error")


def described(folder):
    """Return the document of an export."""
    text = (folder / "results" / "export" / "datasets" / "define.xml").read_text(encoding="utf-8")
    return from_text(text)


def test_define_xml_has_every_variable_of_every_data_set(exported):
    """Each column of the pipeline's own files, by the name it has in the transport file, and each of that file."""
    root = described(exported)
    items = {item.get("OID"): item.get("Name") for item in root.iter("ItemDef")}
    found = {
        group.get("Name"): [items[ref.get("ItemOID")] for ref in group.findall("ItemRef")]
        for group in root.iter("ItemGroupDef")
    }
    seen = set()
    for dataset, table in data_sets(exported):
        names = {column.source: column.name for column in dataset.columns}
        assert {names[header] for header in table.columns} <= set(found[dataset.name])
        path = exported / "results" / "export" / "datasets" / f"{dataset.name.lower()}.xpt"
        _, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
        assert found[dataset.name] == meta.column_names
        seen.add(dataset.name)
    assert set(found) == seen


def test_define_xml_has_every_primary_result(exported):
    with (exported / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        primary = [row["result_id"] for row in csv.DictReader(stream) if row["analysis"] == "PRIMARY"]
    assert len(primary) > 100
    assert sorted(described_results(described(exported))) == sorted(primary)
    copied = exported / "results" / "export" / "displays" / "ard.csv"
    assert copied.read_bytes() == (exported / "results" / "ard.csv").read_bytes()


def test_the_guide_counts_the_records_of_the_data_sets(exported):
    text = (exported / "results" / "export" / "datasets" / "adrg.html").read_text(encoding="utf-8")
    for dataset, table in data_sets(exported):
        row = re.search(rf'<th scope="row">{dataset.name}</th>(.*?)</tr>', text.partition('id="s5_2"')[2])[1]
        assert re.findall(r"<td>(\d+)</td>", row) == [str(len(table)), str(table["USUBJID"].nunique())]


def test_an_export_that_is_refused_leaves_the_earlier_one(exported, tmp_path):
    folder = tmp_path / "the study"
    shutil.copytree(exported, folder)
    (folder / "export.yaml").unlink()
    before = (folder / "results" / "export" / "checksums.txt").read_bytes()
    with pytest.raises(DataError, match=r"S02 ADSL\.RACE(.|\n)*export\.yaml"):
        write_export.main(["--study", str(folder)])
    assert (folder / "results" / "export" / "checksums.txt").read_bytes() == before
    # Nor is anything exported that is not of the present inputs.
    config = folder / "config.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("decimals: 1", "decimals: 2", 1), encoding="utf-8"
    )
    with pytest.raises(LockError, match="not the complete results of the present data"):
        write_export.main(["--study", str(folder)])


@pytest.mark.parametrize("form", ["xpt", "dsjc"])
def test_a_study_entered_from_the_export_has_the_same_records(exported, tmp_path, form):
    """Byte by byte what every analysis reads: whatever is computed of it is the same to the last digit."""
    results = exported / "results"
    content = configuration(exported, form, ANALYSES, ["key_results"])
    folder = results / "export" / FORMS[form][0]
    files = {f"{name}.{form}": (folder / f"{name}.{form}").read_bytes() for name in ("adsl", "adlb")}
    found = enter(tmp_path, content, files)
    for code in content["endpoints"]:
        ours = (tmp_path / f"{code}.adlb.csv").read_bytes()
        assert ours == (results / "endpoints" / code / "adlb.csv").read_bytes(), code
    theirs = pd.read_csv(results / "data" / "adsl.csv", dtype=str, keep_default_na=False)
    same = [
        "USUBJID",
        "ARMCD",
        "ARM",
        "TRT01P",
        "TRT01A",
        "SEX",
        "AGE",
        "BMI",
        "INDEXDT",
        "ENRLFL",
        "FASFL",
        "SAFFL",
    ]
    assert found.table("adsl.csv")[same].equals(theirs[same])
    assert found.asked() == []


def configuration(folder, form, analyses, templates):
    """Return the configuration of a study that reads the export in `folder`."""
    content = read_yaml(folder / "config.yaml")
    adsl = next(dataset for dataset, _ in data_sets(folder) if dataset.name == "ADSL")
    outputs = [
        row
        for row in content["outputs"]
        if row["template"] in templates
        and {name for role in row["analyses"].values() for name in role} <= {*analyses}
    ]
    return entered(content, form, adsl, analyses, outputs)


def run_from_export(folder, target, form, analyses, templates=("key_results",)):
    """Run the whole study that reads the export in `folder`; return its results."""
    copy_data_sets(folder / "results" / "export", target / "data" / "raw" / "adam", form)
    text = yaml.safe_dump(
        configuration(folder, form, analyses, templates), allow_unicode=True, sort_keys=False
    )
    (target / "config.yaml").write_text(text, encoding="utf-8")
    lock_study(target, Asked("LOOP-1", "hard", "2021-12-31", "a; b", synthetic="yes"), LOCKED)
    done = snakemake(target)
    assert done.returncode == 0, done.text
    return target / "results"


@pytest.mark.long
@pytest.mark.parametrize("form", ["xpt", "json"])
def test_the_mini_study_closes_the_loop(exported, tmp_path, form):
    results = run_from_export(exported, tmp_path / "loop", form, ANALYSES)
    for name in ("ard.csv", "records.csv", "data/adlb.csv"):
        ours, theirs = (
            pd.read_csv(one / name, dtype=str, keep_default_na=False)
            for one in (exported / "results", results)
        )
        # Fewer tables are made of the same numbers.
        assert ours.drop(columns="output", errors="ignore").equals(
            theirs.drop(columns="output", errors="ignore")
        ), name


# What can be computed of ADSL and ADLB alone; the rest reads events, medicines, visits, the laboratory.
OF_RECORDS = (
    "PRIMARY", "ARM_COVARIANCE", "MMRM_CR2", "BASELINE_ONLY", "UNADJUSTED", "PER_PROTOCOL", "ANCOVA", "BALANCE",
    "OVERLAP_MMRM", "IPTW_MMRM", "AIPW", "CHANGE_SCORES", "EVALUE", "CENSORED", "SUBSTITUTED_LLOQ", "SEVEN_ENDPOINTS",
    "SUBGROUPS", "DETECTABILITY", "CORRELATIONS", "OBSERVED", "POPULATION", "CHARACTERISTICS", "MI_MAR",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("form", ["xpt", "dsjc"])
def test_the_demonstration_closes_the_loop(demonstration, tmp_path, form):
    results = run_from_export(demonstration, tmp_path / "loop", form, OF_RECORDS)
    ours, theirs = (
        pd.read_csv(one / "ard.csv", dtype=str, keep_default_na=False).set_index("result_id").sort_index()
        for one in (demonstration / "results", results)
    )
    ours = ours[ours["analysis"].isin(OF_RECORDS)]
    assert len(theirs) > 10_000 and set(theirs["analysis"]) == set(OF_RECORDS)
    # Fewer tables are made of the same numbers.
    assert ours.drop(columns="output").equals(theirs.drop(columns="output"))
