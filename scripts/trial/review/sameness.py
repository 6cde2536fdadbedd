"""Whether two runs gave the same: byte for byte, but for last digits, or not.

Where the linear algebra has another kernel or the C library another version, a sum is added up in another
order and ends in other last digits. Such numbers are told apart from numbers that differ.
"""

import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Two numbers are the same to 1e-9 where they differ by less than this part of the greater one; or by less
# than `ZERO`, since what is zero in exact arithmetic (a gradient, a difference of equal sums) is 1e-15 in one
# order of adding and -3e-16 in another.
RELATIVE, ZERO = 1e-9, 1e-12
# Only what is written with a point or an exponent is a computed number; a whole number is a count or a name.
NUMBER = re.compile(rb"[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)")
PICTURE = b"\x89PNG\r\n\x1a\n"

Verdict = Literal["same", "last digits", "different"]


@dataclass(frozen=True)
class Finding:
    """How one file of two runs compares; `words` say what differs."""

    name: str
    verdict: Verdict
    words: str = ""


def compare_files(name: str, one: bytes, two: bytes) -> Finding:
    """Compare the content of a file in two runs."""
    if one == two:
        return Finding(name, "same")
    if one.startswith(PICTURE) and two.startswith(PICTURE):
        pixels = _pixels(one)
        if pixels is not None and pixels == _pixels(two):
            return Finding(name, "last digits", "the same pixels, packed by another version of zlib")
        return Finding(name, "different", "other pixels")
    return _compare_text(name, one, two)


def compare_manifests(name: str, one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Finding]:
    """Compare what two runs stood on; not their run blocks, nor hashes of outputs, which are compared.

    Another environment alone is no difference of results: it is the reason of other last digits.
    """
    found = []
    for block in ("lock", "config", "seeds", "code", "environment"):
        if keys := changed_keys(one.get(block), two.get(block)):
            shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
            verdict: Verdict = "last digits" if block == "environment" else "different"
            found.append(Finding(f"{name}, {block}", verdict, shown))
    return found or [Finding(name, "same")]


def changed_keys(one: Any, two: Any, key: str = "") -> list[str]:
    """Return the dotted keys whose values differ in two parsed contents, in order."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        names: Iterable[Any] = [*one, *(name for name in two if name not in one)]
        pairs = [(name, one.get(name), two.get(name)) for name in names]
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        pairs = [(number, *pair) for number, pair in enumerate(zip(one, two, strict=True))]
    else:
        return [] if one == two and type(one) is type(two) else [key]
    return [
        found for name, a, b in pairs for found in changed_keys(a, b, f"{key}.{name}" if key else str(name))
    ]


def _compare_text(name: str, one: bytes, two: bytes) -> Finding:
    between, other = NUMBER.split(one), NUMBER.split(two)
    if between != other:
        line = next((n for n, (a, b) in enumerate(zip(*_lines(one, two), strict=False), 1) if a != b), 0)
        words = f"first in line {line}" if line else "one is the beginning of the other"
        return Finding(name, "different", words)
    pairs = [(a, b) for a, b in zip(NUMBER.findall(one), NUMBER.findall(two), strict=True) if a != b]
    far = [pair for pair in pairs if not _close(*map(float, pair))]
    worst = max(far or pairs, key=lambda pair: _apart(*map(float, pair)))
    text = f"{len(far or pairs)} numbers, most {worst[0].decode()} and {worst[1].decode()}"
    return Finding(name, "different" if far else "last digits", text)


def _lines(*texts: bytes) -> Iterator[list[bytes]]:
    return (text.split(b"\n") for text in texts)


def _close(one: float, two: float) -> bool:
    difference = abs(one - two)  # not a number where both are infinite: then no bound holds
    return difference <= ZERO or difference <= RELATIVE * max(abs(one), abs(two)) < math.inf


def _apart(one: float, two: float) -> float:
    """Return the relative difference of two numbers."""
    greatest = max(abs(one), abs(two))
    return abs(one - two) / greatest if 0 < greatest < math.inf else 0.0


def _pixels(picture: bytes) -> tuple[bytes, bytes] | None:
    """Return the head of a PNG and its rows unpacked; None where it is damaged."""
    head, packed, place = b"", b"", len(PICTURE)
    while place < len(picture):
        size = int.from_bytes(picture[place : place + 4])
        kind, content = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + size]
        head += content if kind == b"IHDR" else b""
        packed += content if kind == b"IDAT" else b""
        place += size + 12
    try:
        return head, zlib.decompress(packed)
    except zlib.error:
        return None
