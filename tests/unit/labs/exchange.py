"""Exports of the truth in exchange formats: SAS, Dataset-JSON, FHIR, the insurance envelope, REDCap."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pyreadstat

from unit.labs.truth import (
    NAMES,
    PEOPLE,
    PHONE,
    UNITS,
    Dialect,
    Lab,
    base_source,
    by_draw,
    date_text,
    hospital_number,
    result_text,
    sid_of,
    subject,
    table_of,
    words,
    write_rows,
)

SDTM = ("STUDYID", "USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBDTC", "LBREFID")
STUDY_ID = {"id": "study id", "place": "column"}
MESSAGE = {"type": "message", "encoding": "utf-8"}


def _sdtm_rows(truth: list[Lab], dialect: Dialect) -> list[list[str]]:
    iso = replace(dialect, date="ISO", pad="")
    return [["X", subject(lab.person), lab.analyte, result_text(lab.text, iso), UNITS[lab.analyte],
             date_text(lab.moment, iso), sid_of(lab)] for lab in truth]  # fmt: skip


def write_sas(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write SDTM LB as a transport file; its text is UTF-8."""
    frame = pd.DataFrame(_sdtm_rows(truth, dialect), columns=list(SDTM)).assign(LBSEQ=range(len(truth)))
    pyreadstat.write_xport(frame, str(folder / "lb.xpt"), table_name="LB", file_format_version=5)
    return base_source(replace(dialect, date="ISO"), layout="sdtm", files=["lb.xpt"], subject=STUDY_ID,
                       table={"type": "sas", "encoding": "utf-8"}, columns={"accession": "LBREFID"})  # fmt: skip


def dataset_json(rows: list[list[object]], names: tuple[str, ...] = SDTM) -> tuple[dict[str, object], list]:  # type: ignore[type-arg]
    """Return the metadata and the rows of a Dataset-JSON file of text variables."""
    columns = [{"itemOID": f"IT.{n}", "name": n, "label": n, "dataType": "string"} for n in names]
    meta = {"datasetJSONCreationDateTime": "2024-01-31T00:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.LB",
            "records": len(rows), "name": "LB", "label": "Laboratory", "columns": columns}  # fmt: skip
    return meta, rows


def write_dataset_json(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write SDTM LB as Dataset-JSON: whole, by lines, or compressed, by the dialect's quoting and mark."""
    meta, rows = dataset_json(_sdtm_rows(truth, dialect))
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in [meta, *rows]) + "\n"
    whole = json.dumps(meta | {"rows": rows}, ensure_ascii=False, indent=dialect.titles or None)
    name, data = {
        (False, False): ("lb.json", whole.encode()), (False, True): ("lb.ndjson", lines.encode()),
    }.get((dialect.bom, bool(dialect.quoting)), ("lb.dsjc", zlib.compress(lines.encode(), 9)))  # fmt: skip
    (folder / name).write_bytes(data)
    return base_source(replace(dialect, date="ISO"), layout="sdtm", files=[name], subject=STUDY_ID,
                       table={"type": "dataset-json"}, columns={"accession": "LBREFID"})  # fmt: skip


def _observation(lab: Lab, at: int) -> dict[str, object]:
    quantity: dict[str, object] = {"value": json.loads(lab.text.lstrip("<>")), "unit": UNITS[lab.analyte]}
    if lab.text[0] in "<>":
        quantity["comparator"] = lab.text[0]
    return {
        "resourceType": "Observation", "id": f"o{at}", "status": "final", "code": {"text": NAMES[lab.analyte]},
        "subject": {"reference": f"Patient/p{lab.person}"}, "valueQuantity": quantity,
        "effectiveDateTime": date_text(lab.moment, Dialect(date="ISO")), "specimen": {"reference": f"Specimen/{sid_of(lab)}"},
    }  # fmt: skip


def _patient(person: int) -> dict[str, object]:
    family, given = PEOPLE[person].split(" ", 1)
    return {"resourceType": "Patient", "id": f"p{person}", "identifier": [{"system": "urn:mrn", "value": hospital_number(person)}],
            "name": [{"family": family, "given": given.split()}], "telecom": [{"value": PHONE}]}  # fmt: skip


FHIR_WORDS = {"status": {"final": "final", "amended": "corrected", "corrected": "corrected"}}


def _fhir_source(dialect: Dialect, files: list[str]) -> dict[str, object]:
    return base_source(
        replace(dialect, date="ISO"), layout="fhir", files=files, table=MESSAGE, words=words() | FHIR_WORDS
    )


