"""The demonstration exports: books that add up, true values that come back, planted defects with their fate."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

import clean_labs
from raw import raw_of, write_verified
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.files import read_key
from trial.labs.schema import ACCOUNTING, LABS, QUALITY, QUERIES
from trial.study.files import read_table
from unit.labs.truth import ROOT, config

RAW, TRUTH = ROOT / "data" / "raw", ROOT / "tests" / "reference" / "demo"
# Rounding of what exports print: HbA1c as mmol/mol with one decimal, insulin as pmol/L with one decimal.
PRINTED = 0.0105


@pytest.fixture(scope="module")
def spec():
    return LabsSpec.model_validate({name: config()[name] for name in LabsSpec.model_fields})


@pytest.fixture(scope="module")
def cleaned(spec):
    return clean(spec, raw_of(RAW), read_key(raw_of(RAW), "edc/subject_key.csv"))


def test_every_raw_row_has_one_fate(cleaned):
    book = cleaned.accounting
    assert not book.duplicated(["FILE", "SHEET", "ROW", "COLUMN"]).any()
    assert set(book["FATE"]) == {"used", "superseded", "quarantined"}
    assert (book["FATE"] == "used").sum() == len(cleaned.labs)
    assert (book["BY_FILE"] != "").eq(book["FATE"] == "superseded").all()


@pytest.mark.parametrize(
    ("file", "encoding", "delimiter", "frame"),
    [("lis/lis_2019.csv", "utf-8-sig", ";", 4), ("lis/lis_2020.csv", "cp1258", ";", 1),
     ("cytokines/plates.csv", "utf-8", ",", 3)],
)  # fmt: skip
def test_the_count_of_raw_rows_is_that_of_the_file(cleaned, file, encoding, delimiter, frame):
    with (RAW / file).open(encoding=encoding, newline="") as stream:
        rows = [
            row for row in list(csv.reader(stream, delimiter=delimiter))[frame:] if any(map(str.strip, row))
        ]
    assert (cleaned.accounting["FILE"] == file).sum() == len(rows)


def test_true_values_come_back_except_where_a_defect_was_planted(cleaned):
    truth = pd.read_csv(TRUTH / "truth.csv")
    pairs = truth.merge(cleaned.labs, on=["USUBJID", "ANALYTE"], suffixes=("_TRUE", ""))
    same = (pairs["VALUE"] - pairs["VALUE_TRUE"]).abs() <= PRINTED
    same |= (pairs["CENSOR"] == "<") & (pairs["VALUE_TRUE"] < pairs["LIMIT"] + PRINTED)
    found = same.groupby([pairs["USUBJID"], pairs["VISIT_TRUE"], pairs["ANALYTE"]]).any()
    keys = pd.MultiIndex.from_frame(truth[["USUBJID", "VISIT", "ANALYTE"]])
    lost = set(keys[~found.reindex(keys, fill_value=False).to_numpy(dtype=bool)])
    planted = pd.read_csv(TRUTH / "traps.csv", dtype=str, keep_default_na=False)
    excused = set(zip(planted["USUBJID"], planted["VISIT"], planted["ANALYTE"], strict=True))
    assert lost <= excused | {(s, v, a) for s, v, _ in excused for a in ("TNFA", "IL1B", "CPEP", "HBA1C")}
    assert len(lost) <= 0.02 * len(truth)


def test_planted_defects_have_their_stated_fate(cleaned):
    """Rows of traps.csv that name a row of a laboratory file; `query` and `asked` mean a question about it."""
    book, queries = cleaned.accounting, cleaned.queries
    wrong = []
    for trap in pd.read_csv(TRUTH / "traps.csv", dtype=str, keep_default_na=False).itertuples():
        if not trap.ROW or trap.FILE.startswith("edc/") or trap.FATE == "event":
            continue
        place = (book["FILE"] == trap.FILE) & (book["SHEET"] == trap.SHEET) & (book["ROW"] == trap.ROW)
        if trap.FILE.startswith("excel/"):
            place &= book["COLUMN"].str.startswith({"E": "HbA1c", "H": "C-peptid"}.get(trap.COLUMN, ""))
        asked = (
            (queries["FILE"] == trap.FILE) & (queries["SHEET"] == trap.SHEET) & (queries["ROW"] == trap.ROW)
        )
        fine = asked.any() if trap.FATE in ("query", "asked") else set(book.loc[place, "FATE"]) == {trap.FATE}
        if not fine:
            wrong.append((trap.TRAP, trap.FILE, trap.ROW, trap.FATE, set(book.loc[place, "FATE"])))
    assert wrong == []


def test_no_identifier_of_the_raw_files_is_in_the_outputs(cleaned):
    tables = (cleaned.labs, cleaned.queries, cleaned.accounting, cleaned.quality)
    text = "\n".join(
        str(cell) for table in tables for column in table for cell in pd.unique(table[column])
    ).casefold()
    with (RAW / "lis" / "lis_2019.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))[4:]
    names = {row[3].casefold() for row in rows if len(row) > 3} - {""}
    numbers = {number.lstrip("0") for number in read_key(raw_of(RAW), "edc/subject_key.csv")}
    assert len(names) > 20
    assert not [name for name in names | numbers if name in text]


def test_the_script_writes_what_the_room_declares(spec, cleaned, tmp_path):
    edc = {name: config()["edc"][name] for name in ("subject_key", "subjects", "screen_failures", "missing")}
    slice_ = spec.model_dump(mode="json") | edc
    (tmp_path / "spec.json").write_text(json.dumps(slice_), encoding="utf-8")
    paths = {name: tmp_path / f"{name}.csv" for name in ("labs", "queries", "accounting", "quality")}
    given = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
    lock = write_verified(tmp_path / "lock.json", RAW)
    clean_labs.main(["--spec", str(tmp_path / "spec.json"), "--raw", str(RAW), "--lock", str(lock), *given])
    labs = read_table(paths["labs"], LABS)
    np.testing.assert_array_equal(labs["VALUE"], cleaned.labs["VALUE"])
    assert len(read_table(paths["queries"], QUERIES)) == len(cleaned.queries)
    assert len(read_table(paths["accounting"], ACCOUNTING)) == len(cleaned.accounting)
    assert len(read_table(paths["quality"], QUALITY)) == len(cleaned.quality)
