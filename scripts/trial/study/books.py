"""The columns every room's queries and accounting share, so that they add up to one book."""

# One question to the site. No identifiers stand in it: FILE, SHEET and ROW point to the raw record.
QUERIES = {
    "SUBJECT": "text",
    "ANALYTE": "text",
    "DATE": "text",
    "RULE": "text",
    "FOUND": "text",
    "QUESTION": "text",
    "DONE": "text",
    "SOURCE": "text",
    "FILE": "text",
    "SHEET": "text",
    "ROW": "text",
    "COLUMN": "text",
}
# The rule of the one query about an endpoint without an analysed record; FOUND says what took its raw rows.
NO_RECORDS = "NO_RECORDS"
FATES = ("used", "superseded", "quarantined")
# Where the record that stands for a superseded one lies, by the column of the place.
SUCCESSOR = {"FILE": "BY_FILE", "SHEET": "BY_SHEET", "ROW": "BY_ROW", "COLUMN": "BY_COLUMN"}
# One raw row and its fate.
ACCOUNTING = {
    "SOURCE": "text",
    "FILE": "text",
    "SHEET": "text",
    "ROW": "text",
    "COLUMN": "text",
    "FATE": "text",
    "RULE": "text",
    **dict.fromkeys(SUCCESSOR.values(), "text"),
}
# One source and analyte: what came in and what became of it.
QUALITY = {
    "SOURCE": "text",
    "ANALYTE": "text",
    "RAW": "number",
    "USED": "number",
    "SUPERSEDED": "number",
    "QUARANTINED": "number",
    "SUBJECTS": "number",
    "CENSORED": "number",
    "CENSORED_PCT": "number",
    "UNITS": "text",
    "RULES": "text",
}
