"""The data sets of this room, and the columns that it gives ADSL."""

from trial.study.variables import NO_YES, PLACE, USUBJID, Codelist, Dataset, Variable, with_derivations

MET, NOT_MET, UNKNOWN, DECLARED = "MET", "NOT_MET", "UNKNOWN", "DECLARED"
RECORDED, DERIVED = "RECORDED", "DERIVED"
RESULTS = Codelist("IERES", {MET: "Met", NOT_MET: "Not met", UNKNOWN: "Unknown", DECLARED: "Declared"})
# One row per subject and criterion.
ADIE = Dataset(
    "ADIE",
    "Inclusion and Exclusion Criteria",
    ("USUBJID", "IETESTCD"),
    with_derivations(
        (
            USUBJID,
            Variable("IETESTCD", "Criterion", "text", "Assigned", 16),
            Variable("IECAT", "Inclusion or Exclusion", "text", "Assigned", 16),
            Variable("RESULT", "Result of the Criterion", "text", "Derived", 16, RESULTS),
            Variable("VALUE", "Value that Decides", "text", "Derived"),
            Variable("UNIT", "Unit of the Value", "text", "Derived", 40),
            Variable("FORM", "Criterion Holds as Recorded", "text", "Collected", 1, NO_YES),
            Variable("REASON", "Reason of the Result", "text", "Derived"),
            *PLACE,
        ),
        {
            "RESULT": "MET, NOT_MET or UNKNOWN by the tests of the criterion in the configuration, in "
            "favour of the subject; DECLARED where the form is ticked and nothing more. Unknown never "
            "counts as met",
            "VALUE": "The value in the data that decides the criterion",
            "UNIT": "Unit of VALUE",
            "REASON": "Why the criterion is not met or unknown",
        },
    ),
    adam_class="ADAM OTHER",
    structure="One record per subject and criterion",
)
# One row per deviation, recorded or derived.
ADDV = Dataset(
    "ADDV",
    "Protocol Deviations",
    ("USUBJID", "DVCAT", "DVTERM", "DVSTDT", "FILE", "ROW"),
    with_derivations(
        (
            USUBJID,
            Variable("DVSRC", "Recorded or Derived", "text", "Assigned", 16),
            Variable("DVCAT", "Category of Protocol Deviation", "text", "Assigned"),
            Variable("DVTERM", "Protocol Deviation", "text", "Assigned"),
            Variable("DVIMP", "Important Deviation", "text", "Assigned", 1, NO_YES),
            Variable("DVSTDT", "Analysis Start Date", "date", "Derived"),
            Variable("DETAIL", "What was Found", "text", "Derived"),
            *PLACE,
        ),
        {
            "DVSTDT": "Date as recorded, or the day on which the derived deviation began",
            "DETAIL": "What the data hold that the deviation is derived from",
        },
    ),
    adam_class="OCCURRENCE DATA STRUCTURE",
    structure="One record per subject and protocol deviation",
)
# What ADSL has where the study has the section `eligibility`, or `deviations`.
OF_CRITERIA = with_derivations(
    (
        Variable("IENOTMET", "Criteria that are not Met", "text", "Derived"),
        Variable("IEUNKNWN", "Criteria that are Unknown", "text", "Derived"),
    ),
    {
        "IENOTMET": "Criteria (IETESTCD) of ADIE with RESULT NOT_MET",
        "IEUNKNWN": "Criteria (IETESTCD) of ADIE with RESULT UNKNOWN",
    },
)
OF_DEVIATIONS = with_derivations(
    (Variable("DVIMPORT", "Categories of Important Deviations", "text", "Derived"),),
    {"DVIMPORT": "Categories of the deviations of ADDV with DVIMP Y"},
)
