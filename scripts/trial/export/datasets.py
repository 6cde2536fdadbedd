"""Which analysis data sets leave the project, and every variable of them, for all writers.

Nothing is listed here a second time: data sets, labels, types, origins and codelists are those that the rooms
declare (`trial.study.variables`). What ADaM asks for and the pipeline's own files need not hold is added
here: the study's identifier, the subject's number within it, the unit of age, a number of each record, days
without a day 0, population flags that say N.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from trial.adam import schema as given
from trial.eligibility.config import own_columns
from trial.eligibility.schema import ADDV, ADIE
from trial.endpoints.config_plan import collect_adlb_spec
from trial.endpoints.schema import adlb, laboratory_data
from trial.study.errors import DataError
from trial.study.names import repeated_names
from trial.study.variables import (
    ARM,
    ASEQ,
    NO_YES,
    PARAMETER,
    VISIT,
    Codelist,
    Dataset,
    Variable,
)
from trial.subjects import schema as subjects
from trial.subjects.record_files import RECORD_FILES

# How a value differs from that of the pipeline's file: `day` counts the index date as day 1 and has no day 0;
# `member` says N where the flag is empty; `constant` and `sequence` stand in no file.
Conversion = Literal["", "day", "member", "constant", "sequence"]
DATE_FORMAT = "DATE9."
STUDY, SUBJECT, AGE_UNIT = "STUDYID", "SUBJID", "AGEU"
YEARS = Codelist("AGEU", {"YEARS": "Year"})
DAYS = ("ADY", "ASTDY", "AENDY")
# Days are counted otherwise than in the pipeline, which the label of the index date says.
LABELS = {"INDEXDT": "Index Date (Day 1)"}
DAY_1 = "INDEXDT is day 1, and there is no day 0"


@dataclass(frozen=True)
class Column(Variable):
    """One variable of an exported data set; `name` has at most 8 characters.

    Attributes
    ----------
    source : str
        Column of the pipeline's file; empty where the value stands in none.
    conversion : str
        How the value is made of it; empty where it is the same.
    constant : str
        The value of every record that has one.
    """

    source: str = field(default="", kw_only=True)
    conversion: Conversion = field(default="", kw_only=True)
    constant: str = field(default="", kw_only=True)

    @property
    def display_format(self) -> str:
        """The SAS format: without it a date of a transport file is a number."""
        return DATE_FORMAT if self.type == "date" else ""


@dataclass(frozen=True)
class Exported:
    """One data set as it leaves.

    Attributes
    ----------
    name, label : str
    adam_class, structure : str
        In the words of define.xml.
    keys : tuple of str
        Exported variables that name one record and order the file.
    columns : tuple of Column
        In order.
    dataset : Dataset
        The data set as the pipeline declares it.
    """

    name: str
    label: str
    adam_class: str
    structure: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    dataset: Dataset

    @property
    def file(self) -> str:
        """The pipeline's file, below `results`."""
        return f"data/{self.name.lower()}.csv"

    def column(self, name: str) -> Column:
        """Return the variable of that name."""
        return next(column for column in self.columns if column.name == name)

    def has(self, name: str) -> bool:
        """Return whether there is a variable of that name."""
        return any(column.name == name for column in self.columns)


def exported_datasets(study: Any, present: Collection[str]) -> tuple[Exported, ...]:
    """Return the data sets of a study that leave it, ADSL first, then by name.

    Parameters
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    present : collection of str
        Names of the data sets that the study's run left (`ADLB`).

    Raises
    ------
    DataError
        If two variables of a data set would have one name.
    """
    declared = {dataset.name: dataset for dataset in _declared(study) if dataset.adam_class}
    subject_level = declared["ADSL"]
    parameters = _parameters(study)
    found = [
        _exported(declared[name], subject_level, study, parameters.get(name, {}))
        for name in sorted(declared, key=lambda name: (name != "ADSL", name))
        if name in present
    ]
    for dataset in found:
        if twice := repeated_names(dataset.name, [column.name for column in dataset.columns]):
            raise DataError("export", "two variables of one name", twice, "rename the study's own column")
    return tuple(found)


def is_analysed(study: Any) -> bool:
    """Return whether the inputs of a study are analysis data already."""
    return getattr(study, "adam", None) is not None


def _declared(study: Any) -> Iterator[Dataset]:
    flags = {name: population.label for name, population in study.populations.items()}
    yield adlb(flags)
    if is_analysed(study):
        yield given.adsl(study.populations, study.adam.adsl.subject_columns)
        return
    own = own_columns(study.eligibility is not None, study.deviations is not None)
    core = subjects.ADSL.after([*subjects.ADSL][-1], own)
    yield subjects.adsl(study.populations, study.edc.subject_columns, core)
    yield laboratory_data(flags)
    yield from (subjects.ADSV, subjects.ADAE, subjects.ADCM, subjects.ADICE, ADIE, ADDV)
    yield from (file.dataset for file in RECORD_FILES)


