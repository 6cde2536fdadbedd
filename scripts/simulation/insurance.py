"""The national insurance layout XML4 (result details) and the visit list that its keys refer to."""

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from simulation.laboratory import SAFETY, Values
from simulation.lis import CHANGE
from simulation.parameters import INSULIN_FACTOR_NEW, INSULIN_FACTOR_OLD
from simulation.people import Draw, Person
from simulation.records import Row
from simulation.text import write_delimited

FIELDS = (
    "MA_LK", "STT", "MA_DICH_VU", "MA_CHI_SO", "TEN_CHI_SO", "GIA_TRI", "DON_VI_DO", "MO_TA", "KET_LUAN",
    "NGAY_KQ", "MA_BS_DOC_KQ", "DU_PHONG",
)  # fmt: skip
VISIT_FIELDS = ("MA_LK", "MA_BN", "NGAY_YL", "NGAY_TH_YL")
# Service code, index code, printed name, unit, decimals.
TESTS = {
    "GLUC": ("23.0075.1494", "GLU", "Định lượng Glucose [Máu]", "mmol/L", 2),
    "HBA1C": ("23.0083.1523", "HBA1C", "Định lượng HbA1c [Máu]", "%", 2),
    "INS": ("23.0098.1529", "INS", "Định lượng Insulin [Máu]", "pmol/L", 1),
    "CPEP": ("23.0045.1479", "CPEP", "Định lượng C-Peptid [Máu]", "ng/mL", 2),
    "AST": ("23.0020.1493", "AST", "ASAT (GOT)*", "U/L", 1),
    "ALT": ("23.0019.1493", "ALT", "ALAT (GPT)*", "UI/L", 1),
    "CREA": ("23.0051.1494", "CREA", "Creatinin*", "µmol/L", 1),
    "BILI": ("23.0027.1493", "BILTP", "Bilirubin toàn phần", "µmol/L", 1),
}
COPIED_VISITS = ("BL", "M3", "M6")
COPIED_SUBJECTS = 16


@dataclass(frozen=True)
class Claim:
    """The insurance file and its visit list."""

    results: list[Row]
    visits: list[Row]


def build_claim(people: list[Person], draws: dict[tuple[str, str], Draw], values: Values) -> Claim:
    """Return safety chemistry of everyone and copies of the efficacy tests of the first subjects."""
    results: list[Row] = []
    visits: list[Row] = []
    for person in people:
        copied = int(person.usubjid[-3:]) <= COPIED_SUBJECTS
        for (usubjid, visit), draw in draws.items():
            if usubjid != person.usubjid:
                continue
            wanted = [name for name in SAFETY if name in TESTS] + list(TESTS)[:4] * (
                copied and visit in COPIED_VISITS
            )
            found = [name for name in wanted if (usubjid, visit, name) in values]
            if found:
                visits.append(make_visit(person, draw))
                results += [make_result(draw, name, values[usubjid, visit, name]) for name in found]
    return Claim(results, visits)


def make_visit(person: Person, draw: Draw) -> Row:
    """Return the line of the visit list: order time and execution (collection) time."""
    ordered = draw.collected.replace(minute=0)
    cells: dict[str, object] = {
        "MA_LK": key_of(draw), "MA_BN": person.hospital,
        "NGAY_YL": stamp(ordered), "NGAY_TH_YL": stamp(draw.collected),
    }  # fmt: skip
    return Row(cells, person.usubjid, draw.visit)


def make_result(draw: Draw, analyte: str, value: float) -> Row:
    """Return one result; insulin leaves the hospital system in pmol/L by the factor of its day."""
    service, code, name, unit, decimals = TESTS[analyte]
    if analyte == "INS":
        value *= INSULIN_FACTOR_NEW if draw.collected >= CHANGE else INSULIN_FACTOR_OLD
    cells: dict[str, object] = {
        "MA_LK": key_of(draw), "MA_DICH_VU": service, "MA_CHI_SO": code, "TEN_CHI_SO": name,
        "GIA_TRI": f"{value:.{decimals}f}", "DON_VI_DO": unit, "NGAY_KQ": stamp(draw.reported),
        "MA_BS_DOC_KQ": "0012345/HCM-CCHN",
    }  # fmt: skip
    return Row(cells, draw.usubjid, draw.visit, analyte)


def key_of(draw: Draw) -> str:
    """Return the visit key of a draw."""
    return f"79{draw.sid}"


def stamp(moment: object) -> str:
    """Return a time as the layout writes it."""
    return f"{moment:%Y%m%d%H%M}"


def write_claim(folder: Path, claim: Claim) -> None:
    """Write `xml4.xml` and `visits.csv`; the row number of a result is its position among the results."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<CHITIEU_CHITIET_DICHVUCANLAMSANG>",
        "<DS_CHI_SO_CLS>",
    ]
    for position, row in enumerate(claim.results, start=1):
        row.number = position
        row.cells["STT"] = position
        # A cell of None is a tag that the file does not have, as in exports of the older layout.
        cells = ((name, row.cells.get(name, "")) for name in FIELDS)
        fields = "".join(f"<{name}>{escape(str(cell))}</{name}>" for name, cell in cells if cell is not None)
        lines.append(f"<CHI_TIET_CLS>{fields}</CHI_TIET_CLS>")
    lines += ["</DS_CHI_SO_CLS>", "</CHITIEU_CHITIET_DICHVUCANLAMSANG>", ""]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "xml4.xml").write_bytes("\n".join(lines).encode())
    for position, row in enumerate(claim.visits, start=2):
        row.number = position
    table = [VISIT_FIELDS, *([row.cells[name] for name in VISIT_FIELDS] for row in claim.visits)]
    write_delimited(folder / "visits.csv", table, delimiter=";")
