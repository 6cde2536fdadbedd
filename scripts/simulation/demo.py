"""The demonstration study: 60 subjects, the exports of its hospital, and the truth behind them."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from simulation import cytokines, edc, insurance, lis, workbook
from simulation.laboratory import Values, measure, measure_safety, measure_screening
from simulation.parameters import DEMO, EVENTS, PLATES
from simulation.people import Draw, Person, make_draws, make_people
from simulation.records import TRAP_COLUMNS, Book, Row
from simulation.text import write_delimited
from simulation.truth import Truth, simulate

FIRST_DAY, LAST_DAY = date(2019, 5, 21), date(2020, 2, 25)
# People in the exports who are no subjects: two other patients of the hospital, and who typed the workbook.
STRANGERS = ((2019, "0019777001", "Trịnh Thị Ngoại Lai"), (2020, "0020777002", "Lưu Văn Ngoại Lai"))
CLERK = ("Trương Thị Bút", "0951234567")
TITLES_2019 = (
    "BỆNH VIỆN MINH HỌA (DỮ LIỆU TỔNG HỢP - SYNTHETIC)",
    "BÁO CÁO KẾT QUẢ XÉT NGHIỆM",
    "Từ ngày 01/04/2019 đến ngày 31/12/2019",
)


@dataclass
class Demo:
    """All parts of the demonstration study before they are written."""

    people: list[Person]
    truth: Truth
    draws: dict[tuple[str, str], Draw]
    values: Values
    lis: list[Row]
    sheets: dict[str, list[Row]]
    claim: insurance.Claim
    plates: list[Row]
    book: Book
    medications: edc.Table
    further: dict[str, tuple[tuple[str, ...], edc.Table]] = field(default_factory=dict)
    appended_medications: edc.Table = field(default_factory=list)


def build(seed: int) -> Demo:
    """Simulate the study and lay out its clean exports."""
    truth = simulate(DEMO, seed)
    people = make_people(DEMO, truth, seed, FIRST_DAY, LAST_DAY, pick_not_infused(truth))
    draws = make_draws(DEMO, people, truth, seed)
    values = measure(DEMO, people, truth, draws)
    plates = cytokines.build_rows(people, draws, values, PLATES, seed)
    laboratory = values | measure_screening(DEMO, people, truth, seed) | measure_safety(people, draws, seed)
    return Demo(
        people, truth, draws, values,
        lis=lis.build_rows(people, draws, laboratory, seed),
        sheets=workbook.build_sheets(people, draws, laboratory),
        claim=insurance.build_claim(people, draws, laboratory),
        plates=plates,
        book=Book(),
        medications=edc.medication_rows(people, truth, seed),
    )  # fmt: skip


def pick_not_infused(truth: Truth) -> int:
    """Return the row of the subject who is allocated to the infused arm and never infused."""
    infused = [arm.infused for arm in DEMO.arms]
    half = len(truth.arm) // 2
    return next(
        row for row in range(half, len(truth.arm)) if infused[truth.arm[row]] and truth.seen[row].all()
    )


def write(demo: Demo, out: Path, truth_folder: Path, seed: int) -> None:
    """Write the exports and the truth."""
    write_laboratory(demo, out)
    write_capture(demo, out / "edc", seed)
    write_truth(demo, truth_folder)


def write_laboratory(demo: Demo, out: Path) -> None:
    """Write the exports that carry laboratory results."""
    years: dict[str, list[Row]] = {"2019": [], "2020": []}
    for row in demo.lis:
        years[str(row.cells["Ngày lấy mẫu"])[-4:]].append(row)
    lis.write_year(
        out / "lis" / "lis_2019.csv", lis.arrange(years["2019"]),
        preamble=TITLES_2019, encoding="utf-8-sig", newline="\r\n",
    )  # fmt: skip
    lis.write_year(
        out / "lis" / "lis_2020.csv", lis.arrange(years["2020"]),
        preamble=(), encoding="cp1258", newline="\n",
    )  # fmt: skip
    workbook.write_workbook(out / "excel" / "hba1c_cpeptide.xlsx", demo.sheets)
    insurance.write_claim(out / "xml4", demo.claim)
    cytokines.write_plates(out / "cytokines" / "plates.csv", demo.plates)


def write_capture(demo: Demo, folder: Path, seed: int) -> None:
    """Write the files of the data capture system and the key from hospital numbers to subjects."""
    people, truth = demo.people, demo.truth
    key = sorted(([p.usubjid, p.hospital] for p in people), key=lambda line: line[1][::-1])
    edc.write_table(folder / "subject_key.csv", ("USUBJID", "MA_BN"), [list(line) for line in key])
    edc.write_table(folder / "subjects.csv", edc.SUBJECTS, edc.subject_rows(people))
    edc.write_table(folder / "visits.csv", edc.VISITS, edc.visit_rows(DEMO, people, truth, demo.draws))
    medications = [*sorted(demo.medications, key=_by_subject), *demo.appended_medications]
    edc.write_table(folder / "medications.csv", edc.MEDICATIONS, medications)
    edc.write_table(folder / "adverse_events.csv", edc.EVENTS, edc.event_rows(DEMO, people, EVENTS, seed))
    edc.write_table(
        folder / "discontinuation.csv",
        edc.DISCONTINUATION,
        edc.discontinuation_rows(DEMO, people, truth, seed),
    )
    for name, (columns, rows) in demo.further.items():
        edc.write_table(folder / f"{name}.csv", columns, rows)


def write_truth(demo: Demo, folder: Path) -> None:
    """Write the true values, the planted defects and the strings that must not leave the intake."""
    units = {variable.name: variable.unit for variable in DEMO.variables}
    table = [
        [usubjid, visit, analyte, f"{value:.2f}", units[analyte]]
        for (usubjid, visit, analyte), value in sorted(demo.values.items())
    ]
    write_delimited(folder / "truth.csv", [("USUBJID", "VISIT", "ANALYTE", "VALUE", "UNIT"), *table])
    write_delimited(folder / "traps.csv", [TRAP_COLUMNS, *demo.book.table()])
    (folder / "identifiers.txt").write_bytes(("\n".join(identify(demo)) + "\n").encode())


def identify(demo: Demo) -> list[str]:
    """Return names, hospital numbers (also without their leading zeros) and telephone numbers."""
    found = {word for person in demo.people for word in (person.name, person.hospital, person.phone)}
    found |= {person.hospital.lstrip("0") for person in demo.people}
    found |= {word for _, hospital, name in STRANGERS for word in (hospital, hospital.lstrip("0"), name)}
    return sorted(found | set(CLERK))


def _by_subject(line: list[object]) -> str:
    return str(line[0])
