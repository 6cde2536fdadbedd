"""The configuration of a study whose inputs are ADaM data sets: files, variables, visits, populations.

These sections stand in the place of those of raw data (`edc`, `sources`, `analytes` and the rest); analyses
and outputs are declared as for any study. What is declared here is taken as given, and checked.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from trial.adam.schema import ADSL, RECORD_KINDS, RecordRole
from trial.endpoints.config import BelowLimit
from trial.endpoints.config_plan import EndpointPlan, collect_adlb_spec
from trial.endpoints.config_visits import Selection, Visit, Window, check_visits
from trial.labs.config import DatasetJson, Delimited, Sas
from trial.study.base import Code, RawPath, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.config import Condition, check_condition
from trial.subjects.config_edc import ColumnName, DateFormat, Label, SubjectColumn

REQUIRED = ("USUBJID", "PARAMCD", "AVISIT", "AVAL", "BASE", "CHG", "ABLFL")


class DataFile(Strict):
    """One data set below `data/raw`, and how its cells are written."""

    file: RawPath
    """The file below data/raw."""
    table: Delimited | Sas | DatasetJson = Field(discriminator="type")
    """What kind of file it is."""
    decimal: Literal[",", "."]
    """The decimal mark of its numbers."""
    dates: listed(DateFormat)  # type: ignore[valid-type]
    """How its dates are written, tried in order: ISO, or a pattern of yyyy, mm or mmm, dd. Dates of SAS are
    ISO here."""
    missing: Annotated[tuple[Text, ...], Field(strict=False)]
    """Texts that stand for an empty cell; case does not count."""


class SubjectVariables(Strict):
    """The columns of the file's ADSL that every study has."""

    USUBJID: Text
    """Column of the subject."""
    TRT01P: Text
    """Column of the planned treatment."""
    TRT01A: Text | None
    """Column of the treatment received; null where the file has none."""
    INDEXDT: Text | None
    """Column of the index date, usually that of first treatment: days are compared with it; null for none."""
    DISCDT: Text | None
    """Column of the date of discontinuation: later values of these subjects are not asked about; null for
    none."""


class SubjectFile(DataFile):
    """ADSL: one row per subject."""

    columns: SubjectVariables
    """The column of each variable that every study has."""
    screen_failures: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of the planned treatment of those who were never assigned: counted and left out."""
    subject_columns: dict[ColumnName, SubjectColumn]
    """Further columns of the file by name, flags of populations included; conditions and covariates read
    them."""


class RecordFile(DataFile):
    """One BDS data set: one row per subject, parameter, and visit or time."""

    columns: dict[RecordRole, Text]
    """The column of each variable. Needed are USUBJID, PARAMCD, AVISIT (it may be a column of numbers), AVAL,
    BASE, CHG, ABLFL; others are read where they are named. Without ANL01FL every record of a visit stands for
    it, and there may be one alone."""
    first_day: Literal[0, 1] | None
    """What ADY counts the index date as: 0, or 1 with no day 0, as in ADaM; null where no ADY is named."""
    visits: dict[Text, Code | None]
    """The visit code of each text of the column of AVISIT; null for a visit that is not analysed."""

    @model_validator(mode="after")
    def _needed(self) -> "RecordFile":
        if absent := [name for name in REQUIRED if name not in self.columns]:
            raise ValueError(f"columns: {', '.join(absent)} required")
        if ("ADY" in self.columns) != (self.first_day is not None):
            raise ValueError("first_day: 0 or 1 where columns name ADY, and null where they do not")
        return self


class Adam(Strict):
    """The data sets of the study."""

    adsl: SubjectFile
    """The subject-level data set."""
    bds: Annotated[dict[Code, RecordFile], Field(min_length=1)]
    """The data sets of records, each by its name (ADLB, ADQS)."""


class GivenArm(Strict):
    """One treatment arm: code and label of outputs, and its texts in the data sets."""

    code: Code
    """Code of the arm in data and results."""
    label: Text
    """Name of the arm as printed."""
    texts: listed(str)  # type: ignore[valid-type]
    """How the treatment columns call the arm; case does not count."""


class GivenPopulation(Strict):
    """One analysis population: its label, and the conditions that all hold for a member.

    Conditions look at columns of the file, so that a population may have the name of the flag that it takes.
    """

    label: Label
    """Name of the population as printed, at most 40 characters."""
    conditions: listed(Condition)  # type: ignore[valid-type]
    """All of them hold for a member."""


class FromRecords(Strict):
    """The records of an endpoint: a parameter of one data set."""

    dataset: Code
    """The data set, a name of adam.bds."""
    paramcd: Text
    """The parameter's code in the file."""
    unit: Text | None
    """Its unit as the column of AVALU writes it; another one stops the run. Null: not compared."""
    conditions: Annotated[tuple[Condition, ...], Field(strict=False)]
    """What a record must fulfil to be analysed, on variables named in columns (DTYPE missing: observed values
    alone)."""


