"""What an analysed study's data sets give: values, flags and populations as they stand, from each kind of file."""

import json

import pandas as pd
import pyreadstat
import pytest

from unit.adam.entered import STUDY, as_csv, config, enter, rows_of

NUMBERS = {"ASEQ", "AVISITN", "ADY", "AVAL", "BASE", "CHG", "PCHG", "LLOQ", "DIGITS", "AGE"}
TABLES = ("adsl.csv", "populations.csv", "HBA1C.adlb.csv", "HOMAIR.adlb.csv")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return enter(tmp_path_factory.mktemp("plain"))


def frame_of(name):
    """Return a file as a typed frame, numbers to the last digit."""
    table = pd.DataFrame(rows_of(name))
    for column in NUMBERS & set(table):
        table[column] = [float(text) if text else float("nan") for text in table[column]]
    return table


def xpt_of(name, folder):
    """Return a file as a SAS transport file: dates are numbers with a date format."""
    table, formats = frame_of(name), {}
    for column in {"ADT", "TRTSDT"} & set(table):
        days = pd.to_datetime(table[column]) - pd.Timestamp("1960-01-01")
        table[column], formats[column] = days.dt.days.astype(float), "DATE9."
    path = folder / f"{name}.xpt"
    pyreadstat.write_xport(table, str(path), file_format_version=5, variable_format=formats)
    return path.read_bytes()


def json_of(name):
    """Return a file as Dataset-JSON 1.1."""
    table = frame_of(name)
    columns = [
        {"itemOID": c, "name": c, "label": c, "dataType": "float" if c in NUMBERS else "string"}
        for c in table
    ]
    rows = [[None if value != value else value for value in row] for row in table.to_numpy(object).tolist()]
    return json.dumps({"datasetJSONVersion": "1.1.0", "records": len(rows), "columns": columns, "rows": rows})


def test_values_flags_and_visits_stand_as_given(plain):
    given = [row for row in rows_of("adlb") if row["PARAMCD"] == "HOMAIR"]
    taken = plain.table("HOMAIR.adlb.csv").to_dict("records")
    visits = {"Baseline": "BL", "Week 4": "V1", "Week 12": "V2", "": ""}
    assert len(given) == len(taken)
    for before, after in zip(given, taken, strict=True):
        same = ("USUBJID", "AVAL", "BASE", "CHG", "PCHG", "ABLFL", "ANL01FL", "ADT", "AVALC")
        assert [before[name] for name in same] == [after[name] for name in same]
        assert after["AVISIT"] == visits[before["AVISIT"]]
        # ADaM has no day 0: its day 1 is the index date.
        day = float(before["ADY"])
        assert float(after["ADY"]) == day - (day > 0)
    assert plain.asked() == []


def test_every_record_points_to_its_row_of_the_file(plain):
    raw = rows_of("adlb")
    for code in ("HBA1C", "HOMAIR"):
        records = plain.table(f"{code}.adlb.csv")
        trace = records.merge(plain.table(f"{code}.lineage.csv"), on=["PARAMCD", "USUBJID", "ASEQ"])
        assert len(trace) == len(records)
        for row in trace.to_dict("records"):
            source = raw[int(row["ROW"]) - 2]
            assert (row["FILE"], row["SHEET"], row["COLUMN"]) == ("adam/adlb.csv", "ADLB", "AVAL")
            assert (source["USUBJID"], source["PARAMCD"]) == (row["USUBJID"], row["ROLE"])
            assert source[row["COLUMN"]] == row["AVAL"]


@pytest.mark.parametrize("kind", ["sas", "dataset-json"])
def test_each_kind_of_file_gives_the_same_to_the_last_digit(plain, tmp_path, kind):
    content = config()
    table = {"type": kind} | ({"encoding": "latin-1", "special_missing": {}} if kind == "sas" else {})
    suffix = "xpt" if kind == "sas" else "json"
    files = {}
    for part, name in ((content["adam"]["adsl"], "adsl"), (content["adam"]["bds"]["ADLB"], "adlb")):
        part.update(table=table, file=f"adam/{name}.{suffix}")
        files[f"{name}.{suffix}"] = xpt_of(name, tmp_path) if kind == "sas" else json_of(name)
    # AVALC as the file has it is text in every kind; all else are numbers.
    entered = enter(tmp_path, content, files)
    for name in TABLES:
        pd.testing.assert_frame_equal(entered.table(name), plain.table(name))
    assert entered.asked() == []


