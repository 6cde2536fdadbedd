"""The Analysis Results Standard v1 as strict models: the part that a reporting event of this project uses.

Written from the published model (CDISC ARS 1.0, `ars_ldm`): class and attribute names, what is required, and
the controlled terms. As there, an attribute that the model does not know is an error. The whole file of the
demonstration was also validated by hand against the published JSON schema (`ars_ldm.json`, draft 7).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Condition(Model):
    dataset: str
    variable: str
    comparator: Literal["EQ", "NE", "GT", "GE", "LT", "LE", "IN", "NOTIN"]
    value: list[str]


class Levelled(Model):
    id: str
    name: str
    level: int
    order: int
    condition: Condition | None = None


class Grouping(Model):
    id: str
    name: str
    dataDriven: bool
    groupingDataset: str | None = None
    groupingVariable: str | None = None
    groups: list[Levelled] = []


class Operation(Model):
    id: str
    name: str
    order: int


class Method(Model):
    id: str
    name: str
    operations: list[Operation]


class ResultGroup(Model):
    groupingId: str
    groupId: str | None = None
    groupValue: str | None = None


class OperationResult(Model):
    operationId: str
    resultGroups: list[ResultGroup]
    rawValue: str | None = None
    formattedValue: str | None = None


class Reason(Model):
    controlledTerm: Literal[
        "SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY"
    ]


class Purpose(Model):
    controlledTerm: Literal[
        "PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE"
    ]


class OrderedGrouping(Model):
    order: int
    groupingId: str
    resultsByGroup: bool


class DocumentReference(Model):
    referenceDocumentId: str


class Analysis(Model):
    id: str
    version: int
    name: str
    description: str
    reason: Reason
    purpose: Purpose
    documentRefs: list[DocumentReference]
    analysisSetId: str
    dataSubsetId: str | None = None
    dataset: str
    variable: str | None = None
    methodId: str
    orderedGroupings: list[OrderedGrouping]
    results: list[OperationResult]


class Item(Model):
    name: str
    level: int
    order: int
    label: str | None = None
    analysisId: str | None = None
    outputId: str | None = None
    sublist: NestedList | None = None


class NestedList(Model):
    listItems: list[Item]


class Contents(Model):
    name: str
    contentsList: NestedList


class SubSection(Model):
    id: str
    text: str


class OrderedSubSection(Model):
    order: int
    subSection: SubSection


class Section(Model):
    sectionType: Literal["Header", "Title", "Rowlabel Header", "Legend", "Abbreviation", "Footnote", "Footer"]
    orderedSubSections: list[OrderedSubSection]


class Display(Model):
    id: str
    version: int
    name: str
    displayTitle: str
    displaySections: list[Section]


class OrderedDisplay(Model):
    order: int
    display: Display


class StandardFile(Model):
    controlledTerm: Literal["pdf", "rtf", "txt"]


class SponsorFile(Model):
    sponsorTermId: str


class File(Model):
    name: str
    fileType: StandardFile | SponsorFile
    location: str


class Output(Model):
    id: str
    version: int
    name: str
    label: str
    fileSpecifications: list[File]
    displays: list[OrderedDisplay]


class SponsorTerm(Model):
    id: str
    submissionValue: str


class Terminology(Model):
    id: str
    enumeration: Literal[
        "AnalysisReasonEnum", "AnalysisPurposeEnum", "OperationRoleEnum", "OutputFileTypeEnum"
    ]
    sponsorTerms: list[SponsorTerm]


class ReferenceDocument(Model):
    id: str
    name: str
    location: str


class ReportingEvent(Model):
    id: str
    version: int
    name: str
    description: str
    mainListOfContents: Contents
    otherListsOfContents: list[Contents]
    referenceDocuments: list[ReferenceDocument]
    terminologyExtensions: list[Terminology]
    analysisSets: list[Levelled]
    dataSubsets: list[Levelled]
    analysisGroupings: list[Grouping]
    methods: list[Method]
    analyses: list[Analysis]
    outputs: list[Output]


def items(nested):
    """Return every item of a list of contents, sublists included."""
    below = [item for one in nested.listItems if one.sublist for item in items(one.sublist)]
    return [*nested.listItems, *below]


def identified(event):
    """Return the id of everything that has one."""
    found = [*event.analysisSets, *event.dataSubsets, *event.analysisGroupings, *event.methods]
    found += [group for grouping in event.analysisGroupings for group in grouping.groups]
    found += [operation for method in event.methods for operation in method.operations]
    found += [*event.analyses, *event.outputs, *event.referenceDocuments, *event.terminologyExtensions]
    found += [term for extension in event.terminologyExtensions for term in extension.sponsorTerms]
    displays = [ordered.display for output in event.outputs for ordered in output.displays]
    sections = [
        one
        for display in displays
        for section in display.displaySections
        for one in section.orderedSubSections
    ]
    return [one.id for one in (*found, *displays)] + [one.subSection.id for one in sections]


def dangling(event):
    """Return every reference that leads nowhere, or to what is not of its parent."""
    methods = {method.id: {one.id for one in method.operations} for method in event.methods}
    groups = {grouping.id: {one.id for one in grouping.groups} for grouping in event.analysisGroupings}
    sets, subsets = ({one.id for one in found} for found in (event.analysisSets, event.dataSubsets))
    documents = {one.id for one in event.referenceDocuments}
    terms = {term.id for one in event.terminologyExtensions for term in one.sponsorTerms}
    analyses, outputs = ({one.id for one in found} for found in (event.analyses, event.outputs))
    wrong = []
    for one in event.analyses:
        wrong += [one.methodId] * (one.methodId not in methods) + [one.analysisSetId] * (
            one.analysisSetId not in sets
        )
        wrong += [one.dataSubsetId] * (one.dataSubsetId is not None and one.dataSubsetId not in subsets)
        wrong += [
            ref.referenceDocumentId for ref in one.documentRefs if ref.referenceDocumentId not in documents
        ]
        ordered = {grouping.groupingId for grouping in one.orderedGroupings}
        wrong += sorted(ordered - set(groups))
        for result in one.results:
            wrong += [result.operationId] * (result.operationId not in methods.get(one.methodId, ()))
            for group in result.resultGroups:
                wrong += [group.groupingId] * (group.groupingId not in ordered)
                known = group.groupId in groups[group.groupingId] if group.groupId else bool(group.groupValue)
                wrong += [group.groupId or "group without a value"] * (not known)
    listed = [
        item
        for one in (event.mainListOfContents, *event.otherListsOfContents)
        for item in items(one.contentsList)
    ]
    wrong += [one.analysisId for one in listed if one.analysisId and one.analysisId not in analyses]
    wrong += [one.outputId for one in listed if one.outputId and one.outputId not in outputs]
    wrong += sorted(analyses - {one.analysisId for one in listed}) + sorted(
        outputs - {one.outputId for one in listed}
    )
    files = [file.fileType for one in event.outputs for file in one.fileSpecifications]
    return wrong + [
        one.sponsorTermId for one in files if isinstance(one, SponsorFile) and one.sponsorTermId not in terms
    ]


def raw_values(event):
    """Return the text of each value by the identity that its analysis, groups and operation make up."""
    found = {}
    for analysis in event.analyses:
        name, place, method = analysis.id.split("/")
        operations = {one.id: one.name for one in next(m for m in event.methods if m.id == method).operations}
        for result in analysis.results:
            parts = {
                one.groupingId: one.groupValue or one.groupId.removeprefix(f"{one.groupingId}.")
                for one in result.resultGroups
            }
            of_what = parts.pop("CHARACTERISTIC", "")
            visit = parts.pop("VISIT", "all")
            (who,) = parts.values() or ("all",)
            statistic = ".".join(part for part in (of_what, operations[result.operationId]) if part)
            key = ".".join(("all" if place == "study" else place, name, visit, who, statistic))
            found.setdefault(key, []).append(result)
    return found