class GivenEndpoint(EndpointPlan):
    """One endpoint: the parameter it is, and how it is analysed and printed."""

    source: FromRecords
    """The parameter that it is."""


class AdamSections(Strict):
    """The sections of this room."""

    # What rooms of raw data would have; an exchange with the HOMA2 calculator starts from raw results.
    homa2: ClassVar[None] = None

    adam: Adam
    """The ADaM data sets below data/raw: a study that has this section takes already analysed data."""
    arms: listed(GivenArm)  # type: ignore[valid-type]
    """Treatment arms in the order of the outputs."""
    reference_arm: Code
    """The arm that others are compared with."""
    populations: Annotated[dict[ColumnName, GivenPopulation], Field(min_length=1)]
    """Analysis populations by the name of their flag in results."""
    visits: listed(Visit)  # type: ignore[valid-type]
    """Analysis visits in order, baseline first; windows and days count the index date as day 0."""
    selection: Selection | None
    """The rule by which ANL01FL and ABLFL are derived again and compared; null: they are not."""
    below_limit: BelowLimit
    """When outputs warn about values below the limit of quantification."""
    endpoints: Annotated[dict[Code, GivenEndpoint], Field(min_length=1)]
    """The endpoints by their parameter code in results."""

    def subject_kinds(self) -> dict[str, str]:
        """Return the kind of every column of the study's ADSL, flags of the populations included."""
        declared = {name: column.kind for name, column in self.adam.adsl.subject_columns.items()}
        return dict(ADSL) | declared | dict.fromkeys(sorted(self.populations), "text")

    def subject_labels(self) -> dict[str, str]:
        """Return the label of the study's own columns of ADSL."""
        return {name: column.label for name, column in self.adam.adsl.subject_columns.items()}


class AdamSpec(Strict):
    """What `read_adam` stands on; labels of columns and populations are no part of it.

    `parameters`: the codes that endpoints take, by data set.
    """

    adam: Adam
    arms: listed(GivenArm)  # type: ignore[valid-type]
    populations: dict[ColumnName, GivenPopulation]
    parameters: dict[Code, tuple[str, ...]]


class TakeEndpointSpec(Strict):
    """What `take_endpoint` stands on; `columns`: the file's name of each variable, for questions."""

    paramcd: Code
    unit: Text
    source: FromRecords
    columns: dict[str, str]
    visits: listed(Window)  # type: ignore[valid-type]
    selection: Selection | None
    flags: listed(Code)  # type: ignore[valid-type]


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slices of this room's rules."""
    yield "read_adam", _adam_spec(study)
    windows = tuple(Window(**visit.model_dump(exclude={"label"})) for visit in study.visits)
    for code, endpoint in study.endpoints.items():
        yield (
            f"take_endpoint.{code}",
            TakeEndpointSpec(
                paramcd=code,
                unit=endpoint.unit,
                source=endpoint.source,
                columns={str(k): v for k, v in study.adam.bds[endpoint.source.dataset].columns.items()},
                visits=windows,
                selection=study.selection,
                flags=tuple(sorted(study.populations)),
            ),
        )
    yield "collect_adlb", collect_adlb_spec(study)


