"""The raw text of every cell that was read of the exports, for the trace, without what names a patient."""

from collections.abc import Iterator, Mapping

import numpy as np

from trial.labs.clean import read_vocabulary
from trial.labs.config import LabsSpec, Source
from trial.labs.layouts import LAYOUTS, read_source
from trial.labs.raw import ROLES, RawRecords
from trial.study.privacy import WITHHELD, Identifiers
from trial.study.raw_files import RawFolder
from trial.study.texts import RawText

# Long numbers by nature: a barcode or a time may hold a hospital number's digits by chance.
NUMBERED = {
    "accession", "collected", "collected_time", "received", "received_time", "resulted", "resulted_time",
}  # fmt: skip
SUBJECT = "subject"


def read_texts(spec: LabsSpec, raw: RawFolder, key: Mapping[str, str]) -> list[RawText]:
    """Return the cells of every raw record, as they stand before any correction.

    A cell is `(role, column of the file, text)`. Whose record it is stays out: the identifier is that of a
    patient. A row that cannot be read (a heading, another number of cells) has no cells.
    """
    sources = sorted(spec.sources.items(), key=lambda item: item[1].precedence)
    found = [
        (source, read_source(name, source, raw, read_vocabulary(source, spec))) for name, source in sources
    ]
    seen = frozenset().union(*(records.identifiers for _, records in found))
    identifiers = Identifiers(seen, key)
    return [text for source, records in found for text in _of_source(source, records, identifiers)]


def _of_source(source: Source, records: RawRecords, identifiers: Identifiers) -> Iterator[RawText]:
    file, sheet, column = (part.spread() for part in (records.file, records.sheet, records.column))
    sheet = identifiers.withhold(sheet, prose=True)
    cells: dict[str, np.ndarray] = {}
    for role, texts in records.roles.items():
        if role != SUBJECT and any(texts.texts):
            safe = texts.recode(
                lambda text, role=role: (  # type: ignore[misc]
                    WITHHELD if identifiers.holds(text, prose=role not in NUMBERED) else text
                )
            )
            cells[role] = safe.spread()
    names: dict[str, Mapping[str, str]] = {}
    for at, row in enumerate(records.row.tolist()):
        of = str(column[at])
        if of not in names:
            names[of] = columns_of(source, of)
        found = [
            (role, names[of][role], str(texts[at]))
            for role, texts in cells.items()
            if texts[at] and role in names[of]
        ]
        yield RawText(str(file[at]), str(sheet[at]), str(row), of, tuple(found))


def columns_of(source: Source, column: str) -> dict[str, str]:
    """Return by role the column of the file that it is read from; what the configuration fixes has none.

    Parameters
    ----------
    column : str
        The value column of a wide layout; empty in others.
    """
    layout = LAYOUTS[source.layout]
    if "message" in layout.tables:
        roles = [role for role in ROLES if role not in source.fixed]
        joined = {"collected": source.join.collected} if source.join else {}
        return {role: joined.get(role, "") for role in roles}
    named = {role: text for role, text in layout.columns.items() if role not in source.fixed}
    named |= {str(role): text for role, text in source.columns.items()}
    for measure in source.measures:
        if measure.result == column:
            return named | {str(role): text for role, text in measure.columns.items()} | {"result": column}
    return named
