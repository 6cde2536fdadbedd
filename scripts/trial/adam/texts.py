"""The raw text of every row of the ADaM data sets, for the trace; what names a patient is withheld."""

from collections.abc import Iterator
from pathlib import Path

from trial.adam.books import Books
from trial.adam.cells import DECIMAL, Cells, read_cells
from trial.adam.config import AdamSpec
from trial.adam.subjects import read_subjects
from trial.study.raw_files import RawFolder
from trial.study.texts import RawText
from trial.subjects.edc import read_cut


def read_texts(spec: AdamSpec, raw: RawFolder, lock: Path) -> list[RawText]:
    """Return the cells of every row of ADSL and of the declared BDS data sets, by the column of the file."""
    books, adsl = Books(read_cut(lock)), spec.adam.adsl
    found = list(_of_dataset(read_subjects(raw, adsl, books), ""))
    for name, bds in spec.adam.bds.items():
        cells = read_cells(
            raw, f"adam.bds.{name}", name, bds, {str(one): text for one, text in bds.columns.items()}, books
        )
        found += _of_dataset(cells, cells.columns["AVAL"])
    return found


def _of_dataset(cells: Cells, column: str) -> Iterator[RawText]:
    table = cells.table
    shown: dict[str, str] = {}
    for name in cells.columns:
        shown |= {
            text: text if DECIMAL.fullmatch(text) else cells.books.shown(text) for text in set(table[name])
        }
    rows = zip(table["ROW"].tolist(), *(table[name].tolist() for name in cells.columns), strict=True)
    for row, *texts in rows:
        pairs = zip(cells.columns.items(), texts, strict=True)
        found = tuple((name, of_file, shown[text]) for (name, of_file), text in pairs if text)
        yield RawText(cells.file.file, cells.dataset, row, column, found)
