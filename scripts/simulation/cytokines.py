"""The cytokine plate file: one row per sample and analyte, duplicate wells already averaged."""

from datetime import date, datetime, timedelta
from pathlib import Path

from simulation.laboratory import Values, plate_factor
from simulation.parameters import Plates
from simulation.people import Draw, Person
from simulation.records import Row
from simulation.text import write_delimited
from simulation.truth import stream

COLUMNS = (
    "Plate", "Well", "Kit", "Lot", "SampleID", "SubjectID", "Visit", "Collected", "Analyte", "Concentration",
    "Unit", "LLOQ", "ULOQ", "CV_pct", "Dilution", "RunDate", "Comment",
)  # fmt: skip
PREAMBLE = (
    "# Cytokine report, HS bead 2-plex, SYNTHETIC DATA",
    "# concentrations are means of duplicate wells",
)
ANALYTES = {"TNFA": "TNF-α", "IL1B": "IL-1β"}
FIRST_RUN = date(2020, 10, 5)


def build_rows(
    people: list[Person], draws: dict[tuple[str, str], Draw], values: Values, plates: Plates, seed: int
) -> list[Row]:
    """Return the rows plate by plate; all visits of a subject share a plate, each plate has its own effect.

    The effect of the plate is in the measured values, so the entries of `values` are replaced by them.
    """
    rng = stream(seed, "plates")
    rows: list[Row] = []
    for first in range(0, len(people), plates.subjects_per_plate):
        number = first // plates.subjects_per_plate + 1
        lot, limits = plates.lots[number >= plates.first_plate_of_second_lot]
        effects = {analyte: plate_factor(rng, plates.plate_sd) for analyte in ANALYTES}
        well = 0
        for person in people[first : first + plates.subjects_per_plate]:
            for (usubjid, visit), draw in draws.items():
                if usubjid != person.usubjid or (usubjid, visit, "TNFA") not in values:
                    continue
                for analyte, lloq in limits.items():
                    value = round(values[usubjid, visit, analyte] * effects[analyte], 2)
                    values[usubjid, visit, analyte] = value
                    cv = round(float(rng.gamma(4.0, 1.2)), 1)
                    place = (number, well, lot)
                    rows.append(make_row(draw, analyte, value, lloq, cv, place, plates))
                well += 1
    return rows


def make_row(
    draw: Draw,
    analyte: str,
    value: float,
    lloq: float,
    cv: float,
    place: tuple[int, int, str],
    plates: Plates,
) -> Row:
    """Return one result; a value below the limit is printed as ``<`` and the limit, as the reader does."""
    number, well, lot = place
    below = value < lloq
    cells: dict[str, object] = {
        "Plate": f"P{number:02d}", "Well": f"{'ABCDEFGH'[well % 8]}{2 * (well // 8) + 1:02d}",
        "Kit": plates.kit, "Lot": lot,
        "SampleID": f"{draw.usubjid}-{draw.visit}", "SubjectID": draw.usubjid, "Visit": draw.visit,
        "Collected": local_iso(draw.collected), "Analyte": ANALYTES[analyte],
        "Concentration": f"<{lloq:.1f}" if below else f"{value:.2f}", "Unit": "pg/mL",
        "LLOQ": f"{lloq:.1f}", "ULOQ": f"{plates.uloq:.0f}", "CV_pct": "" if below else f"{cv:.1f}",
        "Dilution": "2", "RunDate": (FIRST_RUN + timedelta(number - 1)).isoformat(),
    }  # fmt: skip
    return Row(cells, draw.usubjid, draw.visit, analyte)


def local_iso(moment: datetime) -> str:
    """Return a time of Ho Chi Minh City in ISO 8601."""
    return f"{moment:%Y-%m-%dT%H:%M}:00+07:00"


def write_plates(path: Path, rows: list[Row]) -> None:
    """Number the rows as they will stand in the file and write them."""
    for position, row in enumerate(rows, start=len(PREAMBLE) + 2):
        row.number = position
    table = [COLUMNS, *([row.cells.get(name, "") for name in COLUMNS] for row in rows)]
    write_delimited(path, table, preamble=PREAMBLE)
