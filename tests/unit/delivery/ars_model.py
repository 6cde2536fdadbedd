"""The Analysis Results Standard v1 as strict models: the part that a reporting event of this project uses.

Written from the published model (CDISC ARS 1.0, `ars_ldm`): class and attribute names, what is required, and
the controlled terms. As there, an attribute that the model does not know is an error. The whole file of the
demonstration was also validated by hand against the published JSON schema (`ars_ldm.json`, draft 7).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


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
    data_driven: bool
    grouping_dataset: str | None = None
    grouping_variable: str | None = None
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
    grouping_id: str
    group_id: str | None = None
    group_value: str | None = None


class OperationResult(Model):
    operation_id: str
    result_groups: list[ResultGroup]
    raw_value: str | None = None
    formatted_value: str | None = None


class Reason(Model):
    controlled_term: Literal[
        "SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY"
    ]


class Purpose(Model):
    controlled_term: Literal[
        "PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE"
    ]


class OrderedGrouping(Model):
    order: int
    grouping_id: str
    results_by_group: bool


class DocumentReference(Model):
    reference_document_id: str


class Analysis(Model):
    id: str
    version: int
    name: str
    description: str
    reason: Reason
    purpose: Purpose
    document_refs: list[DocumentReference]
    analysis_set_id: str
    data_subset_id: str | None = None
    dataset: str
    variable: str | None = None
    method_id: str
    ordered_groupings: list[OrderedGrouping]
    results: list[OperationResult]


class Item(Model):
    name: str
    level: int
    order: int
    label: str | None = None
    analysis_id: str | None = None
    output_id: str | None = None
    sublist: NestedList | None = None


class NestedList(Model):
    list_items: list[Item]


class Contents(Model):
    name: str
    contents_list: NestedList


class SubSection(Model):
    id: str
    text: str


class OrderedSubSection(Model):
    order: int
    sub_section: SubSection


class Section(Model):
    section_type: Literal[
        "Header", "Title", "Rowlabel Header", "Legend", "Abbreviation", "Footnote", "Footer"
    ]
    ordered_sub_sections: list[OrderedSubSection]


class Display(Model):
    id: str
    version: int
    name: str
    display_title: str
    display_sections: list[Section]


class OrderedDisplay(Model):
    order: int
    display: Display


class StandardFile(Model):
    controlled_term: Literal["pdf", "rtf", "txt"]


class SponsorFile(Model):
    sponsor_term_id: str


class File(Model):
    name: str
    file_type: StandardFile | SponsorFile
    location: str


class Output(Model):
    id: str
    version: int
    name: str
    label: str
    file_specifications: list[File]
    displays: list[OrderedDisplay]


class SponsorTerm(Model):
    id: str
    submission_value: str


class Terminology(Model):
    id: str
    enumeration: Literal[
        "AnalysisReasonEnum", "AnalysisPurposeEnum", "OperationRoleEnum", "OutputFileTypeEnum"
    ]
    sponsor_terms: list[SponsorTerm]


class ReferenceDocument(Model):
    id: str
    name: str
    location: str


class ReportingEvent(Model):
    id: str
    version: int
    name: str
    description: str
    main_list_of_contents: Contents
    other_lists_of_contents: list[Contents]
    reference_documents: list[ReferenceDocument]
    terminology_extensions: list[Terminology]
    analysis_sets: list[Levelled]
    data_subsets: list[Levelled]
    analysis_groupings: list[Grouping]
    methods: list[Method]
    analyses: list[Analysis]
    outputs: list[Output]


def items(nested):
    """Return every item of a list of contents, sublists included."""
    below = [item for one in nested.list_items if one.sublist for item in items(one.sublist)]
    return [*nested.list_items, *below]


def identified(event):
    """Return the id of everything that has one."""
    found = [*event.analysis_sets, *event.data_subsets, *event.analysis_groupings, *event.methods]
    found += [group for grouping in event.analysis_groupings for group in grouping.groups]
    found += [operation for method in event.methods for operation in method.operations]
    found += [*event.analyses, *event.outputs, *event.reference_documents, *event.terminology_extensions]
    found += [term for extension in event.terminology_extensions for term in extension.sponsor_terms]
    displays = [ordered.display for output in event.outputs for ordered in output.displays]
    sections = [
        one
        for display in displays
        for section in display.display_sections
        for one in section.ordered_sub_sections
    ]
    return [one.id for one in (*found, *displays)] + [one.sub_section.id for one in sections]


def dangling(event):
    """Return every reference that leads nowhere, or to what is not of its parent."""
    methods = {method.id: {one.id for one in method.operations} for method in event.methods}
    groups = {grouping.id: {one.id for one in grouping.groups} for grouping in event.analysis_groupings}
    sets, subsets = ({one.id for one in found} for found in (event.analysis_sets, event.data_subsets))
    documents = {one.id for one in event.reference_documents}
    terms = {term.id for one in event.terminology_extensions for term in one.sponsor_terms}
    analyses, outputs = ({one.id for one in found} for found in (event.analyses, event.outputs))
    wrong = []
    for one in event.analyses:
        wrong += [one.method_id] * (one.method_id not in methods) + [one.analysis_set_id] * (
            one.analysis_set_id not in sets
        )
        wrong += [one.data_subset_id] * (one.data_subset_id is not None and one.data_subset_id not in subsets)
        wrong += [
            ref.reference_document_id
            for ref in one.document_refs
            if ref.reference_document_id not in documents
        ]
        ordered = {grouping.grouping_id for grouping in one.ordered_groupings}
        wrong += sorted(ordered - set(groups))
        for result in one.results:
            wrong += [result.operation_id] * (result.operation_id not in methods.get(one.method_id, ()))
            for group in result.result_groups:
                wrong += [group.grouping_id] * (group.grouping_id not in ordered)
                known = (
                    group.group_id in groups[group.grouping_id] if group.group_id else bool(group.group_value)
                )
                wrong += [group.group_id or "group without a value"] * (not known)
    listed = [
        item
        for one in (event.main_list_of_contents, *event.other_lists_of_contents)
        for item in items(one.contents_list)
    ]
    wrong += [one.analysis_id for one in listed if one.analysis_id and one.analysis_id not in analyses]
    wrong += [one.output_id for one in listed if one.output_id and one.output_id not in outputs]
    wrong += sorted(analyses - {one.analysis_id for one in listed}) + sorted(
        outputs - {one.output_id for one in listed}
    )
    files = [file.file_type for one in event.outputs for file in one.file_specifications]
    return wrong + [
        one.sponsor_term_id
        for one in files
        if isinstance(one, SponsorFile) and one.sponsor_term_id not in terms
    ]


def raw_values(event):
    """Return the text of each value by the identity that its analysis, groups and operation make up."""
    found = {}
    for analysis in event.analyses:
        name, place, method = analysis.id.split("/")
        operations = {one.id: one.name for one in next(m for m in event.methods if m.id == method).operations}
        for result in analysis.results:
            parts = {
                one.grouping_id: one.group_value or one.group_id.removeprefix(f"{one.grouping_id}.")
                for one in result.result_groups
            }
            of_what = parts.pop("CHARACTERISTIC", "")
            visit = parts.pop("VISIT", "all")
            (who,) = parts.values() or ("all",)
            statistic = ".".join(part for part in (of_what, operations[result.operation_id]) if part)
            key = ".".join(("all" if place == "study" else place, name, visit, who, statistic))
            found.setdefault(key, []).append(result)
    return found
