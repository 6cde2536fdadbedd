"""The columns of what a comparison leaves in `results/compare/<lock id>/`; `compare.json` says the rest."""

KINDS = ("added", "removed", "changed")
# What may differ between two runs; `together` is what no factor moves alone.
FACTORS = ("data", "config", "code", "environment")
TOGETHER = "together"
CAUSES = (*FACTORS, TOGETHER)
ENVIRONMENT = FACTORS[-1]

# raw.csv: one raw row that came or went, or one cell of a row that changed. OLD and NEW are texts as
# reported.
RAW = {
    "KIND": "text",
    "FILE": "text",
    "SHEET": "text",
    "SUBJECT": "text",
    "ANALYTE": "text",
    "VISIT": "text",
    "DATE": "text",
    "OLD_ROW": "text",
    "NEW_ROW": "text",
    "COLUMN": "text",
    "OLD": "text",
    "NEW": "text",
}
# populations.csv: one variable of ADSL of one subject that changed, flags first; a subject that came or
# went has one line with the variable USUBJID. Reasons are those of a population's flag.
POPULATIONS = {
    "USUBJID": "text",
    "VARIABLE": "text",
    "OLD": "text",
    "NEW": "text",
    "OLD_REASON": "text",
    "NEW_REASON": "text",
}
# results.csv: one result that changed, flips first. `change`: changed (the value), appeared, gone, n (the
# number of subjects behind it only) or note (a warning or error only). `outputs`: ids parted by blanks.
# `cause`: factors parted by "; "; the columns of factors hold what each moves alone, `together` the rest.
# `subjects`: the subjects that moved a model's number most, "id part; id part"; subjects.csv has all.
RESULTS = {
    "result_id": "text",
    "change": "text",
    "outputs": "text",
    "analysis": "text",
    "endpoint": "text",
    "visit": "text",
    "group": "text",
    "comparison": "text",
    "statistic": "text",
    "unit": "text",
    "old": "number",
    "new": "number",
    "delta": "number",
    "delta_se": "number",
    "flip": "text",
    "cause": "text",
    **dict.fromkeys(CAUSES, "number"),
    "subjects": "text",
    "old_n": "number",
    "new_n": "number",
    "old_note": "text",
    "new_note": "text",
}
# subjects.csv: one subject's part of a changed number of the primary analysis: the new value minus that
# with this subject's records put back to the old ones.
SUBJECTS = {"result_id": "text", "USUBJID": "text", "part": "number", "delta": "number"}
# outputs.csv: one table, listing or figure of either run. `change`: empty, appeared or gone. `changed`: how
# many of its results changed; `flips`: how many of these turned a conclusion.
OUTPUTS = {
    "output": "text",
    "kind": "text",
    "number": "text",
    "title": "text",
    "change": "text",
    "changed": "number",
    "flips": "number",
}
# attribution.csv: one factor, then `together`. `changed`: Y or N. `moved`: results that it moves alone.
ATTRIBUTION = {
    "factor": "text",
    "changed": "text",
    "what": "text",
    "moved": "number",
    "established": "text",
}
# A conclusion turned while its number stayed: the level is another one.
CONCLUSION = "conclusion"
