"""The declared columns of what the room writes."""

from trial.study.books import ACCOUNTING, QUALITY, QUERIES
from trial.study.variables import (
    ANRHI,
    ANRLO,
    ANRSRC,
    CENSORED,
    NO_YES,
    PLACE,
    USUBJID,
    YES,
    Dataset,
    Variable,
)

__all__ = ["ACCOUNTING", "LABS", "QUALITY", "QUERIES"]

# One usable result. Source file, sheet and row, the value as reported and as standardised.
LABS = Dataset(
    "LABS",
    "Usable Laboratory Results",
    ("FILE", "SHEET", "ROW", "COLUMN"),
    (
        USUBJID,
        Variable("ANALYTE", "Analyte Code", "text", "Assigned", 16),
        Variable("VALUE", "Result in Standard Unit", "float", "Derived"),
        Variable("CENSOR", "Side of the Limit of Quantification", "text", "Derived", 1, CENSORED),
        Variable("LIMIT", "Limit of a Censored Result", "float", "Derived"),
        Variable("WORD", "Result in Words or on a Scale", "text", "Derived"),
        Variable("UNIT", "Standard Unit", "text", "Assigned", 40),
        Variable("VALUE_RAW", "Result as Reported", "text", "Collected"),
        Variable("UNIT_RAW", "Unit as Reported", "text", "Collected"),
        Variable("FACTOR", "Factor from Reported to Standard Unit", "text", "Assigned", 40),
        Variable("LLOQ", "Lower Limit of Quantification", "float", "Derived"),
        Variable("ULOQ", "Upper Limit of Quantification", "float", "Derived"),
        ANRLO,
        ANRHI,
        ANRSRC,
        Variable("COLLECTED", "Date and Time of Collection", "datetime", "Collected"),
        Variable("ACCESSION", "Accession Number of the Draw", "text", "Collected"),
        Variable("FASTING", "Fasting Sample", "text", "Derived", 1, NO_YES),
        Variable("SPECIMEN", "Specimen", "text", "Derived", 40),
        Variable("QUALITY", "Quality of the Sample", "text", "Derived"),
        Variable("STATUS", "Status of the Result", "text", "Derived", 40),
        Variable("VISIT", "Visit that the Export Names", "text", "Assigned", 16),
        Variable("VISIT_RAW", "Visit as Reported", "text", "Collected"),
        Variable("BASEFL", "Flagged as Baseline by the Export", "text", "Collected", 1, YES),
        Variable("ANLFL", "Flagged for Analysis by the Export", "text", "Collected", 1, YES),
        Variable("METHOD", "Method or Device", "text", "Collected"),
        Variable("BATCH", "Batch or Plate", "text", "Collected"),
        Variable("FLAGS", "Rules that Flagged the Result", "text", "Derived"),
        Variable("SOURCE", "Source in the Configuration", "text", "Assigned", 40),
        *PLACE,
    ),
)
