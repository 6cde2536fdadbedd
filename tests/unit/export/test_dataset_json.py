"""Dataset-JSON: three forms of one content, and what CDISC's schema does not look at."""

import json
import zlib

import pytest

from trial.export import dataset_json
from trial.export.dataset_json import faults, line, metadata
from trial.labs.dataset_json import read_dataset_json
from trial.labs.grid import Wanted
from trial.study.errors import DataError
from unit.export.small import DATASETS, export, tables


def written(tmp_path, found=None):
    dataset_json.write(export(found, ("ADLB",)), tmp_path)
    folder = tmp_path / "dataset-json"
    return {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}


def with_text():
    found = tables()
    found["ADLB"].loc[0, ["AVALC", "ADT"]] = ["Đường huyết", ""]
    found["ADLB"].loc[0, "AVAL"] = 1 / 3
    return found


def test_a_record_holds_text_whole_numbers_and_null(tmp_path):
    content = json.loads(written(tmp_path, with_text())["json"])
    names = [column["name"] for column in content["columns"]]
    row = dict(zip(names, content["rows"][0], strict=True))
    assert row["AVALC"] == "Đường huyết" and row["ADT"] is None and row["CHG"] is None and row["DTYPE"] == ""
    assert repr(row["AVAL"]) == repr(1 / 3) and repr(row["ASEQ"]) == "1"
    assert content["records"] == len(content["rows"]) == 4


def test_a_date_is_text_of_which_the_receiver_makes_a_number():
    columns = {one["name"]: one for one in metadata(export(), DATASETS["ADLB"])["columns"]}
    assert columns["ADT"] == {
        "itemOID": "IT.ADLB.ADT", "name": "ADT", "label": "Analysis Date", "dataType": "date", "targetDataType": "integer",
        "displayFormat": "DATE9.",
    }  # fmt: skip
    assert [columns[key]["keySequence"] for key in DATASETS["ADLB"].keys] == [1, 2, 3, 4]
    assert columns["AVALU"]["length"] == 40 and "length" not in columns["AVAL"]


def test_attributes_stand_in_the_order_of_the_specification(tmp_path):
    content = json.loads(written(tmp_path)["json"])
    assert list(content) == [
        "datasetJSONCreationDateTime", "datasetJSONVersion", "originator", "studyOID", "metaDataVersionOID", "metaDataRef",
        "itemGroupOID",
        "records", "name", "label", "columns", "rows",
    ]  # fmt: skip
    assert content["datasetJSONCreationDateTime"] == "2021-12-31T00:00:00"


def test_the_three_forms_hold_the_same_and_repeat(tmp_path):
    files = written(tmp_path / "one", with_text())
    assert files == written(tmp_path / "two", with_text())
    content = json.loads(files["json"])
    head, *rows = [json.loads(text) for text in files["ndjson"].decode("utf-8").splitlines()]
    assert head | {"rows": rows} == content and "rows" not in head
    assert zlib.decompress(files["dsjc"]) == files["ndjson"] and files["dsjc"][:2] == b"\x78\xda"
    assert all(files[name].endswith(b"\n") for name in ("json", "ndjson"))


@pytest.mark.parametrize("form", ["json", "ndjson", "dsjc"])
def test_the_intake_reads_what_was_written(tmp_path, form):
    content = written(tmp_path, with_text())[form]
    grid = read_dataset_json(content, f"adlb.{form}", Wanted(("AVAL", "AVALC", "ADT")), ".")
    assert grid.columns["AVALC"].spread()[0] == "Đường huyết"
    assert float(grid.columns["AVAL"].spread()[0]) == 1 / 3 and grid.columns["ADT"].spread()[0] == ""


def document(**changed):
    columns = [
        {"itemOID": "IT.A.S", "name": "S", "label": "s", "dataType": "string", "keySequence": 1},
        {"itemOID": "IT.A.N", "name": "N", "label": "n", "dataType": "integer"},
        {"itemOID": "IT.A.F", "name": "F", "label": "f", "dataType": "float"},
        {"itemOID": "IT.A.D", "name": "D", "label": "d", "dataType": "date", "targetDataType": "integer"},
    ]
    return {"columns": columns, "records": 1, "rows": [["a", 1, 0.5, "2020-01-31"]]} | changed


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"records": 99}, "99 said, 1 there"),
        ({"rows": [["a", 1, 0.5]]}, "3 values for 4"),
        ({"rows": [["a", "1", 0.5, None]]}, "'1' is no integer"),
        ({"rows": [["a", 1.5, 0.5, None]]}, "1.5 is no integer"),
        ({"rows": [["a", True, 0.5, None]]}, "True is no integer"),
        ({"rows": [[None, 1, 0.5, None]]}, "None is no string"),
        ({"rows": [["a", 1, {"a": 1}, None]]}, "is no float"),
        ({"rows": [["a", 1, 0.5, "31.01.2020"]]}, "is no date"),
        ({"rows": [["a", 1, 0.5, "2020-02-30"]]}, "is no date"),
        ({"rows": [["a", 1, 0.5, ""]]}, "'' is no date"),
    ],
)
def test_a_cell_that_the_schema_does_not_see_is_found(changed, word):
    assert faults(document()) == []
    assert word in "\n".join(faults(document(**changed)))


def test_names_that_stand_twice_and_keys_with_a_gap_are_found():
    twice = document()
    twice["columns"][1] = twice["columns"][1] | {"name": "S", "itemOID": "IT.A.S", "keySequence": 3}
    assert faults(twice) == [
        "columns: two of one name", "columns: two of one itemOID", "keySequence: not 1, 2, 3 and so on",
    ]  # fmt: skip
    pair = document()
    pair["columns"][0]["targetDataType"] = "integer"
    assert faults(pair) == ["S: targetDataType integer goes with dates"]


def test_a_fault_stops_the_writer_and_nan_is_no_json(tmp_path):
    found = tables()
    found["ADLB"].loc[0, "AVISITN"] = 0.5
    with pytest.raises(DataError, match=r"AVISITN: 0\.5 is no integer"):
        written(tmp_path, found)
    with pytest.raises(ValueError, match="not JSON compliant"):
        line({"a": float("nan")})
