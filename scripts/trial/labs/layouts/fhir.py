"""HL7 FHIR R4 Observations: NDJSON (bulk export), a Bundle, or single resources; one record per value.

Patients and specimens that the files of the source hold are looked up; a component is a record of its own.
The time is that of the specimen, else `effective[x]`; numbers keep their printed digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trial.labs.layouts.layout import Layout
from trial.study.errors import DataError

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
VALUES = (
    "valueQuantity", "valueString", "valueCodeableConcept", "valueInteger", "valueBoolean", "valueRange",
    "valueRatio", "valueSampledData", "valueTime", "valueDateTime", "valuePeriod",
)  # fmt: skip
Resource = dict[str, Any]


@dataclass(frozen=True)
class _Found:
    """A resource and where it stands: line or place in the bundle, place in one bundle of several."""

    row: int
    entry: str
    resource: Resource
    full_url: str


@dataclass
class _Store:
    """The resources of a source that observations refer to, by every name they may have."""

    named: dict[str, Resource] = field(default_factory=dict)

    def add(self, resource: Resource, full_url: str) -> None:
        name = f"{resource.get('resourceType')}/{resource.get('id')}"
        self.named[name] = resource
        if full_url:
            self.named[full_url] = resource

    def find(self, reference: Any, inside: Resource) -> Resource:
        """Return what a reference points to: contained, by full address, or by type and id; else nothing."""
        text = str(_dict(reference).get("reference", ""))
        if text.startswith("#"):
            held = [one for one in _list(inside.get("contained")) if _dict(one).get("id") == text[1:]]
            return _dict(held[0]) if held else {}
        tail = "/".join(text.split("/_history/")[0].split("/")[-2:])
        return self.named.get(text) or self.named.get(tail) or {}


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every file; ROW is the line (NDJSON) or the place in the bundle."""
    from trial.labs.files import find_files, read_text
    from trial.labs.layouts.messages import encoding_of, with_fixed
    from trial.labs.raw import from_dicts

    store, files = _Store(), {}
    for file in find_files(raw, source.files, f"sources.{name}.files"):
        files[file.name] = read_resources(read_text(file, encoding_of(source), vocabulary), file.name)
        for one in files[file.name]:
            store.add(one.resource, one.full_url)
    patients = _Patients(store, source.subject.authority or "", ", ".join(files))
    parts, seen = [], frozenset(patients.personal())
    for file, resources in files.items():
        found = [
            (_placed(record, one.entry), one.row)
            for one in resources
            if one.resource.get("resourceType") == "Observation"
            for record in read_observation(one.resource, store, patients, source.numbers.decimal)
        ]
        if found:
            records = with_fixed([record for record, _ in found], source.fixed)
            parts.append(from_dicts(records, [row for _, row in found], file, seen))
    if not parts:
        raise DataError(", ".join(files), "no Observation", hint="is this a FHIR R4 export of results?")
    return parts


def _placed(record: dict[str, str], entry: str) -> dict[str, str]:
    """Return a record with its place in the row: the entry of one bundle of several, the component."""
    return record | {"column": ", ".join(filter(None, (entry, record.get("column", ""))))}


def read_resources(text: str, where: str) -> list[_Found]:
    """Return every resource of a file.

    Raises
    ------
    DataError
        If the text is no JSON, or no FHIR resource.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        try:
            whole = [(1, _loads(text))]
        except ValueError:
            whole = [(number, _loads(line)) for number, line in lines]
    except RecursionError:
        raise DataError(where, "nested too deeply for a FHIR resource", hint="ask for it again") from None
    except ValueError:
        row = next((number for number, line in lines if not _is_json(line)), 1)
        raise DataError(
            f"{where}, row {row}", "not JSON", hint="is this FHIR, as a bundle or one resource per line?"
        ) from None
    found: list[_Found] = []
    for row, resource in whole:
        kind = _dict(resource).get("resourceType")
        if not kind:
            raise DataError(f"{where}, row {row}", "no FHIR resource", hint="is this a FHIR R4 export?")
        if kind == "Bundle":
            entries = enumerate(map(_dict, _list(resource.get("entry"))), 1)
            alone = len(whole) == 1
            found += [
                _Found(
                    at if alone else row, "" if alone else f"entry {at}", _dict(entry.get("resource")),
                    str(entry.get("fullUrl", "")),
                )
                for at, entry in entries
            ]  # fmt: skip
        else:
            found.append(_Found(row, "", resource, ""))
    return found


class _Patients:
    """The identifiers of patients: that of the declared system, or the only one."""

    def __init__(self, store: _Store, authority: str, where: str) -> None:
        self._store, self._authority, self._where = store, authority, where

    def number(self, observation: Resource) -> str:
        subject = _dict(observation.get("subject"))
        patient = self._store.find(subject, observation)
        held = [
            *_list(patient.get("identifier")),
            *([subject["identifier"]] if "identifier" in subject else []),
        ]
        identifiers = [_dict(one) for one in held]
        if self._authority:
            identifiers = [one for one in identifiers if one.get("system") == self._authority]
            return str(identifiers[0].get("value", "")) if identifiers else ""
        numbers = {str(one.get("value", "")) for one in identifiers}
        if len(numbers) > 1:
            systems = sorted({str(one.get("system", "")) for one in identifiers})
            raise DataError(
                self._where, "patients have several identifiers", [f"system '{one}'" for one in systems],
                "declare in subject.authority the system of the number that the study knows",
            )  # fmt: skip
        return numbers.pop() if numbers else str(subject.get("reference", "")).rpartition("/")[2]

    def personal(self) -> Iterator[str]:
        """Yield names, birth dates, phones and addresses of all patients."""
        for resource in self._store.named.values():
            if resource.get("resourceType") != "Patient":
                continue
            for name in map(_dict, _list(resource.get("name"))):
                given = " ".join(map(str, _list(name.get("given"))))
                family = str(name.get("family", ""))
                yield from (
                    str(name.get("text", "")),
                    f"{family} {given}".strip(),
                    f"{given} {family}".strip(),
                )
            yield str(resource.get("birthDate", ""))
            yield from (str(_dict(one).get("value", "")) for one in _list(resource.get("telecom")))
            yield from (str(_dict(one).get("text", "")) for one in _list(resource.get("address")))


def read_observation(
    observation: Resource, store: _Store, patients: _Patients, decimal: str
) -> Iterator[dict[str, str]]:
    """Yield the records of an observation: its own value and each component's."""
    shared = _shared(observation, store, patients)
    components = [_dict(one) for one in _list(observation.get("component"))]
    own = any(name in observation for name in VALUES) or "dataAbsentReason" in observation
    if own or not (components or observation.get("hasMember")):
        yield shared | _measured(observation, decimal)
    elif not components:
        yield shared | {"rule": "NOT_A_RESULT"}
    for at, component in enumerate(components, 1):
        yield shared | _measured(component, decimal) | {"column": f"component {at}"}


