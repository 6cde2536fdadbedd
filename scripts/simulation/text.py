"""Bytes of text files: encodings, delimiters, line ends."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

# Windows-1258 has the quality marks (â ă ê ô ơ ư đ) as letters but the five tones as marks of their own.
TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def encode_1258(text: str) -> bytes:
    """Encode Vietnamese text in Windows-1258, tones as combining marks after their letter.

    Raises
    ------
    UnicodeEncodeError
        If a character has no place in Windows-1258.
    """
    return "".join(_split_tone(letter) for letter in unicodedata.normalize("NFC", text)).encode("cp1258")


def write_delimited(
    path: Path,
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    newline: str = "\n",
    encoding: str = "utf-8",
    preamble: Sequence[str] = (),
) -> None:
    """Write rows as delimited text; `encoding` is a Python name, or ``cp1258`` with split tones."""
    stream = io.StringIO()
    stream.writelines(line + newline for line in preamble)
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline)
    writer.writerows(rows)
    text = stream.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_1258(text) if encoding == "cp1258" else text.encode(encoding))


def comma(value: float, decimals: int) -> str:
    """Return a number with a decimal comma."""
    return f"{value:.{decimals}f}".replace(".", ",")


def _split_tone(letter: str) -> str:
    if not unicodedata.decomposition(letter) or letter.isascii():
        return letter
    parts = unicodedata.normalize("NFD", letter)
    tones = [mark for mark in parts if mark in TONES]
    if not tones or unicodedata.decomposition(letter).startswith("<"):
        return letter
    rest = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES))
    return rest + "".join(tones)
