"""Rules that hold for every data set."""

import re
from collections.abc import Iterator

import numpy as np

from trial.export.checks.rule import Broken, Looked, days_between
from trial.export.datasets import DAYS
from trial.export.transliteration import to_ascii
from trial.study.variables import LABEL_LENGTH, NAME_LENGTH, TEXT_LENGTH

NAME = re.compile(rf"[A-Z_][A-Z0-9_]{{0,{NAME_LENGTH - 1}}}")
# What eight bytes of a transport file hold without a loss, and whole numbers of a double.
SMALLEST, LARGEST, WHOLE = 1e-78, 7e74, 2.0**53
FLAG = re.compile(r"[A-Z0-9]+FL")
ENDS = {"TRTEDT": "TRTSDT", "AENDT": "ASTDT", "ADT": "STARTDT"}
DATES = {"ADY": "ADT", "ASTDY": "ASTDT", "AENDY": "AENDT"}
# Labels that the implementation guides of ADaM fix, of the variables that a study here may have.
LABELS = {
    "STUDYID": "Study Identifier", "USUBJID": "Unique Subject Identifier",
    "SUBJID": "Subject Identifier for the Study", "SITEID": "Study Site Identifier", "AGE": "Age",
    "AGEU": "Age Units", "SEX": "Sex", "RACE": "Race", "ETHNIC": "Ethnicity",
    "ARM": "Description of Planned Arm", "ARMCD": "Planned Arm Code",
    "ACTARM": "Description of Actual Arm", "TRT01P": "Planned Treatment for Period 01",
    "TRT01A": "Actual Treatment for Period 01", "TRTP": "Planned Treatment", "TRTA": "Actual Treatment",
    "TRTSDT": "Date of First Exposure to Treatment", "TRTEDT": "Date of Last Exposure to Treatment",
    "RANDDT": "Date of Randomization", "DTHDT": "Date of Death", "PARAM": "Parameter",
    "PARAMCD": "Parameter Code", "PARAMN": "Parameter (N)", "AVISIT": "Analysis Visit",
    "AVISITN": "Analysis Visit (N)", "ADT": "Analysis Date", "ADY": "Analysis Relative Day",
    "ASTDT": "Analysis Start Date", "AENDT": "Analysis End Date", "ASTDY": "Analysis Start Relative Day",
    "AENDY": "Analysis End Relative Day", "AVAL": "Analysis Value", "AVALC": "Analysis Value (C)",
    "BASE": "Baseline Value", "BASEC": "Baseline Value (C)", "CHG": "Change from Baseline",
    "PCHG": "Percent Change from Baseline", "ABLFL": "Baseline Record Flag", "ANL01FL": "Analysis Flag 01",
    "DTYPE": "Derivation Type", "ASEQ": "Analysis Sequence Number",
    "ANRIND": "Analysis Reference Range Indicator", "BNRIND": "Baseline Reference Range Indicator",
    "ANRLO": "Analysis Normal Range Lower Limit", "ANRHI": "Analysis Normal Range Upper Limit",
    "TRTEMFL": "Treatment Emergent Analysis Flag",
}  # fmt: skip


def identified(looked: Looked) -> Iterator[Broken]:
    """Both identifiers are there and filled."""
    for name in ("STUDYID", "USUBJID"):
        if not looked.has(name):
            yield Broken(name, 0, "no such variable")
        else:
            yield from looked.where(looked.table[name] == "", name)


def named(looked: Looked) -> Iterator[Broken]:
    """Names are those of transport files."""
    for name in (looked.dataset.name, *looked.names):
        if not NAME.fullmatch(name):
            yield Broken(name, 0, name)


def labelled(looked: Looked) -> Iterator[Broken]:
    """Labels are there, short and in ASCII."""
    labels = {looked.dataset.name: looked.dataset.label}
    for name, label in (labels | {column.name: column.label for column in looked.dataset.columns}).items():
        text = to_ascii(label)
        if not 0 < len(text) <= LABEL_LENGTH or not text.isascii():
            yield Broken(name, 0, f"{text!r}, {len(text)} characters")


def labelled_as_standard(looked: Looked) -> Iterator[Broken]:
    """A variable of the standard has its label."""
    for column in looked.dataset.columns:
        label = LABELS.get(column.name, column.label)
        if column.label != label:
            yield Broken(column.name, 0, f"{column.label!r}; the standard has {label!r}")


def written(looked: Looked) -> Iterator[Broken]:
    """Text fits a transport file: printable ASCII, 200 bytes, no blanks around it."""
    for column in looked.dataset.columns:
        if column.type == "text":
            values = looked.table[column.name]
            bad = {text for text in values.unique() if not _writable(text)}
            yield from looked.where(values.isin(bad), column.name)


