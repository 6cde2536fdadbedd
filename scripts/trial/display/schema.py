"""Columns of the tables this room reads, in file order."""

ARD = {
    "result_id": "text",
    "output": "text",
    "analysis": "text",
    "method": "text",
    "endpoint": "text",
    "visit": "text",
    "group": "text",
    "comparison": "text",
    "statistic": "text",
    "value": "number",
    "unit": "text",
    "n": "number",
    "warning": "text",
    "error": "text",
}

ADLB = {
    "USUBJID": "text",
    "ARMCD": "text",
    "PARAMCD": "text",
    "PARAM": "text",
    "PARAMN": "number",
    "AVISIT": "text",
    "AVISITN": "number",
    "ADT": "text",
    "ADY": "number",
    "AVAL": "number",
    "AVALU": "text",
    "AVALC": "text",
    "BASE": "number",
    "CHG": "number",
    "PCHG": "number",
    "ABLFL": "text",
    "ANL01FL": "text",
    "DTYPE": "text",
    "LLOQ": "number",
    "BLQFL": "text",
    "CENSOR": "text",
    "REASON": "text",
    "DERIV": "text",
    "SRCKEY": "text",
}

QUERIES = (
    "QUERYID",
    "SUBJECT",
    "ANALYTE",
    "DATE",
    "RULE",
    "FOUND",
    "QUESTION",
    "DONE",
    "SOURCE",
    "FILE",
    "SHEET",
    "ROW",
    "COLUMN",
)

ACCOUNTING = ("SOURCE", "FILE", "SHEET", "ROW", "COLUMN", "FATE", "RULE", "BY")
