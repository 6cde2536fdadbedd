"""Tests of the medical history, of medicines and of dates of the subject."""

from collections.abc import Iterable

from trial.eligibility.comparisons import within
from trial.eligibility.config_criteria import (
    CountTest,
    DatesTest,
    DurationTest,
    HistoryTest,
    MedicineTest,
    TextTest,
    YearsTest,
)
from trial.eligibility.evidence import Evidence, place_of
from trial.eligibility.periods import (
    EVER,
    NEVER,
    Day,
    all_of,
    any_of,
    completed_years,
    days_before,
    in_period,
    months_before,
    read_known,
)
from trial.eligibility.subject_file import Record, SubjectFile
from trial.study.text import fold

NO_LIMIT = 10_000  # medicines
COARSE = "the date is not known well enough"
UNCLASSED = "the class of the medicine is not known"


def judge_dates(test: DatesTest, file: SubjectFile) -> Evidence:
    """Return whether the first date is there and not after the second."""
    first, second = (str(file.adsl[name]) for name in (test.variable, test.not_after))
    place = place_of(file.adsl)
    if not first:
        return Evidence(None, "", "", f"{test.variable} is missing", place)
    holds = not second or first <= second
    reason = "" if holds else f"{test.variable} {first} after {test.not_after} {second}"
    return Evidence(holds, first, "", reason, place)


def judge_text(test: TextTest, file: SubjectFile) -> Evidence:
    """Return whether a text of the subject is one of those given."""
    text = str(file.adsl[test.variable])
    if not text:
        return Evidence(None, "", "", f"{test.variable} is missing", place_of(file.adsl))
    return Evidence(text in test.one_of, text, "", "", place_of(file.adsl))


def judge_years(test: YearsTest, file: SubjectFile) -> Evidence:
    """Return whether the completed years since a date keep the bounds."""
    since, place = file.since(test.since), place_of(file.adsl)
    if since.first == EVER:
        return Evidence(None, "", "", f"{test.since} is missing", place)
    low, high = completed_years(since, file.reference)
    holds = within(test, low, high)
    text = f"{low}" if low == high else f"{low} or {high}"
    return Evidence(holds, text, "years", "" if holds is not None else COARSE, place)


def judge_duration(test: DurationTest, file: SubjectFile) -> Evidence:
    """Return whether a condition began long enough ago; the earliest beginning counts."""
    records = _of_category(file.history, test.category)
    if not records:
        return Evidence(None, "", "", f"no record of {', '.join(test.category)}")
    bound = months_before(file.reference, round(12 * test.at_least_years))
    found = [(read_known(row["ASTDT"], row["MHSTDTC"]).not_after(bound), row) for row in records]
    holds = any_of(answer for answer, _ in found)
    row = next(row for answer, row in found if answer is holds)
    since = f"since {row['MHSTDTC'] or 'an unknown date'}"
    return Evidence(holds, since, "", "" if holds is not None else COARSE, place_of(row))


def judge_history(test: HistoryTest, file: SubjectFile) -> Evidence:
    """Return whether a condition was there in the time before the reference date."""
    first = EVER if test.within_months is None else months_before(file.reference, test.within_months)
    records = _of_category(file.history, test.category)
    found = [(in_period(*_lasted(row), first, file.reference), row) for row in records]
    return _worst(found, "MHTERM", ("MHSTDTC", "MHENDTC"), f"no record of {', '.join(test.category)}")


def judge_medicine(test: MedicineTest, file: SubjectFile) -> Evidence:
    """Return whether a medicine of the classes was taken in the time before the reference date."""
    if test.within_months is not None:
        first = months_before(file.reference, test.within_months)
    else:
        first = days_before(file.reference, test.within_days or 0)
    found = [
        (_unless_unclassed(row, in_period(*_taken(row), first, file.reference)), row)
        for row in _of_class(file.medicines, test.classes)
    ]
    return _worst(found, "CMTRT", ("CMSTDTC", "CMENDTC"), f"no {' or '.join(test.classes)}")


def judge_count(test: CountTest, file: SubjectFile) -> Evidence:
    """Return whether as many medicines of the classes as asked were taken at the reference date."""
    many = {fold(name): count for name, count in test.substances.items()}
    certain: dict[str, Record] = {}
    possible: dict[str, Record] = {}
    for row in _of_class(file.medicines, test.classes):
        taken = _unless_unclassed(row, in_period(*_taken(row), file.reference, file.reference))
        if taken is not False:
            possible.setdefault(fold(row["CMTRT"]), row)
        if taken:
            certain.setdefault(fold(row["CMTRT"]), row)
    low, high = (sum(many.get(name, 1) for name in names) for names in (certain, possible))
    highest = NO_LIMIT if test.at_most is None else test.at_most
    holds = all_of((_count_side(low, high, test.at_least), _count_side(-high, -low, -highest)))
    names = ", ".join(str(row["CMTRT"]) for row in possible.values())
    number = f"{low}" if low == high else f"{low} to {high}"
    place = place_of(next(iter(possible.values()))) if possible else ("", "", "", "")
    value = f"{number}: {names}" if names else number
    return Evidence(holds, value, "", "" if holds is not None else COARSE, place)


def _count_side(low: int, high: int, bound: int) -> bool | None:
    """Return whether a number between two is at least a bound."""
    if low >= bound:
        return True
    return None if high >= bound else False


def _of_category(records: Iterable[Record], categories: Iterable[str]) -> list[Record]:
    wanted = {fold(text) for text in categories}
    return [row for row in records if fold(row["MHCAT"]) in wanted]


def _of_class(records: Iterable[Record], classes: Iterable[str]) -> list[Record]:
    """Return the medicines of the classes, and those of no known class, which may be of them."""
    wanted = {"", *(fold(text) for text in classes)}
    return [row for row in records if fold(row["CMCLASS"]) in wanted]


def _unless_unclassed(row: Record, taken: bool | None) -> bool | None:
    """Return whether a medicine of the classes was taken; one of no known class decides nothing by itself."""
    return taken if row["CMCLASS"] or not taken else None


def _taken(row: Record) -> tuple[Day, Day]:
    """Return start and end of a medicine; without an end it is still taken."""
    end = read_known(row["AENDT"], row["CMENDTC"]) if row["CMENDTC"] else Day(NEVER, NEVER)
    return read_known(row["ASTDT"], row["CMSTDTC"]), end


def _lasted(row: Record) -> tuple[Day, Day]:
    """Return start and end of a condition; one that goes on has none, one without any word may have ended."""
    start = read_known(row["ASTDT"], row["MHSTDTC"])
    if row["MHENDTC"]:
        return start, read_known(row["AENDT"], row["MHENDTC"])
    return start, Day(NEVER if row["MHONGO"] == "Y" else start.first, NEVER)


def _worst(found: list[tuple[bool | None, Record]], name: str, dates: tuple[str, str], none: str) -> Evidence:
    """Return the evidence of the record that decides; without a record the test does not hold."""
    if not found:
        return Evidence(False, "", "", none)
    holds = any_of(answer for answer, _ in found)
    row = next(row for answer, row in found if answer is holds)
    value = f"{row[name]} ({row[dates[0]] or '?'} to {row[dates[1]] or 'now'})"
    why = COARSE if row.get("CMCLASS", "-") else UNCLASSED
    return Evidence(holds, value, "", why if holds is None else "", place_of(row))
