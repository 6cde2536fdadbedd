"""Checks of comparisons: which arm the words take from which, and which way the number points."""

import re
from collections.abc import Iterator

from trial.delivery.book import Book, Finding, Placed
from trial.delivery.reading import Result

# Words before the arm that is taken away.
_FROM = re.compile(r"(?:\bto|\bagainst|\bminus|\bover|\bversus|\bvs\.?|\bwith|[-−–])\s+(?:the\s+)?$")
TOLERANCE = 1e-6


def labels(book: Book) -> Iterator[Finding]:
    """The words of a comparison name the arm of positive weight first, and take the other from it."""
    for placed in book.cells:
        for result in placed.results:
            weights = book.weights.get(result.comparison)
            if weights is None:
                continue
            for text in (placed.heading, placed.row.label, placed.row.block):
                for arm, sign in _signs(book, text):
                    weight = weights.get(arm, 0.0)
                    agrees = weight * sign > 0
                    yield Finding(
                        "label of comparison",
                        placed.output.id,
                        placed.place,
                        f"{result.comparison}: {arm} {'taken away' if weight < 0 else 'first'}",
                        text,
                        agrees,
                    )


def _signs(book: Book, text: str) -> list[tuple[str, int]]:
    """Return each arm that a text names with 1, or -1 where the words take it away."""
    found = book.arms.find(text)
    return [(arm, -1 if _FROM.search(before) else 1) for arm, before in found]


def signs(book: Book) -> Iterator[Finding]:
    """A printed difference is that of the LS means of its arms, and its ratio lies on the same side of 1."""
    for placed in book.cells:
        for result in placed.results:
            if result.statistic not in ("diff", "gmr") or result.value is None:
                continue
            found = _from_means(book, result)
            if found is None:
                continue
            if result.statistic == "diff":
                agrees = abs(found - result.value) <= TOLERANCE * max(1.0, abs(found))
            else:
                agrees = (found > 0) == (result.value > 1) or abs(found) < TOLERANCE
            yield Finding(
                "sign of comparison",
                placed.output.id,
                _where(placed, result),
                f"{found:.6g}",
                result.raw,
                agrees,
            )


def _where(placed: Placed, result: Result) -> str:
    return f"{result.id} in {placed.place}"


def _from_means(book: Book, result: Result) -> float | None:
    """Return the difference of the LS means of the same analysis and visit; None where one is absent."""
    weights = book.weights.get(result.comparison)
    if weights is None:
        return None
    before = result.id.removesuffix(f"{result.comparison}.{result.statistic}")
    means = [book.results.get(f"{before}{arm}.lsmean") for arm in weights]
    if any(mean is None or mean.value is None for mean in means):
        return None
    pairs = zip(means, weights.values(), strict=True)
    return sum(weight * mean.value for mean, weight in pairs if mean and mean.value is not None)
