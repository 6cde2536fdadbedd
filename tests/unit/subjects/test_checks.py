"""What EDC files contradict in each other becomes a question, and the data stay as given."""

import pytest

CONSENT = "2019-05-01"  # of every subject


def questions(derived, rule):
    """Return subject, file, row and finding of the questions of a rule."""
    mine = derived.queries[derived.queries["RULE"] == rule]
    return mine[["SUBJECT", "FILE", "ROW", "FOUND"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        ("2019-04-30", "", True), (CONSENT, "", False), ("2019-04", "", True), ("2019-05", "", False),
        ("2018", "2020-01-01", True), ("2019", "", False), ("", "2019-04-30", True), ("", "", False),
        ("2019", "2019-04-30", True),
    ],
)  # fmt: skip
def test_an_event_before_consent_is_asked_about_and_kept(derive, start, end, asked):
    """Only where every day on which it may have started lies before the consent."""
    event = {"USUBJID": ["S1"], "AETERM": ["Cough"], "AESTDTC": [start], "AEENDTC": [end]}
    derived = derive(adverse_events=event)
    found = f"AESTDTC '{start}', AEENDTC '{end}', before CONSENT_DT {CONSENT}"
    expected = [["S1", "adverse_events.csv", "2", found]] if asked else []
    assert questions(derived, "EVENT_BEFORE_CONSENT") == expected
    assert len(derived.adae) == 1 and derived.adae["AESTDTC"].tolist() == [start]


def test_without_a_whole_consent_date_no_event_is_before_it(derive):
    event = {"USUBJID": ["S1", "S2"], "AESTDTC": ["2010-01-01"] * 2}
    derived = derive({"CONSENT_DT": ["", "2019-05", "2019-05-01"]}, adverse_events=event)
    assert questions(derived, "EVENT_BEFORE_CONSENT") == []


def test_a_control_with_an_infusion_date_is_asked_about_and_stays_in_its_arm(derive):
    derived = derive({"INFUSION_DT": ["2019-06-25", "2019-06-26", ""]})
    found = "INFUSION_DT = '2019-06-26' in the arm Standard"
    assert questions(derived, "INFUSED_CONTROL") == [["S2", "subjects.csv", "3", found]]
    subject = derived.adsl.loc["S2"]
    assert (subject.ARMCD, subject.TRT01A, subject.TRTSDT) == ("STD", "STD", "2019-06-26")
    assert subject.INDEXDT == "2019-07-01"  # as its arm says


def test_infusions_of_a_control_are_asked_about_one_by_one(derive):
    rows = {"USUBJID": ["S1", "S2"], "EXTRT": ["MSC", "MSC"], "EXSTDTC": ["2019-06-25", "2019-06-26"]}
    derived = derive(exposure=rows)
    found = "EXTRT = 'MSC' in the arm Standard"
    assert questions(derived, "INFUSED_CONTROL") == [["S2", "exposure.csv", "3", found]]
    assert questions(derived, "EXPOSURE_DIFFERS") == []
    assert derived.adsl.loc["S2", "TRT01A"] == "STD"


@pytest.mark.parametrize(
    ("rows", "file", "line", "found"),
    [
        ({"USUBJID": [], "EXTRT": [], "EXSTDTC": []}, "subjects.csv", "2",
         "INFUSION_DT = '2019-06-25', no row in exposure.csv"),
        ({"USUBJID": ["S1"] * 2, "EXTRT": ["A", "B"], "EXSTDTC": ["2019-06-27", "2019-06-26"]}, "exposure.csv", "3",
         "EXSTDTC = '2019-06-26', INFUSION_DT = '2019-06-25'"),
        ({"USUBJID": ["S1", "S3"], "EXTRT": ["A", "A"], "EXSTDTC": ["2019-06-25", "2019-06-26"]}, "exposure.csv", "3",
         "EXSTDTC = '2019-06-26', INFUSION_DT = ''"),
    ],
)  # fmt: skip
def test_subjects_and_exposure_that_do_not_agree_are_asked_about(derive, rows, file, line, found):
    """S1 was infused on 25 June, S3 never; the first infusion counts."""
    derived = derive(exposure=rows)
    asked = questions(derived, "EXPOSURE_DIFFERS")
    assert [one[1:] for one in asked] == [[file, line, found]]
    assert derived.adsl["INDEXDT"].tolist() == ["2019-06-25", "2019-07-01", "2019-07-01"]


def test_an_arm_that_another_file_contradicts_is_asked_about(derive):
    visits = {
        "USUBJID": ["S1", "S1", "S2", "S2", "S3"], "VISIT": ["BL", "M1", "BL", "M1", "BL"], "DONE": ["Y"] * 5,
        "ARM": ["cells", "", "standard", "Cells", "Zellen"],
    }  # fmt: skip
    derived = derive(visits=visits)
    assert questions(derived, "ARM_MISMATCH") == [
        ["S2", "visits.csv", "5", "ARM = 'Cells', the subjects file says Standard"],
        ["S3", "visits.csv", "6", "ARM = 'Zellen', the subjects file says Cells"],
    ]
    assert derived.adsl["ARMCD"].tolist() == ["CELL", "STD", "CELL"]


def test_two_discontinuations_are_asked_about_also_with_the_same_date(derive):
    twice = {"USUBJID": ["S2", "S2"], "DSDTC": ["2019-09-01"] * 2, "DSDECOD": ["A", "B"]}
    derived = derive(discontinuation=twice)
    found = "DSDTC = '2019-09-01', used is row 2"
    assert questions(derived, "SECOND_DISCONTINUATION") == [["S2", "discontinuation.csv", "3", found]]
    assert derived.adsl.loc["S2", "DSDECOD"] == "A"


def test_a_time_of_day_of_an_event_or_infusion_does_not_change_its_day(derive):
    event = {"USUBJID": ["S1"], "AESTDTC": ["2019-06-25T23:10"], "AEENDTC": ["2019-06-26T00:05:10"]}
    infusion = {
        "USUBJID": ["S1"],
        "EXTRT": ["MSC"],
        "EXSTDTC": ["2019-06-25T08:30"],
        "EXENDTC": ["2019-06-25T9"],
    }
    derived = derive(adverse_events=event, exposure=infusion)
    assert derived.adae[["AESTDTC", "ASTDT", "AENDT"]].iloc[0].tolist() == [
        "2019-06-25T23:10", "2019-06-25", "2019-06-26",
    ]  # fmt: skip
    assert (derived.adae["ADURN"].iloc[0], derived.adae["TRTEMFL"].iloc[0]) == (2, "Y")
    assert derived.records["adex"]["ASTDT"].tolist() == ["2019-06-25"]
    assert questions(derived, "IMPOSSIBLE_DATE") == [["S1", "exposure.csv", "2", "EXENDTC = '2019-06-25T9'"]]


@pytest.mark.parametrize(("text", "asked"), [("2019-02-30", 1), ("2019-13", 1), ("2019-07", 1), ("", 0)])
def test_a_partial_or_impossible_date_of_an_event_is_asked_about(derive, text, asked):
    derived = derive(adverse_events={"USUBJID": ["S1"], "AESTDTC": [text]})
    assert len(questions(derived, "IMPOSSIBLE_DATE")) == asked
    assert derived.adae["ASTDT"].tolist() == [""]
