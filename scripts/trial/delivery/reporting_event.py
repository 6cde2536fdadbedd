"""The analysis results as a reporting event of CDISC's Analysis Results Standard, version 1.

Source: the model ARS 1.0 (`ars_ldm`, LinkML and JSON schema). Every row of ard.csv is one OperationResult.
An Analysis here is one analysis of one endpoint (or of the study) by one method, as the rows name it; what is
told apart by visit, arm, comparison or term is a result group. The model has no place for the number of
subjects, warnings and reasons: they stay in ard.csv, which is named as a reference document.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trial.delivery.config import DeliveredAnalysis, DeliverySpec
from trial.delivery.listing import contents
from trial.delivery.outputs import described_output, terminology
from trial.delivery.parts import COMPARISON, OF_WHAT, TERM, VISIT, Part, Parts, split_statistic
from trial.delivery.printed import shown_results
from trial.delivery.reading import PrintedOutput, Result

Object = dict[str, Any]
ABSENT = "NE"


def reporting_event(
    spec: DeliverySpec, results: Sequence[Result], outputs: Sequence[PrintedOutput], lock: Mapping[str, Any]
) -> Object:
    """Return the reporting event of a study.

    Parameters
    ----------
    results : sequence of Result
        Every row of ard.csv, in its order.
    outputs : sequence of PrintedOutput
        In the order of the catalogue.
    lock : mapping
        The verified data lock.
    """
    parts = Parts(spec)
    analyses = _analyses(spec, results, parts, printed_texts(results, outputs))
    return {
        "id": f"RE.{spec.study.id}",
        "version": 1,
        "name": f"{spec.study.id} {spec.study.short_title}".strip(),
        "description": f"Lock {lock['lock_id']} ({lock['short_hash']}), data cut {lock['cut_date']}",
        "mainListOfContents": contents(outputs, _own(analyses, results)),
        "otherListsOfContents": [_every_analysis(analyses)],
        "referenceDocuments": list(_documents()),
        "terminologyExtensions": terminology(),
        "analysisSets": list(_sets(spec)),
        "dataSubsets": list(_subsets(spec)),
        "analysisGroupings": list(_groupings(spec)),
        "methods": _methods(results),
        "analyses": analyses,
        "outputs": [described_output(output) for output in outputs],
    }


def printed_texts(results: Sequence[Result], outputs: Sequence[PrintedOutput]) -> dict[str, str]:
    """Return each printed result as its own output prints it; else as the first output that prints it."""
    known = {result.id: result for result in results}
    first: dict[str, str] = {}
    own: dict[str, str] = {}
    for output in outputs:
        for cell in (cell for row in output.rows for cell in row.cells):
            found = [known[name] for name in cell.ids if name in known]
            shown = shown_results(cell.text, [one.id for one in found], [one.numbers for one in found])
            for name, text in shown.texts.items():
                first.setdefault(name, text)
                if known[name].output == output.id:
                    own.setdefault(name, text)
    return first | own


def analysis_id(result: Result) -> str:
    """Return the id of the analysis that a result is of."""
    return f"{result.analysis}/{result.endpoint or 'study'}/{_word(result.method)}"


def _operation_id(result: Result) -> str:
    return f"{_word(result.method)}/{split_statistic(result.statistic)[1]}"


def _own(analyses: Sequence[Object], results: Sequence[Result]) -> Iterator[tuple[str, str, str]]:
    outputs = {analysis_id(result): result.output for result in results}
    for one in analyses:
        yield one["id"], one["name"], outputs[one["id"]]


def _word(text: str) -> str:
    return text.replace(" ", "_")


def _documents() -> Iterator[Object]:
    yield {"id": "RD.PLAN", "name": "Analysis plan as configured", "location": "config.yaml"}
    yield {
        "id": "RD.ARD",
        "name": "Results with number of records, warnings and reasons of absent values",
        "location": "results/ard.csv",
    }


def _condition(dataset: str, variable: str, *values: str) -> Object:
    comparator = "EQ" if len(values) == 1 else "IN"
    return {"dataset": dataset, "variable": variable, "comparator": comparator, "value": list(values)}


def _sets(spec: DeliverySpec) -> Iterator[Object]:
    for order, one in enumerate(spec.populations, start=1):
        yield _chosen(f"AS.{one.code}", one.label, order, _condition("ADSL", one.code, "Y"))


def _subsets(spec: DeliverySpec) -> Iterator[Object]:
    for order, one in enumerate(spec.endpoints, start=1):
        yield _chosen(f"DS.{one.code}", one.label, order, _condition("ADLB", "PARAMCD", one.code))


def _chosen(name: str, label: str, order: int, condition: Object) -> Object:
    return {"id": name, "name": label, "level": 1, "order": order, "condition": condition}


def _groupings(spec: DeliverySpec) -> Iterator[Object]:
    for variable in dict.fromkeys(analysis.treatment for analysis in spec.analyses):
        arms = [(arm.code, arm.label, _condition("ADSL", variable, arm.code)) for arm in spec.arms]
        yield _grouping(variable, "Treatment", "ADSL", variable) | {"groups": _groups(variable, arms)}
    visits = [(one.code, one.label, _condition("ADLB", "AVISIT", one.code)) for one in spec.visits]
    visits += [(one.code, one.label, _condition("ADLB", "AVISIT", *one.visits)) for one in spec.averages]
    yield _grouping(VISIT, "Visit", "ADLB", "AVISIT") | {"groups": _groups(VISIT, visits)}
    compared = [(one.code, one.label, None) for one in spec.comparisons]
    yield _grouping(COMPARISON, "Comparison of arms") | {"groups": _groups(COMPARISON, compared)}
    yield _grouping(TERM, "Term of a model, endpoint or other part") | {"dataDriven": True}
    yield _grouping(OF_WHAT, "What is counted or described") | {"dataDriven": True}


def _grouping(name: str, label: str, dataset: str = "", variable: str = "") -> Object:
    where = {"groupingDataset": dataset, "groupingVariable": variable} if dataset else {}
    return {"id": name, "name": label, **where, "dataDriven": False}


def _groups(grouping: str, members: Sequence[tuple[str, str, Object | None]]) -> list[Object]:
    return [
        {"id": f"{grouping}.{code}", "name": label, "level": 1, "order": order}
        | ({"condition": condition} if condition else {})
        for order, (code, label, condition) in enumerate(members, start=1)
    ]


def _methods(results: Sequence[Result]) -> list[Object]:
    operations: dict[str, dict[str, str]] = {}
    for result in results:
        operations.setdefault(result.method, {})[_operation_id(result)] = split_statistic(result.statistic)[1]
    return [
        {
            "id": _word(method),
            "name": method,
            "operations": [
                {"id": name, "name": operation, "order": order}
                for order, (name, operation) in enumerate(found.items(), start=1)
            ],
        }
        for method, found in operations.items()
    ]


def _analyses(
    spec: DeliverySpec, results: Sequence[Result], parts: Parts, texts: Mapping[str, str]
) -> list[Object]:
    grouped: dict[str, list[tuple[Result, tuple[Part, ...]]]] = {}
    for result in results:
        grouped.setdefault(analysis_id(result), []).append((result, parts.of(result)))
    return [_analysis(spec, name, members, texts) for name, members in grouped.items()]


def _analysis(
    spec: DeliverySpec,
    name: str,
    members: Sequence[tuple[Result, tuple[Part, ...]]],
    texts: Mapping[str, str],
) -> Object:
    first = members[0][0]
    declared = next(analysis for analysis in spec.analyses if analysis.id == first.analysis)
    endpoint = next((one.label for one in spec.endpoints if one.code == first.endpoint), "")
    groupings = dict.fromkeys(part.grouping for _, parts in members for part in parts)
    described: Object = {
        "id": name,
        "version": 1,
        "name": f"{declared.label}: {endpoint}" if endpoint else declared.label,
        "description": f"method {first.method}",
        "reason": {"controlledTerm": "SPECIFIED IN SAP"},
        "purpose": {"controlledTerm": purpose(spec, declared, first.endpoint)},
        "documentRefs": [{"referenceDocumentId": "RD.PLAN"}, {"referenceDocumentId": "RD.ARD"}],
        "analysisSetId": f"AS.{declared.population}",
    }
    if first.endpoint:
        described["dataSubsetId"] = f"DS.{first.endpoint}"
    described["dataset"] = declared.dataset
    if declared.variable:
        described["variable"] = declared.variable
    return described | {
        "methodId": _word(first.method),
        "orderedGroupings": [
            {"order": order, "groupingId": grouping, "resultsByGroup": True}
            for order, grouping in enumerate(groupings, start=1)
        ],
        "results": [_result(result, parts, texts) for result, parts in members],
    }


def purpose(spec: DeliverySpec, analysis: DeliveredAnalysis, endpoint: str) -> str:
    """Return the purpose: of the primary analysis that of its endpoint, primary where none is named so."""
    if not analysis.primary:
        return "EXPLORATORY OUTCOME MEASURE"
    primary = not spec.primary_endpoints or endpoint in spec.primary_endpoints
    return "PRIMARY OUTCOME MEASURE" if primary else "SECONDARY OUTCOME MEASURE"


def _result(result: Result, parts: Sequence[Part], texts: Mapping[str, str]) -> Object:
    found: Object = {
        "operationId": _operation_id(result),
        "resultGroups": [
            {"groupingId": part.grouping}
            | ({"groupId": part.group_id} if part.declared else {"groupValue": part.value})
            for part in parts
        ],
    }
    if result.value is not None:
        found["rawValue"] = result.raw
    text = texts.get(result.id, "" if result.value is not None else ABSENT)
    return found | ({"formattedValue": text} if text else {})


def _every_analysis(analyses: Sequence[Object]) -> Object:
    items = [
        {"name": one["name"], "level": 1, "order": order, "analysisId": one["id"]}
        for order, one in enumerate(analyses, start=1)
    ]
    return {"name": "Every analysis", "contentsList": {"listItems": items}}
