"""The data cut on the EDC files: what began after it is left out, what ended after it goes on."""

from datetime import date

import pytest

from unit.subjects.conftest import EDC

CUT = date(2020, 6, 30)
ADAE = {
    "USUBJID": ["S1"] * 6 + ["S2"],
    "AETERM": ["before", "goes on", "later", "month", "next month", "no day", "died later"],
    "AESTDTC": ["2020-06-01", "2020-06-30", "2020-07-01", "2020-06", "2020-07", "", "2020-06-20"],
    "AEENDTC": ["2020-06-30", "2020-07-01", "2020-07-02", "2020-07", "", "", "2020-07-09"],
    "AEOUT": ["RECOVERED/RESOLVED"] * 4 + ["", "", "FATAL"],
}


def fates(derived, file):
    mine = derived.fates[derived.fates["FILE"] == file].sort_values("ROW")
    return mine[["FATE", "RULE"]].to_numpy().tolist()


USED, SHORTENED, OUT = ["used", ""], ["used", "END_AFTER_CUT"], ["quarantined", "AFTER_CUT"]


def test_the_earliest_possible_day_of_an_event_decides(derive):
    derived = derive(cut=CUT, adverse_events=ADAE)
    assert fates(derived, "adverse_events.csv") == [USED, SHORTENED, OUT, SHORTENED, OUT, USED, SHORTENED]
    assert set(derived.adae["AETERM"]) == {"before", "goes on", "month", "no day", "died later"}
    # Nobody is asked about what lies after the cut; the event without a day may.
    assert derived.asked("RULE", "FOUND") == [
        ("NO_DATE", "AESTDTC = ''"),
        ("IMPOSSIBLE_DATE", "AESTDTC = '2020-06'"),
    ]


def test_what_ended_after_the_cut_was_going_on_at_the_cut(derive):
    adae = derive(cut=CUT, adverse_events=ADAE).adae.set_index("AETERM")
    for term in ("goes on", "month", "died later"):
        # A death after the cut is none yet.
        assert adae.loc[term, ["AEENDTC", "AENDT", "AEOUT"]].tolist() == [
            "",
            "",
            "NOT RECOVERED/NOT RESOLVED",
        ]
        assert adae.loc[term, ["ADURN"]].isna().all()
    assert adae.loc["before", ["AEENDTC", "AEOUT"]].tolist() == ["2020-06-30", "RECOVERED/RESOLVED"]


def test_the_outcome_is_written_as_the_file_writes_it(derive):
    words = {"chưa khỏi": "NOT RECOVERED/NOT RESOLVED", "RECOVERED/RESOLVED": "WELL", "FATAL": "DEAD"}
    edc = {"spellings": EDC["spellings"] | {"AEOUT": words}}
    derived = derive(cut=CUT, adverse_events=ADAE, edc=edc)
    assert derived.adae.set_index("AETERM").loc["goes on", "AEOUT"] == "NOT RECOVERED/NOT RESOLVED"
    assert "UNKNOWN_CODE" not in derived.asked("RULE")


