"""Text becomes ASCII by one table, and what the table does not know is left for the checks to refuse."""

import unicodedata

import pytest

from trial.export.transliteration import TABLE, to_ascii

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Đường huyết lúc đói", "Duong huyet luc doi"),
        ("Nguyễn Thị Ngọc Ánh", "Nguyen Thi Ngoc Anh"),
        ("TNF-α (pg/mL)", "TNF-alpha (pg/mL)"),
        ("IL-1β", "IL-1beta"),
        ("µU/mL", "uU/mL"),  # the micro sign
        ("μU/mL", "uU/mL"),  # the Greek letter that looks the same
        ("≥ 5 ≤ 7 ± 2 × 3", ">= 5 <= 7 +/- 2 x 3"),
        ("kg/m²", "kg/m2"),
        ("37 °C – “sốt”…", '37 degC - "sot"...'),
        ("Ωmega Δ", "Omegamega Delta"),
        ("½", "1/2"),
        ("a\u00a0b\u200bc", "a bc"),
        ("plain ASCII, 100 %", "plain ASCII, 100 %"),
        ("", ""),
    ],
)
def test_text_is_spelled_in_ascii(text, spelled):
    assert to_ascii(text) == spelled
    # However its marks are coded: one character, or a letter and its marks.
    assert to_ascii(unicodedata.normalize("NFD", text)) == spelled


def test_every_vietnamese_letter_has_its_base():
    letters = VIETNAMESE + VIETNAMESE.upper()
    assert len(VIETNAMESE) == 12 * 6 + 1
    assert set(map(to_ascii, letters)) == set("aeiouydAEIOUYD")


def test_what_no_rule_knows_stays():
    assert to_ascii("頭痛 a\x07") == "頭痛 a\x07"


def test_the_table_itself_is_ascii_and_printable():
    assert all(spelled.isascii() and spelled.isprintable() for spelled in TABLE.values())
    assert all(len(mark) == 1 and not (mark.isascii() and mark.isprintable()) for mark in TABLE)
