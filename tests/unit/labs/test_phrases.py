"""Declared phrases in real remarks: the longest first, none inside a negation, each role's words in its own columns."""

import pytest

from trial.labs.phrases import Found, Phrases
from unit.labs.one_row import clean_rows, declare, sections

VIETNAMESE = {"đói": "Y", "FPG": "Y", "sau ăn": "N", "bất kỳ": "N"}
ENGLISH = {"fasting": "Y", "non-fasting": "N", "not fasting": "N"}
SAMPLE = {"tán huyết": "HEMOLYZED", "vỡ hồng cầu": "HEMOLYZED", "hemolyzed": "HEMOLYZED", "clotted": "CLOTTED",
          "không đủ mẫu": "QNS", "không tán huyết": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text", "meanings", "doubt"),
    [
        (VIETNAMESE, "Glucose máu đói", ("Y",), False), (VIETNAMESE, "không đói", (), True),
        (VIETNAMESE, "Không nhịn đói", (), True), (VIETNAMESE, "chưa nhịn đói", (), True),
        (VIETNAMESE, "đợi lấy mẫu", (), False), (VIETNAMESE, "BN đói, sau ăn 2h", ("N", "Y"), False),
        (VIETNAMESE, "đói?", (), True),
        (ENGLISH, "non-fasting", ("N",), False), (ENGLISH, "patient NOT fasting", ("N",), False),
        (ENGLISH, "nonfasting", (), False), (ENGLISH, "Fasting: No", (), True), (ENGLISH, "Fasting - no", (), True),
        (ENGLISH, "fasting, no", (), True), (ENGLISH, "Fasting status unknown", (), True),
        (ENGLISH, "if fasting: normal 70-100 mg/dL", (), True),
        (ENGLISH, "Fasting reference range 70-100 mg/dL", (), True), (ENGLISH, "please repeat fasting", (), True),
        (VIETNAMESE, "trị số bình thường lúc đói 3.9-6.4", (), True), (VIETNAMESE, "lần sau cần nhịn đói", (), True),
        ({"nüchtern": "Y", "nicht nüchtern": "N"}, "nicht nüchtern", ("N",), False),
        (VIETNAMESE | {"nhịn đói": "Y", "không nhịn đói": "N"}, "Không nhịn đói", ("N",), False),
        ({"nüchtern": "Y"}, "nicht nüchtern", (), True), ({"à jeun": "Y"}, "pas à jeun", (), True),
        ({"空腹": "Y"}, "空腹血糖", ("Y",), False), ({"空腹": "Y"}, "空腹采血", ("Y",), False),
        ({"空腹": "Y"}, "非空腹", (), True), ({"空腹": "Y", "非空腹": "N"}, "非空腹", ("N",), False),
        ({"FPG": "Y"}, "空腹FPG", ("Y",), False), ({"공복": "Y"}, "공복시 혈당", ("Y",), False),
        (SAMPLE, "not hemolyzed", (), True), (SAMPLE, "non-hemolyzed", (), True),
        (SAMPLE, "mẫu không vỡ hồng cầu", (), True), (SAMPLE, "no clotted sample", (), True),
        (SAMPLE, "Không tán huyết", (), False), (SAMPLE, "mẫu tán huyết (++)", ("HEMOLYZED",), False),
        (SAMPLE, "tán huyết, không đủ mẫu", ("HEMOLYZED", "QNS"), False), (SAMPLE, "tán huyết; không rõ", (), True),
        (SAMPLE, "mẫu tán huyết, không gọi được BN", ("HEMOLYZED",), False),
        (SAMPLE, "màu lạ", (), False), ({}, "đói", (), False),
    ],
)  # fmt: skip
def test_what_a_text_says(words, text, meanings, doubt):
    found = Phrases(words).find(text)
    assert (found.meanings, found.doubt) == (meanings, doubt)


def test_an_exact_phrase_leaves_no_rest_and_no_doubt_even_when_it_holds_a_negation():
    assert Phrases({"không rõ": "N"}).find(" KHÔNG  rõ ") == Found(("N",), False, True, False)


