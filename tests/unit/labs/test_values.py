"""What a result says: marks beside it, zero, signs, limits that contradict each other, words and levels."""

import numpy as np
import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from unit.labs.one_row import KEY, clean_rows, declare, outcome, sections
from unit.labs.test_records import reader

IL1B = {"analyte": "IL-1β", "unit": "pg/mL"}
OMOP = {"4171756": "<", "4172704": ">", "4172703": "="}


def with_marks():
    return {"words": declare()["words"] | {"qualifier": OMOP}}


def analytes(code, **entries):
    given = sections()["analytes"]
    return {"analytes": given | {code: given[code] | entries}}


@pytest.mark.parametrize(
    ("cells", "censor", "limit"),
    [
        ({"qualifier": "<", "result": "0,4"}, "<", 0.4), ({"qualifier": "4171756", "result": "0,4"}, "<", 0.4),
        ({"qualifier": "≤", "result": "0,4"}, "<", 0.4), ({"qualifier": "＞", "result": "400"}, ">", 400.0),
        ({"qualifier": "<", "result": "<0,4"}, "<", 0.4), ({"qualifier": "4172704", "result": "400"}, ">", 400.0),
    ],
)  # fmt: skip
def test_a_mark_beside_the_number_belongs_to_it(tmp_path, cells, censor, limit):
    cleaned = clean_rows(tmp_path, IL1B | cells, **with_marks())
    lab = cleaned.labs.iloc[0]
    assert (lab["CENSOR"], lab["LIMIT"]) == (censor, limit)
    assert np.isnan(lab["VALUE"])
    assert cleaned.queries.empty


def test_a_flag_of_hl7_says_beyond_the_scale_and_of_another_export_is_asked_about(tmp_path):
    """Elsewhere `<` may as well say below the reference range: 3.6 would become <3.6."""
    cleaned = clean_rows(tmp_path, {"flag": "<", "result": "3,6"})
    assert list(cleaned.labs["VALUE"]) == [3.6]
    assert list(cleaned.queries["RULE"]) == ["UNKNOWN_FLAG"]
    segments = [
        "MSH|^~\\&|L|V|E|V|2020||ORU^R01^ORU_R01|1|P|2.5", "PID|1||0017000001^^^VH||A^B", "OBR|1|P1|F1|X|||201905200730",
        "OBX|1|NM|GLUC^Glucose^L||3.6|mmol/L||<|||F", "OBX|2|NM|INS^Insulin^L||300|uU/mL||>|||F",
        "OBX|3|SN|CPEP^C-Peptid^L||<^0.4|ng/mL||>|||F",
    ]  # fmt: skip
    (tmp_path / "oru.hl7").write_text("\r".join(segments), encoding="utf-8")
    words = declare()["words"] | {"status": {"F": "final"}}
    source = declare(layout="hl7", files=["oru.hl7"], table={"type": "message", "encoding": "utf-8"}, columns={},
                     identifiers=[], visits={}, words=words, numbers={"decimal": ".", "thousands": ""},
                     dates=declare()["dates"] | {"formats": ["yyyymmddHHMM"]})  # fmt: skip
    cleaned = clean(LabsSpec.model_validate(sections() | {"sources": {"hl7": source}}), raw_of(tmp_path), KEY)
    assert dict(zip(cleaned.labs["CENSOR"], cleaned.labs["LIMIT"], strict=True)) == {"<": 3.6, ">": 300.0}
    assert outcome(cleaned, 2)[:2] == ("quarantined", "QUALIFIER_CONTRADICTED")


@pytest.mark.parametrize("mark", ["=", "4172703", ""])
def test_a_mark_that_says_equal_leaves_the_number(tmp_path, mark):
    cleaned = clean_rows(tmp_path, IL1B | {"qualifier": mark, "result": "0,4"}, **with_marks())
    assert list(cleaned.labs["VALUE"]) == [0.4]


@pytest.mark.parametrize(
    "cells",
    [
        {"qualifier": ">", "result": "<0,4"}, {"qualifier": "=", "result": "<0,4"},
    ],
)  # fmt: skip
def test_a_mark_that_contradicts_the_result_is_quarantined_with_the_printed_text(tmp_path, cells):
    cleaned = clean_rows(tmp_path, IL1B | {"result": "0,4"} | cells, **with_marks())
    assert outcome(cleaned) == ("quarantined", "QUALIFIER_CONTRADICTED", {"QUALIFIER_CONTRADICTED"})
    printed = f"{cells['qualifier']} {cells.get('result', '0,4')} pg/mL"
    assert list(cleaned.queries["FOUND"]) == [printed]


