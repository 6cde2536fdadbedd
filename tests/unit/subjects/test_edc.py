"""Reading EDC files: what is refused, what is set aside, and which line a row has."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raw import raw_of
from trial.study.errors import DataError, LockError
from trial.subjects.edc import COLUMNS, read_cut, read_edc

KEY, DISCONTINUED = b"USUBJID,MA_BN\n", b"USUBJID,DSDTC,DSDECOD,DSTERM\n"


@pytest.fixture
def read(tmp_path):
    def write_and_read(data, kind="discontinuation"):
        (tmp_path / "f.csv").write_bytes(data)
        return read_edc(raw_of(tmp_path), "f.csv", kind)

    return write_and_read


@pytest.fixture
def refuse(read):
    def message(data, kind="discontinuation"):
        with pytest.raises(DataError) as error:
            read(data, kind)
        assert error.value.where.startswith("data/raw/f.csv")
        assert error.value.hint
        return str(error.value)

    return message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_byte_order_mark_and_line_ends_change_nothing(read, mark, end):
    rows = read(mark + (DISCONTINUED + "S1,2019-09-11,X,Đau\n".encode()).replace(b"\n", end)).rows
    assert rows.to_dict("list") == {
        "ROW": [2], "USUBJID": ["S1"], "DSDTC": ["2019-09-11"], "DSDECOD": ["X"], "DSTERM": ["Đau"],
    }  # fmt: skip


def test_the_last_line_needs_no_end(read):
    assert read(DISCONTINUED + b"S1,,,end").rows["DSTERM"].tolist() == ["end"]


def test_words_that_stand_for_missing_elsewhere_stay_text(read):
    assert read(DISCONTINUED + b"NA,null,None,nan").rows.iloc[0].tolist() == [2, "NA", "null", "None", "nan"]


def test_columns_come_in_any_order_and_others_are_left_alone(read):
    file = read(b"ROW,MA_BN,USUBJID\n99,7,S1\n", "subject_key")
    assert file.rows.to_dict("list") == {"ROW": [2], "USUBJID": ["S1"], "MA_BN": ["7"]}


def test_cells_and_column_names_are_stripped(read):
    file = read(" USUBJID ,MA_BN\t\n \u00a0S1\u3000,\t7 \n".encode(), "subject_key")
    assert file.rows.iloc[0].tolist() == [2, "S1", "7"]


# --- refused files ---


def test_a_missing_file_names_the_configuration_key(tmp_path):
    with pytest.raises(
        DataError, match=r"data/raw/v.csv: the file does not exist\n.*mend edc\.visits in config.yaml"
    ):
        read_edc(raw_of(tmp_path), "v.csv", "visits")
    (tmp_path / "v.csv").mkdir()
    with pytest.raises(DataError, match="does not exist"):
        read_edc(raw_of(tmp_path), "v.csv", "visits")


def test_another_encoding_is_refused_with_its_line(refuse):
    text = refuse(DISCONTINUED + b"S1,,,a\nS2,,,\xd0au\n")
    assert "data/raw/f.csv, line 3: expected UTF-8, found the byte 0xD0" in text
    assert "line 1: expected UTF-8, found the byte 0xFF" in refuse("\ufeffUSUBJID".encode("utf-16-le"))


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n", b"\r\n\n"])
def test_an_empty_file_is_refused(refuse, data):
    assert "line 1: expected the header, found that the file is empty" in refuse(data)


def test_the_header_stands_in_line_1(refuse):
    assert "line 1: expected the header, found that the line is empty" in refuse(b"\n" + DISCONTINUED)


def test_a_repeated_column_is_refused(refuse):
    text = refuse(b"USUBJID,MA_BN, MA_BN ,x\nS1,1,2,3\n", "subject_key")
    assert "line 1: 1 column names stand more than once\n  - 'MA_BN'" in text


@pytest.mark.parametrize("kind", sorted(COLUMNS))
def test_every_declared_column_is_required(refuse, kind):
    for missing in COLUMNS[kind]:
        header = ",".join(column for column in COLUMNS[kind] if column != missing)
        text = refuse(f"{header}\n".encode(), kind)
        assert f"line 1: 1 of the {len(COLUMNS[kind])} expected columns are missing\n  - {missing}" in text


def test_a_missing_column_is_named_with_the_near_one(refuse):
    assert "MA_BN (the file has 'MA-BN')" in refuse(b"USUBJID,MA-BN\nS1,1\n", "subject_key")


def test_another_separator_lacks_all_columns(refuse):
    text = refuse(KEY.replace(b",", b";"), "subject_key")
    assert "2 of the 2 expected columns are missing" in text
    assert "separate columns by commas" in text


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (b'S1,,,5" scar\n', "line 2"),
        (b'\nS1,,,ok\nS2,,, "x"\n', "line 4"),
        (b'S1,,,"x"y\n', "line 2"),
        (b'S1,,,"open\nS2,,,x\n', "lines 2 to 3"),
        (b'S1,,,"open\nS2,,,"x"\n', "lines 2 to 3"),
        (b'S1,,,"a""b" c"\n', "line 2"),
        (b'S1,,x"y,"z"\n', "line 2"),
        (b"S1,,," + b"x" * 2_000_000 + b"\n", "line 2"),
    ],
    ids=["inch", "blank before", "text after", "never closed", "closed by the next", "single inside", "mid-cell", "huge"],
)  # fmt: skip
def test_a_stray_quote_is_refused_with_its_line(refuse, rows, place):
    text = refuse(DISCONTINUED + rows)
    assert (
        f"data/raw/f.csv, {place}: expected cells with commas between and quotes around a whole cell" in text
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (DISCONTINUED + b"S1,,,x\nS2,,,one\rtwo\n", "line 3"),
        ((DISCONTINUED + b"S1,,,x\nS2,,,y\n").replace(b"\n", b"\r"), "line 1"),
    ],
    ids=["in a cell", "of the whole file"],
)
def test_a_lone_carriage_return_is_named_with_its_line_and_what_to_do(refuse, data, place):
    text = refuse(data)
    assert f"data/raw/f.csv, {place}: a carriage return (CR) alone stands outside quotes" in text
    assert "export again with quotes around cells of several lines" in text


def test_the_words_of_the_parser_stand_in_the_message(refuse):
    assert "found: unexpected end of data\n" in refuse(DISCONTINUED + b'S1,,,"open\n')
    assert "found: a quote inside a cell without quotes\n" in refuse(DISCONTINUED + b'S1,,,5" scar\n')


def test_quotes_around_whole_cells_are_read(read):
    rows = read(DISCONTINUED + b'"S1","","a ""b"", c",""""\r\n').rows
    assert rows.iloc[0].tolist() == [2, "S1", "", 'a "b", c', '"']


