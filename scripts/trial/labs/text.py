"""Text as exports carry it: invisible characters, look-alikes, accents."""

import re
import unicodedata

from trial.study.text import CLEANED as CLEANED
from trial.study.text import clean_text as clean_text
from trial.study.text import fold as fold

# The sharp s is typed for a Greek beta, the micro sign for a Greek mu; NFD does not split the barred d.
LOOKALIKE = str.maketrans({"ß": "β", "\u00b5": "μ", "đ": "d", "Đ": "d"})
WORD = r"(?<![^\W_]){}(?![^\W_])"


def match_key(text: str) -> str:
    """Return letters and digits only, without accents and case: equal for two spellings of one name."""
    plain = unicodedata.normalize("NFKD", clean_text(text).translate(LOOKALIKE).casefold())
    return "".join(letter for letter in plain.translate(LOOKALIKE) if letter.isalnum())


def find_word(words: dict[str, str], text: str) -> str:
    """Return the meaning of the first of `words` (folded) that stands as a word in `text`, or ``""``."""
    folded = fold(text)
    if folded:
        for word, meaning in words.items():
            if word in folded and re.search(WORD.format(re.escape(word)), folded):
                return meaning
    return ""


def find_words(words: dict[str, str], text: str) -> tuple[str, ...]:
    """Return the meanings of all of `words` (folded) that stand as whole words in `text`, sorted."""
    folded = fold(text)
    found = {
        meaning
        for word, meaning in words.items()
        if word in folded and re.search(WORD.format(re.escape(word)), folded)
    }
    return tuple(sorted(found))
