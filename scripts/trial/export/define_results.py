"""Analysis results metadata: the primary results of ard.csv, by display, with data, selection and program.

One display for the output that each primary result names as its own; one analysis result for the arms of
each visit, for each comparison at a visit, and one for each kind of the model's own statistics. Every
result is named by its id, so that its full digits are found in ard.csv. Source: Analysis Results Metadata
1.0 for Define-XML (CDISC).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trial.delivery.config import DeliveredAnalysis, DeliverySpec
from trial.delivery.reading import Result
from trial.delivery.reporting_event import purpose
from trial.export.define_lists import WhereClauses
from trial.export.define_reading import RESULTS
from trial.export.define_xml import Element, description, element, references
from trial.export.oids import comment_oid, display_oid, group_oid, item_oid, leaf_id, result_oid

PROGRAM = "run_analysis.py"
# Kinds of statistics of a whole model, by a word of their name, and what they are.
_KINDS = {
    "type3": "type III tests of the terms",
    "coef": "coefficients",
    "cov": "covariances of the visits",
    "corr": "covariances of the visits",
    "ladder": "covariance structures tried",
}
_REST, _ARMS = "size and fit of the model", "arms"


@dataclass(frozen=True)
class Display:
    """An output with primary results: its id, kind, number and title, and its results in their order."""

    id: str
    kind: str
    number: str
    title: str
    results: tuple[Result, ...]

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.id}.{'png' if self.kind == 'figure' else 'rtf'}"

    @property
    def folder(self) -> str:
        """Where a run leaves its file, below the results."""
        return "figures" if self.kind == "figure" else "tables"


@dataclass(frozen=True)
class Reported:
    """The analysis results of a document, and the further definitions that they refer to."""

    element: Element
    comments: Mapping[str, str] = field(default_factory=dict)


def primary_results(results: Sequence[Result], spec: DeliverySpec) -> list[Result]:
    """Return the results of the analyses that the configuration calls primary."""
    primary = {analysis.id for analysis in spec.analyses if analysis.primary}
    return [result for result in results if result.analysis in primary]


def displays_of(results: Sequence[Result], entries: Mapping[str, Mapping[str, Any]]) -> list[Display]:
    """Return the displays of results, in the order in which they come.

    Parameters
    ----------
    entries : mapping
        What each output says of itself, by its id.
    """
    by_output: dict[str, list[Result]] = {}
    for result in results:
        by_output.setdefault(result.output, []).append(result)
    return [
        Display(
            name,
            kind=str(entries[name]["kind"]),
            number=str(entries[name]["number"]),
            title=str(entries[name]["title"]),
            results=tuple(mine),
        )
        for name, mine in by_output.items()
    ]


def analysis_results(
    displays: Sequence[Display],
    spec: DeliverySpec,
    study: Any,
    fits: Mapping[tuple[str, str], Mapping[str, Any]],
    wheres: WhereClauses,
    exported: Collection[str],
    context: str,
    documents: Sequence[str],
) -> Reported:
    """Return the metadata of the results on displays.

    Parameters
    ----------
    study : Study or AnalysedStudy
    fits : mapping
        What each analysis recorded of its endpoint, by both names.
    wheres : WhereClauses
        Gets the selections of records.
    exported : collection of str
        Names of the data sets that leave.
    context : str
        The language of the programs, with its version.
    documents : sequence of str
        Ids of the leafs of the program, of the plan and of ard.csv.
    """
    analyses = {analysis.id: analysis for analysis in spec.analyses}
    comments: dict[str, str] = {}
    shown = []
    for display in displays:
        groups: dict[tuple[str, str, str], list[Result]] = {}
        for result in display.results:
            groups.setdefault((result.analysis, result.endpoint, _part(result)), []).append(result)
        made = []
        for (name, endpoint, part), members in groups.items():
            fit = fits.get((name, endpoint or "study"), {})
            one = _Analysed(analyses[name], endpoint, study, spec, fit, "ADICE" in exported)
            comments |= one.comments()
            made.append(one.result(part, members, wheres, context, documents))
        shown.append(
            element(
                "arm:ResultDisplay",
                {"OID": display_oid(display.id), "Name": display.number},
                description(display.title),
                *references([leaf_id(display.id)]),
                *made,
            )
        )
    return Reported(element("arm:AnalysisResultDisplays", None, *shown), comments)


def _part(result: Result) -> str:
    """Return which analysis result a statistic is of: arms of a visit, comparison at a visit, or kind."""
    words = result.statistic.split(".")
    if kind := next((_KINDS[word] for word in words if word in _KINDS), ""):
        return kind
    if result.comparison:
        return f"{result.visit or 'all'}.{result.comparison}"
    return f"{result.visit}.{_ARMS}" if result.visit else _REST


@dataclass(frozen=True)
class _Analysed:
    """One analysis of one endpoint, as its results are described."""

    analysis: DeliveredAnalysis
    endpoint: str
    study: Any
    spec: DeliverySpec
    fit: Mapping[str, Any]
    has_events: bool

    @property
    def config(self) -> Any:
        """The analysis as it is configured."""
        return self.study.analyses[self.analysis.id]

    @property
    def _join(self) -> str:
        """The identifier of how the data sets are joined; nothing where there is one alone."""
        others = [*(["ADSL"] if self._subject_covariates() else []), *(["ADICE"] if self._events() else [])]
        return comment_oid(".".join(["JOIN", self.analysis.dataset, *others])) if others else ""

    def comments(self) -> dict[str, str]:
        """Return the comments that the analysis refers to, by their identifiers."""
        texts = []
        if self._subject_covariates():
            texts.append("Columns of ADSL are joined to the records by USUBJID, one record of ADSL to many.")
        if self._events():
            texts.append(
                "Records on which an event of ADICE of the same USUBJID acts by its date are set aside, as "
                "the estimand says."
            )
        return {self._join: " ".join(texts)} if texts else {}

    def result(
        self,
        part: str,
        members: Sequence[Result],
        wheres: WhereClauses,
        context: str,
        documents: Sequence[str],
    ) -> Element:
        """Return one analysis result."""
        return element(
            "arm:AnalysisResult",
            {
                "OID": result_oid(self.analysis.id, self.endpoint, part),
                "ParameterOID": item_oid("ADLB", "PARAMCD") if self.endpoint else None,
                "AnalysisReason": "SPECIFIED IN SAP",
                "AnalysisPurpose": purpose(self.spec, self.analysis, self.endpoint),
            },
            description(self._title(part, members[0])),
            self._datasets(wheres),
            element(
                "arm:Documentation",
                None,
                description(f"{self._documentation()} {RESULTS}{' '.join(result.id for result in members)}"),
                *references(documents[1:]),
            ),
            element(
                "arm:ProgrammingCode",
                {"Context": context},
                element("arm:Code", None, text=self._code()),
                *references(documents[:1]),
            ),
        )

    def _title(self, part: str, first: Result) -> str:
        endpoint = next((one.label for one in self.spec.endpoints if one.code == self.endpoint), "")
        named = " of ".join(filter(None, (self.analysis.label, endpoint)))
        if part in (*_KINDS.values(), _REST):
            return f"{named}: {part}"
        visits = {one.code: one.label for one in (*self.spec.visits, *self.spec.averages)}
        comparisons = {one.code: one.label for one in self.spec.comparisons}
        who = comparisons.get(first.comparison, first.comparison) or "each arm"
        at = f" at {visits.get(first.visit, first.visit)}" if first.visit else ""
        return f"{named}{at}: {who}"

    def _documentation(self) -> str:
        parts = [str(self.fit.get("footnote") or f"Method {self.config.method}.")]
        estimand = self.study.estimands.get(self.config.estimand) if self.config.estimand else None
        if estimand:
            events = "; ".join(f"{event}: {rule}" for event, rule in estimand.intercurrent_events.items())
            parts.append(
                f"Estimand: {estimand.label}." + (f" Intercurrent events: {events}." if events else "")
            )
        parts += [str(warning) for warning in self.fit.get("warnings") or ()]
        return " ".join(parts)

    def _datasets(self, wheres: WhereClauses) -> Element:
        name, own = self.analysis.dataset, self._subject_covariates()
        conditions = [(name, self.analysis.population, ("Y",))]
        variables = [self.analysis.variable] if self.analysis.variable else []
        if name == "ADLB":
            after = tuple(visit.code for visit in self.study.visits if not visit.baseline)
            conditions += [
                (name, "PARAMCD", (self.endpoint,)),
                (name, "ANL01FL", ("Y",)),
                (name, "AVISIT", after),
            ]
            variables += ["AVAL", "BASE"] if self._log() else []
            variables += [one for one in self._covariates() if one == "BASE" and one not in variables]
            variables += ["AVISIT", self.analysis.treatment]
        data = [
            _dataset(
                name, variables, wheres.add(f"{self.analysis.id}.{self.endpoint or 'study'}", conditions)
            )
        ]
        if own:
            data.append(_dataset("ADSL", own))
        if events := self._events():
            where = wheres.add(f"ADICE.{'.'.join(events)}", [("ADICE", "EVENT", events)])
            data.append(_dataset("ADICE", ["EVENT", "ICEDT"], where))
        return element("arm:AnalysisDatasets", {"def:CommentOID": self._join or None}, *data)

    def _events(self) -> tuple[str, ...]:
        """Return the intercurrent events by which the estimand sets records of the endpoint aside."""
        declared = getattr(self.study, "intercurrent_events", {})
        estimand = self.study.estimands.get(self.config.estimand) if self.config.estimand else None
        if not estimand or not self.has_events or not self.endpoint:
            return ()
        return tuple(
            event
            for event, strategy in estimand.intercurrent_events.items()
            if strategy != "treatment policy" and declared[event].concerns(self.endpoint)
        )

    def _log(self) -> bool:
        return bool(self.endpoint) and self.study.endpoints[self.endpoint].scale == "log"

    def _covariates(self) -> list[str]:
        return [covariate.variable for covariate in getattr(self.config, "covariates", ())]

    def _subject_covariates(self) -> list[str]:
        """Return the covariates that are columns of ADSL, whatever the endpoint."""
        mine = [one for one in self._covariates() if one != "BASE" and not one.startswith("BASE_")]
        return mine if self.analysis.dataset != "ADSL" else []

    def _code(self) -> str:
        place = self.endpoint or "study"
        lines = [f"{PROGRAM} --spec results/spec/analysis.{self.analysis.id}.{place}.json ..."]
        fit = self.fit.get("fit") or {}
        if "formula" in fit:
            lines.append(
                f"mmrm: {fit['formula']}; covariance {fit['covariance']}, "
                f"{'REML' if fit['reml'] else 'ML'}, {fit['df_method']}, coefficient covariance "
                f"{fit['cov_type']}"
            )
        return "\n".join(lines)


def _dataset(name: str, variables: Sequence[str], where: Element | None = None) -> Element:
    return element(
        "arm:AnalysisDataset",
        {"ItemGroupOID": group_oid(name)},
        where,
        *(
            element("arm:AnalysisVariable", {"ItemOID": item_oid(name, one)})
            for one in dict.fromkeys(variables)
        ),
    )
