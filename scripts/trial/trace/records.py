"""Every record that results are made of, by its key, with the raw places that it came from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trial.study.errors import DataError
from trial.trace.config import SubjectFile
from trial.trace.files import PLACE, read_header, read_rows

Key = tuple[str, str, str]  # PARAMCD, USUBJID, ASEQ as records.csv has them
Place = tuple[str, str, str, str]  # FILE, SHEET, ROW, COLUMN
Texts = Mapping[Place, Sequence[Sequence[str]]]
SUBJECT = ""  # the PARAMCD of whole subjects
LABS = "labs"
# What is shown of the records of endpoints and of the safety laboratory; of other data sets everything is.
SHOWN = {
    "adlb": ("VISIT", "AVISIT", "ADT", "ADY", "AVAL", "AVALU", "AVALC", "BASE", "CHG", "ABLFL", "ANL01FL",
             "DTYPE", "REASON", "DERIV"),
    "adlbsaf": ("VISIT", "AVISIT", "ADT", "ADY", "AVAL", "AVALU", "AVALC", "BASE", "CHG", "ABLFL", "ANL01FL",
                "ANRLO", "ANRHI", "ANRIND", "ATOXGR", "REASON"),
}  # fmt: skip
HIDDEN = {"USUBJID", *PLACE, "TRT01A", "TRT01P", "ARMCD"}


@dataclass(frozen=True)
class Record:
    """One record: what is shown of it, and where it came from, `(role, place)`."""

    key: Key
    cells: tuple[str, ...]
    places: tuple[tuple[str, Place], ...]


@dataclass(frozen=True)
class Group:
    """The records of one parameter, or of one data set without parameters: contiguous from `start`."""

    code: str
    dataset: str
    start: int
    columns: tuple[str, ...]


@dataclass
class Records:
    """All records in order of group, subject and number; a key's index is its place among them."""

    groups: list[Group] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    index: dict[Key, int] = field(default_factory=dict)

    def add(self, code: str, dataset: str, columns: Sequence[str], records: Iterable[Record]) -> None:
        """Append the records of one group."""
        self.groups.append(Group(code, dataset, len(self.records), tuple(columns)))
        for record in records:
            self.index[record.key] = len(self.records)
            self.records.append(record)

    def find(self, key: Key) -> int:
        """Return the index of a key of records.csv.

        Raises
        ------
        DataError
            If no data set has the record: then the trace would end in nothing.
        """
        found = self.index.get((SUBJECT, key[1], "") if key[0] == "adsl" else key)
        if found is None:
            raise DataError(
                "results/records.csv", "a record set names a record that no data set has", [" ".join(key)]
            )
        return found


def load_records(
    adsl: Path, adlb: Path, lineage: Path, tables: Sequence[Path], files: Sequence[SubjectFile], texts: Texts
) -> Records:
    """Return the records of all data sets.

    Parameters
    ----------
    tables : sequence of Path
        Data sets whose rows say themselves where they came from: the safety laboratory and those without
        parameters.
    files : sequence of SubjectFile
        Where rows about whole subjects stand.
    """
    found = Records()
    of_subject = _subject_places(files, texts)
    columns = [name for name in read_header(adsl) if name != "USUBJID"]
    subjects = (
        Record((SUBJECT, subject, ""), tuple(map(plain, cells)), tuple(of_subject.get(subject, ())))
        for subject, *cells in read_rows(adsl, ["USUBJID", *columns])
    )
    found.add(SUBJECT, "adsl", columns, subjects)
    _add_parameters(found, adlb, _lineage(lineage))
    for path in tables:
        if "PARAMCD" in read_header(path):
            _add_parameters(found, path, None)
        else:
            _add_rows(found, path)
    return found


def _subject_places(files: Sequence[SubjectFile], texts: Texts) -> dict[str, list[tuple[str, Place]]]:
    """Return the raw rows about each whole subject, by the kind of their file."""
    kinds = {file.file: (file.kind, file.column) for file in files}
    order = [file.kind for file in files]
    found: dict[str, list[tuple[str, Place]]] = {}
    for place, cells in texts.items():
        if place[0] in kinds:
            kind, column = kinds[place[0]]
            for _, name, text in cells:
                if name == column:
                    found.setdefault(text, []).append((kind, place))
    return {subject: sorted(each, key=lambda one: order.index(one[0])) for subject, each in found.items()}


def _lineage(path: Path) -> dict[Key, list[tuple[str, Place]]]:
    found: dict[Key, list[tuple[str, Place]]] = {}
    for code, subject, number, role, *place in read_rows(
        path, ["PARAMCD", "USUBJID", "ASEQ", "ROLE", *PLACE]
    ):
        found.setdefault((code, subject, number), []).append((role, (place[0], place[1], place[2], place[3])))
    return found


def _add_parameters(
    found: Records, path: Path, lineage: Mapping[Key, list[tuple[str, Place]]] | None
) -> None:
    """Add the records of a data set with parameters; without lineage each row says its own place."""
    header = read_header(path)
    columns = [name for name in SHOWN[path.stem] if name in header]
    place = [] if lineage is not None else list(PLACE)
    rows: dict[str, list[Record]] = {}
    for code, subject, number, *cells in read_rows(path, ["PARAMCD", "USUBJID", "ASEQ", *columns, *place]):
        key, shown = (code, subject, number), cells[: len(columns)]
        places = _place(code, cells[len(columns) :]) if lineage is None else tuple(lineage.get(key, ()))
        rows.setdefault(code, []).append(Record(key, tuple(map(plain, shown)), places))
    for code, records in rows.items():
        found.add(code, path.stem, columns, records)


def _add_rows(found: Records, path: Path) -> None:
    """Add the rows of a data set without parameters, numbered within their subject."""
    header = read_header(path)
    place = [name for name in PLACE if name in header]
    columns = [name for name in header if name not in HIDDEN]
    found.add(path.stem, path.stem, columns, _rows(path, columns, place))


def _rows(path: Path, columns: Sequence[str], place: Sequence[str]) -> Iterator[Record]:
    numbers: dict[str, int] = {}
    for subject, *cells in read_rows(path, ["USUBJID", *columns, *place]):
        numbers[subject] = number = numbers.get(subject, 0) + 1
        where = dict(zip(place, cells[len(columns) :], strict=True))
        places = _place("", [where.get(name, "") for name in PLACE])
        shown = tuple(map(plain, cells[: len(columns)]))
        yield Record((path.stem, subject, repr(float(number))), shown, places)


def _place(role: str, texts: Sequence[str]) -> tuple[tuple[str, Place], ...]:
    file, sheet, row, column = texts
    return ((role, (file, sheet, row, column)),) if file else ()


def plain(text: str) -> str:
    """Return a whole number of a file of the pipeline without its `.0`."""
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("-").isdigit() else text
