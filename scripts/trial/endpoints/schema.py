"""The data sets of endpoint records, their lineage, and the tables of the HOMA2 exchange."""

from collections.abc import Mapping

from trial.study.books import QUERIES
from trial.study.variables import (
    ANRHI,
    ANRLO,
    ANRSRC,
    ARMCD,
    ASEQ,
    CENSORED,
    PARAMCD,
    PARAMETER,
    PLACE,
    TRT01A,
    TRT01P,
    USUBJID,
    VISIT,
    YES,
    Codelist,
    Dataset,
    Variable,
    flag,
    predecessor,
    with_derivations,
)

# How variables are made that the records of endpoints and of the safety laboratory share.
_MADE = {
    "AVISIT": "The visit whose window holds the day of the record, or that the export names",
    "AVISITN": "Number of AVISIT",
    "ADT": "Date of the collection of the sample",
    "ADY": "Days from ADSL.INDEXDT to ADT",
    "AVALC": "The result as reported, with its sign where it is outside the limits of quantification",
    "BASE": "AVAL of the record with ABLFL Y of the subject and parameter, on all its records",
    "CHG": "AVAL - BASE, after baseline",
    "ABLFL": "Y for the record that stands for the baseline visit by the selection rule of the study",
    "ANL01FL": "Y for the record that stands for its visit by the selection rule of the study",
    "DTYPE": "What stands for a result outside the limits of quantification: LLOQ/2 or ULOQ",
    "REASON": "Codes of why the record is not analysed, or of what is remarkable in it, joined by semicolons",
}
_RECORDS = with_derivations(
    (
        USUBJID,
        predecessor(ARMCD),
        predecessor(TRT01P),
        predecessor(TRT01A),
        PARAMCD,
        ASEQ,
        Variable("VISIT", "Visit that the Export Names", "text", "Predecessor", 16),
        Variable("AVISIT", "Analysis Visit", "text", "Derived", 16, VISIT),
        Variable("AVISITN", "Analysis Visit (N)", "integer", "Derived"),
        Variable("ADT", "Analysis Date", "date", "Derived"),
        Variable("ADY", "Analysis Relative Day", "integer", "Derived"),
        Variable("AVAL", "Analysis Value", "float", "Derived"),
        Variable("AVALU", "Analysis Value Unit", "text", "Assigned", 40),
        Variable("AVALC", "Analysis Value (C)", "text", "Derived"),
        Variable("BASE", "Baseline Value", "float", "Derived"),
        Variable("CHG", "Change from Baseline", "float", "Derived"),
        Variable("PCHG", "Percent Change from Baseline", "float", "Derived"),
        flag("ABLFL", "Baseline Record Flag"),
        flag("ANL01FL", "Analysis Flag 01"),
        Variable("DTYPE", "Derivation Type", "text", "Derived", 40),
        Variable("LLOQ", "Lower Limit of Quantification", "float", "Predecessor"),
        flag("BLQFL", "Below Limit of Quantification Flag"),
        Variable("CENSOR", "Side of the Limit of Quantification", "text", "Predecessor", 1, CENSORED),
        Variable("REASON", "Reasons Not Analysed, or Flagged", "text", "Derived"),
        Variable("DERIV", "Derivation of the Value", "text", "Derived", 40),
        Variable("DECIMALS", "Decimals of the Number as Collected", "integer", "Derived"),
    ),
    _MADE
    | {
        "AVAL": "The result in the unit of the endpoint, or the index of the results of one draw",
        "AVALC": "The result as reported, with its sign where it is outside the limits of quantification; "
        "of an index its number",
        "PCHG": "100 * CHG / BASE, after baseline, unless BASE is 0",
        "BLQFL": "Y where the result lies below the limit of quantification",
        "DERIV": "as reported; of an index its name",
        "DECIMALS": "Decimals of the number as collected; missing where it was converted, computed or is "
        "a limit",
    },
)
# The record's place among the raw results: one row per raw result behind a record.
LINEAGE = Dataset(
    "LINEAGE",
    "Raw Results behind Endpoint Records",
    ("PARAMCD", "USUBJID", "ASEQ", "FILE", "SHEET", "ROW", "COLUMN"),
    (
        PARAMCD,
        USUBJID,
        ASEQ,
        Variable("ROLE", "Analyte Code of the Raw Result", "text", "Predecessor", 16),
        *PLACE,
    ),
)
# A question of one endpoint. Where FOUND is empty it is made of VALUE, the unit as printed, and DAY, when the
# questions of all endpoints are put together; DRAW says what those of several endpoints are compared by.
ENDPOINT_QUERIES = QUERIES | {"VALUE": "text", "DAY": "text", "DRAW": "text"}
# One draw as it goes to the HOMA2 calculator, the raw results behind it, and what came back.
HOMA2_INPUT = {
    "USUBJID": "text",
    "DRAW": "text",
    "KEY": "text",
    "GLUCOSE": "number",
    "PARTNER": "number",
    "KIND": "text",
    "IN_RANGE": "text",
    "REASON": "text",
}
HOMA2_LINEAGE = {"KEY": "text", "ROLE": "text", **{variable.name: variable.kind for variable in PLACE}}
HOMA2 = {
    "USUBJID": "text",
    "DRAW": "text",
    "KEY": "text",
    "PERCENT_B": "number",
    "PERCENT_S": "number",
    "IR": "number",
    "VERSION": "text",
}


