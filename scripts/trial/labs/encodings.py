"""Bytes against the declared encoding; legacy Vietnamese encodings are recognised to be refused."""

import codecs
import unicodedata
from collections.abc import Callable, Iterable

from trial.study.errors import DataError

# Encodings that a hint may name: bytes of a declared word in one of them give it away.
USUAL = (
    "windows-1252", "windows-1258", "windows-1250", "windows-1251", "gb18030", "big5", "shift_jis", "euc_jp",
    "euc_kr", "tis-620", "mac-roman",
)  # fmt: skip
UNICODE = ("utf-8", "utf-16-le", "utf-16-be")
# Above these code points, UTF-8 bytes are no chance pairs of another multi-byte encoding.
SURE = "\u0800"
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
        Any encoding of text that Python knows.
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
    if codec not in (*UNICODE, "utf-16") and _is_utf8(data, codec):
        raise _refuse(where, f"declared {declared}, but the bytes are UTF-8", data, words)
    if codec == "cp1258" and (legacy := _legacy(data, words)):
        raise _refuse(where, f"declared {declared}, but the headers are written in {legacy}", data, words)
    return codec, skip


def _is_utf8(data: bytes, codec: str) -> bool:
    """Return whether the bytes are UTF-8, and not by chance."""
    if data.isascii() or not _decodes(data, "utf-8"):
        return False
    single = len("\u00e4".encode(codec, "ignore")) <= 1 and "\u4e00".encode(codec, "ignore") == b""
    return single or any(letter >= SURE for letter in data.decode("utf-8"))


def _codec(data: bytes, declared: str, where: str) -> tuple[str, int]:
    """Return codec and length of the byte order mark; a mark of another encoding is refused."""
    found = next((name for name, mark in BOMS.items() if data.startswith(mark)), None)
    codec = codecs.lookup(declared).name.replace("utf-8-sig", "utf-8")
    if codec == "utf-16":
        if found not in ("utf-16-le", "utf-16-be"):
            raise DataError(
                where, "declared utf-16, but no byte order mark was found",
                hint="declare utf-16-le, utf-16-be or what the file is",
            )  # fmt: skip
        return found, 2
    if found is not None and found != codec:
        raise DataError(
            where, f"declared {declared}, but its byte order mark says {found}",
            hint="declare the encoding of the mark",
        )  # fmt: skip
    return codec, len(BOMS[codec]) if found else 0


def _refuse(where: str, problem: str, data: bytes, words: list[str]) -> DataError:
    legacy = _legacy(data, words)
    guesses = [codec for codec in UNICODE if _plausible(data, codec)]
    guesses += [codec for codec in USUAL if not guesses and _holds(data, words, codec)]
    if legacy:
        hint = f"the file is in {legacy}: convert it to UTF-8 with a Vietnamese converter, declare utf-8"
    elif guesses:
        hint = f"its bytes would fit {' or '.join(guesses[:3])}: ask the laboratory, then declare it"
    elif b"\x00" in data:
        hint = "the file is damaged, or no text: ask for it again"
    else:
        hint = (
            "ask the laboratory for the encoding and declare it (windows-1252 is usual in Western Europe, "
            "gbk in China, shift_jis in Japan), or for an export in UTF-8"
        )
    return DataError(where, problem, hint=hint)


def _plausible(data: bytes, codec: str) -> bool:
    if codec.startswith("utf-16"):
        sample = data[:2000]
        zeros = sample[1::2].count(0) if codec.endswith("le") else sample[::2].count(0)
        return zeros > len(sample) / 8
    return b"\x00" not in data and _decodes(data, codec)


def _holds(data: bytes, words: list[str], codec: str) -> bool:
    """Return whether a declared word stands in the data in this encoding, and the data decode in it."""
    if b"\x00" in data or not _decodes(data, codec):
        return False
    encoded = (_encode(word, codec) for word in words)
    return any(len(found) >= SHORTEST_WORD and found in data for found in encoded)


def _encode(word: str, codec: str) -> bytes:
    """Return a word in an encoding; Windows-1258 writes some letters as a base letter and a tone mark."""
    whole = unicodedata.normalize("NFC", word)
    try:
        return whole.encode(codec)
    except UnicodeEncodeError:
        if codec != "windows-1258":
            return b""
    parts = (letter if _fits(letter, codec) else _with_tone(letter) for letter in whole)
    return "".join(parts).encode(codec, "ignore")


def _with_tone(letter: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", letter))
    tone = [mark for mark in marks if mark in VNI_TONE]
    return unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark not in tone)) + "".join(
        tone
    )


def _fits(letter: str, codec: str) -> bool:
    return bool(letter.encode(codec, "ignore"))


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
