"""The declared columns of what the room writes."""

from trial.study.books import ACCOUNTING, QUALITY, QUERIES

__all__ = ["ACCOUNTING", "LABS", "QUALITY", "QUERIES"]

# One usable result. Source file, sheet and row, the value as reported and as standardised.
LABS = {
    "USUBJID": "text",
    "ANALYTE": "text",
    "VALUE": "number",
    "CENSOR": "text",
    "LIMIT": "number",
    "WORD": "text",
    "UNIT": "text",
    "VALUE_RAW": "text",
    "UNIT_RAW": "text",
    "FACTOR": "text",
    "LLOQ": "number",
    "ULOQ": "number",
    "COLLECTED": "text",
    "ACCESSION": "text",
    "FASTING": "text",
    "SPECIMEN": "text",
    "QUALITY": "text",
    "STATUS": "text",
    "VISIT_RAW": "text",
    "METHOD": "text",
    "BATCH": "text",
    "FLAGS": "text",
    "SOURCE": "text",
    "FILE": "text",
    "SHEET": "text",
    "ROW": "text",
    "COLUMN": "text",
}
