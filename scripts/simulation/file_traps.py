"""Defects planted in the workbook, the insurance file, the plate file and the data capture files."""

from dataclasses import replace
from datetime import datetime, timedelta

from simulation import cytokines
from simulation.demo import CLERK
from simulation.lis import flag_of
from simulation.parameters import PLATES
from simulation.people import Person
from simulation.planting import Planter
from simulation.records import Row
from simulation.workbook import COLUMN, SHEETS, to_ifcc

WORKBOOK = "excel/hba1c_cpeptide.xlsx"
CLAIM = "xml4/xml4.xml"
PLATE_FILE = "cytokines/plates.csv"
NMOL = 0.33109
UNKNOWN_SUBJECT = "VH-099"


def plant(planter: Planter) -> None:
    """Plant every defect outside the laboratory system's exports."""
    plant_workbook(planter)
    plant_conflict(planter)
    plant_claim(planter)
    plant_only_copies(planter)
    plant_entry_bounds(planter)
    plant_plates(planter)
    plant_capture(planter)
    note_habits(planter)


def plant_workbook(planter: Planter) -> None:
    """Plant X3 and what a spreadsheet does to numbers (X23)."""
    book = planter.book
    person = planter.steady("M3", "CPEP", even=False)
    row = sheet_row(planter, person, "M3")
    value = planter.demo.values[person.usubjid, "M3", "CPEP"]
    row.cells[COLUMN["CPEP"]] = round(value * NMOL, 3)
    book.add("X3", WORKBOOK, row, "C-peptide in nmol/L under ng/mL", "quarantined:WRONG_UNIT",
             "ratio of 0.331 to the subject's other values: query, never corrected unsigned",
             COLUMN["CPEP"])  # fmt: skip

    person = planter.subject("M1", even=True)
    row = sheet_row(planter, person, "M1")
    row.cells[COLUMN["CPEP"]] = datetime(2020, 3, 1)
    book.add("X23", WORKBOOK, row, "result `1-3` turned into a date", "quarantined:RESULT_IS_DATE",
             "not a number: query; the laboratory system has the result", COLUMN["CPEP"])  # fmt: skip

    person = planter.subject("BL", third=True, copied=None)
    row = sheet_row(planter, person, "BL")
    row.cells[COLUMN["HBA1C"]] = "chưa có KQ"
    book.add("X23", WORKBOOK, row, "text in place of a result", "quarantined:NOT_A_NUMBER",
             "not a number: query; the laboratory system has the result", COLUMN["HBA1C"])  # fmt: skip

    person = planter.subject("M1", third=False)
    row = sheet_row(planter, person, "M1")
    text = f"{to_ifcc(planter.demo.values[person.usubjid, 'M1', 'HBA1C']):.1f}".replace(".", ",")
    row.cells[COLUMN["HBA1C"]] = text
    book.add("X4", WORKBOOK, row, "HbA1c in mmol/mol under %", "quarantined:IMPOSSIBLE_VALUE",
             "above 20 %: query", COLUMN["HBA1C"])  # fmt: skip

    first = planter.demo.sheets[SHEETS["M6"]][0]
    book.add("X23", WORKBOOK, first, "hospital numbers of the sheet stored as numbers, leading zeros lost",
             "used", "restored to ten digits", "B")  # fmt: skip
    book.add("X15", WORKBOOK, first, "dates of the sheet stored as serial numbers", "used",
             "read as days since 1899-12-30", "F")  # fmt: skip
    first = planter.demo.sheets[SHEETS["M1"]][0]
    book.add("X23", WORKBOOK, first, "numbers of the sheet stored as text with a decimal comma", "used",
             "read by the declared format", COLUMN["HBA1C"])  # fmt: skip
    foot = Row({"B": f"Người nhập liệu: ĐD. {CLERK[0]}, ĐT {CLERK[1]}"}, sheet=SHEETS["M1"],
               number=first.number + len(planter.demo.people) + 1, kind="foot")  # fmt: skip
    planter.demo.sheets[SHEETS["M1"]].append(foot)
    book.add(
        "X23",
        WORKBOOK,
        foot,
        "signature line below the table",
        "quarantined:NOT_A_RESULT",
        "no subject, no result",
    )


