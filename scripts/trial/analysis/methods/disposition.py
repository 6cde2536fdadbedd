"""What became of the subjects: steps of the participant flow, populations with reasons, subjects analysed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.analysis.subject_facts import FORMS, VALUES, check_forms, knows_discontinuation, subjects_file
from trial.study.base import Code, Strict, Text, listed
from trial.study.books import ROW_BOOK
from trial.study.names import repeated_names, unknown_name
from trial.subjects.config_edc import ColumnName
from trial.subjects.schema import POPULATIONS

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Step(Strict):
    """A step of the participant flow: those who took it are the members of a population."""

    population: ColumnName
    """The population of those who took the step; its conditions give the reasons of those who did not."""
    label: Text
    """Name of the step as printed."""
    by_arm: bool
    """Whether the arms are told apart from this step on: true from the allocation on."""


class Config(Analysis):
    """Counts of subjects by arm as `treatment` says, and in total; percentages are of `population`.

    Screening failures are counted where the study declares their texts. Nothing else is known of subjects
    who are not in the data.
    """

    plays: ClassVar[tuple[str, ...]] = ("disposition",)

    method: Literal["disposition"]
    """Participant flow, populations and subjects analysed."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: it estimates nothing."""
    steps: listed(Step)  # type: ignore[valid-type]
    """The steps of the participant flow in order; each is counted among those of the step before."""
    as_received: Annotated[tuple[ColumnName, ...], Field(strict=False)]
    """Populations that are analysed by the treatment received: their members are counted by it too."""
    discontinuation: ColumnName | None
    """Column of ADSL with the reason of discontinuation, empty for those who completed; null where the data
    have none."""
    visit_forms: bool
    """Whether the visits done are known from the visit forms (ADSV); false: the flow has no visits."""
    evaluable: ColumnName
    """The population whose members are analysed, where they have a baseline and a value after it."""
    analysed: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints for which subjects analysed are counted."""

    def columns(self) -> Mapping[str, str]:
        """Return the dates of visits and discontinuation, the reason of it, and the treatment received."""
        dates = {"DISCDT": "date", "INDEXDT": "date", "TRT01A": "text"}
        return dates | ({self.discontinuation: "text"} if self.discontinuation else {})

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return membership, endpoint records, row fates for screening failures, and visit forms."""
        forms = {"adsv": FORMS} if self.visit_forms else {}
        return {"populations": POPULATIONS, "adlb": VALUES, "accounting": dict(ROW_BOOK)} | forms

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return populations with their declared reasons, endpoints, and where screening failures stand."""
        wanted = study.endpoints if self.analysed == "all" else self.analysed
        file, failures = subjects_file(study)
        return {
            "populations": [
                [name, [condition.otherwise for condition in population.conditions]]
                for name, population in study.populations.items()
            ],
            "endpoints": [code for code in study.endpoints if code in wanted],
            "subjects_file": file,
            "screened": bool(failures),
            "discontinued": knows_discontinuation(study, self.discontinuation),
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield unknown populations, columns and endpoints, and visit forms that the study has not."""
        for place, name in (
            *((f"steps.{at}.population", step.population) for at, step in enumerate(self.steps)),
            *(("as_received", name) for name in self.as_received),
            ("evaluable", self.evaluable),
        ):
            yield from unknown_name(place, name, study.populations)
        yield from repeated_names("steps.population", [step.population for step in self.steps])
        split = [step.by_arm for step in self.steps]
        if split != sorted(split) or not split[-1]:
            yield "steps: by_arm is false before the allocation, and true from it to the last step"
        if self.discontinuation:
            kinds = study.subject_kinds()
            yield from unknown_name("discontinuation", self.discontinuation, kinds)
            if kinds.get(self.discontinuation, "text") != "text":
                yield f"discontinuation: {self.discontinuation} is no text in ADSL"
        for code in () if self.analysed == "all" else self.analysed:
            yield from unknown_name("analysed", code, study.endpoints)
        yield from check_forms(study, self.visit_forms)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return counts and percentages; the record names the lines in order."""
    from trial.analysis.disposition import count_disposition

    return count_disposition(data, config)