@pytest.mark.parametrize("mark", ["~", "4171755", "ca."])
def test_a_mark_that_is_not_understood_is_asked_about_once(tmp_path, mark):
    rows = [IL1B | {"qualifier": mark, "result": number} for number in ("0,4", "0,5", "0,6")]
    cleaned = clean_rows(tmp_path, *rows, **with_marks())
    assert list(cleaned.accounting["RULE"]) == ["UNKNOWN_QUALIFIER"] * 3
    assert list(cleaned.queries["FOUND"]) == [f"'{mark}' in 3 rows"]


@pytest.mark.parametrize("text", ["5-10", "1:640", "2+", "5:1", "5 - 10"])
def test_ranges_titres_and_grades_are_no_numbers(tmp_path, text):
    assert outcome(clean_rows(tmp_path, {"result": text})) == (
        "quarantined",
        "NOT_A_NUMBER",
        {"NOT_A_NUMBER"},
    )


@pytest.mark.parametrize(
    "text", ["5,6 (H)", "5,6H", "5,6 N", "5,6 high", "5,6 [L]", "5,6(cao)", "5,6*", "=5,6"]
)
def test_flags_beside_the_number_are_read(tmp_path, text):
    assert list(clean_rows(tmp_path, {"result": text}).labs["VALUE"]) == [5.6]


def test_flags_in_brackets_beside_whole_numbers_do_not_refuse_the_file(tmp_path):
    """Three of three numbers with a mark had seemed to contradict the declared decimal comma."""
    texts = ("5", "6", "7", "5,6 (H)", "6,6 (H)", "7,7 (H)")
    cleaned = clean_rows(tmp_path, *({"result": text} for text in texts))
    assert list(cleaned.labs["VALUE"]) == [5, 6, 7, 5.6, 6.6, 7.7]


@pytest.mark.parametrize("text", ["5,6?", "5,6#", "05,6", "0,5<", "5,6°", "5,6 5,7"])
def test_what_is_no_number_is_not_blamed_on_the_decimal_mark(tmp_path, text):
    rows = [{"result": text}] * 3 + [{"result": number} for number in ("5", "6", "7")]
    cleaned = clean_rows(tmp_path, *rows)
    assert list(cleaned.accounting["RULE"])[:3] == ["NOT_A_NUMBER"] * 3


def test_two_units_of_one_result_are_told_apart_from_an_unknown_one(tmp_path):
    cleaned = clean_rows(
        tmp_path, {"result": "5,6 mg/dL"}, {"result": "5,6 đv"}, {"result": "5,6 đv", "unit": ""}
    )
    assert list(cleaned.accounting["RULE"]) == ["UNITS_DIFFER", "NOT_A_NUMBER", "UNKNOWN_UNIT"]


@pytest.mark.parametrize(
    ("text", "value"), [(",5", 0.5), ("5,", 5.0), ("0,50", 0.5), ("−5,6", -5.6), ("+,5", 0.5)]
)
def test_numbers_as_programs_print_them(tmp_path, text, value):
    given = analytes("CHOL", limits={"hard": [-10.0, 10.0], "soft": None})
    cleaned = clean_rows(tmp_path, {"analyte": "Cholesterol", "result": text}, **given)
    assert list(cleaned.labs["VALUE"]) == [value]


@pytest.mark.parametrize("text", ["&lt;0,5", "&lt; ,5", "&le;0,5", "<,5"])
def test_marks_that_a_web_page_escaped(text):
    read = reader().read(text)
    assert (read.censor, read.limit) == ("<", 0.5)


@pytest.mark.parametrize("text", [",", ".", "-", "5,,", ",5,", "5,.", "&lt;"])
def test_marks_alone_are_no_number(tmp_path, text):
    cleaned = clean_rows(tmp_path, {"result": text})
    assert cleaned.labs.empty


# Zero and signs.


@pytest.mark.parametrize("text", ["0", "0,00"])
def test_zero_is_a_value_where_the_limits_include_it(tmp_path, text):
    given = analytes("CHOL", limits={"hard": [0.0, 5.0], "soft": None})
    cleaned = clean_rows(tmp_path, {"analyte": "Cholesterol", "result": text}, **given)
    assert outcome(cleaned) == ("used", "", set())
    assert list(cleaned.labs["VALUE"]) == [0.0]


