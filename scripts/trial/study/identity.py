"""Names of questions and raw rows made of what they are about, so that they stand across data locks.

A line number moves with every row above it; it stands beside a name and never in it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

QUERY_DIGITS, ROW_DIGITS = 8, 12
# Where another row is named in what was found: `row 12`; a count (`in 12 rows`) is none.
LINE = re.compile(r"\brow \d+")


def about(*parts: object) -> str:
    """Return one text of the parts that name a thing."""
    return " | ".join(str(part) for part in parts)


def name_all(mark: str, keys: Sequence[str], digits: int) -> list[str]:
    """Return one name per key, `mark` and hexadecimal digits of its SHA-256; no two are the same.

    Equal keys are told apart by their order. Should two keys share their digits, the later one takes those of
    its key and a further number.
    """
    counted: Counter[str] = Counter()
    names: dict[str, None] = {}
    for key in keys:
        counted[key] += 1
        text = about(key, counted[key])
        name = mark + _digest(text, digits)
        further = 0
        while name in names:
            further += 1
            name = mark + _digest(about(text, further), digits)
        names[name] = None
    return list(names)


def fingerprint(parts: Iterable[object]) -> str:
    """Return eight hexadecimal digits that stand for texts in their order; line numbers do not count."""
    text = about(*(LINE.sub("row", str(part)) for part in parts))
    return _digest(text, QUERY_DIGITS)


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