def test_a_mark_of_our_own_in_the_text_is_no_phrase():
    assert Phrases({"đói": "Y"}).find("\x007\x00 đói").meanings == ("Y",)


def with_words(column=None, remark=None, quality=None, rerun=None):
    words = declare()["words"]
    remarks = words["remarks"] | {"fasting": remark or {}}
    remarks |= {} if rerun is None else {"rerun": rerun}
    return {
        "words": words | {"fasting": column or {}, "quality": quality or {}, "remarks": remarks},
    }


def run(folder, cells, **words):
    """Return the fasting code of one row and what is asked about it."""
    cleaned = clean_rows(folder, cells, **with_words(**words))
    return list(cleaned.labs["FASTING"]), sorted(
        {rule for rule in cleaned.queries["RULE"] if "FASTING" in rule}
    )


CODES = {"1": "Y", "0": "N"}


@pytest.mark.parametrize(
    ("cells", "words", "expected"),
    [
        # Cells of the column.
        ({"fasting": "non-fasting"}, {"column": ENGLISH}, "N"), ({"fasting": "Y"}, {}, "Y"), ({"fasting": "N"}, {}, "N"),
        ({"fasting": "không đói"}, {"column": VIETNAMESE}, "U?"), ({"fasting": "BN đói, sau ăn 2h"}, {"column": VIETNAMESE}, "U?"),
        *(({"fasting": text}, {"column": {"fasting": "Y"}}, "U?")
          for text in ("No", "Yes", "0", "1", "y", "random", "postprandial", "Fasting: No", "nicht fasting")),
        ({"fasting": "0"}, {"column": CODES}, "N"), ({"fasting": "1 h before"}, {"column": CODES}, "U?"),
        # Words of the column are not looked for in remarks, and the other way.
        ({"fasting": "Yes", "comment": "No hemolysis"}, {"column": {"Yes": "Y", "No": "N"}}, "Y"),
        ({"fasting": "Có", "comment": "Mẫu không tán huyết"}, {"column": {"Có": "Y", "Không": "N"}}, "Y"),
        ({"fasting": "1", "comment": "dilution 0"}, {"column": CODES}, "Y"), ({"comment": "tube 1"}, {"column": CODES}, ""),
        ({"fasting": "đói"}, {"remark": VIETNAMESE}, "U?"),
        # A negation that is declared is an answer, in both places.
        ({"fasting": "không đói"}, {"column": VIETNAMESE | {"không đói": "N"}}, "N"),
        ({"comment": "Không đói"}, {"remark": VIETNAMESE | {"không đói": "N"}}, "N"),
        ({"comment": "not fasting"}, {"remark": ENGLISH}, "N"), ({"comment": "Fasting status unknown"}, {"remark": ENGLISH}, "U?"),
        # Remarks.
        ({"comment": "không đói"}, {"remark": VIETNAMESE}, "U?"), ({"comment": "BN đói, sau ăn 2h"}, {"remark": VIETNAMESE}, "U?"),
        ({"comment": "if fasting: normal 70-100 mg/dL"}, {"remark": ENGLISH}, "U?"),
        ({"comment": "if fasting: normal 70-100 mg/dL"}, {"remark": ENGLISH | {"if fasting: normal": ""}}, ""),
        ({"comment": "hẹn lấy kết quả"}, {"remark": VIETNAMESE}, ""), ({"comment": "mẫu sau ăn"}, {"remark": VIETNAMESE}, "N"),
        # The stricter answer stands and the contradiction is asked about.
        ({"fasting": "1", "comment": "sau ăn"}, {"column": CODES, "remark": VIETNAMESE}, "N!"),
        ({"fasting": "0", "comment": "đói"}, {"column": CODES, "remark": VIETNAMESE}, "N!"),
        ({"fasting": "0", "analyte": "Glucose đói"}, {"column": CODES, "remark": VIETNAMESE}, "N!"),
    ],
)  # fmt: skip
def test_fasting(tmp_path, cells, words, expected):
    code, asked = run(tmp_path, cells, **words)
    rules = {"?": ["UNKNOWN_FASTING"], "!": ["FASTING_CONTRADICTED"]}
    assert code == [expected.rstrip("?!")]
    assert asked == rules.get(expected[-1:], [])


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({"comment": "not hemolyzed"}, ("used", ["UNKNOWN_QUALITY"])), ({"quality": "non-hemolyzed"}, ("used", ["UNKNOWN_QUALITY"])),
        ({"comment": "Không tán huyết"}, ("used", ["UNKNOWN_QUALITY"])),
        ({"comment": "mẫu không vỡ hồng cầu"}, ("used", ["UNKNOWN_QUALITY"])),
        ({"comment": "no clotted sample"}, ("used", ["UNKNOWN_QUALITY"])),
        ({"comment": "tán huyết"}, ("quarantined", ["HEMOLYZED"])),
        ({"comment": "không chạy lại"}, ("used", ["UNKNOWN_RERUN"])),
    ],
)  # fmt: skip
def test_quality_and_rerun_inside_a_negation_are_asked_about(tmp_path, cells, outcome):
    cleaned = clean_rows(tmp_path, {"analyte": "Insulin", "unit": "µU/mL"} | cells)
    assert (cleaned.accounting["FATE"].iloc[0], list(cleaned.queries["RULE"])) == outcome
    assert "RERUN" not in "".join(cleaned.labs["FLAGS"])


