"""The national insurance layout XML4 (result details), joined to the visit list of its keys.

Elements `CHI_TIET_CLS` inside `DS_CHI_SO_CLS`. `NGAY_KQ` is the result time; patient and collection
time come from the visit list by `MA_LK`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from trial.labs.config import Source
from trial.labs.files import find_files, read_delimited, read_text
from trial.labs.raw import RawRecords, from_dicts
from trial.labs.text import clean_text
from trial.study.errors import DataError

RECORD = "CHI_TIET_CLS"
ROLES = {
    "MA_CHI_SO": "analyte_code",
    "TEN_CHI_SO": "analyte",
    "GIA_TRI": "result",
    "DON_VI_DO": "unit",
    "NGAY_KQ": "resulted",
    "KET_LUAN": "comment",
}
KEY = "MA_LK"
Visits = Mapping[str, set[tuple[str, str]]]


@dataclass
class _Elements:
    """Collects the fields of each record element while the parser runs."""

    where: str
    records: list[dict[str, str]] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def start(self, tag: str, _: object) -> None:
        self.path.append(tag)
        self.text = []
        if tag == RECORD:
            self.records.append({})

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, tag: str) -> None:
        if len(self.path) > 1 and self.path[-2] == RECORD:
            self.records[-1][tag] = "".join(self.text)
        self.path.pop()

    def refuse(self, *_: object) -> None:
        raise DataError(self.where, "the file declares a document type; results need none", hint="remove it")


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return one record per result element, with patient and collection time of its visit."""
    visits = _read_visits(name, source, raw_dir, vocabulary)
    parts = []
    for file, path in find_files(raw_dir, source.files, f"sources.{name}.files"):
        elements = parse_elements(read_text(path, file, source.table.encoding, vocabulary), file)  # type: ignore[union-attr]
        if not elements:
            raise DataError(file, f"no element {RECORD}", hint="is this the file of result details (XML4)?")
        records = [_join(element, visits) for element in elements]
        parts.append(from_dicts(records, range(1, len(records) + 1), file))
    return parts


def parse_elements(text: str, where: str) -> list[dict[str, str]]:
    """Return the fields of every record element.

    Raises
    ------
    DataError
        If the XML is not well-formed or declares a document type (entities are never expanded).
    """
    parser = expat.ParserCreate("utf-8")
    elements = _Elements(where)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = elements.start, elements.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = elements.data, elements.refuse
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise DataError(
            f"{where}, row {error.lineno}", f"not well-formed XML: {expat.ErrorString(error.code)}",
            hint="ask for the file again",
        ) from None  # fmt: skip
    return elements.records


def _read_visits(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> Visits:
    """Return the (patient, collection time) pairs of each visit key."""
    join = source.join
    assert join is not None
    visits: dict[str, set[tuple[str, str]]] = {}
    for file, path in find_files(raw_dir, (join.file,), f"sources.{name}.join.file"):
        wanted = [join.key, join.subject, join.collected]
        grid = read_delimited(path, file, join.table, wanted, vocabulary)
        columns = [grid.columns[text].recode(clean_text).spread() for text in wanted]
        for key, subject, collected in zip(*columns, strict=True):
            if key:
                visits.setdefault(key, set()).add((subject, collected))
    return visits


def _join(element: Mapping[str, str], visits: Visits) -> dict[str, str]:
    record = {role: element.get(tag, "") for tag, role in ROLES.items()}
    key = clean_text(element.get(KEY, ""))
    found = visits.get(key, set())
    if len({subject for subject, _ in found}) > 1:
        return record | {"rule": "VISIT_KEY_TWICE"}
    if not found:
        return record | {"rule": "NO_VISIT_KEY"}
    subject, collected = min(found)
    # Results of one visit come from one draw unless the visit list has several collection times.
    return record | {"subject": subject, "collected": collected if len(found) == 1 else "", "accession": key}