def _adam_spec(study: Any) -> AdamSpec:
    adsl = study.adam.adsl
    own = adsl.subject_columns.items()
    columns = {name: column.model_copy(update={"label": name}) for name, column in own}
    unlabelled = adsl.model_copy(update={"subject_columns": columns})
    adam = study.adam.model_copy(update={"adsl": unlabelled})
    populations = {name: item.model_copy(update={"label": name}) for name, item in study.populations.items()}
    taken: dict[str, set[str]] = {name: set() for name in study.adam.bds}
    for endpoint in study.endpoints.values():
        taken[endpoint.source.dataset].add(endpoint.source.paramcd)
    parameters = {name: tuple(sorted(codes)) for name, codes in taken.items()}
    return AdamSpec(adam=adam, arms=study.arms, populations=populations, parameters=parameters)


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other."""
    return [
        *check_visits(study),
        *_check_arms(study),
        *_check_subjects(study),
        *_check_records(study),
        *_check_selection(study),
        *_check_endpoints(study),
    ]


def _check_arms(study: Any) -> list[str]:
    codes = [arm.code for arm in study.arms]
    lines = repeated_names("arms.code", codes)
    lines += repeated_names("arms.label", [arm.label for arm in study.arms])
    texts = [text.casefold() for arm in study.arms for text in arm.texts]
    lines += repeated_names("arms.texts", texts)
    lines += [
        f"adam.adsl.screen_failures: '{text}' is also one of arms.texts"
        for text in study.adam.adsl.screen_failures
        if text.casefold() in texts
    ]
    if len(codes) < 2:
        lines.append(f"arms: a comparison needs at least two arms, found {len(codes)}")
    return lines + unknown_name("reference_arm", study.reference_arm, codes)


def _check_subjects(study: Any) -> list[str]:
    declared = {name: column.kind for name, column in study.adam.adsl.subject_columns.items()}
    lines = [
        f"adam.adsl.subject_columns.{name}: every ADSL has this column already"
        for name in declared
        if name in ADSL
    ]
    for name, population in study.populations.items():
        if name in ADSL:
            lines.append(f"populations.{name}: every ADSL has a column of this name")
        for at, condition in enumerate(population.conditions):
            lines += check_condition(f"populations.{name}.conditions.{at}", condition, declared)
    return lines


def _check_records(study: Any) -> list[str]:
    codes, lines = [visit.code for visit in study.visits], []
    for name, file in study.adam.bds.items():
        lines += repeated_names(f"adam.bds.{name}.visits", [text.casefold() for text in file.visits])
        for text, code in file.visits.items():
            if code is not None:
                lines += unknown_name(f"adam.bds.{name}.visits.{text}", code, codes)
        lines += [
            f"adam.bds.{name}.visits: no text stands for {code}"
            for code in codes
            if code not in file.visits.values()
        ]
        if study.selection is not None and file.first_day is None:
            lines.append(
                f"adam.bds.{name}.columns.ADY: required, because selection counts days; or selection: null"
            )
    return lines


def _check_selection(study: Any) -> list[str]:
    """A selection cannot follow what a laboratory's export says: there is none."""
    own = {"visit": "window", "after_baseline": "closest to target day", "scheduled_first": False}
    own["baseline"] = "last on or before index date"
    return [
        f"selection.{key}: {getattr(study.selection, key)!r} needs an export; here it is {right!r}"
        for key, right in own.items()
        if study.selection is not None and getattr(study.selection, key) != right
    ]


def _check_endpoints(study: Any) -> list[str]:
    lines = repeated_names("endpoints.number", [endpoint.number for endpoint in study.endpoints.values()])
    after = [visit.code for visit in study.visits if not visit.baseline]
    for code, endpoint in study.endpoints.items():
        key, source = f"endpoints.{code}", endpoint.source
        lines += unknown_name(f"{key}.primary_visit", endpoint.primary_visit, after)
        if unknown := unknown_name(f"{key}.source.dataset", source.dataset, study.adam.bds):
            lines += unknown
            continue
        named = study.adam.bds[source.dataset].columns
        kinds = {name: kind for name, kind in RECORD_KINDS.items() if name in named}
        if source.unit is not None and "AVALU" not in named:
            lines.append(
                f"{key}.source.unit: adam.bds.{source.dataset}.columns names no AVALU; declare it, or null"
            )
        for at, condition in enumerate(source.conditions):
            lines += check_condition(f"{key}.source.conditions.{at}", condition, kinds)
    return lines
