"""Bytes against the declared encoding; legacy Vietnamese encodings are recognised to be refused."""

import codecs
import unicodedata
from collections.abc import Callable, Iterable

from trial.study.errors import DataError

CODECS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1258": "cp1258",
}
SHORTEST_WORD = 4
BOMS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# TCVN 5712 (VN3) and VISCII as their code tables give them, letters in one order.
LETTERS = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ"
TCVN3 = bytes.fromhex(
    "b5b8b6b7b9a8bbbebcbdc6a9c7cac8c9cbaeccd0cecfd1aad2d5d3d4d6d7ddd8dcdedfe3e1e2e4abe5e8e6e7e9aceaed"
    "ebeceeeff3f1f2f4adf5f8f6f7f9fafdfbfcfea1a2a7a3a4a5a6"
)
VISCII = bytes.fromhex(
    "e0e1e4e3d5e5a2a1c6c7a3e2a5a4a6e7a7f0e8e9eba8a9eaabaaacadaeecedefeeb8f2f3f6f5f7f4b0afb1b2b5bdb6be"
    "b7defef9fafcfbf8dfd7d1d8e6f1cffdd6dbdcc5c2d0cad4b4bf"
)
# VNI for Windows: a letter and a second byte that is its mark; some letters have a byte of their own.
VNI_WHOLE = {
    "ơ": "ô",
    "ư": "ö",
    "đ": "ñ",
    "Đ": "Ñ",
    "í": "í",
    "ì": "ì",
    "ỉ": "æ",
    "ĩ": "ó",
    "ị": "ò",
    "ỵ": "î",
}
VNI_TONE = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï", "": ""}
VNI_CIRCUMFLEX = {"\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä", "": "â"}
VNI_BREVE = {"\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë", "": "ê"}


def check_encoding(data: bytes, declared: str, where: str, vocabulary: Iterable[str]) -> tuple[str, int]:
    """Return the codec to decode `data` with and how many bytes of mark to skip.

    Parameters
    ----------
    data : bytes
    declared : str
        One of `CODECS`.
    where : str
        How errors call the file.
    vocabulary : iterable of str
        Header and analyte texts of the configuration; they give legacy encodings away.

    Raises
    ------
    DataError
        If the bytes are not of the declared encoding, or are of a legacy one.
    """
    words = [word for word in vocabulary if not word.isascii()]
    codec, skip = _codec(data, declared, where)
    try:
        text = data[skip:].decode(codec)
    except UnicodeDecodeError as error:
        row = data[: skip + error.start].count(b"\n") + 1
        raise _refuse(where, f"row {row}: not {declared}: {error.reason}", data, words) from None
    if "\x00" in text:
        raise _refuse(where, f"declared {declared}, but it holds NUL characters", data, words)
    if codec == "cp1258" and not data.isascii() and _decodes(data, "utf-8"):
        raise _refuse(where, "declared windows-1258, but the bytes are UTF-8", data, words)
    if codec == "cp1258" and (legacy := _legacy(data, words)):
        raise _refuse(where, f"declared windows-1258, but the headers are written in {legacy}", data, words)
    return codec, skip


def _codec(data: bytes, declared: str, where: str) -> tuple[str, int]:
    """Return codec and length of the byte order mark; a mark of another encoding is refused."""
    found = next((name for name, mark in BOMS.items() if data.startswith(mark)), None)
    if declared == "utf-16":
        if found not in ("utf-16-le", "utf-16-be"):
            raise DataError(
                where, "declared utf-16, but no byte order mark was found",
                hint="declare utf-16-le, utf-16-be or what the file is",
            )  # fmt: skip
        return found, 2
    if found is not None and found != declared:
        raise DataError(
            where, f"declared {declared}, but its byte order mark says {found}",
            hint="declare the encoding of the mark",
        )  # fmt: skip
    return CODECS[declared], len(BOMS[declared]) if found else 0


def _refuse(where: str, problem: str, data: bytes, words: list[str]) -> DataError:
    legacy = _legacy(data, words)
    guesses = [name for name, codec in CODECS.items() if name != "utf-16" and _plausible(data, codec)]
    if legacy:
        hint = f"the file is in {legacy}: convert it to UTF-8 with a Vietnamese converter, declare utf-8"
    elif guesses:
        hint = f"its bytes would fit {' or '.join(guesses)}: ask the laboratory, then declare it"
    else:
        hint = "ask the laboratory for an export in UTF-8"
    return DataError(where, problem, hint=hint)


def _plausible(data: bytes, codec: str) -> bool:
    if codec.startswith("utf-16"):
        sample = data[:2000]
        zeros = sample[1::2].count(0) if codec.endswith("le") else sample[::2].count(0)
        return zeros > len(sample) / 8
    return b"\x00" not in data and _decodes(data, codec)


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(data: bytes, words: list[str]) -> str:
    """Return the name of the legacy encoding in which one of the declared words stands, or ``""``."""
    tables: dict[str, Callable[[str], bytes]] = {
        "TCVN3 (ABC)": _single(TCVN3),
        "VISCII": _single(VISCII),
        "VNI": _vni,
    }
    for name, encode in tables.items():
        for word in words:
            found = encode(unicodedata.normalize("NFC", word))
            if found in data and _is_distinct(found, word):
                return name
    return ""


def _is_distinct(found: bytes, word: str) -> bool:
    """Return whether these bytes betray a legacy encoding: long enough, and another word in Windows-1258."""
    modern = unicodedata.normalize("NFC", found.decode("cp1258", errors="replace"))
    return len(found) >= SHORTEST_WORD and not found.isascii() and modern != word


def _single(table: bytes) -> Callable[[str], bytes]:
    codes = dict(zip(LETTERS, table, strict=True))

    def encode(word: str) -> bytes:
        known = all(letter in codes or letter.isascii() for letter in word)
        return bytes(codes.get(letter, ord(letter) & 0x7F) for letter in word) if known else b""

    return encode


def _vni(word: str) -> bytes:
    try:
        return "".join(_vni_letter(letter) for letter in word).encode("cp1252")
    except (UnicodeEncodeError, KeyError):
        return b""


def _vni_letter(letter: str) -> str:
    if letter.isascii() or letter in VNI_WHOLE:
        return VNI_WHOLE.get(letter, letter)
    decomposed = unicodedata.normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    tone = next((mark for mark in marks if mark in VNI_TONE), "")
    if "\u0302" in marks:
        return base + VNI_CIRCUMFLEX[tone]
    if "\u0306" in marks:
        return base + VNI_BREVE[tone]
    if "\u031b" in marks:
        base = VNI_WHOLE[unicodedata.normalize("NFC", base + "\u031b")]
    return base + VNI_TONE[tone]
