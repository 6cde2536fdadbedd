"""Raw rows of two runs matched by content: which came, went or changed.

A row is found again by what it says and whose it is, never by its line. First equal rows are paired, each
with one (so copies are counted); what is left is paired by ever looser keys, and of several candidates
those that share most texts. A sample of another date and another value is another sample: it went, and one
came.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from trial.compare.raw_rows import ABOUT, RESULT, SUBJECT, VISITS, RawRow

# Rows that share less than this part of their texts are two rows.
ALIKE = 0.5
Key = Callable[[RawRow], Hashable]
Pair = tuple[RawRow, RawRow]


@dataclass(frozen=True)
class Matched:
    """The pairs of rows that are the same or changed, and the rows of one side only."""

    same: tuple[Pair, ...]
    changed: tuple[Pair, ...]
    removed: tuple[RawRow, ...]
    added: tuple[RawRow, ...]


def match(old: Sequence[RawRow], new: Sequence[RawRow], unchanged: Collection[str] = ()) -> Matched:
    """Match the raw rows of two runs.

    Parameters
    ----------
    old, new : sequences of RawRow
    unchanged : collection of str
        Files with the same bytes in both: their rows are the same, however the runs read them. What may have
        changed is whose they are, by another key of subjects.
    """
    same, changed = _of_unchanged(old, new, unchanged)
    rest = _Rest(*([row for row in rows if row.file not in unchanged] for rows in (old, new)))
    keys = (_exact, _elsewhere, _whoever, *_LOOSER, _as_written)
    pairs = [pair for key in keys for pair in rest.take(key)]
    pairs += rest.take(_belonging, at_least=ALIKE)
    for pair in pairs:
        (changed if any(changed_cells(*pair)) else same).append(pair)
    return Matched(tuple(same), tuple(changed), tuple(rest.old), tuple(rest.new))


def _of_unchanged(
    old: Sequence[RawRow], new: Sequence[RawRow], unchanged: Collection[str]
) -> tuple[list[Pair], list[Pair]]:
    """Return the rows of unchanged files that are the same, and those that are another subject's now."""
    places = {row.place: row for row in new if row.file in unchanged}
    pairs = [(row, places[row.place]) for row in old if row.place in places]
    moved = [pair for pair in pairs if _is_anothers(*pair)]
    told = [(replace(one, cells=(), texts={}), replace(other, cells=(), texts={})) for one, other in moved]
    return [pair for pair in pairs if not _is_anothers(*pair)], told


def _is_anothers(old: RawRow, new: RawRow) -> bool:
    return bool(old.subject and new.subject and old.subject != new.subject)


def changed_cells(old: RawRow, new: RawRow) -> Iterator[tuple[str, str, str]]:
    """Yield name, old and new text of each cell in which two rows differ; whose row it is counts as one."""
    if (
        old.subject
        and new.subject
        and old.subject != new.subject
        and SUBJECT not in {**old.texts, **new.texts}
    ):
        yield "subject", old.subject, new.subject
    for role in dict.fromkeys((*old.texts, *new.texts)):
        before, after = old.texts.get(role, ""), new.texts.get(role, "")
        if before != after:
            yield (new if role in new.texts else old).named(role), before, after


class _Rest:
    """The rows that found no partner yet."""

    def __init__(self, old: list[RawRow], new: list[RawRow]) -> None:
        self.old, self.new = old, new

    def take(self, key: Key, at_least: float = 0.0) -> list[Pair]:
        """Return the pairs of rows with one key, and keep the others; a row whose key is None has none."""
        sides: dict[Hashable, tuple[list[RawRow], list[RawRow]]] = defaultdict(lambda: ([], []))
        for at, rows in enumerate((self.old, self.new)):
            for row in rows:
                if (found := key(row)) is not None:
                    sides[found][at].append(row)
        pairs = [
            pair for olds, news in sides.values() if olds and news for pair in _pair(olds, news, at_least)
        ]
        taken = {id(row) for pair in pairs for row in pair}
        self.old = [row for row in self.old if id(row) not in taken]
        self.new = [row for row in self.new if id(row) not in taken]
        return pairs


