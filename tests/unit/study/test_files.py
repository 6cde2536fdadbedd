"""Canonical files: exact round trips, safe cells, no half-written output."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.study.errors import DataError
from trial.study.files import (
    json_text,
    read_columns,
    read_table,
    read_tables,
    replacing,
    write_json,
    write_table,
)


def test_numbers_come_back_exactly(tmp_path):
    values = [0.1, 1 / 3, 1e-300, -2.5, math.nan, 123456789.123456789, 5e-324]
    write_table(tmp_path / "t.csv", pd.DataFrame({"x": values}), ["x"])
    back = read_table(tmp_path / "t.csv", {"x": "number"})["x"].to_numpy()
    assert np.array_equal(back, np.array(values), equal_nan=True)


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12),
        max_size=5,
    )
)
def test_text_survives_quoting(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("t")
    write_table(folder / "t.csv", pd.DataFrame({"a": texts, "b": "end"}, columns=["a", "b"]), ["a", "b"])
    back = read_table(folder / "t.csv", {"a": "text", "b": "text"})
    # A carriage return ends a line for every CSV reader, quoted or not in some; none may be lost.
    assert len(back) == len(texts)
    for got, text in zip(back["a"], texts, strict=True):
        assert got.replace("\r\n", "\n").replace("\r", "\n") == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-0.5", "-0.5"),
        ("+84 90", "'+84 90"),
        ("'=x", "''=x"),
        ("'s", "'s"),
        ("a,b", '"a,b"'),
        ('a"b', '"a""b"'),
    ],
)
def test_cells_a_spreadsheet_would_run_are_neutralised(tmp_path, text, cell):
    write_table(tmp_path / "t.csv", pd.DataFrame({"x": [text]}), ["x"])
    assert (tmp_path / "t.csv").read_text() == f"x\n{cell}\n"


def test_other_columns_than_declared_are_an_error(tmp_path):
    with pytest.raises(DataError, match=r"missing \['b'\], not declared \['c'\]"):
        write_table(tmp_path / "t.csv", pd.DataFrame({"a": [1], "c": [2]}), ["a", "b"])
    (tmp_path / "t.csv").write_text("a,c\n1,2\n")
    with pytest.raises(DataError, match="delete it and run again"):
        read_table(tmp_path / "t.csv", {"a": "text", "b": "text"})


def test_a_number_that_does_not_parse_is_an_error(tmp_path):
    (tmp_path / "t.csv").write_text("a\nx1\n")
    with pytest.raises(DataError, match="column a"):
        read_table(tmp_path / "t.csv", {"a": "number"})


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_canonical(tmp_path):
    assert json_text({"b": np.float64(1.5), "a": [np.nan, np.int64(2)]}) == (
        '{\n  "a": [\n    null,\n    2\n  ],\n  "b": 1.5\n}\n'
    )
    write_json(tmp_path / "x.json", {"µ": "°"})
    assert "µ" in (tmp_path / "x.json").read_text(encoding="utf-8")


def test_equal_values_of_other_types_keep_their_own_text(tmp_path):
    mixed = pd.DataFrame({"x": pd.Series([1, 1.0, True, "1", None, 0.0, -0.0, 0.0], dtype=object)})
    write_table(tmp_path / "t.csv", mixed, ["x"])
    assert (tmp_path / "t.csv").read_text() == "x\n1\n1.0\ntrue\n1\n\n0.0\n-0.0\n0.0\n"


def test_some_columns_are_read_in_the_order_asked_for(tmp_path):
    (tmp_path / "t.csv").write_text('a,b,"c,d",e\nx,0.1,y,\nz,,"1\n2",2020-01-01\n')
    table = read_columns(tmp_path / "t.csv", {"e": "date", "b": "number", "c,d": "text"})
    assert list(table.columns) == ["e", "b", "c,d"]
    assert table["e"].tolist() == ["", "2020-01-01"]
    assert table["c,d"].tolist() == ["y", "1\n2"]
    assert table["b"].tolist()[0] == 0.1
    assert math.isnan(table["b"].tolist()[1])


def test_an_absent_column_is_named_with_those_that_are_there(tmp_path):
    (tmp_path / "t.csv").write_text("USUBJID,AGE\nS1,50\n")
    with pytest.raises(DataError) as error:
        read_columns(tmp_path / "t.csv", {"USUBJID": "text", "SITE": "text", "BMI": "number"})
    text = error.value.text()
    assert "expected the columns SITE, BMI, found only USUBJID, AGE" in text
    assert "What to do" in text
    (tmp_path / "e.csv").write_text("")
    with pytest.raises(DataError, match="found only an empty file"):
        read_columns(tmp_path / "e.csv", {"SITE": "text"})


def test_a_number_that_does_not_parse_is_an_error_of_some_columns_too(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nx1,2\n")
    assert read_columns(tmp_path / "t.csv", {"b": "number"})["b"].tolist() == [2.0]
    with pytest.raises(DataError, match="column a"):
        read_columns(tmp_path / "t.csv", {"a": "number"})


def test_a_heading_with_a_comma_is_one_heading(tmp_path):
    write_table(tmp_path / "t.csv", pd.DataFrame({"Age, sex": ["51, F"], "Day": ["1"]}), ["Age, sex", "Day"])
    assert read_table(tmp_path / "t.csv", {"Age, sex": "text", "Day": "text"}).to_dict("records") == [
        {"Age, sex": "51, F", "Day": "1"}
    ]


def test_tables_read_in_one_piece_are_those_read_one_by_one(tmp_path):
    columns = {"name": "text", "value": "number"}
    parts = [
        pd.DataFrame({"name": ["a, b", "'=x", 'say "no"'], "value": [0.1, math.nan, 1e-300]}),
        pd.DataFrame({"name": pd.Series([], dtype=str), "value": pd.Series([], dtype=float)}),
        pd.DataFrame({"name": ["two\nlines", "đường", ""], "value": [1.0, -2.5, math.nan]}),
    ]
    paths = [tmp_path / f"{place}.csv" for place in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        write_table(path, part, list(columns))
    one_by_one = pd.concat([read_table(path, columns) for path in paths], ignore_index=True)
    pd.testing.assert_frame_equal(read_tables(paths, columns), one_by_one)
    assert read_tables(paths, columns)["name"].tolist() == [
        "a, b",
        "'=x",
        'say "no"',
        "two\nlines",
        "đường",
        "",
    ]


def test_of_tables_read_in_one_piece_the_faulty_one_is_named(tmp_path):
    columns = {"name": "text", "value": "number"}
    for name, text in (
        ("good", "name,value\na,1\n"),
        ("word", "name,value\na,x\n"),
        ("other", "name,other\na,1\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text)
    for name, said in (("word", "expected numbers"), ("other", "expected columns")):
        with pytest.raises(DataError, match=rf"{name}\.csv.*{said}"):
            read_tables([tmp_path / "good.csv", tmp_path / f"{name}.csv"], columns)
