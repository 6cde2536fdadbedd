"""Vietnamese text in two legacy one-byte encodings (TCVN3 and VNI), for files that must be refused."""

import unicodedata

# TCVN 5712:1993 (VN3), lower case; toned capitals use the same bytes under a font of capitals.
_TCVN3_LETTERS = (
    "à ả ã á ạ ă ằ ẳ ẵ ắ ặ â ầ ẩ ẫ ấ ậ đ è ẻ ẽ é ẹ ê ề ể ễ ế ệ ì ỉ ĩ í ị ò ỏ õ ó ọ ô ồ ổ ỗ ố ộ ơ ờ ở ỡ ớ ợ "
    "ù ủ ũ ú ụ ư ừ ử ữ ứ ự ỳ ỷ ỹ ý ỵ Ă Â Ê Ô Ơ Ư Đ"
)
_TCVN3_BYTES = (
    "B5 B6 B7 B8 B9 A8 BB BC BD BE C6 A9 C7 C8 C9 CA CB AE CC CE CF D0 D1 AA D2 D3 D4 D5 D6 D7 D8 DC DD DE "
    "DF E1 E2 E3 E4 AB E5 E6 E7 E8 E9 AC EA EB EC ED EE EF F1 F2 F3 F4 AD F5 F6 F7 F8 F9 FA FB FC FD FE "
    "A1 A2 A3 A4 A5 A6 A7"
)
TCVN3 = dict(zip(_TCVN3_LETTERS.split(), bytes.fromhex(_TCVN3_BYTES), strict=True))
# VNI puts one byte after the base letter for quality mark and tone together.
VNI_MARKS = {
    "\u0300": 0xF8, "\u0301": 0xF9, "\u0309": 0xFB, "\u0303": 0xF5, "\u0323": 0xEF,
    "\u0302": 0xE2, "\u0302\u0300": 0xE0, "\u0302\u0301": 0xE1, "\u0302\u0309": 0xE5,
    "\u0302\u0303": 0xE3, "\u0302\u0323": 0xE4,
    "\u0306": 0xEA, "\u0306\u0300": 0xE8, "\u0306\u0301": 0xE9, "\u0306\u0309": 0xFA,
    "\u0306\u0303": 0xFC, "\u0306\u0323": 0xEB,
}  # fmt: skip
VNI_WHOLE = {"ì": 0xEC, "í": 0xED, "ỉ": 0xE6, "ĩ": 0xF3, "ị": 0xF2, "ỵ": 0xEE}
VNI_LETTERS = {"đ": 0xF1, "Đ": 0xD1, "ơ": 0xF4, "Ơ": 0xD4, "ư": 0xF6, "Ư": 0xD6, "µ": 0xB5, "–": 0x96}


def encode_tcvn3(text: str) -> bytes:
    """Return text in TCVN3; toned capitals become the byte of their small letter, as fonts expect.

    TCVN3 has no en-dash; people typed a hyphen.
    """
    found = bytearray()
    for letter in unicodedata.normalize("NFC", text.replace("–", "-")):
        byte = TCVN3.get(letter, TCVN3.get(letter.lower()))
        found += letter.encode("latin-1", "replace") if byte is None else bytes([byte])
    return bytes(found)


def encode_vni(text: str) -> bytes:
    """Return text in VNI for Windows: base letter, then one byte for its marks (capitals 0x20 lower)."""
    found = bytearray()
    for letter in unicodedata.normalize("NFC", text):
        if letter.lower() in VNI_WHOLE:
            found.append(VNI_WHOLE[letter.lower()] - (0x20 if letter.isupper() else 0))
            continue
        base, marks = letter, ""
        if unicodedata.combining(unicodedata.normalize("NFD", letter)[-1]):
            base, marks = _take_apart(letter)
        found += bytes([VNI_LETTERS[base]]) if base in VNI_LETTERS else base.encode("latin-1", "replace")
        if marks in VNI_MARKS:
            found.append(VNI_MARKS[marks] - (0x20 if base.isupper() else 0))
    return bytes(found)


def _take_apart(letter: str) -> tuple[str, str]:
    """Return the base letter (with its horn) and its marks, circumflex or breve before the tone."""
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if "\u031b" in marks:
        marks.remove("\u031b")
        base = unicodedata.normalize("NFC", base + "\u031b")
    return base, "".join(sorted(marks, key=lambda mark: mark not in "\u0302\u0306"))