def _parameters(study: Any) -> dict[str, dict[str, str]]:
    """Return the parameters of each data set, code to label, in their order."""
    endpoints = {one.paramcd: one.param for one in collect_adlb_spec(study).endpoints}
    laboratory = getattr(study, "laboratory", None)
    safety = {one.code: one.title for one in laboratory.parameters} if laboratory else {}
    return {"ADLB": endpoints, "ADLBSAF": safety}


def _exported(
    dataset: Dataset, subject_level: Dataset, study: Any, parameters: Mapping[str, str]
) -> Exported:
    columns = [_column(variable, dataset, subject_level, study) for variable in dataset.variables]
    columns = [_with_terms(column, dataset.name, study, parameters) for column in columns]
    columns = _with_added(columns, dataset, study)
    keys = [dataset.variable(key).transport or key for key in dataset.keys_of_row]
    return Exported(
        dataset.name,
        dataset.label,
        dataset.adam_class,
        dataset.structure,
        (STUDY, *keys, *(() if ASEQ.name in dataset or dataset.name == "ADSL" else (ASEQ.name,))),
        tuple(columns),
        dataset,
    )


def _column(variable: Variable, dataset: Dataset, subject_level: Dataset, study: Any) -> Column:
    own = {name: getattr(variable, name) for name in Variable.__dataclass_fields__}
    own |= {"name": variable.transport or variable.name, "source": variable.name}
    column = Column(**own | {"label": LABELS.get(variable.name, variable.label)})
    if variable.name in study.populations:
        how = _membership(study.populations[variable.name])
        column = replace(column, conversion="member", codelist=NO_YES, derivation=how)
    if variable.name in DAYS:
        column = replace(column, conversion="day", derivation=f"{column.derivation}; {DAY_1}")
    if dataset.name != "ADSL" and variable.name in subject_level and variable.origin == "Predecessor":
        return replace(column, derivation=f"ADSL.{column.name}")
    if is_analysed(study):
        sources = _given(variable.name, dataset.name, study)
        return replace(column, origin="Predecessor", derivation=", ".join(sources)) if sources else column
    if variable.origin == "Predecessor":
        return replace(column, derivation=f"Usable laboratory results (data/labs.csv), {variable.name}")
    return column


def _membership(population: Any) -> str:
    """Return what makes a member of a population, in the words of its conditions."""
    conditions = "; ".join(_words(condition) for condition in population.conditions)
    return f"{population.label}: Y where all of this holds, else N: {conditions}"


def _words(condition: Any) -> str:
    if condition.presence is not None:
        return f"{condition.variable} is {condition.presence}"
    values = ", ".join(str(getattr(one, "variable", one)) for one in condition.operands())
    words = {"one_of": "is one of", "at_least": "is at least", "at_most": "is at most"}
    test = words.get(condition.test, "equals")
    return f"{condition.variable} {test} {values} ({condition.if_missing} where a value is missing)"


def _given(name: str, dataset: str, study: Any) -> list[str]:
    """Return the columns of a study's analysed data that a variable is taken from."""
    if dataset == "ADSL":
        own = {one: one for one in study.adam.adsl.subject_columns}
        column = (own | study.adam.adsl.columns.model_dump()).get(name)
        return [f"ADSL.{column}"] if column else []
    files = study.adam.bds.items()
    return [f"{source}.{file.columns[name]}" for source, file in files if name in file.columns]


def _with_terms(column: Column, name: str, study: Any, parameters: Mapping[str, str]) -> Column:
    """Return a column with the terms of a list that the study declares."""
    if column.codelist == ARM:
        return replace(column, codelist=Codelist("ARM", {arm.code: arm.label for arm in study.arms}))
    if column.codelist == VISIT:
        return replace(column, codelist=Codelist("AVISIT", {one.code: one.label for one in study.visits}))
    if column.codelist == PARAMETER:
        # The parameter itself is its label: the list belongs to the code.
        own = (
            Codelist(f"PARAMCD_{name}", dict(parameters)) if column.name == "PARAMCD" and parameters else None
        )
        return replace(column, codelist=own)
    return column


def _with_added(columns: list[Column], dataset: Dataset, study: Any) -> list[Column]:
    """Return the columns with what ADaM asks for beside what the pipeline's file holds."""
    there = {column.name for column in columns}
    code = study.study.id
    added = [
        (
            "",
            Column(STUDY, "Study Identifier", "text", "Assigned", 40, conversion="constant", constant=code),
        ),
        (
            "USUBJID",
            Column(
                ASEQ.name, ASEQ.label, "integer", "Derived", conversion="sequence",
                derivation="Number of the record among those of its subject, in the order of the file",
            ),
        ),
    ]  # fmt: skip
    if dataset.name == "ADSL":
        number = Column(
            SUBJECT, "Subject Identifier for the Study", "text", "Assigned", 40, source="USUBJID",
            derivation="Equal to USUBJID: the subject has one number, unique in the study",
        )  # fmt: skip
        years = Column(
            AGE_UNIT, "Age Units", "text", "Assigned", 6, YEARS, conversion="constant", constant="YEARS"
        )
        added = [added[0], ("USUBJID", number), ("AGE", years)]
    for after, column in added:
        if column.name in there or (after and after not in there):
            continue
        at = [one.name for one in columns].index(after) + 1 if after else 0
        columns.insert(at, column)
    return columns
