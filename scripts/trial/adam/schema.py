"""The data sets of this room: ADSL as every analysed study has it, and the records as they were read."""

from typing import TYPE_CHECKING, Literal

from trial.study.variables import (
    ARMCD,
    PLACE,
    TRT01A,
    TRT01P,
    USUBJID,
    Dataset,
    Variable,
    predecessor,
)
from trial.subjects.schema import adsl as adsl_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trial.adam.config import GivenPopulation
    from trial.subjects.config_edc import SubjectColumn

ADSL = Dataset(
    "ADSL",
    "Subject-Level Analysis Dataset",
    ("USUBJID",),
    (
        USUBJID,
        ARMCD,
        Variable("ARM", "Description of Planned Arm", "text", "Assigned"),
        predecessor(TRT01P),
        predecessor(TRT01A),
        Variable("INDEXDT", "Index Date (Day 0)", "date", "Predecessor"),
        Variable("DISCDT", "Date of Discontinuation", "date", "Predecessor"),
    ),
    adam_class="SUBJECT LEVEL ANALYSIS DATASET",
    structure="One record per subject",
)
# What a column of a BDS data set may be, and what stands in it.
RecordRole = Literal[
    "USUBJID", "PARAMCD", "AVISIT", "VISIT", "ASEQ", "ADT", "ADY", "AVAL", "AVALC", "AVALU", "BASE", "CHG",
    "PCHG", "ABLFL", "ANL01FL", "DTYPE", "LLOQ", "BLQFL", "CENSOR", "REASON", "DERIV", "DECIMALS",
]  # fmt: skip
NUMBERS = ("ASEQ", "ADY", "AVAL", "BASE", "CHG", "PCHG", "LLOQ", "DECIMALS")
FLAGS = ("ABLFL", "ANL01FL", "BLQFL")
DATES = ("ADT",)
# Texts that people write; the others are codes.
PROSE = ("VISIT", "AVALC", "DTYPE", "REASON", "DERIV")
RECORD_KINDS: dict[str, str] = {
    name: "number" if name in NUMBERS else "date" if name in DATES else "text"
    for name in RecordRole.__args__  # type: ignore[attr-defined]
}
# The rows of declared parameters, as `read_adam` leaves them: AVISIT is a visit's code, ADY
# counts the index date as 0, DIGITS are the decimals that AVAL was given with.
RECORDS: dict[str, str] = {
    "DATASET": "text",
    **RECORD_KINDS,
    "DIGITS": "number",
    **{variable.name: variable.kind for variable in PLACE},
}


def adsl(populations: "Mapping[str, GivenPopulation]", columns: "Mapping[str, SubjectColumn]") -> Dataset:
    """Return ADSL of a study: the flags of its populations and the declared columns, in order of name."""
    return adsl_of(populations, columns, ADSL, flags_after="TRT01A", origin="Predecessor")
