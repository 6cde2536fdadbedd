"""The one table by which text becomes ASCII, as transport files of version 5 need it.

A letter with marks loses them (Vietnamese ế is e); what has no such base stands in `TABLE`. The rest of
Unicode is not guessed: it stays, check A05 finds it, and the export stops.
"""

import unicodedata
from functools import cache

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
TABLE = {
    # Vietnamese and other Latin letters that are no letter with a mark.
    "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe",
    "Œ": "OE", "ı": "i",
    **GREEK,
    **{small.upper(): name.capitalize() for small, name in GREEK.items() if small != "ς"},
    # Micro, as a sign and as the Greek letter that stands for it: UCUM writes u.
    "µ": "u", "μ": "u", "Μ": "Mu",
    # Comparisons and arithmetic.
    "≥": ">=", "≤": "<=", "≠": "<>", "≈": "~", "±": "+/-", "×": "x", "÷": "/", "−": "-", "√": "sqrt",
    "∞": "inf", "‰": "per mille", "→": "->", "←": "<-", "⁄": "/",
    # Dashes, quotes, marks, spaces.
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "‘": "'", "’": "'", "‚": "'", "“": '"',
    "”": '"', "„": '"', "«": '"', "»": '"', "′": "'", "″": '"', "…": "...", "·": ".", "•": "*", "°": "deg",
    "®": "(R)", "©": "(C)", "™": "(TM)", "§": "section ", "†": "+", "‡": "++", "¿": "?", "¡": "!",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\t": " ", "\n": " ", "\r": " ",
}  # fmt: skip


def to_ascii(text: str) -> str:
    """Return a text in ASCII; characters that no rule knows stay as they are."""
    return text if text.isascii() and text.isprintable() else _spelled(text)


@cache
def _spelled(text: str) -> str:
    return "".join(_letter(mark) for mark in unicodedata.normalize("NFC", text))


@cache
def _letter(mark: str) -> str:
    if mark in TABLE:
        return TABLE[mark]
    if " " <= mark <= "~":
        return mark
    # Letters with marks, raised and lowered digits, ligatures, wide forms: their parts, without the marks.
    parts = [part for part in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(part)]
    spelled = "".join(TABLE.get(part, part) for part in parts)
    return spelled if spelled.isascii() and spelled.isprintable() else mark
