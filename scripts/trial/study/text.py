"""Text as files carry it: invisible characters, white space, full-width forms, case."""

import unicodedata

INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF))
SPACES = dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0xA0, 0x2007, 0x2009, 0x200A, 0x202F, 0x3000), " ")
# Full-width forms (＜, ５, ．) are typed by some input methods.
FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
CLEANED = INVISIBLE | SPACES | FULL_WIDTH


def clean_text(text: str) -> str:
    """Return text in NFC, without invisible characters, with single plain spaces, trimmed."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFC", text.translate(CLEANED)).split())


def fold(text: str) -> str:
    """Return cleaned text without distinction of case."""
    return clean_text(text).casefold()
