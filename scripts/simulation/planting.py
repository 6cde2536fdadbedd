"""Finding places for defects: complete subjects with few other defects, by rule and not by name."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from simulation.demo import Demo
from simulation.insurance import COPIED_SUBJECTS
from simulation.lis import stamps
from simulation.people import Draw, Person
from simulation.records import Row

LIS = {2019: "lis/lis_2019.csv", 2020: "lis/lis_2020.csv"}


class Planter:
    """Hands out subjects and rows for defects, the least burdened subject first.

    Parameters
    ----------
    demo : Demo
        The study whose rows are changed in place.
    """

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.book = demo.book
        self._burden: Counter[str] = Counter()
        self._taken: set[tuple[str, str]] = set()
        self._lis = {row.key: row for row in demo.lis}
        self._visits = ("BL", "M1", "M3", "M6")

    def subject(
        self, visit: str, *, year: int = 0, even: bool | None = None, third: bool | None = None,
        copied: bool | None = False, arm: str = "",
    ) -> Person:  # fmt: skip
        """Return a subject with all visits for a defect at `visit`.

        Parameters
        ----------
        year : int
            Year of the draw, which decides the export; 0 for any.
        even : bool, optional
            Even numbers have C-peptide in the laboratory system as well.
        third : bool, optional
            Numbers divisible by three have HbA1c in the laboratory system as well.
        copied : bool, optional
            Whether the insurance file has copies of the subject's efficacy tests; None for any.
        """
        found = list(self._fitting(visit, year, even, third, copied, arm))
        if not found:
            raise ValueError(f"no subject left for a defect at {visit} {year or ''}")
        return self._take(min(found, key=lambda item: (self._burden[item.usubjid], item.usubjid)), visit)

    def lowest(self, arm: str, visit: str) -> Person:
        """Return the subject of an arm with the lowest HbA1c at a visit, outside the insurance copies."""
        values = self.demo.values
        free = (
            person
            for person in self._fitting(visit, 0, None, None, False, arm)
            if not self._burden[person.usubjid]
        )
        return self._take(min(free, key=lambda item: values[item.usubjid, visit, "HBA1C"]), visit)

    def steady(self, visit: str, analyte: str, **conditions: Any) -> Person:
        """Return the subject whose value is nearest to the median of the subject's other visits.

        In such a subject a wrong unit shows as its own ratio and not as ordinary variation.
        """
        values = self.demo.values

        def stray(person: Person) -> float:
            others = [values[person.usubjid, code, analyte] for code in self._visits if code != visit]
            return abs(math.log(values[person.usubjid, visit, analyte] / median(others)))

        conditions = {"year": 0, "even": None, "third": None, "copied": False, "arm": ""} | conditions
        return self._take(min(self._fitting(visit, **conditions), key=stray), visit)

    def lis(self, person: Person, visit: str, analyte: str) -> Row:
        """Return the laboratory row of a result."""
        return self._lis[person.usubjid, visit, analyte, "main"]

    def draw(self, person: Person, visit: str) -> Draw:
        """Return the draw of a visit."""
        return self.demo.draws[person.usubjid, visit]

    def note(self, code: str, row: Row, what: str, fate: str, expected: str, column: str = "Kết quả") -> None:
        """Write down a defect of a laboratory row; its file follows from its date."""
        year = int(str(row.cells["Ngày lấy mẫu"])[-4:])
        self.book.add(code, LIS[year], row, what, fate, expected, column)

    def copy(self, row: Row, kind: str, **cells: object) -> Row:
        """Add a copy of a laboratory row with some cells changed (names without diacritics, see NAMES)."""
        twin = Row({**row.cells, **named(cells)}, row.usubjid, row.visit, row.analyte, kind)
        self.demo.lis.append(twin)
        return twin

    def set_truth(self, person: Person, visit: str, analyte: str, value: float) -> None:
        """Change a true value; the exports already made of it are for the caller to change."""
        self.demo.values[person.usubjid, visit, analyte] = value

    def shifted(self, draw: Draw, serial: int, **ahead: float) -> Draw:
        """Return a later draw under a barcode of its own."""
        gap = timedelta(**ahead)
        collected = draw.collected + gap
        return replace(
            draw, sid=f"{collected:%y%m%d}{serial:06d}", collected=collected,
            received=draw.received + gap, reported=draw.reported + gap,
        )  # fmt: skip

    def _take(self, person: Person, visit: str) -> Person:
        self._burden[person.usubjid] += 1
        self._taken.add((person.usubjid, visit))
        return person

    def _fitting(
        self, visit: str, year: int, even: bool | None, third: bool | None, copied: bool | None, arm: str
    ) -> Iterator[Person]:
        for person in self.demo.people:
            number = int(person.usubjid[-3:])
            if (person.usubjid, visit) in self._taken:
                continue
            if any((person.usubjid, code) not in self.demo.draws for code in self._visits):
                continue
            if year and self.draw(person, visit).collected.year != year:
                continue
            if even is not None and (number % 2 == 0) != even:
                continue
            if third is not None and (number % 3 == 0) != third:
                continue
            if copied is not None and (number <= COPIED_SUBJECTS) != copied:
                continue
            if arm and person.arm.code != arm:
                continue
            yield person


NAMES = {
    "result": "Kết quả", "unit": "Đơn vị", "test": "Tên xét nghiệm", "comment": "Ghi chú",
    "status": "Trạng thái", "quality": "Chất lượng mẫu", "sid": "SID", "specimen": "Loại mẫu",
    "flag": "Cờ", "limits": "Trị số tham chiếu", "patient": "Mã BN", "person": "Họ tên",
    "received": "Ngày nhận mẫu", "reported": "Ngày trả kết quả", "form": "Mã phiếu", "device": "Thiết bị",
}  # fmt: skip


def named(cells: dict[str, object]) -> dict[str, object]:
    """Return cells under the column names of the laboratory export."""
    return {NAMES[name]: value for name, value in cells.items()}


def change(row: Row, **cells: object) -> None:
    """Change cells of a laboratory row."""
    row.cells.update(named(cells))


def redraw(row: Row, draw: Draw) -> None:
    """Let a laboratory row come from another draw."""
    row.cells.update(stamps(draw))
    change(row, sid=draw.sid, form=f"PXN{draw.sid[:6]}-{draw.sid[-4:]}")


def later_time(row: Row, minutes: int) -> str:
    """Return the result time of a row moved by some minutes, as the export prints it."""
    moment = datetime.strptime(str(row.cells["Ngày trả kết quả"]), "%H:%M %d/%m/%Y")
    return f"{moment + timedelta(minutes=minutes):%H:%M %d/%m/%Y}"
