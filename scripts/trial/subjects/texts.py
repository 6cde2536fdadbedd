"""The raw text of every row of the EDC files, for the trace; what names a patient is withheld."""

from collections.abc import Iterator
from pathlib import Path

from trial.study.privacy import WITHHELD
from trial.study.raw_files import RawFolder
from trial.study.texts import RawText
from trial.subjects.books import Books, open_books
from trial.subjects.config import SubjectsSpec
from trial.subjects.edc import IDS, EdcFile, read_cut, read_files

SUBJECT, HOSPITAL_NUMBER = IDS


def read_texts(spec: SubjectsSpec, raw: RawFolder, lock: Path) -> list[RawText]:
    """Return the cells of every row that can be read, by the column of the file.

    The hospital number of the key file is withheld, and so is a subject's id that the study does not know: a
    name may stand there.
    """
    files = read_files(raw, spec.edc)
    books = open_books(files, spec.edc.screen_failures, read_cut(lock))
    copies = {name for name, column in spec.edc.sources.items() if name != column}
    return [text for file in files.values() for text in _of_file(file, books, copies)]


def _of_file(file: EdcFile, books: Books, copies: set[str]) -> Iterator[RawText]:
    known = books.subjects | books.screened
    columns = [name for name in file.rows.columns if name not in {"ROW", *copies}]
    safe: dict[str, dict[str, str]] = {}
    for name in columns:
        distinct = set(file.rows[name])
        if name == SUBJECT:
            safe[name] = {text: text if text in known else WITHHELD for text in distinct}
        else:
            safe[name] = {text: WITHHELD if name in IDS else books.shown(text) for text in distinct}
    rows = zip(file.rows["ROW"].tolist(), *(file.rows[name].tolist() for name in columns), strict=True)
    for row, *texts in rows:
        cells = [(name, name, safe[name][text]) for name, text in zip(columns, texts, strict=True) if text]
        yield RawText(file.name, "", str(row), "", tuple(cells))
