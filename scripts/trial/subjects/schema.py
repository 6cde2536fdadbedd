"""The subject-level data sets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from trial.study.variables import (
    ARMCD,
    FILE,
    NO_YES,
    ROW,
    SEX,
    TRT01A,
    TRT01P,
    USUBJID,
    Codelist,
    Dataset,
    Origin,
    Type,
    Variable,
    flag,
    predecessor,
    whole_date,
    with_derivations,
)

if TYPE_CHECKING:
    from trial.subjects.config_edc import SubjectColumn

# What every study has; `adsl` adds the flags of its populations and its own columns.
ADSL = Dataset(
    "ADSL",
    "Subject-Level Analysis Dataset",
    ("USUBJID",),
    with_derivations(
        (
            USUBJID,
            ARMCD,
            Variable("ARM", "Description of Planned Arm", "text", "Assigned"),
            TRT01P,
            TRT01A,
            Variable("SEX", "Sex", "text", "Collected", 1, SEX),
            Variable("AGE", "Age", "float", "Derived"),
            Variable("DIABDUR", "Duration of Diabetes (Years)", "float", "Derived"),
            Variable("BMI", "Body Mass Index (kg/m2)", "float", "Derived"),
            Variable("WEIGHT", "Weight (kg)", "float", "Collected"),
            Variable("RFICDT", "Date of Informed Consent", "date", "Collected"),
            Variable("ENRLDT", "Date of Enrollment", "date", "Collected"),
            Variable("ALLOCDT", "Date of Allocation", "date", "Collected"),
            Variable("TRTSDT", "Date of First Exposure to Treatment", "date", "Collected"),
            Variable("INDEXDT", "Index Date (Day 0)", "date", "Derived"),
            Variable(
                "INDEXRULE", "Rule that Gave the Index Date", "text", "Derived", 40, transport="INDEXRUL"
            ),
            Variable("TRTEMDT", "First Day of Emergent Adverse Events", "date", "Derived"),
            Variable("RESCDT", "Date of First Rescue Medication", "date", "Derived"),
            Variable("DISCDT", "Date of Discontinuation", "date", "Collected"),
            Variable("DSDECOD", "Standardized Disposition Term", "text", "Collected"),
        ),
        {
            "TRT01A": "The planned arm; none where its days count from an infusion and there was none",
            "AGE": "Year of ENRLDT less year of birth; missing outside the declared limits",
            "DIABDUR": "Year of ENRLDT less year of diagnosis; missing outside the declared limits",
            "BMI": "Weight in kg divided by the square of height in m; missing outside the declared limits",
            "INDEXDT": "First of the date rules of the arm whose date is present; INDEXRUL names it",
            "INDEXRULE": "Column of the subjects file that gave INDEXDT, and the days added to it",
            "TRTEMDT": "First of the rules of the arm for emergent events whose date is present",
            "RESCDT": "Earliest start in ADCM of a medicine taken as rescue",
        },
    ),
    adam_class="SUBJECT LEVEL ANALYSIS DATASET",
    structure="One record per subject",
)
ADSV = Dataset(
    "ADSV",
    "Subject Visits",
    ("USUBJID", "SVDT", "VISIT"),
    (
        USUBJID,
        Variable("VISIT", "Visit Name", "text", "Collected", 40),
        Variable("SVDT", "Date of Visit", "date", "Collected"),
        Variable("DONE", "Visit Done", "text", "Collected", 40, NO_YES),
        Variable("FASTING_H", "Hours Fasted", "float", "Collected", transport="FASTHRS"),
        Variable("REASON", "Reason Visit Not Done", "text", "Collected"),
        FILE,
        ROW,
    ),
    adam_class="ADAM OTHER",
    structure="One record per subject and visit of the form",
)
ADAE = Dataset(
    "ADAE",
    "Adverse Events Analysis Dataset",
    ("USUBJID", "ASTDT", "AEDECOD"),
    with_derivations(
        (
            USUBJID,
            predecessor(TRT01A),
            Variable("AETERM", "Reported Term for the Adverse Event", "text", "Collected"),
            Variable("AEBODSYS", "Body System or Organ Class", "text", "Collected"),
            Variable("AEDECOD", "Dictionary-Derived Term", "text", "Collected"),
            Variable("AESTDTC", "Start Date as Collected", "text", "Collected", 40),
            Variable("ASTDT", "Analysis Start Date", "date", "Collected"),
            Variable("AEENDTC", "End Date as Collected", "text", "Collected", 40),
            Variable("AENDT", "Analysis End Date", "date", "Collected"),
            Variable("ASTDY", "Analysis Start Relative Day", "integer", "Derived"),
            Variable("ADURN", "Duration of Adverse Event (Days)", "integer", "Derived"),
            flag("TRTEMFL", "Treatment Emergent Analysis Flag"),
            Variable("AESEV", "Severity/Intensity", "text", "Collected", 40),
            Variable("AESER", "Serious Event", "text", "Collected", 1, NO_YES),
            Variable(
                "AERELPROD", "Related to the Product", "text", "Collected", 1, NO_YES, transport="AERELPRD"
            ),
            Variable(
                "AERELPROC", "Related to the Procedure", "text", "Collected", 1, NO_YES, transport="AERELPRC"
            ),
            Variable("AEOUT", "Outcome of Adverse Event", "text", "Collected"),
            Variable("AEACN", "Action Taken with Study Treatment", "text", "Collected"),
            FILE,
            ROW,
        ),
        {
            "ASTDY": "Days from ADSL.INDEXDT to ASTDT",
            "ADURN": "AENDT - ASTDT + 1; missing where a date is, or the event ends before it starts",
            "TRTEMFL": "Y unless every day on which the event may have started lies before ADSL.TRTEMDT; "
            "of a start known in part a known end before that day says so too. Y for every event without "
            "TRTEMDT",
        },
    ),
    adam_class="OCCURRENCE DATA STRUCTURE",
    structure="One record per subject and adverse event",
)
ADCM = Dataset(
    "ADCM",
    "Medicines Analysis Dataset",
    ("USUBJID", "CMSTDTC", "CMTRT"),
    (
        USUBJID,
        Variable("CMTRT", "Reported Name of Medicine", "text", "Collected"),
        Variable("CMCLASS", "Class of Medicine", "text", "Collected"),
        Variable("CMDOSE", "Dose", "float", "Collected"),
        Variable("CMDOSU", "Unit of Dose", "text", "Collected", 40),
        Variable("CMREASON", "Reason of Medicine", "text", "Collected", 40),
        Variable("CMSTDTC", "Start Date as Collected", "text", "Collected", 40),
        Variable("ASTDT", "Analysis Start Date", "date", "Derived", derivation=whole_date("CMSTDTC")),
        Variable("CMENDTC", "End Date as Collected", "text", "Collected", 40),
        Variable("AENDT", "Analysis End Date", "date", "Derived", derivation=whole_date("CMENDTC")),
        FILE,
        ROW,
    ),
    adam_class="OCCURRENCE DATA STRUCTURE",
    structure="One record per subject and medicine",
)
# One row per intercurrent event of a subject, with the row of the EDC file that it was read from.
ADICE = Dataset(
    "ADICE",
    "Intercurrent Events",
    ("USUBJID", "EVENT", "ICEDT", "FILE", "ROW"),
    with_derivations(
        (
            USUBJID,
            Variable("EVENT", "Intercurrent Event", "text", "Assigned", 16),
            Variable("ICEDT", "Date of the Intercurrent Event", "date", "Derived"),
            flag("EARLYFL", "Earliest Possible Date Taken"),
            FILE,
            ROW,
        ),
        {
            "ICEDT": "Date of the event; where it is known in part and may lie after the index date, the "
            "earliest day",
            "EARLYFL": "Y where the date is known in part and ICEDT is the earliest possible day",
        },
    ),
    adam_class="OCCURRENCE DATA STRUCTURE",
    structure="One record per subject, intercurrent event and raw row",
)
# One row per subject and population, with why a subject is no member.
POPULATIONS = Dataset(
    "POPULATIONS",
    "Members of the Analysis Populations",
    ("USUBJID", "POPULATION"),
    (
        USUBJID,
        Variable("POPULATION", "Flag Variable of the Population", "text", "Assigned", 8),
        Variable("MEMBER", "Member of the Population", "text", "Derived", 1, NO_YES),
        Variable("REASON", "Reason for Exclusion", "text", "Derived"),
    ),
)
_TYPES: dict[str, Type] = {"text": "text", "number": "float", "date": "date"}


class Labelled(Protocol):
    """A population, as far as its flag needs it."""

    @property
    def label(self) -> str:
        """Name for readers."""


def adsl(
    populations: Mapping[str, Labelled],
    columns: Mapping[str, "SubjectColumn"],
    core: Dataset = ADSL,
    flags_after: str = "INDEXRULE",
    origin: Origin = "Collected",
) -> Dataset:
    """Return ADSL of a study: the flags of its populations and, last, its own columns, each in order of name.

    A population that has the name of an own column stands in its place. `core`, `flags_after`, `origin`: the
    columns that every study has, the one before the flags, and where the values of own columns come from.
    """
    flags = [flag(name, populations[name].label) for name in sorted(populations)]
    own = [_own(name, columns[name], origin) for name in sorted(columns) if name not in populations]
    return core.after(flags_after, flags).after([*core][-1], own)


def assigned(columns: Mapping[str, "SubjectColumn"]) -> Dataset:
    """Return ADSL before its populations are decided, with the row of each subject in the subjects file."""
    return adsl({}, columns, ADSL.after([*ADSL][-1], (FILE, ROW)))


def _own(name: str, column: "SubjectColumn", origin: Origin) -> Variable:
    codes = Codelist(name, column.codes) if column.codes else None
    return Variable(name, column.label, _TYPES[column.kind], origin, codelist=codes)