def plant_conflict(planter: Planter) -> None:
    """Plant X21: a typing error of the nurse, so that two routes disagree on one sample."""
    person = planter.subject("M1", even=True)
    row = sheet_row(planter, person, "M1")
    text = f"{planter.demo.values[person.usubjid, 'M1', 'CPEP'] * 1.27:.2f}".replace(".", ",")
    row.cells[COLUMN["CPEP"]] = text
    what = "C-peptide differs from the laboratory system's"
    planter.book.add("X21", WORKBOOK, row, what, "superseded:CONFLICT",
                     "conflict of two routes: by the declared order of sources", COLUMN["CPEP"])  # fmt: skip


def plant_claim(planter: Planter) -> None:
    """Plant X4, X19, X22 and X26 in the insurance file."""
    book = planter.book
    person = planter.subject("M3", copied=True)
    row = claim_row(planter, person, "M3", "HBA1C")
    row.cells["GIA_TRI"] = f"{to_ifcc(planter.demo.values[person.usubjid, 'M3', 'HBA1C']):.0f}"
    what = "HbA1c in mmol/mol under %, beside another route"
    book.add("X4", CLAIM, row, what, "quarantined:IMPOSSIBLE_VALUE",
             "above 20 %: query; the other route stands", "GIA_TRI")  # fmt: skip

    person = planter.subject("SCR", copied=None)
    row = claim_row(planter, person, "SCR", "CREA")
    row.cells["GIA_TRI"] = f"{float(str(row.cells['GIA_TRI'])) / 88.42:.2f}"
    book.add(
        "X4",
        CLAIM,
        row,
        "creatinine in mg/dL under µmol/L",
        "quarantined:IMPOSSIBLE_VALUE",
        "below 5: query",
        "GIA_TRI",
    )

    for analyte, field, value, fate, what, expected in (
        ("AST", "GIA_TRI", "", "quarantined:EMPTY_RESULT", "empty result", "missing, listed"),
        ("BILI", "GIA_TRI", "Nan", "quarantined:MISSING_RESULT", "result `Nan`", "missing, not zero"),
        ("ALT", "MA_CHI_SO", "", "used", "no analyte code", "found by its name"),
        ("CREA", "DON_VI_DO", None, "quarantined:NO_UNIT", "no unit tag", "no dictionary declares it"),
    ):
        person = planter.subject("SCR", copied=None)
        row = claim_row(planter, person, "SCR", analyte)
        row.cells[field] = value
        code = "X26" if value == "Nan" else "X22"
        book.add(code, CLAIM, row, what, fate, expected, field)

    person = planter.subject("M1", copied=None)
    row = claim_row(planter, person, "M1", "ALT")
    row.cells["MA_LK"] = "79999999999999"
    book.add(
        "X22", CLAIM, row, "key of no visit", "quarantined:NO_VISIT_KEY", "listed, the rest is read", "MA_LK"
    )


def plant_only_copies(planter: Planter) -> None:
    """Take glucose and insulin of three visits out of the laboratory system: the insurance has them alone."""
    for visit in ("BL", "M3", "M3"):
        person = planter.subject(visit, copied=True)
        for analyte in ("GLUC", "INS"):
            planter.demo.lis.remove(planter.lis(person, visit, analyte))
            row = claim_row(planter, person, visit, analyte)
            planter.book.add(
                "X22", CLAIM, row, "the only record of this result", "used", "pairs by time of draw"
            )


def plant_entry_bounds(planter: Planter) -> None:
    """Plant X11: screening values exactly on the bounds of eligibility."""
    for analyte, text, expected in (
        ("CPEP", "0,60", "not eligible: the bound is strict"),
        ("HBA1C", "8,00", "eligible: the bound is included"),
        ("HBA1C", "11,00", "eligible: the bound is included"),
    ):
        person = planter.subject("SCR")
        row = planter.lis(person, "SCR", analyte)
        row.cells["Kết quả"] = text
        row.cells["Cờ"] = flag_of(text, str(row.cells["Trị số tham chiếu"]))
        planter.note("X11", row, f"screening {analyte} exactly {text}", "used", expected)
    person = planter.subject("SCR", copied=None)
    row = claim_row(planter, person, "SCR", "AST")
    row.cells |= {"GIA_TRI": "80.0", "MO_TA": "CSBT: < 40"}
    planter.book.add("X11", CLAIM, row, "AST exactly twice its upper limit", "used",
                     "excluded: twice the limit is excluded", "GIA_TRI")  # fmt: skip


