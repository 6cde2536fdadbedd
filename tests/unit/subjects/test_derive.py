"""Subject-level data from small EDC files on disk."""

import pandas as pd
import pytest

from trial.study.errors import DataError
from trial.study.models import Arm, DateRule
from trial.subjects.derive import Books, account_key, derive_adae, derive_adsl, derive_adsv
from trial.subjects.edc import COLUMNS, read_edc
from trial.subjects.schema import ADAE, ADSL, ADSV

ALLOCATED = DateRule(column="ALLOC_DT", lag_days=21)
ARMS = (
    Arm(
        code="CELL",
        label="Cells",
        site_texts=("Cells",),
        index_date=(DateRule(column="INFUSION_DT", lag_days=0), ALLOCATED),
    ),
    Arm(code="STD", label="Standard", site_texts=("Stand medicines", "standard"), index_date=(ALLOCATED,)),
)
SUBJECTS = {
    "USUBJID": ["S1", "S2", "S3"],
    "ARM": ["Cells", "STAND MEDICINES", "Cells"],
    "SEX": ["F", "M", "F"],
    "BRTHYR": ["1960", "1970", "1980"],
    "CONSENT_DT": ["2019-05-01"] * 3,
    "ENROL_DT": ["2019-06-01"] * 3,
    "ALLOC_DT": ["2019-06-10"] * 3,
    "INFUSION_DT": ["2019-06-25", "", ""],
    "DIAG_YEAR": ["2009", "2010", "2011"],
    "WEIGHT_KG": ["60", "80", "70"],
    "HEIGHT_CM": ["160", "170", "x"],
}


@pytest.fixture
def raw(tmp_path):
    def write(kind, content):
        table = pd.DataFrame(content).reindex(columns=list(COLUMNS[kind]), fill_value="")
        table.to_csv(tmp_path / f"{kind}.csv", index=False)
        return read_edc(tmp_path, f"{kind}.csv", kind)

    return write


def adsl_of(raw, books=None, **changes):
    return derive_adsl({"subjects": raw("subjects", SUBJECTS | changes)}, ARMS, books or Books())


def test_columns_are_the_declared_ones(raw):
    assert list(adsl_of(raw).columns) == list(ADSL)


def test_time_zero_follows_the_arms_rules(raw):
    adsl = adsl_of(raw).set_index("USUBJID")
    assert adsl.loc["S1", ["INDEXDT", "INDEXRULE"]].tolist() == ["2019-06-25", "INFUSION_DT+0"]
    assert adsl.loc["S2", ["INDEXDT", "INDEXRULE"]].tolist() == ["2019-07-01", "ALLOC_DT+21"]


def test_allocated_but_not_infused_is_analysed_as_allocated_and_not_treated(raw):
    subject = adsl_of(raw).set_index("USUBJID").loc["S3"]
    assert (subject.TRT01P, subject.TRT01A, subject.FASFL, subject.SAFFL) == ("CELL", "", "Y", "")


def test_age_duration_and_bmi(raw):
    subject = adsl_of(raw).set_index("USUBJID").loc["S2"]
    assert (subject.AGE, subject.DIABDUR) == (49.0, 9.0)
    assert pytest.approx(80 / 1.7**2) == subject.BMI


def test_a_text_that_is_no_number_is_a_query_and_missing(raw):
    books = Books()
    adsl = adsl_of(raw, books).set_index("USUBJID")
    assert pd.isna(adsl.loc["S3", "BMI"])
    query = books.tables()[0].iloc[0]
    assert (query.SUBJECT, query.RULE, query.FOUND, query.ROW) == (
        "S3",
        "NOT_A_NUMBER",
        "HEIGHT_CM = 'x'",
        "4",
    )


def test_an_impossible_date_is_a_query(raw):
    books = Books()
    adsl = adsl_of(raw, books, ALLOC_DT=["2019-06-10", "2019-02-30", "2019-06-10"]).set_index("USUBJID")
    assert adsl.loc["S2", "FASFL"] == ""
    assert set(books.tables()[0]["RULE"]) == {"IMPOSSIBLE_DATE", "NO_INDEX_DATE", "NOT_A_NUMBER"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ARM": ["Cells", "Cels", "Cells"]}, "row 3: S2, ARM 'Cels'"),
        ({"USUBJID": ["S1", "S1", "S3"]}, "stands in several rows"),
        ({"USUBJID": ["S1", "", "S3"]}, "no USUBJID"),
    ],
)
def test_subjects_that_cannot_be_used(raw, changes, message):
    with pytest.raises(DataError, match=message):
        adsl_of(raw, **changes)


def test_a_missing_column_is_named_with_the_near_one(tmp_path):
    (tmp_path / "s.csv").write_text("USUBJID,MA-BN\nS1,1\n")
    with pytest.raises(DataError, match="MA_BN \\(the file has 'MA-BN'\\)"):
        read_edc(tmp_path, "s.csv", "subject_key")


def test_a_missing_file_names_the_configuration_key(tmp_path):
    with pytest.raises(DataError, match=r"mend edc\.visits"):
        read_edc(tmp_path, "visits.csv", "visits")


def test_rescue_needs_a_whole_date_and_other_medicines_do_not(raw):
    medications = raw("medications", {
        "USUBJID": ["S1", "S1", "S2", "S9"], "CMTRT": ["a"] * 4,
        "CMSTDTC": ["2005", "2019-09-01", "2019-08", "2019-08-01"],
        "CMREASON": ["", "rescue", "Rescue", ""],
    })  # fmt: skip
    books = Books()
    files = {"subjects": raw("subjects", SUBJECTS), "medications": medications}
    adsl = derive_adsl(files, ARMS, books).set_index("USUBJID")
    assert adsl["RESCDT"].tolist() == ["2019-09-01", "", ""]
    queries, fates = books.tables()
    found = queries[queries["FILE"] == "medications.csv"].set_index("RULE")["ROW"].to_dict()
    assert found == {"IMPOSSIBLE_DATE": "4", "UNKNOWN_SUBJECT": "5"}
    mine = fates[fates["FILE"] == "medications.csv"]
    assert mine["FATE"].tolist() == ["used", "used", "used", "quarantined"]


def test_visits_and_events(raw):
    adsl = adsl_of(raw)
    visits = raw(
        "visits", {"USUBJID": ["S1"], "VISIT": ["BL"], "VISIT_DT": ["2019-06-20"], "FASTING_H": ["7.5"]}
    )
    adsv = derive_adsv(visits, adsl, Books())
    assert list(adsv.columns) == list(ADSV)
    assert adsv["FASTING_H"].tolist() == [7.5]
    events = raw("adverse_events", {"USUBJID": ["S1", "S1", "S1"], "AETERM": ["a", "b", "c"],
                                    "AESTDTC": ["2019-06-24", "2019-06-25", ""]})  # fmt: skip
    adae = derive_adae(events, adsl, Books()).set_index("AETERM")
    assert list(adae.reset_index().columns[:1]) == ["AETERM"]
    assert set(adae.reset_index().columns) == set(ADAE)
    assert adae["TRTEMFL"].to_dict() == {"a": "", "b": "Y", "c": "Y"}


def test_key_errors_never_print_the_hospital_number(raw):
    key = raw("subject_key", {"USUBJID": ["S1", "S2"], "MA_BN": ["0012345678", "0012345678"]})
    with pytest.raises(DataError, match="row 2") as error:
        account_key(key, adsl_of(raw), Books())
    assert "0012345678" not in str(error.value)
