"""The data cut on analysed data: records after it are left out, later dates of a subject are not known yet."""

from unit.adam.entered import as_csv, config, enter, rows_of

CUT = "2021-03-15"


def test_records_after_the_cut_are_accounted_for_and_left_out(tmp_path):
    given = rows_of("adlb")
    entered = enter(tmp_path, cut=CUT)
    book = entered.table("accounting.csv")
    out = book[book["RULE"] == "AFTER_CUT"]
    declared = [row for row in given if row["PARAMCD"] in set(book["ANALYTE"])]
    assert len(out) == len([row for row in declared if row["ADT"] > CUT]) > 0
    assert (set(out["FATE"]), out["DATE"].min() > CUT) == ({"quarantined"}, True)
    for code in ("HBA1C", "HOMAIR"):
        assert max(entered.table(f"{code}.adlb.csv")["ADT"]) <= CUT
    assert "DATE_AFTER_CUT" not in set(entered.table("queries.csv")["RULE"])


def test_a_record_without_a_date_is_held_against_the_cut_by_its_day(tmp_path):
    rows = rows_of("adlb")
    assert (rows[1]["USUBJID"], rows[1]["ADY"], rows[1]["ADT"]) == ("MN-001", "33", "2021-03-15")
    rows[1]["ADT"] = rows[0]["ADT"] = ""
    # Day 33 with a day 1 at 2021-02-11 is 2021-03-15; the study counts from day 1.
    for cut, out in (("2021-03-14", True), ("2021-03-15", False)):
        folder = tmp_path / cut
        folder.mkdir()
        book = enter(folder, files={"adlb.csv": as_csv(rows)}, cut=cut).table("accounting.csv")
        mine = book[(book["FILE"] == "adam/adlb.csv") & (book["ROW"] == "3")]
        assert mine["RULE"].tolist() == (["AFTER_CUT"] if out else [""])
        assert book.loc[(book["FILE"] == "adam/adlb.csv") & (book["ROW"] == "2"), "RULE"].tolist() == [""]


def test_later_dates_of_a_subject_are_left_empty(tmp_path):
    rows = rows_of("adsl")
    rows[0]["DISCDT"] = "2021-03-16"
    rows[1]["DISCDT"] = "2021-03-15"
    entered = enter(tmp_path, content=config(), files={"adsl.csv": as_csv(rows)}, cut=CUT)
    adsl = entered.table("adsl.csv")
    assert adsl["DISCDT"].tolist()[:2] == ["", "2021-03-15"]
    book = entered.table("accounting.csv")
    mine = book[book["FILE"] == "adam/adsl.csv"]
    assert mine[["FATE", "RULE"]].to_numpy().tolist()[:2] == [["used", "END_AFTER_CUT"], ["used", ""]]
