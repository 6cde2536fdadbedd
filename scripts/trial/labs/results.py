"""Result text to value: censoring, decimal marks, words, zero; nothing is guessed."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from trial.labs.config import Numbers, Words
from trial.labs.text import clean_text, fold, match_key

# Marks that laboratories print beside a number; the number is what is between them.
FLAG_BEFORE = re.compile(r"^(?:[↑↓*]+\s*)+")
FLAG_WORD = r"hh?|ll?|n|high|low|normal|cao|thấp"
FLAG = rf"\s*[↑↓*]+|\s+(?:{FLAG_WORD})|\s*[(\[](?:{FLAG_WORD}|[↑↓*]+)[)\]]|(?<=\d)(?-i:HH?|LL?)"
FLAG_AFTER = re.compile(rf"(?:{FLAG})+$", re.IGNORECASE)
BELOW_MARKS = ("<=", "=<", "<", "≤", "⩽")
CENSOR_MARKS = (*BELOW_MARKS, ">=", "=>", ">", "≥", "⩾")
CENSORED = re.compile(rf"^({'|'.join(CENSOR_MARKS)})\s*(.*)$", re.DOTALL)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|thg ?\d+)\w*"
DATE_LIKE = re.compile(
    rf"^\d{{4}}-\d\d-\d\d(?:[T ].*)?$|^\d{{1,2}}[-/]{MONTH}"
    r"|^\d{1,2}/\d{1,2}(?:/\d{2,4})?$|^\d{1,2}-\d{1,2}-\d{4}$",
    re.IGNORECASE,
)
# What may stand behind a number: a unit, which starts with a letter or %; an exponent is none.
UNIT_LIKE = re.compile(r"(?![eE][+-]?\d)(?:[^\W\d_]|%)")
# A number in other marks than declared; a space stands before groups of three, or of any size where spaces
# are the thousands mark.
MARKED = r"[+-]?(?:\d+(?: {})*(?:[.,']\d+)*[.,]?|[.,]\d+)(?![\d.,'])"
OTHER_MARKS, SPACED = re.compile(MARKED.format(r"\d{3}(?!\d)")), re.compile(MARKED.format(r"\d+"))
MAX_DIGITS = 9
MINUS = "\u2212"
ESCAPED = {"&lt;": "<", "&gt;": ">", "&le;": "≤", "&ge;": "≥", "&amp;": "&"}


@dataclass(frozen=True)
class Result:
    """What a result text says.

    Parameters
    ----------
    value : float
        NaN when the text is censored, a word or not readable.
    censor : str
        ``"<"``, ``">"`` or ``""``.
    limit : float
        The limit of a censored result; NaN when the text names none.
    word : str
        `NEGATIVE`, `POSITIVE` or ``""``.
    half : float
        Half a unit of the last printed digit: two routes that differ by less print the same value.
    unit : str
        A unit that stands behind the number.
    rule : str
        Why the text gives no value, or ``""``.
    """

    value: float = math.nan
    censor: str = ""
    limit: float = math.nan
    word: str = ""
    half: float = 0.0
    unit: str = ""
    rule: str = ""


class ResultReader:
    """Reads result texts of one source."""

    def __init__(self, numbers: Numbers, words: Words) -> None:
        self._numbers = numbers
        self._number = number_pattern(numbers)
        self._words = words
        self._below, self._above = _keys(words.below), _keys(words.above)
        self._missing = {fold(word) for word in words.missing}
        self._negative, self._positive = _keys(words.negative), _keys(words.positive)

    def read(self, text: str) -> Result:
        """Return what a raw result text says; `&lt;` is the mark that a web page made of it."""
        clean = clean_text(text)
        for escaped, mark in ESCAPED.items():
            clean = clean.replace(escaped, mark)
        if not clean:
            return Result(rule="EMPTY_RESULT")
        if fold(clean) in self._missing:
            return Result(rule="MISSING_RESULT")
        if word := self._read_word(clean):
            return word
        bare = FLAG_AFTER.sub("", FLAG_BEFORE.sub("", clean)).strip() or clean
        if DATE_LIKE.match(bare):
            return Result(rule="RESULT_IS_DATE")
        if censored := CENSORED.match(bare):
            return self._read_censored(censored.group(1), censored.group(2).strip())
        number, unit = self._split(bare.removeprefix("=").strip())
        if number is None:
            return Result(rule=self._refuse(bare))
        return Result(value=number[0], half=number[1], unit=unit)

    def read_number(self, text: str) -> float:
        """Return a plain number (a limit of quantification), NaN when it is not one."""
        number, unit = self._split(clean_text(text))
        return number[0] if number is not None and not unit else math.nan

    def _read_word(self, clean: str) -> Result | None:
        key = _word_key(clean)
        if key in self._below:
            return Result(censor="<")
        if key in self._above:
            return Result(censor=">")
        if key in self._negative:
            return Result(word="NEGATIVE")
        if key in self._positive:
            return Result(word="POSITIVE")
        return None

    def _read_censored(self, mark: str, rest: str) -> Result:
        number, unit = self._split(rest)
        if number is None:
            return Result(rule=self._refuse(rest))
        if number[0] <= 0:
            return Result(rule="NOT_A_NUMBER")
        censor = "<" if mark in BELOW_MARKS else ">"
        return Result(censor=censor, limit=number[0], half=number[1], unit=unit)

    def _split(self, text: str) -> tuple[tuple[float, float] | None, str]:
        """Return (value, half a last digit) and the text behind the number; (None, "") if there is none."""
        found = self._number.match(text)
        if not found:
            return None, ""
        rest = text[found.end() :].strip()
        if rest and not UNIT_LIKE.match(rest):
            return None, ""
        digits = re.sub(r"\D", "", found.group("whole") or "")
        # A phone or a hospital number is no result.
        if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
            return None, ""
        whole = (found.group("whole") or "0").replace(self._numbers.thousands or " ", "").replace(" ", "")
        fraction = found.group("fraction") or found.group("bare") or ""
        sign = (found.group("sign") or "").replace(MINUS, "-")
        return (float(f"{sign}{whole}.{fraction or '0'}"), 0.5 * 10.0 ** -len(fraction)), rest

    def _refuse(self, text: str) -> str:
        """Return whether a text is a number of another dialect, or no number at all."""
        other = (SPACED if self._numbers.thousands == " " else OTHER_MARKS).match(text)
        if not other or self._number.fullmatch(other.group()):
            return "NOT_A_NUMBER"
        behind = text[other.end() :].strip()
        return "DECIMAL_MARK" if not behind or UNIT_LIKE.match(behind) else "NOT_A_NUMBER"


def number_pattern(numbers: Numbers) -> re.Pattern[str]:
    """Return the pattern of numbers with the declared marks."""
    decimal = re.escape(numbers.decimal)
    whole = r"\d+"
    if numbers.thousands:
        whole = rf"(?:\d{{1,3}}(?:{re.escape(numbers.thousands)}\d{{3}})+|\d+)"
    # `.5` and `5.` are printed too, and a minus sign of typography.
    digits = rf"(?:(?P<whole>{whole})(?:{decimal}(?P<fraction>\d*))?|{decimal}(?P<bare>\d+))"
    return re.compile(rf"(?P<sign>[+\-{MINUS}])?{digits}(?!\d)")


def _keys(words: Iterable[str]) -> set[str]:
    return {_word_key(word) for word in words}


def _word_key(text: str) -> str:
    """Return a word for comparison: accents do not count, `<` and `>` do."""
    return "".join(mark for mark in clean_text(text) if mark in "<>") + match_key(text)