RANGE = Codelist("NRIND", {"LOW": "Low", "NORMAL": "Normal", "HIGH": "High"})
HYS_LAW = Codelist("HYSFL", {"Y": "Of a candidate pair", "C": "Of a pair set aside as cholestatic"})
# One usable result of the safety laboratory, with the place of its raw result.
_LABORATORY = with_derivations(
    (
        USUBJID,
        predecessor(ARMCD),
        predecessor(TRT01P),
        predecessor(TRT01A),
        PARAMCD,
        Variable("PARAM", "Parameter", "text", "Assigned", codelist=PARAMETER),
        Variable("PARAMN", "Parameter (N)", "integer", "Assigned"),
        ASEQ,
        Variable("VISIT", "Visit that the Export Names", "text", "Predecessor", 16),
        Variable("AVISIT", "Analysis Visit", "text", "Derived", 16, VISIT),
        Variable("AVISITN", "Analysis Visit (N)", "integer", "Derived"),
        Variable("ADT", "Analysis Date", "date", "Derived"),
        Variable("ADY", "Analysis Relative Day", "integer", "Derived"),
        Variable("AVAL", "Analysis Value", "float", "Derived"),
        Variable("AVALU", "Analysis Value Unit", "text", "Assigned", 40),
        Variable("AVALC", "Analysis Value (C)", "text", "Derived"),
        Variable("BASE", "Baseline Value", "float", "Derived"),
        Variable("CHG", "Change from Baseline", "float", "Derived"),
        Variable("ABLFL", "Baseline Record Flag", "text", "Derived", 1, YES),
        Variable("ANL01FL", "Analysis Flag 01 (Stands for the Visit)", "text", "Derived", 1, YES),
        Variable("POSTBLFL", "After Baseline Flag", "text", "Derived", 1, YES),
        predecessor(ANRLO),
        predecessor(ANRHI),
        predecessor(ANRSRC),
        Variable("ANRIND", "Analysis Reference Range Indicator", "text", "Derived", 6, RANGE),
        Variable("BNRIND", "Baseline Reference Range Indicator", "text", "Derived", 6, RANGE),
        Variable("R2ANRLO", "Ratio to Normal Range Lower Limit", "float", "Derived"),
        Variable("R2ANRHI", "Ratio to Normal Range Upper Limit", "float", "Derived"),
        Variable("ATOXDSCL", "Analysis Toxicity Description Low", "text", "Assigned"),
        Variable("ATOXDSCH", "Analysis Toxicity Description High", "text", "Assigned"),
        Variable("ATOXGRL", "Analysis Toxicity Grade Low", "integer", "Derived"),
        Variable("ATOXGRH", "Analysis Toxicity Grade High", "integer", "Derived"),
        Variable("ATOXGR", "Analysis Toxicity Grade (Low: Negative)", "integer", "Derived"),
        Variable("WORSTLFL", "Lowest Value after Baseline Flag", "text", "Derived", 1, YES),
        Variable("WORSTHFL", "Highest Value after Baseline Flag", "text", "Derived", 1, YES),
        Variable("WGRDLFL", "Worst Grade Low after Baseline Flag", "text", "Derived", 1, YES),
        Variable("WGRDHFL", "Worst Grade High after Baseline Flag", "text", "Derived", 1, YES),
        # More than a flag by its values: exported it has no name of one.
        Variable("HYSFL", "Record of a Pair of Hy's Law", "text", "Derived", 1, HYS_LAW, transport="HYSLAW"),
        Variable("DTYPE", "Derivation Type", "text", "Derived", 40),
        Variable("CENSOR", "Side of the Limit of Quantification", "text", "Predecessor", 1, CENSORED),
        Variable("LIMIT", "Limit of a Censored Result", "float", "Predecessor"),
        Variable("REASON", "Reasons Not Analysed, or Flagged", "text", "Derived"),
        *(predecessor(variable) for variable in PLACE),
    ),
    _MADE
    | {
        "AVAL": "The result in the standard unit of the analyte",
        "CHG": "AVAL - BASE, on records with POSTBLFL Y",
        "POSTBLFL": "Y where ADY lies after the baseline window of the laboratory",
        "ANRIND": "LOW below ANRLO, HIGH above ANRHI, else NORMAL: a limit itself is normal. Missing "
        "without any limit, and where a result outside the limits of quantification may lie on either side",
        "BNRIND": "ANRIND of the record with ABLFL Y of the subject and parameter",
        "R2ANRLO": "AVAL / ANRLO, where ANRLO is above 0",
        "R2ANRHI": "AVAL / ANRHI, where ANRHI is above 0",
        "ATOXGRL": "Highest grade of ATOXDSCL whose bound the value passes; 0 where it passes none",
        "ATOXGRH": "Highest grade of ATOXDSCH whose bound the value passes; 0 where it passes none",
        "ATOXGR": "ATOXGRH where it is above 0, else ATOXGRL with a minus sign; 0 where both sides are "
        "graded 0",
        "WORSTLFL": "Y for the lowest record after baseline: one below its limit before others, then by "
        "R2ANRLO",
        "WORSTHFL": "Y for the highest record after baseline: one above its limit before others, then by "
        "R2ANRHI",
        "WGRDLFL": "Y for the record after baseline with the highest ATOXGRL",
        "WGRDHFL": "Y for the record after baseline with the highest ATOXGRH",
        "HYSFL": "Y at a transaminase and a bilirubin that reach their multiples of the upper limit "
        "within the declared days; C where alkaline phosphatase does so too",
    },
)


