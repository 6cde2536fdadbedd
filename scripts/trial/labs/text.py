"""Text as exports carry it: invisible characters, look-alikes, accents."""

import unicodedata

from trial.study.text import CLEANED as CLEANED
from trial.study.text import clean_text as clean_text
from trial.study.text import fold as fold

# The sharp s is typed for a Greek beta, the micro sign for a Greek mu; NFD does not split the barred d.
LOOKALIKE = str.maketrans({"ß": "β", "\u00b5": "μ", "đ": "d", "Đ": "d"})


def match_key(text: str) -> str:
    """Return letters and digits only, without accents and case: equal for two spellings of one name."""
    plain = unicodedata.normalize("NFKD", clean_text(text).translate(LOOKALIKE).casefold())
    return "".join(letter for letter in plain.translate(LOOKALIKE) if letter.isalnum())
