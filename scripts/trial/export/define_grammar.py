"""What a define.xml of analysis data sets may hold: elements in order, attributes, closed lists of words.

The part of the schema that this project writes, so that each export is held to it without the schema files.
Source: Define-XML 2.1.0, Analysis Results Metadata 1.0 and ODM 1.3.2 (CDISC); the terms of ARM are a closed
list in its specification, though its schema takes any text.
"""

from dataclasses import dataclass

MANY = 10**9


@dataclass(frozen=True)
class Form:
    """What one element holds: attributes, and its children as (name, least, most) in their order."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    children: tuple[tuple[str, int, int], ...] = ()


def _form(required: str = "", optional: str = "", children: str = "") -> Form:
    """Return a form from words: a child with ? may be there once, with * or + several times."""
    bounds = {"?": (0, 1), "*": (0, MANY), "+": (1, MANY)}
    named = []
    for word in children.split():
        least, most = bounds.get(word[-1], (1, 1))
        named.append((word.rstrip("?*+"), least, most))
    return Form(tuple(required.split()), tuple(optional.split()), tuple(named))


_TEXT = _form(children="TranslatedText+")
FORMS = {
    "ODM": _form(
        "ODMVersion FileType FileOID CreationDateTime def:Context",
        "AsOfDateTime Originator SourceSystem SourceSystemVersion",
        "Study",
    ),
    "Study": _form("OID", children="GlobalVariables MetaDataVersion"),
    "GlobalVariables": _form(children="StudyName StudyDescription ProtocolName"),
    "StudyName": _form(),
    "StudyDescription": _form(),
    "ProtocolName": _form(),
    "MetaDataVersion": _form(
        "OID Name def:DefineVersion",
        "Description def:CommentOID",
        "def:Standards def:AnnotatedCRF? def:SupplementalDoc? def:ValueListDef* def:WhereClauseDef* "
        "ItemGroupDef+ "
        "ItemDef+ CodeList* MethodDef* def:CommentDef* def:leaf* arm:AnalysisResultDisplays?",
    ),
    "def:Standards": _form(children="def:Standard+"),
    "def:Standard": _form("OID Name Type Version Status", "PublishingSet def:CommentOID"),
    "def:SupplementalDoc": _form(children="def:DocumentRef+"),
    "def:DocumentRef": _form("leafID"),
    "def:ValueListDef": _form("OID", children="Description? ItemRef+"),
    "def:WhereClauseDef": _form("OID", "def:CommentOID", "RangeCheck+"),
    "def:WhereClauseRef": _form("WhereClauseOID"),
    "RangeCheck": _form("SoftHard def:ItemOID Comparator", children="CheckValue+"),
    "CheckValue": _form(),
    "ItemGroupDef": _form(
        "OID Name SASDatasetName Repeating IsReferenceData Purpose def:Structure def:ArchiveLocationID",
        "def:StandardOID def:IsNonStandard def:CommentOID",
        "Description ItemRef+ def:Class def:leaf",
    ),
    "def:Class": _form("Name", children="def:SubClass*"),
    "def:SubClass": _form("Name"),
    "ItemRef": _form(
        "ItemOID OrderNumber Mandatory", "KeySequence MethodOID def:IsNonStandard", "def:WhereClauseRef*"
    ),
    "ItemDef": _form(
        "OID Name SASFieldName DataType",
        "Length SignificantDigits def:DisplayFormat def:CommentOID",
        "Description? CodeListRef? def:Origin* def:ValueListRef?",
    ),
    "CodeListRef": _form("CodeListOID"),
    "def:Origin": _form("Type", "Source", "Description? def:DocumentRef*"),
    "def:ValueListRef": _form("ValueListOID"),
    "CodeList": _form(
        "OID Name DataType",
        "def:StandardOID def:IsNonStandard def:CommentOID SASFormatName",
        "CodeListItem* EnumeratedItem* ExternalCodeList?",
    ),
    "CodeListItem": _form("CodedValue", "OrderNumber def:ExtendedValue", "Decode"),
    "EnumeratedItem": _form("CodedValue", "OrderNumber def:ExtendedValue"),
    "ExternalCodeList": _form("Dictionary", "Version"),
    "Decode": _TEXT,
    "Description": _TEXT,
    "TranslatedText": _form("xml:lang"),
    "MethodDef": _form("OID Name Type", children="Description FormalExpression* def:DocumentRef*"),
    "FormalExpression": _form("Context"),
    "def:CommentDef": _form("OID", children="Description def:DocumentRef*"),
    "def:leaf": _form("ID xlink:href", children="def:title"),
    "def:title": _form(),
    "arm:AnalysisResultDisplays": _form(children="arm:ResultDisplay+"),
    "arm:ResultDisplay": _form("OID Name", children="Description def:DocumentRef* arm:AnalysisResult+"),
    "arm:AnalysisResult": _form(
        "OID AnalysisReason AnalysisPurpose",
        "ParameterOID",
        "Description arm:AnalysisDatasets arm:Documentation? arm:ProgrammingCode?",
    ),
    "arm:AnalysisDatasets": _form(optional="def:CommentOID", children="arm:AnalysisDataset+"),
    "arm:AnalysisDataset": _form("ItemGroupOID", children="def:WhereClauseRef? arm:AnalysisVariable*"),
    "arm:AnalysisVariable": _form("ItemOID"),
    "arm:Documentation": _form(children="Description def:DocumentRef*"),
    "arm:ProgrammingCode": _form(optional="Context", children="arm:Code? def:DocumentRef*"),
    "arm:Code": _form(),
}
TERMS: dict[tuple[str, str], frozenset[str]] = {
    ("ODM", "ODMVersion"): frozenset({"1.3.2"}),
    ("ODM", "FileType"): frozenset({"Snapshot"}),
    ("ODM", "def:Context"): frozenset({"Submission", "Other"}),
    ("MetaDataVersion", "def:DefineVersion"): frozenset({"2.1.0"}),
    ("def:Standard", "Name"): frozenset({"ADaMIG", "ADaM-OCCDSIG", "SDTMIG", "CDISC/NCI"}),
    ("def:Standard", "Type"): frozenset({"IG", "CT"}),
    ("def:Standard", "Status"): frozenset({"Draft", "Final", "Provisional"}),
    ("def:Class", "Name"): frozenset(
        {
            "SUBJECT LEVEL ANALYSIS DATASET",
            "BASIC DATA STRUCTURE",
            "OCCURRENCE DATA STRUCTURE",
            "ADAM OTHER",
        }
    ),
    ("def:SubClass", "Name"): frozenset({"ADVERSE EVENT", "TIME-TO-EVENT"}),
    ("ItemGroupDef", "Purpose"): frozenset({"Analysis"}),
    ("ItemGroupDef", "Repeating"): frozenset({"Yes", "No"}),
    ("ItemGroupDef", "IsReferenceData"): frozenset({"Yes", "No"}),
    ("ItemRef", "Mandatory"): frozenset({"Yes", "No"}),
    ("ItemDef", "DataType"): frozenset({"text", "integer", "float", "date", "datetime", "time"}),
    ("CodeList", "DataType"): frozenset({"text", "integer", "float"}),
    ("def:Origin", "Type"): frozenset(
        {"Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available", "Other"}
    ),
    ("def:Origin", "Source"): frozenset({"Investigator", "Sponsor", "Subject", "Vendor"}),
    ("MethodDef", "Type"): frozenset({"Computation", "Imputation", "Transpose", "Other"}),
    ("RangeCheck", "SoftHard"): frozenset({"Soft", "Hard"}),
    ("RangeCheck", "Comparator"): frozenset({"EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOTIN"}),
    ("arm:AnalysisResult", "AnalysisReason"): frozenset(
        {"SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY"}
    ),
    ("arm:AnalysisResult", "AnalysisPurpose"): frozenset(
        {"PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE"}
    ),
}
# Which definition an attribute refers to; an ItemGroupDef and an AnalysisResult need not be referred to.
REFERENCES = {
    "ItemOID": "ItemDef",
    "def:ItemOID": "ItemDef",
    "ParameterOID": "ItemDef",
    "MethodOID": "MethodDef",
    "CodeListOID": "CodeList",
    "WhereClauseOID": "def:WhereClauseDef",
    "ValueListOID": "def:ValueListDef",
    "def:CommentOID": "def:CommentDef",
    "def:StandardOID": "def:Standard",
    "ItemGroupOID": "ItemGroupDef",
    "def:ArchiveLocationID": "def:leaf",
    "leafID": "def:leaf",
}
UNREFERRED_TO = ("ItemGroupDef",)