# --- lines ---


def test_blank_lines_and_cells_of_several_lines_do_not_shift_the_row(read):
    file = read(DISCONTINUED + b'\nS1,,,"one\r\ntwo\n\nfour"\n\n\nS2,,,x\n')
    assert file.rows[["ROW", "USUBJID"]].to_numpy().tolist() == [[3, "S1"], [9, "S2"]]
    assert file.rows.loc[0, "DSTERM"] == "one\r\ntwo\n\nfour"
    assert file.broken == ()


def test_a_line_of_blanks_or_of_empty_quotes_is_a_row(read):
    file = read(DISCONTINUED + b'  \n""\n,,,\n')
    assert [(row.line, row.found) for row in file.broken] == [
        (2, "1 cells, the header has 4"), (3, "1 cells, the header has 4"),
    ]  # fmt: skip
    assert file.rows["ROW"].tolist() == [4]


CELLS = st.lists(st.text('aĐ ",\n', max_size=4), min_size=4, max_size=4)


@given(st.lists(st.tuples(CELLS, st.integers(0, 2)), max_size=6), st.sampled_from(["\n", "\r\n"]))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_what_a_csv_writer_writes_is_read_back_at_its_line(tmp_path_factory, records, end):
    text, expected = DISCONTINUED.decode(), []
    for cells, blank_lines in records:
        expected.append([text.count("\n") + 1, *(cell.strip() for cell in cells)])
        stream = io.StringIO()
        csv.writer(stream, lineterminator=end).writerow(cells)
        text += stream.getvalue() + end * blank_lines
    folder = tmp_path_factory.mktemp("raw")
    (folder / "f.csv").write_bytes(text.encode())
    assert read_edc(raw_of(folder), "f.csv", "discontinuation").rows.to_numpy().tolist() == expected