def _pair(olds: list[RawRow], news: list[RawRow], at_least: float) -> Iterator[Pair]:
    """Yield pairs, those that share most first; equals in the order of their rows."""
    if all(row.cells == olds[0].cells for row in (*olds, *news)):
        yield from zip(olds, news, strict=False)
        return
    order = sorted(
        ((-_alike(one, other), at, to) for at, one in enumerate(olds) for to, other in enumerate(news))
    )
    free_old, free_new = set(range(len(olds))), set(range(len(news)))
    for alike, at, to in order:
        known = not (olds[at].subject and news[to].subject) or olds[at].subject == news[to].subject
        if at in free_old and to in free_new and known and -alike >= at_least:
            free_old.remove(at)
            free_new.remove(to)
            yield olds[at], news[to]


def _alike(one: RawRow, other: RawRow) -> float:
    roles = {*one.texts, *other.texts} - {SUBJECT}
    shared = sum(one.texts.get(role) == other.texts.get(role) for role in roles)
    return shared / len(roles) if roles else 1.0


def _exact(row: RawRow) -> Hashable:
    return row.file, row.sheet, row.column, row.subject, row.cells


def _elsewhere(row: RawRow) -> Hashable:
    return (row.subject, row.cells) if row.cells else None


def _whoever(row: RawRow) -> Hashable:
    return (row.file, row.sheet, row.column, row.cells) if row.cells else None


def _source(row: RawRow) -> Hashable:
    """Return the name that the book of rows gives a row by its content: its values may change under it."""
    return (row.file, row.source) if row.source else None


def _sample(row: RawRow) -> Hashable:
    """Return one draw: subject, analyte and the time as found."""
    return _of_lab(row, row.date)


def _accession(row: RawRow) -> Hashable:
    return _of_lab(row, row.texts.get("accession", ""))


def _day(row: RawRow) -> Hashable:
    return _of_lab(row, row.date[:10])


def _visit_and_value(row: RawRow) -> Hashable:
    """Return subject, analyte, visit and text: the date of a sample was corrected."""
    return _of_lab(row, row.visit, row.texts.get(RESULT, ""))


def _as_written(row: RawRow) -> Hashable:
    """Return analyte, time and sample as written: a row that only one of the runs could use has no more."""
    if RESULT not in row.texts or "collected" not in row.texts:
        return None
    written = tuple(row.texts.get(role, "") for role in ("analyte", "collected", "accession"))
    return row.file, row.sheet, row.column, written


def _of_lab(row: RawRow, *parts: str) -> Hashable:
    if RESULT not in row.texts or not all(parts) or not row.analyte:
        return None
    return row.file, row.sheet, row.column, row.subject, row.analyte, parts


def _keys(row: RawRow) -> Hashable:
    """Return the keys of a row of the EDC files: subject, visit, what it is about, when it began."""
    return _of_edc(row, tuple(text for role, text in row.texts.items() if role in VISITS or _begins(role)))


def _topic(row: RawRow) -> Hashable:
    return _of_edc(row, tuple(row.texts.get(role, "") for role in VISITS))


def _begins(role: str) -> bool:
    return role.endswith(("STDTC", "STDT")) or role in {"SVDT", "ADT"}


def _of_edc(row: RawRow, more: tuple[str, ...]) -> Hashable:
    about = tuple(row.texts.get(role, "") for role in ABOUT)
    if RESULT in row.texts or not row.subject or not any((*about, *more)):
        return None
    return row.file, row.sheet, row.column, row.subject, about, more


def _belonging(row: RawRow) -> Hashable:
    """Return file and subject: what is left of them is one row where half of its texts are the same."""
    if RESULT in row.texts or not row.cells:
        return None
    return row.file, row.sheet, row.column, row.subject


_LOOSER: tuple[Key, ...] = (_source, _sample, _accession, _day, _visit_and_value, _keys, _topic)