def plant_plates(planter: Planter) -> None:
    """Plant X12, X13 and X18: the ways to print a value below the limit, an unknown sample, a high value."""
    book, rows = planter.book, planter.demo.plates
    below = [row for row in rows if str(row.cells["Concentration"]).startswith("<") and row.visit != "BL"]
    for row, (code, text, fate, expected) in zip(below[3::4], BELOW, strict=False):
        row.cells["Concentration"] = text.format(row.cells["LLOQ"])
        book.add(code, PLATE_FILE, row, f"below the limit as `{text}`", fate, expected, "Concentration")
    switch = next(row for row in rows if row.cells["Lot"] == PLATES.lots[1][0])
    book.add("X13", PLATE_FILE, switch, "first row of the second lot, other limits", "used",
             "limit of its own row", "LLOQ")  # fmt: skip

    person = planter.subject("M1", copied=None)
    last = [row for row in rows if row.usubjid == person.usubjid][-1]
    draw = planter.shifted(planter.draw(person, "BL"), 900012, days=14)
    place = (int(str(last.cells["Plate"])[1:]), 46, str(last.cells["Lot"]))
    high = cytokines.make_row(draw.later(visit="UNS"), "TNFA", 500.0, 1.0, 8.4, place, PLATES)
    high.cells |= {"Concentration": ">500", "Comment": "repeat at higher dilution not possible"}
    high.visit, high.kind = "", "above"
    rows.insert(rows.index(last) + 1, high)
    book.add("X12", PLATE_FILE, high, "above the upper limit, unscheduled sample", "used",
             "censored above 500; in no window", "Concentration")  # fmt: skip

    stray = Row({**rows[-1].cells, "SampleID": f"{UNKNOWN_SUBJECT}-M1", "SubjectID": UNKNOWN_SUBJECT,
                 "Visit": "M1", "Well": "H11"}, kind="stranger")  # fmt: skip
    rows.append(stray)
    book.add("X17", PLATE_FILE, stray, "subject who is not in the study", "quarantined:UNKNOWN_PATIENT",
             "unknown subject: query", "SubjectID")  # fmt: skip

    for sample in rows:
        if sample.usubjid == person.usubjid and sample.visit == "M1":
            sample.cells |= {"CV_pct": "34.6", "Comment": "mẫu đục (lipemic)"}
            book.add("X9", PLATE_FILE, sample, "lipaemic sample, duplicate wells far apart",
                     "quarantined:LIPEMIC", "not to be measured in such a sample", "Comment")  # fmt: skip


def plant_capture(planter: Planter) -> None:
    """Plant X24 (fasting too short) and X25 (not infused, rescue, steroid, vaccination)."""
    demo, book = planter.demo, planter.book
    person = planter.subject("M3", year=2020)
    demo.draws[person.usubjid, "M3"] = replace(planter.draw(person, "M3"), fasting=6.0)
    book.add("X24", "edc/visits.csv", Row({}, person.usubjid, "M3"), "six hours of fasting", "event",
             "contradicts fasting: no FPG and no HOMA at this visit", "FASTING_H")  # fmt: skip

    idle = next(person for person in demo.people if person.arm.infused and person.infused is None)
    book.add("X25", "edc/subjects.csv", Row({}, idle.usubjid), "allocated to cells, never infused", "event",
             "index date by the rule of controls; not in the safety set of cells", "INFUSION_DT")  # fmt: skip
    for row, person in enumerate(demo.people):
        if demo.truth.rescue_day[row]:
            book.add("X25", "edc/medications.csv", Row({}, person.usubjid), "rescue medication", "event",
                     "intercurrent event", "CMREASON")  # fmt: skip
    for visit, days, name, group, dose, unit, reason in DRUGS:
        person = planter.subject(visit, copied=None)
        day = planter.draw(person, visit).collected.date() - timedelta(days)
        end = day + timedelta(4) if group == "corticosteroid" else day
        demo.medications.append([person.usubjid, name, group, dose, unit, day, end, reason])
        what = f"{group} {days} days before the draw"
        book.add("X25", "edc/medications.csv", Row({}, person.usubjid, visit), what, "event",
                 "cytokines of the visit out in a sensitivity analysis", "CMCLASS")  # fmt: skip