# --- broken rows ---


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (b"S1,2019-09-11,X", "3 cells, the header has 4"),
        (b"S1,2019-09-11,X,y,", "5 cells, the header has 4"),
        (b"S1,2019-09-11,X,a\x00b", "a control character (U+0000) in DSTERM"),
        (b"S1,2019-09-11\x1a,X,a", "a control character (U+001A) in DSDTC"),
        (b"S1,2019-09-11,X,\x0b", "a control character (U+000B) in DSTERM"),
        ("S1,2019-09-11,X,\u0085".encode(), "a control character (U+0085) in DSTERM"),
    ],
)
def test_a_broken_row_is_set_aside_with_its_line(read, row, found):
    file = read(DISCONTINUED + b"\n" + row + b"\nS2,,,ok\n")
    assert [(broken.line, broken.subject, broken.found) for broken in file.broken] == [(3, "S1", found)]
    assert file.rows["USUBJID"].tolist() == ["S2"]


def test_tabs_and_line_breaks_inside_a_cell_are_white_space(read):
    file = read(DISCONTINUED + b'S1,,,a\tb\nS2,,,"c\r\nd"\n')
    assert file.rows["DSTERM"].tolist() == ["a\tb", "c\r\nd"]


@pytest.mark.parametrize("kind", ["subjects", "subject_key"])
@pytest.mark.parametrize("cells", [-1, 0, 1])
def test_no_subject_is_lost_to_a_broken_row(refuse, kind, cells):
    width = len(COLUMNS[kind])
    row = ["0012345678", "\x00"] + ["x"] * (width - 2 + cells) if cells >= 0 else ["0012345678"] * (width - 1)
    text = refuse(f"{','.join(COLUMNS[kind])}\n\n{','.join(row)}\n".encode(), kind)
    assert "data/raw/f.csv: 1 rows cannot be read\n  - line 3: " in text
    assert "0012345678" not in text


@pytest.mark.parametrize("kind", sorted(set(COLUMNS) - {"subjects"}))
def test_a_header_alone_is_a_file_without_rows(read, kind):
    file = read((",".join(COLUMNS[kind]) + "\n\n").encode(), kind)
    assert (len(file.rows), list(file.rows.columns)) == (0, ["ROW", *COLUMNS[kind]])


def test_a_study_without_subjects_is_refused(refuse):
    assert "data/raw/f.csv: no subjects" in refuse(
        (",".join(COLUMNS["subjects"]) + "\n").encode(), "subjects"
    )


# --- the data cut ---


def test_the_cut_comes_from_the_lock(tmp_path):
    (tmp_path / "lock.json").write_text('{"cut_date": "2020-10-31"}')
    assert read_cut(tmp_path / "lock.json").isoformat() == "2020-10-31"


@pytest.mark.parametrize("text", ["{}", "[]", '{"cut_date": null}', '{"cut_date": "31/10/2020"}'])
def test_a_lock_without_a_cut_is_refused(tmp_path, text):
    (tmp_path / "lock.json").write_text(text)
    with pytest.raises(LockError, match="cut_date: expected an ISO date"):
        read_cut(tmp_path / "lock.json")
