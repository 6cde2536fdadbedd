"""Fasting, specimens, laboratory factors, corrections, dates, XML4 and HL7 in detail, data quality."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.labs.config import Dates, LabsSpec, Numbers, Words, check_intake
from trial.labs.dates import DateReader
from trial.labs.layouts.hl7 import parse_messages
from trial.labs.layouts.xml4 import parse_elements
from trial.labs.limits import parse_range
from trial.labs.plausible import median_of_others
from trial.labs.results import ResultReader
from trial.study.errors import DataError, TrialError
from unit.labs.one_row import clean_rows, sections
from unit.labs.truth import words


def reader(decimal=",", thousands=""):
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in words().items()}
    return ResultReader(Numbers(decimal=decimal, thousands=thousands), Words(**given))


def dates(*formats):
    return DateReader(
        Dates(formats=formats, zone="+07:00", earliest=date(2019, 1, 1), latest=date(2020, 12, 31))
    )


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "value"),
    [
        (",", "", "9,5", 9.5), (",", ".", "1.234,5", 1234.5), (".", ",", "7,500", 7500.0), (".", ",", "1,234.5", 1234.5),
        (",", ".", "7,500", 7.5), (",", " ", "1 234,5", 1234.5), (".", "", "7.500", 7.5), (",", "", "+0,5", 0.5),
    ],
)  # fmt: skip
def test_marks_mean_what_is_declared(decimal, thousands, text, value):
    assert reader(decimal, thousands).read(text).value == value


@pytest.mark.parametrize(
    ("decimal", "thousands", "text"),
    [(".", "", "7,500"), (",", ".", "7.50"), (".", ",", "75,00"), (".", ",", "7,5"), (",", " ", "12 34,5")],
)
def test_marks_that_contradict_the_declaration_are_not_guessed(decimal, thousands, text):
    assert reader(decimal, thousands).read(text).rule == "DECIMAL_MARK"


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    result = reader().read(text)
    assert result.rule or result.word or result.censor or np.isfinite(result.value)


@pytest.mark.parametrize(
    ("formats", "text", "moment"),
    [
        (["HH:MM dd/mm/yyyy"], "06:36 19/06/2021", "2021-06-19T06:36"),
        (["dd/mm/yyyy"], "1/2/2019", "2019-02-01"),
        (["mm/dd/yyyy"], "1/2/2019", "2019-01-02"),
        (["yyyymmddHHMM"], "201703311520", "2017-03-31T15:20"),
        (["yyyymmdd", "yyyymmddHHMMSS"], "20170331152059", "2017-03-31T15:20"),
        (["ISO"], "2019-05-20T07:30:00+07:00", "2019-05-20T07:30"),
        (["ISO"], "2019-05-20T00:30:00Z", "2019-05-20T07:30"),
        (["ISO"], "2019-05-19T23:30:00-0200", "2019-05-20T08:30"),
        (["ISO"], "2019-05-20", "2019-05-20"),
        (["excel"], "43829", "2019-12-30"),
        (["excel"], "43829,5", "2019-12-30T12:00"),
        (["excel"], "2019-12-30T00:00:00", "2019-12-30"),
        (["dd/mm/yyyy", "excel"], "30/12/2019", "2019-12-30"),
    ],
)  # fmt: skip
def test_dates(formats, text, moment):
    assert dates(*formats).read(text).text == moment


@pytest.mark.parametrize(
    ("formats", "text", "rule"),
    [
        (["dd/mm/yyyy"], "31/02/2019", "IMPOSSIBLE_DATE"), (["yyyymmdd"], "2019520", "DATE_FORMAT"),
        (["ISO"], "20/05/2019", "DATE_FORMAT"), (["dd/mm/yyyy"], "2019-05-20", "DATE_FORMAT"),
        (["ISO"], "2019-13-01", "IMPOSSIBLE_DATE"), (["HH:MM dd/mm/yyyy"], "24:01 20/05/2019", "IMPOSSIBLE_DATE"),
        (["ISO"], "0001-01-01T00:00:00+14:00", "IMPOSSIBLE_DATE"), (["excel"], "999999999", "DATE_FORMAT"),
        (["dd/mm/yyyy"], "hôm qua", "DATE_FORMAT"),
    ],
)  # fmt: skip
def test_dates_that_are_none(formats, text, rule):
    assert dates(*formats).read(text).rule == rule


@settings(derandomize=True, max_examples=100)
@given(
    st.datetimes(
        min_value=datetime(2019, 1, 1),
        max_value=datetime(2020, 12, 31),
    )
)
def test_every_minute_comes_back_from_every_format(moment):
    for declared, pattern in (("HH:MM dd/mm/yyyy", "%H:%M %d/%m/%Y"), ("yyyymmddHHMM", "%Y%m%d%H%M"),
                              ("ISO", "%Y-%m-%dT%H:%M:%S+07:00")):  # fmt: skip
        assert dates(declared).read_collected(moment.strftime(pattern)).text == f"{moment:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("row", "fasting", "asked"),
    [
        ({"analyte": "Glucose máu đói"}, "Y", []), ({"analyte": "FPG"}, "Y", []), ({"analyte": "Glucose"}, "", []),
        ({"comment": "mẫu sau ăn"}, "N", []), ({"comment": "bất kỳ"}, "N", []), ({"loinc": "14771-0"}, "Y", []),
        ({"analyte": "Glucose máu đói", "comment": "sau ăn 2h"}, "N", ["FASTING_CONTRADICTED"]),
        ({"comment": "đợi lấy mẫu"}, "", []),  # `đợi` (wait) is not `đói` (fasting)
    ],
)  # fmt: skip
def test_fasting(tmp_path, row, fasting, asked):
    cleaned = clean_rows(tmp_path, row)
    assert list(cleaned.labs["FASTING"]) == [fasting]
    assert list(cleaned.queries["RULE"]) == asked


@pytest.mark.parametrize(("row", "specimen"), [
    ({"specimen": "Máu mao mạch"}, "CAPILLARY"), ({"loinc": "14770-2"}, "CAPILLARY"), ({"specimen": "huyết tương"}, "PLASMA"),
])  # fmt: skip
def test_specimen(tmp_path, row, specimen):
    """X10: capillary glucose is marked by its specimen or by its LOINC code."""
    assert list(clean_rows(tmp_path, row).labs["SPECIMEN"]) == [specimen]


def factor(number, first, last, method=None):
    return {"source": "lis_2019", "analyte": "INS", "from_unit": "u[IU]/mL", "to_unit": "pmol/L", "factor": number,
            "method": method, "first": date.fromisoformat(first), "last": date.fromisoformat(last), "reason": "test"}  # fmt: skip


def test_factors_of_an_assay_hold_for_their_dates(tmp_path):
    """X5: 60 pmol/L is 10.0 at 6.00 and 8.639 at 6.945; the change is asked about once."""
    pmol = {"analyte": "Insulin", "unit": "pmol/L", "result": "60"}
    cleaned = clean_rows(
        tmp_path,
        pmol | {"collected": "07:30 01/02/2020"}, pmol | {"collected": "07:30 02/02/2020"},
        pmol | {"collected": "07:30 05/03/2020"}, pmol | {"collected": "07:30 05/06/2020"},
        factors=[factor("6.00", "2020-01-01", "2020-02-01"), factor("6.945", "2020-02-02", "2020-05-31")],
    )  # fmt: skip
    np.testing.assert_array_equal(cleaned.labs["VALUE"], [60 / 6.0, 60 / 6.945, 60 / 6.945])
    assert list(cleaned.labs["FACTOR"]) == ["/ 6.00", "/ 6.945", "/ 6.945"]
    assert sorted(cleaned.queries["RULE"]) == ["FACTOR_CHANGES", "NO_FACTOR"]
    assert cleaned.accounting["RULE"].iloc[3] == "NO_FACTOR"


def test_a_factor_may_belong_to_one_analyser(tmp_path):
    pmol = {"analyte": "Insulin", "unit": "pmol/L", "result": "69,45"}
    own = [factor("6.945", "2019-01-01", "2020-12-31", "Cobas e411")]
    cleaned = clean_rows(
        tmp_path, pmol | {"method": "Cobas e411"}, pmol | {"method": "Architect"}, factors=own
    )
    np.testing.assert_allclose(cleaned.labs["VALUE"], [10.0], rtol=1e-15)
    assert list(cleaned.accounting["RULE"]) == ["", "NO_FACTOR"]


def test_insulin_reported_in_units_is_left_untouched(tmp_path):
    cleaned = clean_rows(tmp_path, {"analyte": "Insulin", "unit": "µU/mL", "result": "9,37"},
                         factors=[factor("6.945", "2019-01-01", "2020-12-31")])  # fmt: skip
    assert list(cleaned.labs["VALUE"]) == [9.37]
    assert list(cleaned.labs["FACTOR"]) == [""]


def correction(**entries):
    return {"file": "export.csv", "sheet": "", "row": 2, "column": "", "field": "unit", "found": "mmol/L",
            "corrected": "mg/dL", "reason": "laboratory's letter", "signed_by_role": "data manager",
            "signed_on": date(2020, 11, 2)} | entries  # fmt: skip


def test_a_signed_correction_is_applied_and_told(tmp_path):
    cleaned = clean_rows(tmp_path, {"result": "171"}, corrections=[correction()])
    np.testing.assert_array_equal(cleaned.labs["VALUE"], [171 / 18.0156])
    assert list(cleaned.labs["FLAGS"]) == ["CORRECTED"]
    told = cleaned.queries.iloc[0]
    assert told["RULE"] == "SIGNED_CORRECTION"
    assert told["FOUND"].startswith(
        "unit 'mmol/L' replaced by 'mg/dL': laboratory's letter (signed: data manager"
    )


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"found": "mg/L"}, ["export.csv##2#", "finds other text"]),
        ({"row": 99}, ["do not exist", "export.csv##99#"]),
    ],
)
def test_a_correction_that_does_not_fit_stops_the_run(tmp_path, entries, words):
    with pytest.raises(TrialError) as caught:
        clean_rows(tmp_path, {"result": "171"}, corrections=[correction(**entries)])
    assert all(word in caught.value.text() for word in words)


def test_a_missing_unit_may_come_from_the_dictionary_of_its_source(tmp_path):
    cleaned = clean_rows(tmp_path, {"unit": ""}, missing_units={"GLUC": "mmol/L"})
    assert list(cleaned.labs["FLAGS"]) == ["UNIT_FROM_DICTIONARY"]
    assert list(cleaned.labs["VALUE"]) == [9.5]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("3,9 - 6,4", 3.9, 6.4), ("36,7- 46,7", 36.7, 46.7), ("0,64 – 3,73", 0.64, 3.73), ("< 32", np.nan, 32.0),
     ("> 1,0", 1.0, np.nan), ("0 - 0", np.nan, np.nan), ("0", np.nan, np.nan), ("âm tính", np.nan, np.nan)],
)  # fmt: skip
def test_ranges(text, low, high):
    """X20."""
    found = parse_range(text, reader())
    np.testing.assert_array_equal((found.low, found.high), (low, high))


@settings(derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), min_size=1, max_size=25))
def test_median_of_others(pairs):
    group = np.array([g for g, _ in pairs])
    value = np.array([float(v) for _, v in pairs])
    median, others = median_of_others(group, value)
    for at in range(len(pairs)):
        rest = np.delete(value, at)[np.delete(group, at) == group[at]]
        assert others[at] == len(rest)
        np.testing.assert_array_equal(median[at], np.median(rest) if len(rest) else np.nan)


def test_xml_with_a_document_type_is_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "bb">]><a><CHI_TIET_CLS><GIA_TRI>&b;</GIA_TRI></CHI_TIET_CLS></a>'
    with pytest.raises(DataError, match="document type"):
        parse_elements(bomb, "x.xml")


def test_broken_xml_names_its_row():
    with pytest.raises(DataError, match=r"x\.xml, row 2"):
        parse_elements("<a>\n<b></a>", "x.xml")


def test_hl7_details():
    """Escapes, structured numbers, status, remark, specimen, Nan and a range with an en dash."""
    text = "\r".join([
        "MSH|^~\\&|L|V|E|V|2020||ORU^R01^ORU_R01|1|P|2.5", "PID|1||0017000001^^^VH||A^B", "OBR|1|P1|F1|X|||201905200730",
        "OBX|1|SN|14771-0^Glucose^LN||<^0.5|mmol/L^x|0.64 – 3.73|L|||C", "NTE|1||sau \\T\\ ăn",
        "OBX|2|NM|INS^Insulin^L||Nan|µU/mL|||||F", "SPM|1|||SER^Huyết thanh|||||||||||||||||||||tán huyết",
    ])  # fmt: skip
    records, rows = parse_messages(text, "x.hl7")
    assert rows == [4, 6]
    first, second = records
    assert first | {"subject": "0017000001", "loinc": "14771-0", "result": "<0.5", "unit": "mmol/L", "status": "C",
                    "comment": "sau & ăn", "accession": "F1", "collected": "201905200730",
                    "specimen": "Huyết thanh", "reference": "0.64 – 3.73"} == first  # fmt: skip
    assert second["result"] == "Nan"
    assert second["analyte_code"] == "INS"


@pytest.mark.parametrize("text", ["PID|1", "MSH|^"])
def test_what_is_no_result_message_is_refused(text):
    with pytest.raises(DataError, match=r"x\.hl7, row 1"):
        parse_messages(text, "x.hl7")


def test_quality_adds_up(tmp_path):
    rows = [
        {},
        {"result": ""},
        {"analyte": "IL-1β", "unit": "pg/mL", "result": "<1,0"},
        {"analyte": "Ferritin"},
    ]
    quality = clean_rows(tmp_path, *rows).quality.set_index("ANALYTE")
    assert list(quality["RAW"]) == list(quality["USED"] + quality["SUPERSEDED"] + quality["QUARANTINED"])
    assert quality.loc["IL1B", "CENSORED_PCT"] == 100.0
    assert quality.loc["GLUC", "UNITS"] == "mmol/L: 1"
    assert quality.loc["GLUC", "RULES"] == "EMPTY_RESULT: 1"


def test_contradictions_of_the_configuration_are_listed_together():
    given = sections()
    given["factors"] = [factor("6.0", "2019-01-01", "2019-06-01") | {"source": "lis_2018", "from_unit": "pmol"},
                        factor("6.0", "2019-01-01", "2019-06-01"), factor("6.9", "2019-06-01", "2019-07-01")]  # fmt: skip
    given["sources"] = {name: source | {"precedence": 1} for name, source in given["sources"].items()}
    lines = "\n".join(check_intake(LabsSpec.model_validate(given)))
    for text in (
        "factors.0.source: 'lis_2018'",
        "factors.0.from_unit: 'pmol'",
        "factors.1 and factors.2",
        "precedence",
    ):
        assert text in lines