def note_habits(planter: Planter) -> None:
    """Write down what whole files are like: X5, X15, X16 and X17."""
    book, rows = planter.book, planter.demo.lis
    changed = min(
        (row for row in rows if row.analyte == "INS" and row.cells["Đơn vị"] == "pmol/L"),
        key=lambda row: str(row.cells["SID"]),
    )
    planter.note("X5", changed, "first insulin of the new assay, pmol/L", "used",
                 "divided by 6.945, the factor of this assay", "Đơn vị")  # fmt: skip
    for old, factor in ((True, "6.00"), (False, "6.945")):
        copy = next(
            row for row in planter.demo.claim.results
            if row.analyte == "INS" and (str(row.cells["NGAY_KQ"]) < "20200203") == old
        )  # fmt: skip
        fate = "superseded:OTHER_ROUTE" if copy_is_double(planter, copy) else "used"
        book.add("X5", CLAIM, copy, "insulin in pmol/L", fate,
                 f"divided by {factor}, the factor of its day", "DON_VI_DO")  # fmt: skip
    early = next(row for row in rows if " 0" in str(row.cells["Ngày lấy mẫu"]) and row.analyte == "GLUC")
    planter.note("X15", early, "day not above 12: reads as a month as well", "used",
                 "dd/mm/yyyy, as declared", "Ngày lấy mẫu")  # fmt: skip
    for code, file, what, expected in HABITS:
        book.add(code, file, Row({}), what, "used", expected)


def copy_is_double(planter: Planter, copy: Row) -> bool:
    """Return whether the laboratory system holds the result of an insurance row as well."""
    return any(row.key == copy.key for row in planter.demo.lis)


def sheet_row(planter: Planter, person: Person, visit: str) -> Row:
    """Return the workbook row of a subject at a visit."""
    return next(row for row in planter.demo.sheets[SHEETS[visit]] if row.usubjid == person.usubjid)


def claim_row(planter: Planter, person: Person, visit: str, analyte: str) -> Row:
    """Return the insurance row of a result."""
    key = (person.usubjid, visit, analyte, "main")
    return next(row for row in planter.demo.claim.results if row.key == key)


BELOW = (
    ("X12", "BLQ", "used", "censored below the row's limit"),
    ("X12", "<LLOQ", "used", "censored below the row's limit"),
    ("X12", "< {}", "used", "censored below the printed limit"),
    ("X12", "≤{}", "used", "censored at the printed limit"),
    ("X18", "＜{}", "used", "full-width sign; censored below the printed limit"),
    ("X12", "dưới ngưỡng", "used", "censored below the row's limit"),
    ("X12", "không phát hiện", "used", "censored below the row's limit"),
    ("X12", "0", "quarantined:ZERO_RESULT", "zero is not a concentration: query"),
)
HABITS = (
    ("X15", CLAIM, "times as yyyymmddHHMM", "read as declared"),
    ("X15", PLATE_FILE, "times in ISO 8601 with +07:00", "local time kept"),
    ("X16", "lis/lis_2019.csv", "UTF-8 with byte order mark, CRLF", "read, normalised"),
    ("X16", "lis/lis_2020.csv", "Windows-1258, tones apart from their letters", "read, normalised"),
    ("X16", PLATE_FILE, "UTF-8 without byte order mark", "read"),
    ("X17", "lis/lis_2019.csv", "heading rows between the results", "quarantined as headings"),
    ("X23", WORKBOOK, "hidden sheet with older values", "never read"),
)
DRUGS = (
    ("M3", 6, "methylprednisolone", "corticosteroid", 16, "mg", "acute bronchitis"),
    ("M6", 9, "influenza vaccine", "vaccine", 1, "dose", "prevention"),
)
