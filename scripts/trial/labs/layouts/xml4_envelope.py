"""The envelope `GIAMDINHHS` of the Vietnamese health insurance: one `HOSO` per visit, tables inside.

Each table stands in `NOIDUNGFILE`, as base64 of an XML text or as XML itself. XML1 names the patient of a
visit, XML3 the order and execution times of its services, XML4 the results (decisions 917 to 3176).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from trial.labs.text import clean_text
from trial.study.errors import DataError

ENVELOPE = "GIAMDINHHS"
RECORDS = {"XML1": "TONG_HOP", "XML3": "CHI_TIET_DVKT", "XML4": "CHI_TIET_CLS"}
DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
# A service code may carry a suffix in one table and not in the other (sent to another hospital, price list).
SERVICE = re.compile(r"\d{2}\.\d{4}\.\d{4}")
PERSONAL = ("HO_TEN", "SO_CCCD", "MA_THE", "MA_THE_BHYT", "DIEN_THOAI", "DIA_CHI", "NGAY_SINH")
Element = Mapping[str, str]


@dataclass(frozen=True)
class Dossier:
    """The tables of one visit, or of a file of result details alone."""

    visits: list[dict[str, str]] = field(default_factory=list)
    services: list[dict[str, str]] = field(default_factory=list)
    results: list[dict[str, str]] = field(default_factory=list)

    def personal(self) -> Iterator[str]:
        """Yield names, numbers and addresses that must not leave."""
        for visit in self.visits:
            yield from (visit[tag] for tag in PERSONAL if visit.get(tag))

    def patient(self, key: str) -> str:
        """Return the patient of a visit key, ``""`` when the visit is not in the dossier."""
        found = {visit.get("MA_BN", "") for visit in self.visits if clean_text(visit.get("MA_LK", "")) == key}
        return found.pop() if len(found) == 1 else ""

    def collected(self, result: Element) -> str:
        """Return the time of execution of the service that a result belongs to.

        Matched by visit and service, and by the result time where the service was done several times;
        ``""`` when not exactly one is left. A time of execution that equals the order time is not known:
        systems fill it in that way.
        """
        mine = [service for service in self.services if _same(service, result)]
        if len(mine) > 1:
            mine = [service for service in mine if service.get("NGAY_KQ") == result.get("NGAY_KQ")]
        if len(mine) != 1:
            return ""
        done = clean_text(mine[0].get("NGAY_TH_YL", ""))
        return "" if done == clean_text(mine[0].get("NGAY_YL", "")) else done


def _same(service: Element, result: Element) -> bool:
    """Return whether a service and a result have one visit key and one service code."""
    keys = (clean_text(one.get("MA_LK", "")) for one in (service, result))
    codes = (_service(one.get("MA_DICH_VU", "")) for one in (service, result))
    return len(set(keys)) == 1 and len(set(codes)) == 1


def _service(code: str) -> str:
    found = SERVICE.match(clean_text(code))
    return found.group() if found else clean_text(code)


def open_envelope(text: str, where: str) -> list[Dossier]:
    """Return the dossiers of an envelope, or one with the results of a file that is none.

    Raises
    ------
    DataError
        If the XML is not well-formed, a table is no base64 text, or a value holds further elements.
    """
    root = _Reader(where, (RECORDS["XML4"],))
    root.parse(text)
    if root.root != ENVELOPE:
        return [Dossier(results=root.records)]
    dossiers = []
    for number, tables in enumerate(root.dossiers, 1):
        parts: dict[str, list[dict[str, str]]] = {}
        for kind, content in tables:
            if kind in RECORDS:
                inner = f"{where}, dossier {number}, {kind}"
                parts.setdefault(kind, []).extend(
                    read_elements(_decode(content, inner), inner, RECORDS[kind])
                )
        dossiers.append(Dossier(parts.get("XML1", []), parts.get("XML3", []), parts.get("XML4", [])))
    return dossiers


def read_elements(text: str, where: str, record: str) -> list[dict[str, str]]:
    """Return the fields of every element `record`."""
    reader = _Reader(where, (record,))
    reader.parse(text)
    return reader.records


def _decode(content: str, where: str) -> str:
    """Return the XML text of a table; its own declaration may name an encoding that it does not have."""
    if "<" in content:
        return content
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except (binascii.Error, ValueError):
        raise DataError(
            where, "the table is not base64 of UTF-8 text", hint="ask for the file again"
        ) from None


class _Reader:
    """Collects record elements, or the tables of an envelope, while the parser runs."""

    def __init__(self, where: str, records: tuple[str, ...]) -> None:
        self.where = where
        self.root = ""
        self.records: list[dict[str, str]] = []
        self.dossiers: list[list[tuple[str, str]]] = []
        self._wanted = records
        self._path: list[str] = []
        self._text: list[str] = []
        self._kind = ""
        self._inner: list[str] | None = None

    def parse(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._data, self._refuse
        try:
            parser.Parse(DECLARATION.sub("", text).encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            raise DataError(
                f"{self.where}, row {error.lineno}", f"not well-formed XML: {expat.ErrorString(error.code)}",
                hint="ask for the file again",
            ) from None  # fmt: skip

    def _start(self, tag: str, _: object) -> None:
        tag = tag.rpartition(":")[2]
        self.root = self.root or tag
        if len(self._path) > 1 and self._path[-2] in self._wanted:
            self._mixed()
        self._path.append(tag)
        self._text = []
        if tag in self._wanted:
            self.records.append({})
        if tag == "HOSO":
            self.dossiers.append([])
        elif tag == "NOIDUNGFILE":
            self._inner = []
        elif self._inner is not None:
            self._inner.append(f"<{tag}>")

    def _data(self, text: str) -> None:
        self._text.append(text)
        if self._inner is not None:
            self._inner.append(text if len(self._path) and self._path[-1] == "NOIDUNGFILE" else _escape(text))

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        text = "".join(self._text)
        if len(self._path) > 1 and self._path[-2] in self._wanted:
            if tag in self.records[-1]:
                self._mixed()
            self.records[-1][tag] = text
        elif tag == "LOAIHOSO":
            self._kind = clean_text(text).upper()
        elif tag == "NOIDUNGFILE" and self._inner is not None and self.dossiers:
            self.dossiers[-1].append((self._kind, "".join(self._inner)))
            self._inner = None
        if self._inner is not None and tag != "NOIDUNGFILE":
            self._inner.append(f"</{tag}>")
        self._path.pop()

    def _mixed(self) -> None:
        raise DataError(
            self.where, f"a value of record {len(self.records)} is broken by another element, or given twice",
            hint="ask for the file again",
        )  # fmt: skip

    def _refuse(self, *_: object) -> None:
        raise DataError(self.where, "the file declares a document type; results need none", hint="remove it")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
