"""Rules of ADSL."""

from collections.abc import Iterator

from trial.export.checks.rule import Broken, Looked

NEEDED = ("SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM", "TRT01P")
SEXES, AGE_UNITS = ("F", "M", "U", "UNDIFFERENTIATED"), ("YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS")
OLDEST = 120


def once(looked: Looked) -> Iterator[Broken]:
    """One record per subject."""
    yield from looked.where(looked.table["USUBJID"].duplicated(keep=False), "USUBJID")


def numbered(looked: Looked) -> Iterator[Broken]:
    """One number within the study belongs to one subject."""
    if looked.has("SUBJID"):
        subjects = looked.table.drop_duplicates(["SUBJID", "USUBJID"])
        twice = subjects.loc[subjects["SUBJID"].duplicated(), "SUBJID"]
        yield from looked.where(looked.table["SUBJID"].isin(twice), "SUBJID")


def needed(looked: Looked) -> Iterator[Broken]:
    """What every ADSL has."""
    for name in NEEDED:
        if not looked.has(name):
            yield Broken(name, 0, "no such variable")


def in_populations(looked: Looked) -> Iterator[Broken]:
    """There is a population flag, and each is Y or N for everybody."""
    flags = [column.name for column in looked.dataset.columns if column.conversion == "member"]
    if not flags:
        yield Broken("ITTFL", 0, "no population flag")
    for name in flags:
        yield from looked.where(~looked.table[name].isin(["Y", "N"]), name)


def of_terms(looked: Looked) -> Iterator[Broken]:
    """Sex and the unit of age are terms of the standard."""
    for name, terms in (("SEX", SEXES), ("AGEU", AGE_UNITS)):
        if looked.has(name):
            yield from looked.where(~looked.table[name].isin([*terms, ""]), name)


def treated(looked: Looked) -> Iterator[Broken]:
    """Who is in the safety population was treated, and the other way round."""
    if looked.has("SAFFL", "TRTSDT"):
        bad = (looked.table["SAFFL"] == "Y") != (looked.table["TRTSDT"] != "")
        yield from looked.where(bad, "SAFFL", "TRTSDT")


def assigned(looked: Looked) -> Iterator[Broken]:
    """Who is in a population has a planned treatment."""
    for name in ("ITTFL", "FASFL"):
        if looked.has(name, "TRT01P"):
            yield from looked.where((looked.table[name] == "Y") & (looked.table["TRT01P"] == ""), name)


def of_age(looked: Looked) -> Iterator[Broken]:
    """An age is one of a human being."""
    if looked.has("AGE"):
        age = looked.table["AGE"]
        yield from looked.where((age < 0) | (age > OLDEST), "AGE")


def dead(looked: Looked) -> Iterator[Broken]:
    """A death has a date, and a date of death a flag."""
    if looked.has("DTHFL", "DTHDT"):
        bad = (looked.table["DTHFL"] == "Y") != (looked.table["DTHDT"] != "")
        yield from looked.where(bad, "DTHFL", "DTHDT")