def test_a_word_that_says_nothing_is_declared_so(tmp_path):
    words = with_words(quality={"đạt": ""})
    assert clean_rows(tmp_path, {"quality": "Đạt"}, **words).queries.empty


def test_a_sample_that_is_not_declared_or_not_of_the_test_is_quarantined(tmp_path):
    """Glucose of urine is no glucose of blood, whether the word is declared or not."""
    rows = [{"specimen": text} for text in ("Nước tiểu", "Nước tiểu", "Huyết thanh", "Dịch não tủy")]
    cleaned = clean_rows(tmp_path, *rows)
    assert list(cleaned.accounting["RULE"]) == [
        "UNKNOWN_SPECIMEN",
        "UNKNOWN_SPECIMEN",
        "",
        "UNKNOWN_SPECIMEN",
    ]
    assert sorted(cleaned.queries["FOUND"]) == ["'Dịch não tủy' in 1 row", "'Nước tiểu' in 2 rows"]
    words = declare()["words"]
    declared = {"words": words | {"specimen": words["specimen"] | {"Nước tiểu": "URINE"}}}
    cleaned = clean_rows(tmp_path, *rows[:3], **declared)
    assert list(cleaned.accounting["RULE"]) == ["WRONG_SPECIMEN", "WRONG_SPECIMEN", ""]
    assert list(cleaned.queries["FOUND"]) == ["'URINE' in 2 rows"]


def test_a_code_of_capillary_blood_does_not_turn_urine_into_blood(tmp_path):
    words = declare()["words"]
    urine = words | {"specimen": words["specimen"] | {"Nước tiểu": "URINE"}}
    cleaned = clean_rows(tmp_path, {"specimen": "Nước tiểu", "loinc": "14770-2"}, words=urine)
    assert list(cleaned.accounting["RULE"]) == ["WRONG_SPECIMEN"]


def test_a_test_of_urine_takes_urine(tmp_path):
    words, analytes = declare()["words"], sections()["analytes"]
    urine = {"words": words | {"specimen": {"Nước tiểu": "URINE", "Huyết thanh": "SERUM"}}}
    given = analytes | {"GLUC": analytes["GLUC"] | {"specimens": ["URINE"]}}
    cleaned = clean_rows(
        tmp_path, {"specimen": "Nước tiểu"}, {"specimen": "Huyết thanh"}, analytes=given, **urine
    )
    assert list(cleaned.accounting["RULE"]) == ["", "WRONG_SPECIMEN"]