@pytest.mark.parametrize("limits", [None, {"hard": [0.001, 5.0], "soft": None}])
def test_zero_is_asked_about_where_they_do_not(tmp_path, limits):
    cleaned = clean_rows(
        tmp_path, {"analyte": "Cholesterol", "result": "0"}, **analytes("CHOL", limits=limits)
    )
    assert outcome(cleaned) == ("quarantined", "ZERO_RESULT", {"ZERO_RESULT"})


def test_zero_below_the_limit_of_its_row_is_censored_there(tmp_path):
    given = analytes("IL1B", limits={"hard": [0.0, 1000.0], "soft": None})
    lab = clean_rows(tmp_path, IL1B | {"result": "0", "lloq": "1,0"}, **given).labs.iloc[0]
    assert (lab["CENSOR"], lab["LIMIT"], lab["FLAGS"]) == ("<", 1.0, "BELOW_LLOQ")


def test_zero_in_another_scale_is_judged_after_its_conversion(tmp_path):
    """0 mmol/mol is 2.152 %: no HbA1c, whatever the limits of %."""
    cleaned = clean_rows(tmp_path, {"analyte": "HbA1c", "unit": "mmol/mol", "result": "0"})
    assert outcome(cleaned)[1] == "ZERO_RESULT"


def test_a_value_below_zero_needs_limits(tmp_path):
    cells = {"analyte": "Cholesterol", "result": "-5,6"}
    assert outcome(clean_rows(tmp_path, cells, **analytes("CHOL", limits=None)))[1] == "NEGATIVE_RESULT"
    wide = analytes("CHOL", limits={"hard": [-10.0, 10.0], "soft": None})
    assert outcome(clean_rows(tmp_path, cells, **wide)) == ("used", "", set())


# Limits of quantification.


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"lloq": "100", "uloq": "2", "result": "50"}, "LLOQ 100, ULOQ 2"),
        ({"lloq": "2,0", "result": "<0,5"}, "LLOQ 2,0, result <0,5"),
        ({"lloq": "0,5", "result": "<2,0"}, "LLOQ 0,5, result <2,0"),
        ({"uloq": "500", "result": ">100"}, "ULOQ 500, result >100"),
        ({"lloq": "0", "result": "5"}, "LLOQ 0"), ({"lloq": "-1", "result": "5"}, "LLOQ -1"),
    ],
)  # fmt: skip
def test_limits_that_contradict_are_asked_about_and_not_used(tmp_path, cells, shown):
    cleaned = clean_rows(tmp_path, IL1B | cells, IL1B | cells)
    asked = cleaned.queries[cleaned.queries["RULE"] == "LIMITS_CONTRADICT"]
    assert list(asked["FOUND"]) == [f"'{shown}' in 2 rows"]
    assert set(cleaned.labs["FLAGS"]) == {""}


def test_crossed_limits_leave_the_number_alone(tmp_path):
    cleaned = clean_rows(tmp_path, IL1B | {"lloq": "100", "uloq": "2", "result": "50"})
    assert list(cleaned.labs["VALUE"]) == [50.0]


def test_the_same_limit_in_text_and_row_is_no_contradiction(tmp_path):
    assert clean_rows(tmp_path, IL1B | {"result": "<0,5", "lloq": "0,50"}).queries.empty


# Ordinal tests and tests in words.

KETONES = {
    "label": "Ketones", "kind": "ordinal", "quantity": "none", "unit": "1", "synonyms": ["Ketones"], "loinc": {},
    "levels": {"NEGATIVE": ["0", "âm tính"], "TRACE": ["vết"], "1+": ["+"], "2+": ["++"]},
    "limits": None, "wrong_unit": None, "jump": None, "unusable_quality": [],
}  # fmt: skip
ANISOCYTOSIS = KETONES | {
    "label": "Anisocytosis",
    "synonyms": ["ANISO"],
    "levels": {"NONE": ["0"], "SLIGHT": ["1"]},
}
COLOUR = KETONES | {"kind": "text", "levels": {}, "synonyms": ["COLOR"], "label": "Colour"}


def words_and_levels(folder, *rows):
    given = sections()["analytes"] | {"KET": KETONES, "COL": COLOUR, "ANISO": ANISOCYTOSIS}
    return clean_rows(folder, *({"unit": ""} | row for row in rows), analytes=given)


