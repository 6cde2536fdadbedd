"""What decides eligibility outside the laboratory: history, serology, form, deviations, and their boundaries.

Subjects stand on each boundary and just beyond it. The medicines that this takes ended before enrolment, so
that nothing of the analysis moves.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from simulation.edc import Table
from simulation.exposure import EXPOSURE, exposure_rows
from simulation.history import HISTORY, history_rows
from simulation.people import Person
from simulation.planting import Planter
from simulation.records import Row
from simulation.truth import stream

SEROLOGY = ("USUBJID", "LBTEST", "LBORRES", "LBDTC")
FORM = ("USUBJID", "IETESTCD", "IEORRES", "IEDTC")
DEVIATIONS = ("USUBJID", "DVTERM", "DVCAT", "DVIMP", "DVSTDTC")
TESTS = ("HIV", "HBsAg", "Anti-HCV")
NEGATIVE, POSITIVE, UNCLEAR = "Âm tính", "Dương tính", "Nghi ngờ"
CRITERIA = (*(f"I{n}" for n in range(1, 9)), *(f"E{n}" for n in range(1, 13)))
CANCER = ("Ung thư tuyến giáp đã mổ", "Thyroid cancer",
          "Neoplasms benign, malignant and unspecified (incl cysts and polyps)", "MALIGNANCY")  # fmt: skip
PANCREATITIS = ("Viêm tụy cấp", "Pancreatitis acute", "Gastrointestinal disorders", "PANCREATITIS")
AMOXICILLIN = ("amoxicillin", "antibiotic", 1500, "mg")
METHOTREXATE = ("methotrexate", "immunosuppressant", 10, "mg")


@dataclass
class Screening:
    """The further files of the data capture system before they are written."""

    history: Table = field(default_factory=list)
    serology: Table = field(default_factory=list)
    form: Table = field(default_factory=list)
    deviations: Table = field(default_factory=list)
    exposure: Table = field(default_factory=list)
    medications: Table = field(default_factory=list)

    def tables(self) -> dict[str, tuple[tuple[str, ...], Table]]:
        """Return columns and rows of each new file."""
        return {
            "history": (HISTORY, self.history),
            "serology": (SEROLOGY, self.serology),
            "eligibility": (FORM, self.form),
            "deviations": (DEVIATIONS, self.deviations),
            "exposure": (EXPOSURE, self.exposure),
        }


@dataclass
class Boundary:
    """Plants the boundaries and writes down what must become of each."""

    planter: Planter
    files: Screening
    serology: dict[tuple[str, str], str] = field(default_factory=dict)
    form: dict[tuple[str, str], str] = field(default_factory=dict)
    diagnosed: dict[str, str] = field(default_factory=dict)

    def subject(self, sex: str = "") -> Person:
        """Return the next subject whose screening is untouched."""
        while True:
            person = self.planter.subject("SCR", copied=None)
            if person.sex == sex or not sex:
                return person

    def note(self, criterion: str, file: str, person: Person, what: str, expected: str) -> None:
        """Write down what a criterion must be for a subject."""
        row = Row({}, person.usubjid, "SCR")
        self.planter.book.add("X27", f"edc/{file}.csv", row, what, "event", expected, criterion)

    def medicine(self, kind: tuple[object, ...], start: object, end: object, reason: str) -> Person:
        """Give the next subject a medicine of `kind`; dates may count days before screening."""
        person = self.subject()
        days = [_before(person.screened, item) for item in (start, end)]
        self.files.medications.append([person.usubjid, *kind, *days, reason])
        return person


def plant(planter: Planter, seed: int) -> Screening:
    """Return the further files, with subjects on and just beyond each boundary."""
    people, files = planter.demo.people, Screening()
    boundary = Boundary(planter, files)
    plant_diagnosis(boundary)
    plant_medicines(boundary)
    past = plant_history(boundary)
    plant_serology(boundary)
    plant_form(boundary)
    files.history = sorted(history_rows(people, seed, boundary.diagnosed) + past, key=lambda row: str(row[0]))
    files.serology = list(_serology(people, boundary.serology))
    files.form = list(_form(people, boundary.form))
    files.deviations = deviation_rows(people, seed)
    files.exposure = exposure_rows(people, seed)
    return files


def plant_diagnosis(boundary: Boundary) -> None:
    """Plant three years to the day, and a year alone that leaves three years undecided."""
    near = [p for p in boundary.planter.demo.people if p.screened.year - p.diagnosis_year == 3]
    exact, year = near[:2]
    boundary.diagnosed[exact.usubjid] = years_before(exact.screened, 3).isoformat()
    boundary.note("I1", "history", exact, "diagnosed three years ago to the day", "met")
    boundary.diagnosed[year.usubjid] = str(year.diagnosis_year)
    boundary.note("I1", "history", year, "three years by the year of the diagnosis alone", "unknown")


def plant_medicines(boundary: Boundary) -> None:
    """Plant antibiotics that ended 14 and 15 days before screening, immunosuppressants about 6 months."""
    for days, expected in ((14, "not met"), (15, "met")):
        person = boundary.medicine(AMOXICILLIN, days + 6, days, "acute bronchitis")
        boundary.note("E5", "medications", person, f"antibiotic until {days} days before screening", expected)
    person = boundary.subject()
    month = f"{person.screened:%Y-%m}"
    boundary.files.medications.append([person.usubjid, *AMOXICILLIN, month, month, "acute bronchitis"])
    boundary.note("E5", "medications", person, "antibiotic of which the month alone is known", "unknown")
    for days, expected in ((0, "not met"), (1, "met")):
        person = boundary.subject()
        end = months_before(person.screened, 6) - timedelta(days)
        start = end - timedelta(180)
        row = [person.usubjid, *METHOTREXATE, start, end, "rheumatoid arthritis"]
        boundary.files.medications.append(row)
        what = "immunosuppressant until six months before screening" + (" and a day" if days else "")
        boundary.note("E10", "medications", person, what, expected)


def plant_history(boundary: Boundary) -> Table:
    """Plant a malignancy that ended about 5 years before screening, and a pancreatitis long ago."""
    rows: Table = []
    for days, expected in ((0, "not met"), (1, "met")):
        person = boundary.subject()
        end = years_before(person.screened, 5) - timedelta(days)
        rows.append([person.usubjid, *CANCER, end - timedelta(400), end, "N"])
        what = "malignancy until five years before screening" + (" and a day" if days else "")
        boundary.note("E4", "history", person, what, expected)
    person = boundary.subject()
    year = person.screened.year - 5
    rows.append([person.usubjid, *CANCER, year - 1, year, "N"])
    boundary.note("E4", "history", person, "malignancy of which the year alone is known", "unknown")
    person = boundary.subject()
    rows.append([person.usubjid, *PANCREATITIS, person.screened.year - 9, person.screened.year - 9, "N"])
    boundary.note("E9", "history", person, "a pancreatitis that the form denies", "not met")
    return rows


def plant_serology(boundary: Boundary) -> None:
    """Plant a positive, a doubtful and an absent result, and a pregnancy test without any."""
    for test, text, expected in (
        ("HBsAg", POSITIVE, "not met"),
        ("Anti-HCV", UNCLEAR, "unknown"),
        ("HIV", "", "unknown"),
    ):
        person = boundary.subject()
        boundary.serology[person.usubjid, test] = text
        boundary.note("E8", "serology", person, f"{test}: {text or 'no result'}", expected)
    person = boundary.subject(sex="F")
    boundary.serology[person.usubjid, "hCG"] = "chưa có"
    boundary.note("E1", "serology", person, "pregnancy test without a result", "unknown")


def plant_form(boundary: Boundary) -> None:
    """Plant an answer that is missing and one that cannot be read."""
    for criterion, answer in (("E6", ""), ("E2", "?")):
        person = boundary.subject()
        boundary.form[person.usubjid, criterion] = answer
        boundary.note(criterion, "eligibility", person, f"the answer '{answer}'", "unknown")


def deviation_rows(people: list[Person], seed: int) -> Table:
    """Return a few deviations as a monitor writes them down."""
    rng = stream(seed, "deviations")
    rows: Table = []
    for term, category, important, share, days in (
        ("Consent signed on an outdated version of the form", "CONSENT", "N", 0.04, None),
        ("Sample kept above -70 degrees for more than four hours", "PROCEDURE", "N", 0.06, 30),
        ("Hours of fasting were not asked", "PROCEDURE", "N", 0.05, 90),
        ("Product of another storage than planned", "TREATMENT", "Y", 0.03, 0),
        ("Diary of glucose lost", "PROCEDURE", "N", 0.05, 60),
    ):
        for person in people:
            draw = rng.random()
            if draw < share and (category != "TREATMENT" or person.infused):
                day = person.screened if days is None else person.index + timedelta(days)
                rows.append([person.usubjid, term, category, important, day])
    return sorted(rows, key=lambda row: (str(row[0]), str(row[4])))


def years_before(day: date, years: int) -> date:
    """Return the same day some years before; 29 February becomes the 28th."""
    return months_before(day, 12 * years)


def months_before(day: date, months: int) -> date:
    """Return the same day some months before, or the last of a shorter month."""
    count = day.year * 12 + day.month - 1 - months
    for number in range(day.day, 0, -1):
        try:
            return date(count // 12, count % 12 + 1, number)
        except ValueError:
            continue
    raise ValueError(f"{day} has no day {months} months before")


def _before(day: date, item: object) -> object:
    return day - timedelta(item) if isinstance(item, int) else item


def _serology(people: list[Person], changed: dict[tuple[str, str], str]) -> Table:
    rows: Table = []
    for person in people:
        for test in (*TESTS, *(("hCG",) if person.sex == "F" else ())):
            result = changed.get((person.usubjid, test), NEGATIVE)
            if result:
                rows.append([person.usubjid, test, result, person.screened])
    return rows


def _form(people: list[Person], changed: dict[tuple[str, str], str]) -> Table:
    rows: Table = []
    for person in people:
        for criterion in CRITERIA:
            answer = changed.get((person.usubjid, criterion), "Y" if criterion.startswith("I") else "N")
            rows.append([person.usubjid, criterion, answer, person.screened])
    return rows
