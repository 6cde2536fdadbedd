"""The national insurance layout XML4 (result details): alone, or in the envelope that hospitals send.

Elements `CHI_TIET_CLS`. `NGAY_KQ` is the result time. Patient and collection time come by the visit key
`MA_LK` from a visit list, or from XML1 and XML3 of the same envelope (`GIAMDINHHS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout
from trial.labs.layouts.xml4_envelope import Dossier, open_envelope, read_elements
from trial.labs.text import clean_text
from trial.study.errors import DataError

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

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


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return one record per result element, with patient and collection time of its visit."""
    from trial.labs.layouts.messages import read_messages, with_fixed

    visits = _read_visits(name, source, raw, vocabulary) if source.join is not None else None
    seen: set[str] = set()

    def parse(text: str, file: str) -> tuple[list[dict[str, str]], list[int]]:
        records: list[dict[str, str]] = []
        for dossier in open_envelope(text, file):
            if visits is None and dossier.results and not dossier.visits:
                raise DataError(
                    file, "the results have no visits beside them (XML1)",
                    hint="declare in join the visit list that gives patients and times",
                )  # fmt: skip
            seen.update(dossier.personal())
            records += [_record(element, dossier, visits) for element in dossier.results]
        return with_fixed(records, source.fixed), list(range(1, len(records) + 1))

    nothing = (f"no element {RECORD}", "is this the file of result details (XML4)?")
    parts = read_messages(name, source, raw, vocabulary, parse, nothing)
    return _with_identifiers(parts, seen)


def parse_elements(text: str, where: str) -> list[dict[str, str]]:
    """Return the fields of every result element of an XML4 file."""
    return read_elements(text, where, RECORD)


def _with_identifiers(parts: list[RawRecords], seen: set[str]) -> list[RawRecords]:
    from dataclasses import replace

    return [replace(part, identifiers=part.identifiers | seen) for part in parts]


def _record(element: Mapping[str, str], dossier: Dossier, visits: Visits | None) -> dict[str, str]:
    record = {role: element.get(tag, "") for tag, role in ROLES.items()}
    key = clean_text(element.get(KEY, ""))
    if visits is None:
        subject, collected = dossier.patient(key), dossier.collected(element)
        if not subject:
            return record | {"rule": "NO_VISIT_KEY"}
        # One visit may have several draws: the time of execution tells them apart.
        draw = f"{key} {collected}" if collected else ""
        return record | {"subject": subject, "collected": collected, "accession": draw}
    found = visits.get(key, set())
    if len({subject for subject, _ in found}) > 1:
        return record | {"rule": "VISIT_KEY_TWICE"}
    if not found:
        return record | {"rule": "NO_VISIT_KEY"}
    subject, collected = min(found)
    # Results of one visit come from one draw unless the visit list has several collection times.
    return record | {"subject": subject, "collected": collected if len(found) == 1 else "", "accession": key}


def _read_visits(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> Visits:
    """Return the (patient, collection time) pairs of each visit key."""
    from trial.labs.files import find_files, read_delimited
    from trial.labs.grid import Wanted

    join = source.join
    assert join is not None
    visits: dict[str, set[tuple[str, str]]] = {}
    for file in find_files(raw, (join.file,), f"sources.{name}.join.file"):
        wanted = (join.key, join.subject, join.collected)
        grid = read_delimited(file, join.table, Wanted(wanted), vocabulary)
        columns = [grid.columns[text].recode(clean_text).spread() for text in wanted]
        for key, subject, collected in zip(*columns, strict=True):
            if key:
                visits.setdefault(key, set()).add((subject, collected))
    return visits


LAYOUT = Layout(read, tables=("message",), join="may", fills=frozenset({"subject", *ROLES.values()}))