def laboratory_data(flags: Mapping[str, str]) -> Dataset:
    """Return the records of the safety laboratory; `flags` are the populations' flags with their labels."""
    copied = [predecessor(flag(name, flags[name])) for name in sorted(flags)]
    records = Dataset(
        "ADLBSAF",
        "Safety Laboratory Analysis Dataset",
        ("PARAMCD", "USUBJID", "ASEQ"),
        _LABORATORY,
        adam_class="BASIC DATA STRUCTURE",
        structure="One record per parameter, subject and laboratory result",
    )
    return records.after("TRT01A", copied)


def endpoint_adlb(flags: Mapping[str, str]) -> Dataset:
    """Return the records of one endpoint; `flags` are the populations' flags with their labels."""
    copied = [predecessor(flag(name, flags[name])) for name in sorted(flags)]
    records = Dataset(
        "ADLB",
        "Laboratory Analysis Dataset",
        ("PARAMCD", "USUBJID", "ASEQ"),
        _RECORDS,
        adam_class="BASIC DATA STRUCTURE",
        structure="One record per parameter, subject and draw",
    )
    return records.after("TRT01A", copied)


def adlb(flags: Mapping[str, str]) -> Dataset:
    """Return the records of all endpoints: those of `endpoint_adlb` with the parameter's label and number."""
    named = (
        Variable("PARAM", "Parameter", "text", "Assigned", codelist=PARAMETER),
        Variable("PARAMN", "Parameter (N)", "integer", "Assigned"),
    )
    return endpoint_adlb(flags).after("PARAMCD", named)