def _shared(observation: Resource, store: _Store, patients: _Patients) -> dict[str, str]:
    specimen = store.find(observation.get("specimen"), observation)
    collection = _dict(specimen.get("collection"))
    period = _dict(collection.get("collectedPeriod")) or _dict(observation.get("effectivePeriod"))
    times = (collection.get("collectedDateTime"), observation.get("effectiveDateTime"),
             observation.get("effectiveInstant"), period.get("start"))  # fmt: skip
    fasting = _dict(collection.get("fastingStatusDuration"))
    notes = [*_list(observation.get("note")), *_list(specimen.get("note"))]
    accession = _dict(specimen.get("accessionIdentifier")).get("value")
    return {
        "subject": patients.number(observation),
        "status": str(observation.get("status", "")),
        "collected": next((str(time) for time in times if time), ""),
        "received": str(specimen.get("receivedTime", "")),
        "resulted": str(observation.get("issued", "")),
        "specimen": _concept(specimen.get("type")),
        "quality": "; ".join(filter(None, map(_concept, _list(specimen.get("condition"))))),
        "fasting": _concept(collection.get("fastingStatusCodeableConcept"))
        or f"{fasting.get('value', '')} {fasting.get('unit', '')}".strip(),
        "comment": " ".join(str(_dict(note).get("text", "")) for note in notes).strip(),
        "method": _concept(observation.get("method")),
        "accession": str(accession or _dict(observation.get("specimen")).get("reference", "")),
    }


def _measured(part: Resource, decimal: str) -> dict[str, str]:
    """Return test, result, unit, range and flag of an observation or a component."""
    codings = [_dict(one) for one in _list(_dict(part.get("code")).get("coding"))]
    loinc = [str(one.get("code", "")) for one in codings if one.get("system") == LOINC]
    local = [str(one.get("code", "")) for one in codings if one.get("system") != LOINC]
    values = [_value(part[name], decimal) for name in VALUES if name in part]
    if not values and "dataAbsentReason" in part:
        values = [(_concept(part["dataAbsentReason"], code_first=True), "")]
    bounds = [_dict(one) for one in _list(part.get("referenceRange"))][:1]
    low, high = (_dict(bounds[0].get(end)) if bounds else {} for end in ("low", "high"))
    flags = [_concept(one, code_first=True) for one in _list(part.get("interpretation"))]
    return {
        "analyte": _concept(part.get("code")),
        "analyte_code": local[0] if local else "",
        "loinc": loinc[0] if loinc else "",
        # Two values are not allowed; what is printed is shown, and is no number.
        "result": " | ".join(text for text, _ in values),
        "unit": next((unit for _, unit in values if unit), ""),
        "reference": str(bounds[0].get("text", "")) if bounds else "",
        "reference_low": str(low.get("value", "")).replace(".", decimal),
        "reference_high": str(high.get("value", "")).replace(".", decimal),
        "flag": ";".join(filter(None, flags)),
    }


def _value(value: Any, decimal: str) -> tuple[str, str]:
    """Return the printed value and its unit; a Quantity has its comparator before the number."""
    if not isinstance(value, dict):
        return str(value), ""
    if "value" in value or "comparator" in value:
        number = str(value.get("value", "")).replace(".", decimal)
        unit = value.get("code") if value.get("system") == UCUM and value.get("code") else value.get("unit")
        return f"{value.get('comparator', '')}{number}", str(unit or "")
    return _concept(value) or json.dumps(value, ensure_ascii=False), ""


def _concept(concept: Any, code_first: bool = False) -> str:
    """Return the printed text of a CodeableConcept, or its code."""
    given = _dict(concept)
    codings = [_dict(one) for one in _list(given.get("coding"))]
    codes = [str(one["code"]) for one in codings if one.get("code")]
    texts = [str(one["display"]) for one in codings if one.get("display")]
    texts = [str(given["text"]), *texts] if given.get("text") else texts
    order = (codes, texts) if code_first else (texts, codes)
    return next((found[0] for found in order if found), "")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str)


def _is_json(line: str) -> bool:
    try:
        _loads(line)
    except ValueError:
        return False
    return True


FILLS = frozenset({
    "subject", "analyte", "analyte_code", "loinc", "result", "unit", "reference", "reference_low",
    "reference_high", "flag", "status", "collected", "received", "resulted", "specimen", "quality", "fasting",
    "comment", "method", "accession",
})  # fmt: skip
LAYOUT = Layout(read, tables=("message",), fills=FILLS)
