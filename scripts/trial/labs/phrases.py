"""Declared phrases inside the texts of an export: the longest first, and nothing inside a negation.

A phrase counts where it stands as whole words. What stands beside it in the same clause may turn it
round (`không đói`, `not hemolyzed`, `if fasting: ...`): such a text is in doubt, and asked about, until
the whole phrase is declared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trial.labs.text import fold

# Scripts that put no spaces between words, or join particles to them: Thai to Khmer, kana, Han, Hangul.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
LETTER = rf"[^\W_{UNSPACED}]"
TAKEN = re.compile("\x00(\\d+)\x00")
CLAUSE = re.compile(r"[,;.!|/]|\s[-–—]\s")
# Words that negate, or make conditional, uncertain, wished for or a mere reference, what stands beside
# them. Vietnamese, English, German, French, Spanish, Portuguese, Italian, Dutch; then scripts without spaces.
DOUBT = """
không|chưa|chẳng|nếu|hoặc|trừ|ngoại trừ|không rõ|nghi|có thể
no|not|non|none|never|without|un-|isn't|wasn't|if|unless|unknown|unsure|unclear|uncertain|possible|possibly
maybe|or|rule out|negative for|free of|normal|reference|ref|range|expected|should|must|please
required|recommended
bình thường|tham chiếu|trị số|cần|nên|vui lòng|đề nghị|yêu cầu|lần sau
referenz|referenzbereich|normwert|soll|bitte|norme|référence|prière
nicht|kein|keine|keinen|keiner|ohne|falls|wenn|sofern|unbekannt|oder
ne|n'est|pas|sans|aucun|aucune|si|sinon|inconnu|ou|sin|ningún|ninguna|desconocido|não|nao|sem|senza
niet|geen|zonder|indien|onbekend
不|未|非|无|無|没|沒|若|如果|なし|ない|ません|않|아니|안|없|ไม่
"""


@dataclass(frozen=True)
class Found:
    """What a text says of one matter.

    Parameters
    ----------
    meanings : tuple of str
        Distinct meanings of the declared phrases outside any doubt, sorted, without ``""``.
    doubt : bool
        A declared phrase stands beside a negation or a condition that no declared phrase holds.
    known : bool
        A declared phrase stands in the text.
    rest : bool
        Words or digits are left that belong to no declared phrase; scripts without spaces have no words.
    """

    meanings: tuple[str, ...] = ()
    doubt: bool = False
    known: bool = False
    rest: bool = False


class Phrases:
    """Finds the declared phrases of one matter (phrase to meaning; ``""`` for one that says nothing)."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._meaning = {fold(word): meaning for word, meaning in words.items() if fold(word)}
        self._pattern = _any_of(list(self._meaning)) if self._meaning else None

    def find(self, text: str) -> Found:
        """Return what a text says."""
        folded = fold(text)
        if not folded or self._pattern is None:
            return Found(rest=bool(folded))
        if folded in self._meaning:
            return Found(_said([self._meaning[folded]]), known=True)
        return self._search(folded)

    def _search(self, folded: str) -> Found:
        """Return what the clauses say; phrases are taken out first, since one may hold a mark of clauses."""
        meanings: list[str] = []

        def take(hit: re.Match[str]) -> str:
            meanings.append(self._meaning[hit.group()])
            return f"\x00{len(meanings) - 1}\x00"

        assert self._pattern is not None
        left = self._pattern.sub(take, folded.replace("\x00", " "))
        clauses = [_Clause.of(text, meanings) for text in CLAUSE.split(left)]
        # `fasting: no`, but also `fasting - no`: an answer of its own concerns what stands before it.
        answer = any(clause.doubt and not clause.rest and not clause.said for clause in clauses)
        sure = [said for clause in clauses if not (clause.doubt or answer) for said in clause.said]
        unsure = any((clause.doubt or answer) and any(clause.said) for clause in clauses)
        rest = any(clause.rest or clause.doubt for clause in clauses)
        return Found(_said(sure), unsure, bool(meanings), rest)


@dataclass(frozen=True)
class _Clause:
    """The meanings in one clause, whether it holds a word of doubt, and whether it holds other words."""

    said: tuple[str, ...]
    doubt: bool
    rest: bool

    @classmethod
    def of(cls, text: str, meanings: list[str]) -> "_Clause":
        said = tuple(meanings[int(number)] for number in TAKEN.findall(text))
        beside = TAKEN.sub(" ", text)
        rest = bool(re.search(LETTER, DOUBTED.sub(" ", beside)))
        return cls(said, bool(DOUBTED.search(beside)) or "?" in beside, rest)


def _said(meanings: list[str]) -> tuple[str, ...]:
    return tuple(sorted({meaning for meaning in meanings if meaning}))


def _any_of(words: list[str]) -> re.Pattern[str]:
    """Return a pattern of any of the words, the longest that fits, between marks or spaces."""
    longest = sorted(filter(None, words), key=lambda word: (-len(word), word))
    return re.compile("|".join(_whole(word) for word in longest))


def _whole(word: str) -> str:
    before = rf"(?<!{LETTER})" if re.match(LETTER, word) else ""
    after = rf"(?!{LETTER})" if re.match(LETTER, word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


DOUBTED = _any_of([fold(word) for line in DOUBT.split("\n") for word in line.split("|")])
