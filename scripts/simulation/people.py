"""Synthetic people: identity, dates of the trial, and one blood draw per visit."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from numpy.random import Generator

from simulation.parameters import INFUSION_LAG, Arm, Design
from simulation.truth import Truth, stream

FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô",
)  # fmt: skip
MIDDLES = {"F": ("Thị", "Ngọc", "Thị Kim", "Thị Mỹ"), "M": ("Văn", "Hữu", "Đức", "Minh", "Quốc")}
GIVEN = {
    "F": ("Hoa", "Lan", "Phượng", "Hạnh", "Thuỷ", "Nguyệt", "Xuân", "Tuyết", "Bích", "Hường", "Diễm", "Loan"),
    "M": ("Hùng", "Dũng", "Sơn", "Thắng", "Phước", "Lộc", "Tuấn", "Nghĩa", "Thành", "Bảo", "Khánh", "Đạt"),
}


@dataclass(frozen=True)
class Person:
    """One subject as the hospital and the trial know it; nothing here belongs to a real person."""

    usubjid: str
    arm: Arm
    hospital: str
    name: str
    phone: str
    sex: str
    birth_year: int
    diagnosis_year: int
    weight: float
    height: int
    tablets: int
    screened: date
    enrolled: date
    allocated: date
    infused: date | None
    index: date


@dataclass(frozen=True)
class Draw:
    """One blood draw: who, which visit, barcode, times, hours of fasting."""

    usubjid: str
    visit: str
    sid: str
    collected: datetime
    received: datetime
    reported: datetime
    fasting: float

    def later(self, **changes: object) -> "Draw":
        """Return the draw with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def make_people(
    design: Design, truth: Truth, seed: int, first_day: date, last_day: date, not_infused: int = -1
) -> list[Person]:
    """Give every subject of the truth an identity and the dates of the trial.

    Subjects are numbered in the order of enrolment, which spreads from `first_day` to `last_day`; the
    one in row `not_infused` is allocated to the infused arm without ever getting the infusion.
    """
    rng = stream(seed, "people")
    span = (last_day - first_day).days
    offsets = sorted(int(day) for day in rng.integers(0, span + 1, len(truth.arm)))
    people = [
        _make_person(design, truth, row, first_day + timedelta(offsets[row]), rng)
        for row in range(len(truth.arm))
    ]
    if not_infused >= 0:
        person = people[not_infused]
        index = person.allocated + timedelta(design.lag)
        people[not_infused] = replace(person, infused=None, index=index)
    return people


def _make_person(design: Design, truth: Truth, row: int, enrolled: date, rng: Generator) -> Person:
    arm = design.arms[int(truth.arm[row])]
    sex = "F" if rng.random() < 0.55 else "M"
    enrolled = weekday(enrolled)
    screened = weekday(enrolled - timedelta(int(rng.integers(18, 28))))
    allocated = weekday(enrolled + timedelta(int(rng.integers(1, 5))))
    infused = weekday(allocated + timedelta(int(rng.integers(INFUSION_LAG[0], INFUSION_LAG[1] + 1))))
    height = round(float(rng.normal(156 if sex == "F" else 166, 5)))
    covariates = {name: float(values[row]) for name, values in truth.covariates.items()}
    name = " ".join((pick(rng, FAMILIES), pick(rng, MIDDLES[sex]), pick(rng, GIVEN[sex])))
    return Person(
        usubjid=f"{design.prefix}-{row + 1:03d}",
        arm=arm,
        hospital=f"00{enrolled:%y}{100003 + 7919 * row + int(rng.integers(0, 7000)):06d}",
        name=name,
        phone=f"095{int(rng.integers(1_000_000, 9_999_999)):07d}",
        sex=sex,
        birth_year=enrolled.year - round(covariates["AGE"]),
        diagnosis_year=enrolled.year - round(covariates["DURATION"]),
        weight=round(covariates["BMI"] * (height / 100) ** 2, 1),
        height=height,
        tablets=2 if rng.random() < 0.85 else 3,
        screened=screened,
        enrolled=enrolled,
        allocated=allocated,
        infused=infused if arm.infused else None,
        index=infused if arm.infused else allocated + timedelta(design.lag),
    )


def make_draws(
    design: Design, people: list[Person], truth: Truth, seed: int, screening: bool = True
) -> dict[tuple[str, str], Draw]:
    """Return the draw of every attended visit (and of screening, code SCR), by subject and visit code."""
    rng = stream(seed, "draws")
    draws: dict[tuple[str, str], Draw] = {}
    counter = 0
    for row, person in enumerate(people):
        days = [("SCR", person.screened)] if screening else []
        days.append((design.baseline, person.index - timedelta(int(rng.integers(1, 7)))))
        for visit in design.visits:
            stray = int(rng.integers(-visit.stray, visit.stray + 1))
            days.append((visit.code, person.index + timedelta(visit.day + stray)))
        for k, (code, day) in enumerate(days):
            counter += 1
            attended = k < screening or truth.seen[row, k - screening]
            draw = make_draw(person.usubjid, code, weekday(day), counter, rng)
            if attended:
                draws[person.usubjid, code] = draw
    return draws


def make_draw(usubjid: str, visit: str, day: date, number: int, rng: Generator) -> Draw:
    """Return a fasting morning draw with its path through the laboratory."""
    collected = datetime.combine(day, time(6, 30)) + timedelta(minutes=int(rng.integers(0, 150)))
    received = collected + timedelta(minutes=int(rng.integers(8, 40)))
    reported = received + timedelta(minutes=int(rng.integers(55, 240)))
    fasting = round(float(rng.uniform(9, 13)) * 2) / 2
    return Draw(usubjid, visit, f"{day:%y%m%d}{number:06d}", collected, received, reported, fasting)


def weekday(day: date) -> date:
    """Return the day, or the Monday after it when it is a Sunday."""
    return day + timedelta(1) if day.weekday() == 6 else day


def pick(rng: Generator, items: tuple[str, ...]) -> str:
    """Return one of the items."""
    return items[int(rng.integers(0, len(items)))]
