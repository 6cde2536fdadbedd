"""Every rule of the intake: its code, what happens to the record, what the site is asked.

`workflow/docs/intake.md` shows this table; a test compares the two.
"""

from dataclasses import dataclass

from trial.study.books import AFTER_CUT

USED, SUPERSEDED, QUARANTINED, KEPT = "used", "superseded", "quarantined", "kept"
RECORD, DRAW, TEXT, ANALYTE = "record", "draw", "text", "analyte"
GROUP_HEADING, BROKEN_ROW, BROKEN_SEGMENT = "GROUP_HEADING", "BROKEN_ROW", "BROKEN_SEGMENT"
OTHER_MESSAGE, CELLS_CUT = "OTHER_MESSAGE", "CELLS_CUT"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    fate : str
        `quarantined` or `superseded`; `kept` for rules that only ask (or only flag).
    question : str
        What the site is asked; empty when nothing is.
    per : str
        What one query stands for: a `record`; a `draw` (one subject, time and visit of a source), with all
        its analytes; a `text` of a source, with the count of its rows; or a text of an `analyte`.
    secret : bool
        What was found is an identifier: the query points to the row and does not show it.
    """

    fate: str
    question: str
    per: str = RECORD
    secret: bool = False


RULES: dict[str, Rule] = {
    # The row is no result.
    GROUP_HEADING: Rule(QUARANTINED, ""),
    BROKEN_ROW: Rule(
        QUARANTINED, "The row has another number of cells than the header: please export it again."
    ),
    BROKEN_SEGMENT: Rule(
        QUARANTINED, "This line of the message is no segment: does it belong to the line before it?"
    ),
    OTHER_MESSAGE: Rule(
        QUARANTINED, "The result stands in a message that is not one of results (ORU, OUL): does it count?"
    ),
    "NOT_A_RESULT": Rule(QUARANTINED, ""),
    "REPEATED_HEADER": Rule(QUARANTINED, ""),
    "TOTAL_LINE": Rule(QUARANTINED, ""),
    # Whose result it is.
    "NO_PATIENT": Rule(QUARANTINED, "Whose result is this? The row names no patient."),
    "UNKNOWN_PATIENT": Rule(
        QUARANTINED,
        "The patient is not in the subject key: is the number right, is it a trial subject?",
        TEXT,
        secret=True,
    ),
    "ROUNDED_NUMBER": Rule(
        QUARANTINED,
        "A spreadsheet has rounded the number (1.23E+12): please give it in full.",
        TEXT,
        secret=True,
    ),
    "SCREEN_FAILURE": Rule(QUARANTINED, ""),
    "NO_VISIT_KEY": Rule(
        QUARANTINED,
        "The visit key links to no line of the visit list: whose result is this?",
        TEXT,
        secret=True,
    ),
    "VISIT_KEY_TWICE": Rule(
        QUARANTINED, "The visit key stands for two patients: whose result is this?", TEXT, secret=True
    ),
    # Which analyte, which status.
    "NO_ANALYTE": Rule(QUARANTINED, "Which test is this? The row names none."),
    "UNKNOWN_ANALYTE": Rule(QUARANTINED, "Which test is this? The name is not in the analyte table.", TEXT),
    "UNKNOWN_CODE": Rule(
        QUARANTINED, "The code of the test is not in the analyte table: is it the test that is named?", TEXT
    ),
    "ANALYTE_CONTRADICTED": Rule(
        QUARANTINED, "Name and code of the test say different things: which is right?", TEXT
    ),
    "CANCELLED": Rule(QUARANTINED, ""),
    "NOT_DONE": Rule(QUARANTINED, ""),
    "UNKNOWN_STATUS": Rule(QUARANTINED, "What does this status mean?", TEXT),
    "STATUS_NOT_USED": Rule(
        QUARANTINED, "The result has a status that the plan does not use: is there a final one?"
    ),
    # When.
    AFTER_CUT: Rule(QUARANTINED, ""),
    "NO_DATE": Rule(QUARANTINED, "When was the sample taken?", per=DRAW),
    "DATE_FORMAT": Rule(
        QUARANTINED, "The collection date is not written as declared: what is the date?", per=DRAW
    ),
    "PARTIAL_DATE": Rule(QUARANTINED, "The collection date is known in part: which day was it?", per=DRAW),
    "IMPOSSIBLE_DATE": Rule(QUARANTINED, "The collection date does not exist: what is the date?", per=DRAW),
    "DATE_OUT_OF_STUDY": Rule(
        QUARANTINED, "The collection date lies outside the study: what is the date?", per=DRAW
    ),
    # The result text.
    "EMPTY_RESULT": Rule(QUARANTINED, "The result is empty: was the test done?"),
    "MISSING_RESULT": Rule(QUARANTINED, "The result says that there is none: is there one?"),
    "NOT_A_NUMBER": Rule(QUARANTINED, "The result is not a number: what is it?"),
    "DECIMAL_MARK": Rule(QUARANTINED, "The number contradicts the declared decimal mark: what is the value?"),
    "RESULT_IS_DATE": Rule(QUARANTINED, "A spreadsheet has turned the result into a date: what was typed?"),
    "ZERO_RESULT": Rule(
        QUARANTINED, "The result is 0: is it below the limit of quantification (which limit)?"
    ),
    "NEGATIVE_RESULT": Rule(
        QUARANTINED, "The result is below zero, and no limits are declared for the test: is it right?"
    ),
    "UNKNOWN_QUALIFIER": Rule(QUARANTINED, "What does this mark beside the number mean?", TEXT),
    "QUALIFIER_CONTRADICTED": Rule(
        QUARANTINED, "The mark beside the result contradicts it: what is the result?"
    ),
    "UNKNOWN_LEVEL": Rule(
        QUARANTINED, "This word is not among the results of the test: what is it?", per=ANALYTE
    ),
    "IDENTIFIER_IN_RESULT": Rule(
        QUARANTINED, "A patient's number stands where a result should be: what is the result?", secret=True
    ),
    "NO_LIMIT": Rule(QUARANTINED, "The result is outside a limit that is not given: which limit?"),
    # The unit.
    "NO_UNIT": Rule(QUARANTINED, "The unit is missing: which is it?", per=ANALYTE),
    "UNKNOWN_UNIT": Rule(QUARANTINED, "The unit is not in the unit table: which is it?", per=ANALYTE),
    "UNITS_DIFFER": Rule(QUARANTINED, "The result cell and the unit cell name two units: which is it?"),
    "WRONG_KIND_OF_UNIT": Rule(
        QUARANTINED, "This unit cannot be converted for this test: which is it?", per=ANALYTE
    ),
    "NO_FACTOR": Rule(
        QUARANTINED,
        "Which conversion factor does the laboratory use for this assay at this time?",
        per=ANALYTE,
    ),
    # One sample, several records.
    "BY_STATUS": Rule(SUPERSEDED, ""),
    "BY_CORRECTION": Rule(
        SUPERSEDED, "The laboratory gives a final and a corrected result: which one counts?"
    ),
    "BY_RERUN": Rule(SUPERSEDED, ""),
    "REPEATED_ROW": Rule(SUPERSEDED, ""),
    "OTHER_ROUTE": Rule(SUPERSEDED, ""),
    "CONFLICT": Rule(SUPERSEDED, "The sample has two different results: which is right?"),
    "COPY_OF_CANCELLED": Rule(
        QUARANTINED, "The laboratory cancelled this result, another route carries it: is it valid?"
    ),
    # The sample.
    "HEMOLYZED": Rule(QUARANTINED, "The sample was haemolysed: is there another sample?", per=DRAW),
    "LIPEMIC": Rule(QUARANTINED, "The sample was lipaemic: is there another sample?", per=DRAW),
    "CLOTTED": Rule(QUARANTINED, "The sample was clotted: is there another sample?", per=DRAW),
    "QNS": Rule(QUARANTINED, "The sample was not enough: is there another sample?"),
    "UNKNOWN_SPECIMEN": Rule(QUARANTINED, "What kind of sample is this?", TEXT),
    "WRONG_SPECIMEN": Rule(
        QUARANTINED, "The test is not declared for this kind of sample: which test is it?", per=ANALYTE
    ),
    # The value.
    "IMPOSSIBLE_VALUE": Rule(
        QUARANTINED, "The value is not possible in this unit: are value and unit right?"
    ),
    "WRONG_UNIT": Rule(
        QUARANTINED, "The value fits another unit better, by the subject's own values: which unit?"
    ),
    # Questions about records that are used.
    "WRONG_UNIT_ASKED": Rule(
        KEPT, "The value fits another unit better, by the subject's own values: which unit?"
    ),
    "UNUSUAL_VALUE": Rule(KEPT, "The value is unusual: is it right?"),
    "JUMP": Rule(KEPT, "The value is far from the neighbouring one: are both right?"),
    "TIME_ORDER": Rule(
        KEPT, "Collected, received and resulted are not in this order: which times are right?", per=DRAW
    ),
    "TIME_UNREADABLE": Rule(
        KEPT, "The time of receipt or result is not written as declared: what is it?", TEXT
    ),
    "FLAG_CONTRADICTED": Rule(
        KEPT, "The laboratory's flag and its reference range disagree: which is right?"
    ),
    "UNREADABLE_REFERENCE": Rule(
        KEPT, "The reference range cannot be read in the unit of the result: what are its ends?", ANALYTE
    ),
    "HBA1C_GLUCOSE": Rule(
        KEPT, "HbA1c and fasting glucose of the same day contradict each other: are values and units right?"
    ),
    "FASTING_CONTRADICTED": Rule(
        KEPT,
        "The test's name, the fasting column and the remark disagree about fasting: which is right?",
        per=DRAW,
    ),
    "UNKNOWN_QUALITY": Rule(KEPT, "What does this remark on the sample mean?", TEXT),
    "QUALITY_OF_SAMPLE": Rule(
        KEPT, "Another result of the same sample has a remark on its quality: this one too?", per=DRAW
    ),
    "UNKNOWN_FASTING": Rule(KEPT, "Does this say that the sample was fasting, or not?", TEXT),
    "UNKNOWN_FLAG": Rule(
        KEPT, "Does this mark mean beyond the scale of the assay, or beyond the reference range?", TEXT
    ),
    "UNKNOWN_RERUN": Rule(KEPT, "Does this remark say that the test was run again?", TEXT),
    "UNKNOWN_VISIT": Rule(KEPT, "Which visit is this?", TEXT),
    "VISITS_DIFFER": Rule(KEPT, "Two records of one sample name two visits: which is right?", per=DRAW),
    "UNKNOWN_RECORD_FLAG": Rule(
        KEPT, "Does this text flag the result for the analysis (or as baseline), or not?", TEXT
    ),
    "UNREADABLE_LIMIT": Rule(KEPT, "The limit of quantification is not a number: which is it?", TEXT),
    "LIMITS_CONTRADICT": Rule(
        KEPT,
        "The limits of quantification contradict each other or the result: which are right?",
        per=ANALYTE,
    ),
    "ROUNDED_BARCODE": Rule(
        KEPT, "A spreadsheet has rounded the barcode (1.23E+12): please give it in full.", secret=True
    ),
    "NOT_NUMERIC": Rule(KEPT, "A word was expected for this test: what is the result?"),
    "FACTOR_CHANGES": Rule(
        KEPT, "The conversion factor of this assay changes during the study: is that right?"
    ),
    CELLS_CUT: Rule(KEPT, "Rows end before the header does: are their last cells empty?", TEXT),
    "SIGNED_CORRECTION": Rule(KEPT, ""),
    "SHEET_NOT_READ": Rule(KEPT, "The sheet is not declared and was not read: does it hold results?"),
    "FORMULA_WITHOUT_VALUE": Rule(
        KEPT, "Formulas have no stored value and look empty: please open and save the workbook, and send it."
    ),
    "ERROR_IN_CELL": Rule(
        KEPT, "Cells hold an error of the spreadsheet (#N/A, #DIV/0!) and look empty: what are the values?"
    ),
    "HIDDEN_ROWS_READ": Rule(KEPT, "Rows that are hidden in the sheet were read: are they valid?"),
    "STRUCK_OUT_READ": Rule(KEPT, "Cells that are struck out in the sheet were read: are they valid?"),
    "HIDDEN_SHEET_READ": Rule(KEPT, "The sheet is declared, but hidden: is it the valid one?"),
}
# What these ask about is the unit, not the value beside it.
ABOUT_UNITS = ("NO_UNIT", "UNKNOWN_UNIT", "WRONG_KIND_OF_UNIT", "NO_FACTOR")
# Only marks in FLAGS, never queried.
FLAGS = {
    "BELOW_LLOQ": "a number below the row's lower limit of quantification, taken as censored",
    "ABOVE_ULOQ": "a number above the row's upper limit of quantification, taken as censored",
    "ZEROS_RESTORED": "the hospital number had lost leading zeros; restored to the declared width",
    "UNIT_FROM_DICTIONARY": "the unit was missing and comes from sources.<id>.missing_units",
    "UNIT_IN_RESULT": "the unit stood in the result cell",
    "NEGATIVE": "qualitative result",
    "POSITIVE": "qualitative result",
    "CORRECTED": "a signed correction of this study was applied to the raw cell",
    "RERUN": "the laboratory says that the test was run again",
}