@pytest.mark.parametrize(
    ("text", "level", "place"),
    [("0", "NEGATIVE", 0), ("Âm tính", "NEGATIVE", 0), ("vết", "TRACE", 1), ("1+", "1+", 2), ("+", "1+", 2), ("++", "2+", 3)],
)  # fmt: skip
def test_ordinal_results_have_their_place_in_the_declared_order(tmp_path, text, level, place):
    cleaned = words_and_levels(tmp_path, {"analyte": "Ketones", "result": text})
    lab = cleaned.labs.iloc[0]
    assert (lab["WORD"], lab["VALUE"], lab["CENSOR"]) == (level, place, "")
    assert cleaned.queries.empty


def test_a_digit_may_be_the_spelling_of_a_level(tmp_path):
    lab = words_and_levels(tmp_path, {"analyte": "ANISO", "result": "1"}).labs.iloc[0]
    assert (lab["WORD"], lab["VALUE"]) == ("SLIGHT", 1)


def test_a_level_that_is_not_declared_is_asked_about_once(tmp_path):
    rows = [{"analyte": "Ketones", "result": "3+"}] * 2
    cleaned = words_and_levels(tmp_path, *rows)
    assert list(cleaned.accounting["RULE"]) == ["UNKNOWN_LEVEL"] * 2
    assert list(cleaned.queries["FOUND"]) == ["'3+' in 2 rows"]


def test_a_word_for_nothing_is_a_level_where_it_is_declared_so(tmp_path):
    given = KETONES | {"levels": {"NEGATIVE": ["-"], "1+": ["+"]}}
    rows = [{"analyte": "Ketones", "unit": "", "result": text} for text in ("-", "--")]
    cleaned = clean_rows(tmp_path, *rows, analytes=sections()["analytes"] | {"KET": given})
    assert list(cleaned.labs["WORD"]) == ["NEGATIVE"]
    assert list(cleaned.accounting["RULE"]) == ["", "MISSING_RESULT"]


def test_a_mark_that_says_equal_may_stand_beside_a_word(tmp_path):
    cleaned = words_and_levels(tmp_path, {"analyte": "Ketones", "result": "1+", "qualifier": "="})
    assert list(cleaned.labs["WORD"]) == ["1+"]


def test_words_are_results_of_a_test_in_words(tmp_path):
    rows = [{"analyte": "COLOR", "result": text} for text in ("N", "vàng nhạt", "1", "")]
    cleaned = words_and_levels(tmp_path, *rows)
    assert list(cleaned.labs["WORD"]) == ["N", "vàng nhạt", "1"]
    assert list(cleaned.accounting["RULE"]) == ["", "", "", "EMPTY_RESULT"]


@pytest.mark.parametrize(
    "entries", [{"levels": {}}, {"levels": {"A": ["x"], "B": ["X"]}}, {"kind": "quantitative"}]
)
def test_levels_belong_to_ordinal_tests_and_differ(entries):
    given = sections() | {"analytes": {"KET": KETONES | entries}}
    with pytest.raises(ValueError, match="levels"):
        LabsSpec.model_validate(given)


def test_a_test_that_was_not_done_is_no_question(tmp_path):
    words = declare()["words"]
    status = words["status"] | {"NOT DONE": "not done"}
    cleaned = clean_rows(tmp_path, {"status": "NOT DONE", "result": ""}, words=words | {"status": status})
    assert outcome(cleaned) == ("quarantined", "NOT_DONE", set())


@pytest.mark.parametrize("name", ["", "  ", "*", "(-)"])
def test_a_synonym_without_letters_is_refused(name):
    """It would stand for every row that names no test."""
    with pytest.raises(ValueError, match="it would fit rows without a name"):
        LabsSpec.model_validate(sections() | analytes("INS", synonyms=["Insulin", name]))


@pytest.mark.parametrize("kind", ["quality", "fasting", "specimen", "qualifier"])
def test_an_empty_word_is_refused(kind):
    code = {"quality": "QNS", "fasting": "Y", "specimen": "SERUM", "qualifier": "<"}[kind]
    source = declare(words=declare()["words"] | {kind: {"": code}})
    with pytest.raises(ValueError, match=kind):
        LabsSpec.model_validate(sections() | {"sources": {"lis_2019": source}})