def test_every_dated_form_is_held_against_the_cut(derive):
    two = ["2020-06-30", "2020-07-01"]
    derived = derive(
        cut=CUT,
        visits={"USUBJID": ["S1"] * 2, "VISIT": ["M1", "M2"], "VISIT_DT": two, "DONE": ["Y"] * 2},
        medications={"USUBJID": ["S1"] * 2, "CMTRT": ["a", "b"], "CMSTDTC": two, "CMREASON": ["rescue"] * 2},
        discontinuation={"USUBJID": ["S1", "S2"], "DSDTC": two, "DSDECOD": ["A", "DEATH"]},
        history={"USUBJID": ["S1"] * 3, "MHTERM": ["a", "b", "c"], "MHSTDTC": [*two, "2018"],
                 "MHENDTC": ["", "", "2020-08"], "MHONGO": ["Y", "Y", "N"]},
        serology={"USUBJID": ["S1"] * 2, "LBTEST": ["HIV", "HCV"], "LBDTC": two, "LBORRES": ["neg"] * 2},
        eligibility={"USUBJID": ["S1"] * 2, "IETESTCD": ["I1", "I2"], "IEDTC": two, "IEORRES": ["Y"] * 2},
        deviations={"USUBJID": ["S1"] * 2, "DVTERM": ["a", "b"], "DVSTDTC": two, "DVIMP": ["N"] * 2},
        exposure={"USUBJID": ["S1"] * 2, "EXTRT": ["a", "b"], "EXSTDTC": ["2019-06-25", two[1]],
                  "EXENDTC": [two[1]] * 2},
    )  # fmt: skip
    for name in ("visits", "medications", "discontinuation", "serology", "eligibility", "deviations"):
        assert fates(derived, f"{name}.csv") == [USED, OUT], name
    assert fates(derived, "history.csv") == [USED, OUT, SHORTENED]
    assert fates(derived, "exposure.csv") == [SHORTENED, OUT]
    assert derived.adsv["VISIT"].tolist() == ["M1"]
    assert (derived.adcm["CMTRT"].tolist(), derived.adsl["RESCDT"].tolist()) == (["a"], [two[0], "", ""])
    assert derived.adsl[["DISCDT", "DSDECOD"]].to_numpy().tolist() == [[two[0], "A"], ["", ""], ["", ""]]
    assert derived.records["admh"][["MHTERM", "MHENDTC", "MHONGO"]].to_numpy().tolist() == [
        ["a", "", "Y"],
        ["c", "", "Y"],
    ]
    assert derived.records["adex"][["EXTRT", "EXENDTC"]].to_numpy().tolist() == [["a", ""]]
    assert derived.queries.empty


def test_a_subject_is_what_was_known_at_the_cut(derive):
    later = {
        "CONSENT_DT": ["2019-05-01", "2020-07-01", "2019-05-01"],
        "ENROL_DT": ["2019-06-01", "2020-07-02", "2019-06-01"],
        "ALLOC_DT": ["2020-06-20", "2020-07-03", "2019-06-10"],
        "INFUSION_DT": ["2020-07-01", "", ""],
    }
    derived = derive(later, cut=CUT, medications={"USUBJID": ["S2"], "CMTRT": ["a"], "CMSTDTC": ["2010"]})
    # S1 had not been infused, S2 had not consented.
    assert derived.adsl["USUBJID"].tolist() == ["S1", "S3"]
    assert derived.adsl.loc["S1", ["ALLOCDT", "TRTSDT", "TRT01A"]].tolist() == ["2020-06-20", "", ""]
    assert fates(derived, "subjects.csv") == [SHORTENED, OUT, USED]
    assert fates(derived, "medications.csv") == [OUT]
    assert fates(derived, "subject_key.csv") == [USED, OUT, USED]
    assert derived.queries.empty


def test_an_event_after_the_discontinuation_is_asked_about(derive):
    derived = derive(
        discontinuation={"USUBJID": ["S1"], "DSDTC": ["2019-07-10"]},
        adverse_events={"USUBJID": ["S1"] * 4, "AETERM": list("abcd"),
                        "AESTDTC": ["2019-07-10", "2019-07-11", "2019-07", "2019-08"]},
    )  # fmt: skip
    asked = derived.queries[derived.queries["RULE"] == "EVENT_AFTER_DISCONTINUATION"]
    # In July it may have started before.
    assert asked["ROW"].tolist() == ["3", "5"]
    assert len(derived.adae) == 4


@pytest.mark.parametrize("more", [[], ["2019-06-21"]])
def test_a_question_keeps_its_content_whatever_stands_above_it(derive, more):
    rows = [*more, "2019-13-45"]
    visits = {"USUBJID": ["S1"] * len(rows), "VISIT": [f"M{at}" for at in range(len(rows), 0, -1)],
              "VISIT_DT": rows, "DONE": ["Y"] * len(rows)}  # fmt: skip
    asked = derive(visits=visits).queries
    assert asked[["ABOUT", "ROW"]].to_numpy().tolist() == [
        ["visits.csv | VISIT_DT | S1 | M1", str(len(rows) + 1)]
    ]
