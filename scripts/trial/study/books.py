"""The columns every room's queries and accounting share, so that they add up to one book."""

# What a room asks: one question to the site. No identifiers stand in it: FILE, SHEET and ROW point to the raw
# record. ABOUT names what is asked about by content, without a line; UNDER are digits of the data under it.
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
    "ABOUT": "text",
    "UNDER": "text",
}
# The book of all rooms: each question has a name of its own and says how far it is. FINGERPRINT, which an
# answer gives back, stands for the data under it.
OPEN, ANSWERED, REOPENED = "open", "answered", "reopened"
QUERY_BOOK = (
    dict.fromkeys(("QUERYID", "STATUS", "ANSWER"), "text")
    | {name: kind for name, kind in QUERIES.items() if name not in ("ABOUT", "UNDER")}
    | {"FINGERPRINT": "text"}
)
# The rule of the one query about an endpoint without an analysed record; FOUND says what took its raw rows.
NO_RECORDS = "NO_RECORDS"
# That query alone, without its place: analyses stand on it and not on the lines that other questions name.
ABSENCE = {"RULE": "text", "FOUND": "text"}
FATES = ("used", "superseded", "quarantined")
# Where the record that stands for a superseded one lies, by the column of the place.
SUCCESSOR = {"FILE": "BY_FILE", "SHEET": "BY_SHEET", "ROW": "BY_ROW", "COLUMN": "BY_COLUMN"}
# Rules of the data cut: a record after it is left out; of one before it, a later end or date is left out.
AFTER_CUT, END_AFTER_CUT = "AFTER_CUT", "END_AFTER_CUT"
# One raw row and its fate, as a room gives it; ITEM tells rows of one subject, analyte and date apart.
ACCOUNTING = {
    "SOURCE": "text",
    "FILE": "text",
    "SHEET": "text",
    "ROW": "text",
    "COLUMN": "text",
    "FATE": "text",
    "RULE": "text",
    **dict.fromkeys(SUCCESSOR.values(), "text"),
    **dict.fromkeys(("SUBJECT", "ANALYTE", "DATE", "ITEM"), "text"),
}
# The book of all rooms: SRCID names the row by its content, whatever line it stands on.
ROW_BOOK = {name: kind for name, kind in ACCOUNTING.items() if name != "ITEM"} | {"SRCID": "text"}
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
