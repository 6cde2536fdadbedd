"""Reference limits: what printed ranges say, in which unit, and the study's own where none is printed."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec, Numbers
from trial.labs.limits import parse_range
from trial.labs.results import ResultReader
from trial.study.errors import ConfigError
from trial.study.load import parse
from unit.labs.one_row import COLUMNS, KEY, clean_rows, declare, export_text, outcome, sections

COMMA, POINT = Numbers(decimal=",", thousands=""), Numbers(decimal=".", thousands="")
NONE = (np.nan, np.nan)


def reader(numbers=COMMA):
    return ResultReader(numbers, LabsSpec.model_validate(sections()).sources["lis_2019"].words)


@pytest.mark.parametrize(
    ("text", "ends", "unit"),
    [
        ("3,9 - 6,4", (3.9, 6.4), ""), ("3,9-6,4", (3.9, 6.4), ""), ("[3,9 ; 6,4]", None, ""),
        ("(3,9 – 6,4)", (3.9, 6.4), ""), ("36,7- 46,7", (36.7, 46.7), ""), ("3,9 - 6,4 mmol/L", (3.9, 6.4), "mmol/L"),
        ("< 40", (np.nan, 40), ""), ("≤40", (np.nan, 40), ""), ("<= 40 U/L", (np.nan, 40), "U/L"),
        ("> 1,0", (1.0, np.nan), ""), (">= 90", (90, np.nan), ""), ("0 - 5", (0, 5), ""),
        ("0 - 0", NONE, ""), ("0", NONE, ""), ("", NONE, ""), ("-", NONE, ""), ("NA", NONE, ""),
        ("6,4 - 3,9", None, ""), ("3.9 - 6.4", None, ""), ("âm tính", None, ""), ("40", None, ""),
        ("Nam: 130 - 170; Nữ: 120 - 160", None, ""),
    ],
)  # fmt: skip
def test_a_printed_range_is_read_or_is_not_understood(text, ends, unit):
    found = parse_range(text, reader())
    assert found.readable is (ends is not None)
    np.testing.assert_array_equal((found.low, found.high), ends or NONE)
    assert found.unit == (unit if ends else found.unit)


def test_the_decimal_mark_of_the_source_counts():
    found = parse_range("3.9 - 6.4", reader(POINT))
    assert (found.low, found.high) == (3.9, 6.4)


def limits(cleaned):
    return cleaned.labs[["ANRLO", "ANRHI"]].to_numpy(float).tolist(), list(cleaned.labs["ANRSRC"])


def test_limits_are_converted_with_the_result(tmp_path):
    cleaned = clean_rows(tmp_path, {"result": "180", "unit": "mg/dL", "reference": "70 - 115"})
    ((low, high),), source = limits(cleaned)
    value = cleaned.labs["VALUE"].iloc[0]
    # One factor for all three: the ratios are those of the printed numbers.
    assert value / high == pytest.approx(180 / 115, rel=1e-14)
    assert high == pytest.approx(115 / 18.0156, rel=1e-6)
    assert low / high == pytest.approx(70 / 115, rel=1e-14)
    assert source == ["LABORATORY"]


def test_a_laboratory_factor_and_an_offset_convert_them_too(tmp_path):
    factor = {"source": "lis_2019", "analyte": "INS", "from_unit": "u[IU]/mL", "to_unit": "pmol/L", "factor": "6.945",
              "method": None, "first": date(2019, 1, 1), "last": date(2020, 12, 31), "reason": "laboratory's letter"}  # fmt: skip
    cleaned = clean_rows(
        tmp_path,
        {"analyte": "Insulin", "result": "69,45", "unit": "pmol/L", "reference": "18,057 - 172,9305"},
        {"analyte": "HbA1c", "result": "64", "unit": "mmol/mol", "reference": "20 - 42"},
        factors=[factor],
    )
    by = cleaned.labs.set_index("ANALYTE")
    assert by.loc["INS", ["VALUE", "ANRLO", "ANRHI"]].tolist() == pytest.approx([10.0, 2.6, 24.9])
    # NGSP % = 0.09148 x mmol/mol + 2.152: a factor alone would give 3.84 for 42.
    assert by.loc["HBA1C", "ANRHI"] == pytest.approx(0.09148 * 42 + 2.152)


def test_a_unit_inside_the_range_must_be_that_of_the_result(tmp_path):
    cleaned = clean_rows(
        tmp_path, {"reference": "3,9 - 6,4 mmol/L"}, {"reference": "70 - 115 mg/dL", "flag": "H"}
    )
    ends, source = limits(cleaned)
    assert ends[0] == [3.9, 6.4]
    assert np.isnan(ends[1]).all()
    assert source == ["LABORATORY", ""]
    # Neither is 9.5 above 115, nor does the flag contradict a range in another unit.
    assert outcome(cleaned, 1) == ("used", "", {"UNREADABLE_REFERENCE"})


def test_a_signed_unit_says_nothing_of_the_range_beside_it(tmp_path):
    """171 under mmol/L was mg/dL; 3.9 - 6.4 beside it is not."""
    signed = {"file": "export.csv", "sheet": "", "row": 2, "column": "", "field": "unit", "found": "mmol/L",
              "corrected": "mg/dL", "reason": "letter", "signed_by_role": "data manager",
              "signed_on": date(2020, 11, 2)}  # fmt: skip
    cleaned = clean_rows(tmp_path, {"result": "171", "reference": "3,9 - 6,4"}, corrections=[signed])
    assert cleaned.labs["VALUE"].iloc[0] == pytest.approx(171 / 18.0156, rel=1e-5)
    assert cleaned.labs[["ANRLO", "ANRHI"]].isna().all(axis=None)


def test_what_is_not_understood_is_asked_about_once_per_text_and_analyte(tmp_path):
    row = {"reference": "Nam: 130 - 170; Nữ: 120 - 160"}
    cleaned = clean_rows(
        tmp_path, row, row, {"analyte": "Anti-GAD", "result": "âm tính", "reference": "âm tính"}
    )
    asked = cleaned.queries[cleaned.queries["RULE"] == "UNREADABLE_REFERENCE"]
    assert len(asked) == 1
    assert "130 - 170" in asked["FOUND"].iloc[0]
    assert cleaned.labs["ANRSRC"].tolist() == ["", "", ""]


def test_two_columns_of_ends_are_one_range(tmp_path, monkeypatch):
    for role, header in {"reference_low": "Thấp", "reference_high": "Cao"}.items():
        monkeypatch.setitem(COLUMNS, role, header)
    cleaned = clean_rows(
        tmp_path,
        {"reference_low": "3,9", "reference_high": "6,4"}, {"reference_high": "6,4"},
        {"reference_low": "0", "reference_high": "0"},
    )  # fmt: skip
    np.testing.assert_array_equal(limits(cleaned)[0], [[3.9, 6.4], [np.nan, 6.4], [np.nan, np.nan]])


def with_reference(*entries):
    analytes = sections()["analytes"]
    return analytes | {"GLUC": analytes["GLUC"] | {"reference": list(entries)}}


def test_the_studys_own_limits_stand_in_as_a_pair(tmp_path):
    own = {"sex": None, "low": 3.0, "high": 7.0, "source": "protocol"}
    cleaned = clean_rows(
        tmp_path, {"reference": ""}, {"reference": "< 6,4"}, {"reference": "0 - 0"},
        {"reference": "", "result": "180", "unit": "mg/dL"}, analytes=with_reference(own),
    )  # fmt: skip
    ends, source = limits(cleaned)
    # In the standard unit already: not converted with the result. No mixture of two laboratories' ends.
    np.testing.assert_array_equal(ends, [[3.0, 7.0], [np.nan, 6.4], [3.0, 7.0], [3.0, 7.0]])
    assert source == ["STUDY", "LABORATORY", "STUDY", "STUDY"]


def test_limits_by_sex_hold_for_known_sexes_only(tmp_path):
    rows = [{"subject": number} for number in list(KEY)[:3]]
    (tmp_path / "export.csv").write_text(export_text(rows), encoding="utf-8")
    entries = [
        {"sex": "F", "low": 1.0, "high": 2.0, "source": "x"},
        {"sex": "M", "low": None, "high": 3.0, "source": "x"},
    ]
    spec = LabsSpec.model_validate(
        sections() | {"sources": {"lis_2019": declare()}, "analytes": with_reference(*entries)}
    )
    labs = clean(spec, raw_of(tmp_path), KEY, sexes={"S-01": "F", "S-02": "M"}).labs.set_index("USUBJID")
    np.testing.assert_array_equal(
        labs[["ANRLO", "ANRHI"]].to_numpy(float), [[1, 2], [np.nan, 3], [np.nan, np.nan]]
    )
    assert labs["ANRSRC"].tolist() == ["STUDY", "STUDY", ""]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"sex": None, "low": None, "high": None, "source": "x"}], "at least one of low and high"),
        ([{"sex": None, "low": 7.0, "high": 3.0, "source": "x"}], "not below high"),
        ([{"sex": "F", "low": 1.0, "high": 2.0, "source": "x"}, {"sex": None, "low": 1.0, "high": 2.0, "source": "x"}],
         "one entry with sex null"),
    ],
)  # fmt: skip
def test_limits_that_contradict_themselves_are_refused(entries, words):
    with pytest.raises(ConfigError, match=words):
        parse(LabsSpec, sections() | {"analytes": with_reference(*entries)}, "config.yaml")


def test_a_hospital_number_never_becomes_a_limit(tmp_path):
    number = next(iter(KEY)).lstrip("0")
    cleaned = clean_rows(tmp_path, {"reference": f"< {number}"})
    assert outcome(cleaned)[:2] == ("quarantined", "IDENTIFIER_IN_RESULT")
    assert isinstance(cleaned.labs, pd.DataFrame)
    assert cleaned.labs.empty