def _writable(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= TEXT_LENGTH and text == text.strip()


def filled(looked: Looked) -> Iterator[Broken]:
    """A variable has a value somewhere."""
    for name in looked.names:
        values = looked.table[name]
        if not (values != "").any() or values.isna().all():
            yield Broken(name, len(values), "no record has a value")


def flagged(looked: Looked) -> Iterator[Broken]:
    """A flag says Y, N or nothing."""
    for name in looked.names:
        if FLAG.fullmatch(name):
            yield from looked.where(~looked.table[name].isin(["Y", "N", ""]), name)


def dated(looked: Looked) -> Iterator[Broken]:
    """What is called a date is one."""
    for column in looked.dataset.columns:
        if column.name.endswith("DT") and column.type != "date":
            yield Broken(column.name, 0, f"its type is {column.type}")


def imputed(looked: Looked) -> Iterator[Broken]:
    """A flag of an imputed date or time says which part was imputed."""
    for name in looked.names:
        for end, parts in (("DTF", "YMD"), ("TMF", "HMS")):
            if name.endswith(end):
                yield from looked.where(~looked.table[name].isin(["", *parts]), name)


def twins(looked: Looked) -> Iterator[Broken]:
    """A number that stands for a text does so one to one."""
    for name, twin in _twins(looked):
        pairs = looked.table[[name, twin]].drop_duplicates()
        pairs = pairs[(pairs[name] != "") & pairs[twin].notna()]
        twice = pairs[name].duplicated(keep=False) | pairs[twin].duplicated(keep=False)
        bad = looked.table[name].isin(pairs.loc[twice, name]) & looked.table[twin].notna()
        yield from looked.where(bad, twin, name)


def twins_filled(looked: Looked) -> Iterator[Broken]:
    """A text and its number are both there or both missing."""
    for name, twin in _twins(looked):
        yield from looked.where((looked.table[name] == "") != looked.table[twin].isna(), twin, name)


def _twins(looked: Looked) -> Iterator[tuple[str, str]]:
    for column in looked.dataset.columns:
        name = column.name.removesuffix("N")
        number = name != column.name and column.kind == "number" and looked.has(name)
        if number and looked.dataset.column(name).type == "text":
            yield name, column.name


def ordered(looked: Looked) -> Iterator[Broken]:
    """Nothing ends before it starts."""
    for end, start in ENDS.items():
        if looked.has(end, start):
            values = looked.table
            bad = (values[end] != "") & (values[start] != "") & (values[end] < values[start])
            yield from looked.where(bad, end, start)


def counted(looked: Looked) -> Iterator[Broken]:
    """A relative day is counted from the reference date."""
    for day, when in DATES.items():
        if looked.has(day, when):
            days = days_between(looked.table[when], looked.reference)
            meant = days + (days >= 0)
            yield from looked.where((looked.table[day] != meant) & meant.notna(), day, when)


def without_day_0(looked: Looked) -> Iterator[Broken]:
    """There is no day 0."""
    for day in DAYS:
        if looked.has(day):
            yield from looked.where(looked.table[day] == 0, day)


def unique(looked: Looked) -> Iterator[Broken]:
    """The keys name one record."""
    bad = looked.table.duplicated(list(looked.dataset.keys), keep=False)
    yield from looked.where(bad, looked.dataset.keys[-1])


def numeric(looked: Looked) -> Iterator[Broken]:
    """A number is one that a transport file holds."""
    for column in looked.dataset.columns:
        if column.kind == "number":
            size = np.abs(looked.table[column.name].to_numpy(float))
            small = (size > 0) & (size < SMALLEST)
            inexact = (column.type == "integer") & (size > WHOLE)
            yield from looked.where(small | (size > LARGEST) | inexact, column.name)


def whole(looked: Looked) -> Iterator[Broken]:
    """A variable of whole numbers holds no others."""
    for column in looked.dataset.columns:
        if column.type == "integer":
            values = looked.table[column.name]
            yield from looked.where(values.notna() & (values != np.floor(values)), column.name)


def listed(looked: Looked) -> Iterator[Broken]:
    """A value of a closed list is one of its terms."""
    for column in looked.dataset.columns:
        if column.codelist is not None:
            terms = {to_ascii(term) for term in column.codelist.terms}
            yield from looked.where(~looked.table[column.name].isin({*terms, ""}), column.name)


def planned(looked: Looked) -> Iterator[Broken]:
    """A text is not longer than its declared length."""
    for column in looked.dataset.columns:
        if column.type == "text":
            values = looked.table[column.name]
            longer = {text for text in values.unique() if len(text) > column.length}
            yield from looked.where(values.isin(longer), column.name)


def before_cut(looked: Looked) -> Iterator[Broken]:
    """Nothing is dated after the data cut."""
    for column in looked.dataset.columns:
        if column.type == "date":
            yield from looked.where(looked.table[column.name] > looked.cut, column.name)


def known(looked: Looked) -> Iterator[Broken]:
    """Every subject is in ADSL."""
    yield from looked.where(~looked.table["USUBJID"].isin(looked.adsl["USUBJID"]), "USUBJID")


def as_in_adsl(looked: Looked) -> Iterator[Broken]:
    """A variable that is also in ADSL has its value there."""
    if looked.dataset.name == "ADSL":
        return
    subjects = looked.adsl.drop_duplicates("USUBJID").set_index("USUBJID")
    there = looked.table["USUBJID"].isin(subjects.index)
    for name in looked.names:
        if name in subjects and name != "ASEQ":
            meant = looked.table["USUBJID"].map(subjects[name])
            same = (looked.table[name] == meant) | (looked.table[name].isna() & meant.isna())
            yield from looked.where(there & ~same, name)