def write_fhir_lines(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write a bulk export: one resource a line, one file per resource type."""
    patients = [_patient(person) for person in sorted({lab.person for lab in truth})]
    for name, resources in (
        ("Observation", [_observation(lab, at) for at, lab in enumerate(truth)]),
        ("Patient", patients),
    ):
        text = "".join(f"{json.dumps(one, ensure_ascii=False)}{dialect.newline}" for one in resources)
        (folder / f"{name}.ndjson").write_text(text, encoding="utf-8", newline="")
    return _fhir_source(dialect, ["*.ndjson"])


def write_fhir_bundle(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write a bundle; patients have full addresses."""
    patients = [_patient(person) for person in sorted({lab.person for lab in truth})]
    resources = [*patients, *(_observation(lab, at) for at, lab in enumerate(truth))]
    entries = [{"fullUrl": f"https://x.org/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (folder / "bundle.json").write_text(json.dumps(bundle, indent=dialect.titles or None), encoding="utf-8")
    return _fhir_source(dialect, ["bundle.json"])


def element(tag: str, **fields: object) -> str:
    """Return an XML element of plain fields."""
    return (
        f"<{tag}>{''.join(f'<{name}>{escape(str(text))}</{name}>' for name, text in fields.items())}</{tag}>"
    )


def envelope(dossiers: list[dict[str, str]], encoded: bool = True) -> str:
    """Return the envelope of the insurance around the tables of each dossier."""
    parts = []
    for tables in dossiers:
        files = ""
        for kind, xml in tables.items():
            text = f'<?xml version="1.0" encoding="utf-16"?>{xml}' if encoded else xml
            content = base64.b64encode(text.encode()).decode() if encoded else xml
            files += f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"
        parts.append(f"<HOSO>{files}</HOSO>")
    inside = f"<DANHSACHHOSO>{''.join(parts)}</DANHSACHHOSO>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<GIAMDINHHS><THONGTINHOSO>{inside}</THONGTINHOSO></GIAMDINHHS>'


def write_envelope(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write one dossier per patient, with a service of its own time for each result; text may stand plain."""
    plain = replace(dialect, date="yyyymmddHHMM", pad="")
    dossiers = []
    for person in sorted({lab.person for lab in truth}):
        visit, results, services = f"K{person}", [], []
        for at, lab in enumerate(lab for lab in truth if lab.person == person):
            code = f"23.{at:04d}.1494"
            done, result = date_text(lab.moment, plain), date_text(lab.moment + timedelta(hours=2), plain)
            ordered = date_text(lab.moment - timedelta(minutes=10), plain)
            services.append(element("CHI_TIET_DVKT", MA_LK=visit, MA_DICH_VU=f"{code}.K.79002", NGAY_YL=ordered,
                                    NGAY_TH_YL=done, NGAY_KQ=result))  # fmt: skip
            results.append(element("CHI_TIET_CLS", MA_LK=visit, MA_DICH_VU=code, MA_CHI_SO=lab.analyte,
                                   TEN_CHI_SO=NAMES[lab.analyte], GIA_TRI=result_text(lab.text, plain),
                                   DON_VI_DO=UNITS[lab.analyte], NGAY_KQ=result))  # fmt: skip
        patient = element(
            "TONG_HOP", MA_LK=visit, MA_BN=hospital_number(person), HO_TEN=PEOPLE[person], DIEN_THOAI=PHONE
        )
        dossiers.append(
            {
                "XML1": patient,
                "xml3": f"<A><B>{''.join(services)}</B></A>",
                "XML4": f"<A><B>{''.join(results)}</B></A>",
            }
        )
    (folder / "hoso.xml").write_text(envelope(dossiers, encoded=dialect.titles != 1), encoding="utf-8")
    return base_source(plain, layout="xml4", files=["hoso.xml"], table=MESSAGE)


def _redcap(truth: list[Lab], dialect: Dialect, folder: Path, repeating: bool) -> dict[str, object]:
    plain = replace(dialect, titles=0)
    instances = ["redcap_repeat_instrument", "redcap_repeat_instance"] if repeating else []
    rows: list[list[object]] = [
        ["record_id", *instances, "sex", "lab_date", *(code.lower() for code in UNITS)]
    ]
    for at, ((person, moment), labs) in enumerate(by_draw(truth).items(), 1):
        cells = [result_text(labs[code].text, plain) if code in labs else "" for code in UNITS]
        if repeating:
            rows.append([subject(person), "demographics", "", "1", "", *[""] * len(UNITS)])
        rows.append(
            [
                subject(person),
                *(["laboratory", at] if repeating else []),
                "",
                date_text(moment, plain),
                *cells,
            ]
        )
    write_rows(folder / "redcap.csv", rows, plain)
    measures = [{"result": code.lower(), "analyte": NAMES[code], "unit": UNITS[code]} for code in UNITS]
    return base_source(plain, layout="redcap", files=["redcap.csv"], table=table_of(plain), measures=measures,
                       columns={"collected": "lab_date"}, subject=STUDY_ID)  # fmt: skip


def write_redcap_classic(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write a project without events: one row a record, no `redcap_` columns."""
    return _redcap(truth, dialect, folder, repeating=False)


def write_redcap_repeating(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write a project with a repeating instrument: rows of other instruments have no results."""
    return _redcap(truth, dialect, folder, repeating=True)


def write_cut_rows(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write a long export that cuts off empty cells at the end of a row, with date and time in two columns."""
    plain = replace(dialect, titles=0)
    rows: list[list[object]] = [["ID", "Test", "Result", "Unit", "Day", "Time", "SID", "Note"]]
    for at, lab in enumerate(truth):
        day, time = f"{lab.moment:%d-%b-%y}", f"{lab.moment:%I:%M %p}"
        note = ["repeat"] if at % 2 else []
        rows.append([subject(lab.person), NAMES[lab.analyte], result_text(lab.text, plain), UNITS[lab.analyte],
                     day, time, sid_of(lab), *note])  # fmt: skip
    write_rows(folder / "cut.csv", rows, plain)
    columns = {"subject": "ID", "analyte": "Test", "result": "Result", "unit": "Unit", "collected": "Day",
               "collected_time": "Time", "accession": "SID", "comment": "Note"}  # fmt: skip
    source = base_source(
        plain, layout="long", files=["cut.csv"], table=table_of(plain), columns=columns, subject=STUDY_ID
    )
    dates = {"formats": ["dd-mmm-yy hh:MM AM"], "first_year": 1970, "zone": "Asia/Ho_Chi_Minh"}
    return source | {"dates": source["dates"] | dates}  # type: ignore[operator]


WRITERS = {
    "cut rows": write_cut_rows, "redcap classic": write_redcap_classic, "redcap repeating": write_redcap_repeating,
    "sas": write_sas, "dataset-json": write_dataset_json, "fhir lines": write_fhir_lines,
    "fhir bundle": write_fhir_bundle, "xml4 envelope": write_envelope,
}  # fmt: skip
