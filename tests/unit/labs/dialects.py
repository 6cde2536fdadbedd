"""One truth, many exports: the same results written in every layout, encoding and dialect.

`write_export(truth, layout, dialect, folder)` writes the files and returns the `sources` entry that
declares them; `expected(truth)` is the clean table that must come back.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from unit.labs import exchange
from unit.labs.truth import (
    LONG,
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
from unit.labs.workbooks import write_long_workbook, write_sheets, write_wide_workbook

LAYOUTS = (
    "long", "long workbook", "wide", "wide workbook", "sheet per patient", "file per patient", "redcap",
    "sdtm", "xml4", "hl7", *exchange.WRITERS,
)  # fmt: skip
TEXT_LAYOUTS = ("long", "wide", "redcap", "sdtm", "file per patient")


def write_export(truth: list[Lab], layout: str, dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write the files of one layout; returns the source that declares them."""
    writer = {
        "long": _write_long, "long workbook": write_long_workbook, "wide": _write_wide,
        "wide workbook": write_wide_workbook, "sheet per patient": write_sheets,
        "file per patient": _write_files, "redcap": _write_redcap, "sdtm": _write_sdtm,
        "xml4": _write_xml4, "hl7": _write_hl7, **exchange.WRITERS,
    }[layout]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    return writer(truth, dialect, folder)


IDENTIFIERS = ["Họ tên", "Điện thoại"]


def _long_rows(truth: list[Lab], dialect: Dialect) -> list[list[object]]:
    header = ["STT", *IDENTIFIERS, *LONG.values()]
    rows: list[list[object]] = [header]
    for at, lab in enumerate(truth, 1):
        rows.append([at, PEOPLE[lab.person], PHONE, hospital_number(lab.person), NAMES[lab.analyte],
                     result_text(lab.text, dialect), UNITS[lab.analyte], date_text(lab.moment, dialect), sid_of(lab),
                     "Chính thức", f"gọi {PHONE}" if at % 3 == 0 else "", "huyết thanh", "", ["", "Y", "N"][at % 3],
                     "", "", lab.analyte, "Tháng 1", "", "", ""])  # fmt: skip
    return rows