def test_a_population_takes_the_flag_of_its_name(tmp_path):
    rows = rows_of("adsl")
    rows[0]["FASFL"] = "N"
    rows[1]["FASFL"] = ""
    entered = enter(tmp_path, files={"adsl.csv": as_csv(rows)})
    flags = entered.table("adsl.csv").set_index("USUBJID")["FASFL"]
    assert flags[rows[0]["USUBJID"]] == flags[rows[1]["USUBJID"]] == ""
    assert (flags == "Y").sum() == len(rows) - 2
    members = entered.table("populations.csv")
    reasons = members[(members["POPULATION"] == "FASFL") & (members["MEMBER"] == "N")]["REASON"]
    assert list(reasons) == [
        "not in the full analysis set",
        "not in the full analysis set (FASFL is missing)",
    ]
    # Every record carries the flag of its subject.
    records = entered.table("HBA1C.adlb.csv")
    assert set(records.loc[records["USUBJID"] == rows[0]["USUBJID"], "FASFL"]) == {""}


def test_conditions_choose_records_and_say_why(tmp_path):
    content, rows = config(), rows_of("adlb")
    condition = {"variable": "DTYPE", "is": "missing", "otherwise": "carried forward"}
    content["endpoints"]["HBA1C"]["source"]["conditions"] = [condition]
    place = next(
        at for at, row in enumerate(rows) if row["PARAMCD"] == "HBA1C" and row["AVISIT"] == "Week 12"
    )
    rows[place]["DTYPE"] = "LOCF"
    entered = enter(tmp_path, content, {"adlb.csv": as_csv(rows)})
    records = entered.table("HBA1C.adlb.csv")
    (record,) = records[records["REASON"] == "carried forward"].to_dict("records")
    assert (record["ANL01FL"], record["AVAL"]) == ("", rows[place]["AVAL"])
    assert (records["ANL01FL"] == "Y").sum() == sum(row["PARAMCD"] == "HBA1C" for row in rows) - 1


def test_an_endpoint_whose_records_all_fail_its_conditions_is_empty_not_broken(tmp_path):
    content = config()
    condition = {"variable": "ADY", "at_most": -1000, "if_missing": "fails", "otherwise": "too late"}
    content["endpoints"]["HBA1C"]["source"]["conditions"] = [condition]
    entered = enter(tmp_path, content)
    records = entered.table("HBA1C.adlb.csv")
    assert len(records) and set(records["ANL01FL"]) == {""} and set(records["REASON"]) == {"too late"}


def test_screen_failures_and_other_parameters_are_counted_and_left(tmp_path):
    content, subjects, records = config(), rows_of("adsl"), rows_of("adlb")
    content["adam"]["adsl"]["screen_failures"] = ["Screen Failure", ""]
    subjects += [subjects[0] | {"USUBJID": "MN-099", "TRT01P": "Screen Failure", "TRT01A": ""}]
    records += [records[0] | {"USUBJID": "MN-099"}, records[0] | {"PARAMCD": "ALT"}]
    entered = enter(tmp_path, content, {"adsl.csv": as_csv(subjects), "adlb.csv": as_csv(records)})
    book = entered.table("accounting.csv")
    assert len(book) == len(subjects) + len(records)
    assert not book.duplicated(["FILE", "SHEET", "ROW", "COLUMN"]).any()
    aside = book[book["FATE"] != "used"][["FILE", "ROW", "FATE", "RULE"]]
    assert sorted(aside.itertuples(index=False, name=None)) == [
        ("adam/adlb.csv", str(len(records)), "quarantined", "SCREEN_FAILURE"),
        ("adam/adlb.csv", str(len(records) + 1), "quarantined", "PARAMETER_NOT_DECLARED"),
        ("adam/adsl.csv", str(len(subjects) + 1), "quarantined", "SCREEN_FAILURE"),
    ]
    assert "MN-099" not in set(entered.table("adsl.csv")["USUBJID"])


def test_without_an_analysis_flag_the_one_record_of_a_visit_stands_for_it(tmp_path):
    content = config()
    del content["adam"]["bds"]["ADLB"]["columns"]["ANL01FL"]
    entered = enter(tmp_path, content)
    flags = entered.table("HBA1C.adlb.csv")["ANL01FL"]
    assert (flags == "Y").all() and len(flags)
    assert entered.asked() == []


def test_the_committed_files_say_that_they_are_synthetic():
    assert "synthetic" in (STUDY / "data" / "raw" / "README.md").read_text(encoding="utf-8")
