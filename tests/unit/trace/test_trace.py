"""The trace of a small study: what stands in its data files, and what is refused."""

import pytest

import list_printed
import render_trace
from trace_pages import Pages, numbers
from trial.study.errors import DataError
from trial.trace.config import flat
from trial.trace.results import order_of
from trial.trace.shards import ranges, shard_names, trace_files
from unit.trace.small import EVENTS, FILE, FORMULA, PICTURE, SCRIPT, write_csv, write_study


@pytest.fixture
def folder(tmp_path):
    """The inputs of the small study and its trace."""
    render_trace.main(write_study(tmp_path))
    return tmp_path


@pytest.mark.parametrize("found", [[], [0], [7], [0, 1, 2], [3, 4, 9, 11, 12, 13, 400]])
def test_ranges_are_read_back(found):
    assert numbers(ranges(found)) == found


def test_ids_stand_in_the_order_in_which_the_program_looks_for_them():
    """Beyond the basic plane UTF-16 and code points differ: a row of the wrong shard would not be found."""
    texts = ["a\uffee", "a\U0001f600", "ab", "A"]
    assert sorted(texts, key=order_of) == ["A", "ab", "a\U0001f600", "a\uffee"] != sorted(texts)


def test_every_declared_file_is_written_and_no_other(folder):
    list_printed.main(["--ard", str(folder / "ard.csv"), "--folder", str(folder / "report" / "trace"), "--entries", str(folder / "t1.json")])  # fmt: skip
    found = {path.relative_to(folder).as_posix() for path in (folder / "report").rglob("*") if path.is_file()}
    assert {f"results/{name}" for name in found} == set(trace_files())
    assert len(shard_names()) == len(set(shard_names()))


def test_the_same_inputs_give_the_same_bytes(folder, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    render_trace.main(write_study(again))
    for path in (folder / "report").rglob("*.js"):
        assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


def test_results_name_their_records_or_say_why_they_have_none(folder):
    pages = Pages(folder / "report" / "trace")
    reasons = {row["result_id"].split(".", 3)[3]: row["reason"] for row in pages.results}
    assert reasons == {
        f"A.{EVENTS}": "", "A.none.subjects": "nobody", "A.none.pct": "error", "all.level": "setting", "A.mean": "",
    }  # fmt: skip
    (row,) = [row for row in pages.results if row["statistic"] == EVENTS]
    members, raw = pages.members[row["members"]]
    assert {pages.records[at]["key"] for at in members} == {("", "S,1", ""), ("adae", "S,1", "1.0")}
    assert raw == 1  # of the event, not of the subject that it counts


def test_a_raw_row_leads_back_to_its_numbers(folder):
    pages = Pages(folder / "report" / "trace")
    (event,) = [row for row in pages.raw if row["place"][0] == FILE]
    assert pages.touched(event) == {f"all.COUNTS.V1.A.{EVENTS}"}
    (subject,) = [row for row in pages.raw if row["place"][0] == "edc/subjects.csv"]
    assert pages.touched(subject) == {f"all.COUNTS.V1.A.{EVENTS}", "END.COUNTS.V1.A.mean"}
    (old,) = [row for row in pages.raw if row["place"][2] == "8"]
    assert old["cells"][0]["by"] == ("lab.xlsx", SCRIPT, "7", "HbA1c")
    assert pages.touched(old) == set()


def test_texts_stand_as_they_are(folder):
    pages = Pages(folder / "report" / "trace")
    (event,) = [row for row in pages.raw if row["place"][0] == FILE]
    assert event["cells"][0]["texts"] == [("USUBJID", "S,1"), ("AETERM", SCRIPT), (PICTURE, FORMULA)]
    assert event["queries"] == [["Q-1", "open", "", "ODD", SCRIPT, PICTURE, "used"]]
    (record,) = [one for one in pages.records if one["key"][0] == "adae"]
    assert record["cells"]["AESPID"] == FORMULA
    page = (folder / "report" / "trace.html").read_text(encoding="utf-8")
    assert "<script>window" not in page and 'onerror="' not in page


def test_numbers_for_programs_stay_in_the_record(folder):
    """A matrix of 400 cells is not read by people; the sentence of the model is."""
    (job,) = [
        one for part in Pages(folder / "report" / "trace").parts("jobs") for one in part if one["record"]
    ]
    assert [key for key, _ in job["record"]] == ["footnote"]


def test_settings_are_flat():
    value = {"a": [1, 2], "b": {"c": None, "d": True}, "e": [{"f": 0.5}], "g": []}
    assert list(flat("s", value)) == [
        ("s.a", "1, 2"),
        ("s.b.c", "–"),
        ("s.b.d", "yes"),
        ("s.e.1.f", "0.5"),
        ("s.g", "–"),
    ]


@pytest.mark.parametrize(
    ("name", "names", "rows", "said"),
    [
        ("records", ("RECORDS", "PARAMCD", "USUBJID", "ASEQ"), [("X", "END", "S,1", "9.0")], "END S,1 9.0"),
        ("lineage", ("PARAMCD", "USUBJID", "ASEQ", "ROLE", "FILE", "SHEET", "ROW", "COLUMN"),
         [("END", "S,1", "1.0", "LAB", "gone.csv", "", "3", "")], "gone.csv"),
        ("ard", ("result_id",), [], "missing"),
    ],
)  # fmt: skip
def test_a_trace_that_would_end_in_nothing_is_an_error(tmp_path, name, names, rows, said):
    arguments = write_study(tmp_path)
    write_csv(tmp_path / f"{name}.csv", names, rows)
    with pytest.raises(DataError, match=said):
        render_trace.main(arguments)


def test_an_output_that_prints_a_lost_result_is_an_error(folder):
    (folder / "t1.json").write_text(
        '{"id": "t1", "number": "1", "title": "t", "results": ["gone"]}', encoding="utf-8"
    )
    with pytest.raises(DataError, match="gone"):
        list_printed.main(
            ["--ard", str(folder / "ard.csv"), "--folder", str(folder / "report" / "trace"), "--entries", str(folder / "t1.json")]
        )  # fmt: skip