def _write_long(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    write_rows(folder / "export.csv", _long_rows(truth, dialect), dialect)
    return base_source(dialect, layout="long", files=["export.csv"], table=table_of(dialect), columns=LONG,
                       identifiers=IDENTIFIERS, visits={"Tháng 1": "M1"})  # fmt: skip


SDTM = ("STUDYID", "USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBDTC")
SDTM_OWN = {"accession": "LBREFID", "visit": "VISIT", "specimen": "LBSPEC", "baseline_flag": "LBBLFL",
            "analysis_flag": "ANL01FL"}  # fmt: skip
SDTM_VISITS = {"BASELINE": "BL", "WEEK 4": "M1", "UNSCHEDULED 1.1": "UNS", "FOLLOW-UP": "FU"}


def _write_sdtm(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    iso = replace(dialect, date="ISO", titles=0)
    rows: list[list[object]] = [[*SDTM, *SDTM_OWN.values()]]
    for at, lab in enumerate(truth):
        visit = tuple(SDTM_VISITS)[at % len(SDTM_VISITS)]
        rows.append(["X", subject(lab.person), lab.analyte, result_text(lab.text, iso), UNITS[lab.analyte],
                     date_text(lab.moment, iso), sid_of(lab), visit, "Huyết thanh", ["", "Y"][at % 2], "Y"])  # fmt: skip
    write_rows(folder / "lb.csv", rows, iso)
    return base_source(iso, layout="sdtm", files=["lb.csv"], table=table_of(iso), columns=SDTM_OWN, visits=SDTM_VISITS,
                       subject={"id": "study id", "place": "column"})  # fmt: skip


def _wide_rows(truth: list[Lab], dialect: Dialect, subject_of=hospital_number) -> list[list[object]]:  # type: ignore[no-untyped-def]
    rows: list[list[object]] = []
    for (person, moment), labs in by_draw(truth).items():
        cells = [result_text(labs[code].text, dialect) if code in labs else "" for code in UNITS]
        rows.append([subject_of(person), PEOPLE[person], date_text(moment, dialect), *cells])
    return rows


def _measures(columns: dict[str, str]) -> list[dict[str, object]]:
    return [{"result": text, "analyte": NAMES[code], "unit": UNITS[code]} for code, text in columns.items()]


WIDE = {code: f"{code} ({unit})" for code, unit in UNITS.items()}


def _write_wide(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    header: list[object] = ["Mã BN", "Họ tên", "Ngày", *WIDE.values()]
    write_rows(folder / "wide.csv", [header, *_wide_rows(truth, dialect)], dialect)
    return base_source(dialect, layout="wide", files=["wide.csv"], table=table_of(dialect), measures=_measures(WIDE),
                       columns={"subject": "Mã BN", "collected": "Ngày"}, identifiers=["Họ tên"])  # fmt: skip


def _write_redcap(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, titles=0)
    header: list[object] = ["record_id", "redcap_event_name", "lab_date", *WIDE.values()]
    rows = [[row[0], "baseline_arm_1", *row[2:]] for row in _wide_rows(truth, plain, subject)]
    write_rows(folder / "redcap.csv", [header, *rows], plain)
    return base_source(plain, layout="redcap", files=["redcap.csv"], table=table_of(plain),
                       columns={"collected": "lab_date"}, measures=_measures(WIDE),
                       subject={"id": "study id", "place": "column"}, visits={"baseline_arm_1": "BL"})  # fmt: skip


def _write_files(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write one file per patient; the number stands in cell B1 above the header."""
    plain = replace(dialect, titles=0)
    for person in sorted({lab.person for lab in truth}):
        mine = [lab for lab in truth if lab.person == person]
        rows = [[row[2], *row[3:]] for row in _wide_rows(mine, plain)]
        head: list[list[object]] = [["Mã BN:", hospital_number(person)], ["Ngày", *WIDE.values()]]
        write_rows(folder / f"patient_{person + 1:02d}.csv", [*head, *rows], plain)
    return base_source(plain, layout="wide", files=["patient_*.csv"], table=table_of(plain, 2),
                       measures=_measures(WIDE), columns={"collected": "Ngày"},
                       subject={"id": "hospital number", "place": "cell", "cell": "B1", "width": 10})  # fmt: skip


XML_FIELDS = ("MA_LK", "STT", "MA_CHI_SO", "TEN_CHI_SO", "GIA_TRI", "DON_VI_DO", "NGAY_KQ")


def _write_xml4(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, encoding="utf-8", date="yyyymmddHHMM", titles=0)
    lines, visits = [], {}
    for at, lab in enumerate(truth, 1):
        visits[sid_of(lab)] = [sid_of(lab), hospital_number(lab.person), date_text(lab.moment, plain)]
        values = (sid_of(lab), at, lab.analyte, NAMES[lab.analyte], result_text(lab.text, plain), UNITS[lab.analyte],
                  date_text(lab.moment + timedelta(hours=2), plain))  # fmt: skip
        fields = "".join(
            f"<{tag}>{escape(str(v))}</{tag}>" for tag, v in zip(XML_FIELDS, values, strict=True)
        )
        lines.append(f"<CHI_TIET_CLS>{fields}</CHI_TIET_CLS>")
    body = f"<A><DS_CHI_SO_CLS>{''.join(lines)}</DS_CHI_SO_CLS></A>"
    (folder / "xml4.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', encoding="utf-8")
    write_rows(folder / "visits.csv", [["MA_LK", "MA_BN", "NGAY_TH_YL"], *visits.values()], plain)
    join = {
        "file": "visits.csv",
        "table": table_of(plain),
        "key": "MA_LK",
        "subject": "MA_BN",
        "collected": "NGAY_TH_YL",
    }
    return base_source(plain, layout="xml4", files=["xml4.xml"], join=join,
                       table={"type": "message", "encoding": "utf-8"})  # fmt: skip


def _write_hl7(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, encoding="utf-8", date="yyyymmddHHMM")
    segments = []
    for at, ((person, moment), labs) in enumerate(by_draw(truth).items(), 1):
        first = next(iter(labs.values()))
        segments += [f"MSH|^~\\&|LIS|VH|EDC|VH|20200101||ORU^R01^ORU_R01|{at}|P|2.5",
                     f"PID|1||{hospital_number(person)}^^^VH||{PEOPLE[person].replace(' ', '^', 1)}||19600101|F|||||{PHONE}",
                     f"OBR|1||{sid_of(first)}|LAB^Lab||| {date_text(moment, plain)}".replace("| ", "|")]  # fmt: skip
        for code, lab in labs.items():
            comparator = lab.text[0] in "<>"
            value = result_text(lab.text, plain)
            value = f"{value[0]}^{value[1:]}" if comparator else value
            kind = "SN" if comparator else "NM"
            segments.append(f"OBX|1|{kind}|{code}^{NAMES[code]}^L||{value}|{UNITS[code]}|0.64 – 3.73||||F")
    (folder / "oru.hl7").write_bytes("\r".join(segments).encode())
    words_hl7 = words() | {"status": {"F": "final", "C": "corrected", "P": "preliminary", "X": "cancelled"}}
    return base_source(plain, layout="hl7", files=["oru.hl7"], table={"type": "message", "encoding": "utf-8"},
                       words=words_hl7)  # fmt: skip
