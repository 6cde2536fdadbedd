"""Analysis data sets as data: each column's name, label, type, length, origin and codelist, in one place.

A room declares its data sets in its `schema.py` from these two types; files are written and read by them,
and exports describe them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

# Lengths of transport files: a label has at most 40 characters, a name 8, a text 200.
LABEL_LENGTH, NAME_LENGTH, TEXT_LENGTH, NUMBER_LENGTH = 40, 8, 200, 8
Type = Literal["text", "integer", "float", "date", "datetime"]
Origin = Literal["Collected", "Derived", "Assigned", "Predecessor"]
# Classes of data sets, in the words of ADaM and define.xml.
Class = Literal[
    "SUBJECT LEVEL ANALYSIS DATASET", "BASIC DATA STRUCTURE", "OCCURRENCE DATA STRUCTURE", "ADAM OTHER"
]  # fmt: skip
# How a file of the pipeline is read: numbers as float64, everything else as text.
KINDS = {"text": "text", "datetime": "text", "date": "date", "integer": "number", "float": "number"}
WIDTHS = {"integer": NUMBER_LENGTH, "float": NUMBER_LENGTH, "date": 10, "datetime": 19}


@dataclass(frozen=True)
class Codelist:
    """A closed list of codes with their meaning; empty `terms` are those that the study declares."""

    name: str
    terms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Variable:
    """One column of an analysis data set.

    Attributes
    ----------
    name, label : str
        The label has at most `LABEL_LENGTH` characters.
    type : str
        As define.xml names it.
    origin : str
        Where the values come from.
    length : int
        Characters of a text; 0 takes the usual one of the type.
    codelist : Codelist or None
    derivation : str
        How a derived value is made, in a sentence; empty where the label says it.
    transport : str
        Its name in exports, where `name` is longer than 8 characters or would say what it is not.
    """

    name: str
    label: str
    type: Type
    origin: Origin
    length: int = 0
    codelist: Codelist | None = None
    derivation: str = field(default="", kw_only=True)
    transport: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not 0 < len(self.label) <= LABEL_LENGTH:
            raise ValueError(f"{self.name}: a label has 1 to {LABEL_LENGTH} characters, found '{self.label}'")
        if not self.length:
            object.__setattr__(self, "length", WIDTHS.get(self.type, TEXT_LENGTH))

    @property
    def kind(self) -> str:
        """How files hold it: `text`, `number` or `date`."""
        return KINDS[self.type]


@dataclass(frozen=True)
class Dataset(Mapping[str, str]):
    """The columns of one data set in their order; as a mapping it gives each column's kind.

    Attributes
    ----------
    name, label : str
    keys_of_row : tuple of str
        The columns that name one row.
    variables : tuple of Variable
    adam_class : str
        Its class in ADaM; empty for a data set that is no analysis data and does not leave the pipeline.
    structure : str
        What one record is, in the words of define.xml.
    """

    name: str
    label: str
    keys_of_row: tuple[str, ...]
    variables: tuple[Variable, ...]
    adam_class: Class | Literal[""] = field(default="", kw_only=True)
    structure: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not set(self.keys_of_row) <= set(names):
            raise ValueError(f"{self.name}: columns twice {twice}, or a key that is no column")

    def __getitem__(self, name: str) -> str:
        return self.variable(name).kind

    def __iter__(self) -> Iterator[str]:
        return (variable.name for variable in self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def variable(self, name: str) -> Variable:
        """Return the column of that name."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    def only(self, *names: str) -> dict[str, str]:
        """Return the kinds of some columns, as `read_columns` takes them."""
        return {name: self[name] for name in names}

    def after(self, name: str, more: Iterable[Variable]) -> "Dataset":
        """Return the data set with `more` columns after the column `name`."""
        at = list(self).index(name) + 1
        return replace(self, variables=(*self.variables[:at], *more, *self.variables[at:]))

    def without(self, *names: str) -> "Dataset":
        """Return the data set without some columns."""
        kept = tuple(variable for variable in self.variables if variable.name not in names)
        return replace(self, variables=kept)


YES = Codelist("YES", {"Y": "Yes"})
NO_YES = Codelist("NY", {"N": "No", "Y": "Yes"})
SEX = Codelist("SEX", {"F": "Female", "M": "Male"})
CENSORED = Codelist("CENSOR", {"<": "Below the limit", ">": "Above the limit"})
ARM, VISIT, PARAMETER = Codelist("ARM"), Codelist("VISIT"), Codelist("PARAM")

# Columns that several data sets share.
USUBJID = Variable("USUBJID", "Unique Subject Identifier", "text", "Assigned", 40)
ARMCD = Variable("ARMCD", "Planned Arm Code", "text", "Assigned", 16, ARM)
TRT01P = Variable("TRT01P", "Planned Treatment for Period 01", "text", "Assigned", 16, ARM)
TRT01A = Variable("TRT01A", "Actual Treatment for Period 01", "text", "Derived", 16, ARM)
PARAMCD = Variable("PARAMCD", "Parameter Code", "text", "Assigned", 16, PARAMETER)
ASEQ = Variable(
    "ASEQ", "Analysis Sequence Number", "integer", "Derived",
    derivation="Number of the record among those of its subject and parameter, by date",
)  # fmt: skip
# Reference limits in the standard unit, and whose they are.
LIMITS = Codelist("ANRSRC", {"LABORATORY": "Printed by the laboratory", "STUDY": "Declared by the study"})
ANRLO = Variable("ANRLO", "Analysis Normal Range Lower Limit", "float", "Derived")
ANRHI = Variable("ANRHI", "Analysis Normal Range Upper Limit", "float", "Derived")
ANRSRC = Variable("ANRSRC", "Source of the Normal Range", "text", "Assigned", 10, LIMITS)
# Where a raw result stands.
FILE = Variable("FILE", "Raw File", "text", "Assigned")
SHEET = Variable("SHEET", "Sheet of the Raw File", "text", "Assigned")
ROW = Variable("ROW", "Row of the Raw File", "text", "Assigned", 40)
COLUMN = Variable("COLUMN", "Column of the Raw File", "text", "Assigned")
PLACE = (FILE, SHEET, ROW, COLUMN)


def whole_date(name: str) -> str:
    """Return how the date of a text as collected is made; `name` is the text's variable."""
    return f"The date of {name} where it is a whole one; parts are not imputed"


def with_derivations(variables: Iterable[Variable], texts: Mapping[str, str]) -> tuple[Variable, ...]:
    """Return variables with how each is made, by its name.

    Raises
    ------
    ValueError
        If a text is of none of them.
    """
    found = tuple(variables)
    if unknown := sorted(set(texts) - {variable.name for variable in found}):
        raise ValueError(f"derivations of no variable: {unknown}")
    return tuple(
        replace(variable, derivation=texts.get(variable.name, variable.derivation)) for variable in found
    )


def predecessor(variable: Variable) -> Variable:
    """Return a column as a data set has it that copies it from another."""
    return replace(variable, origin="Predecessor")


def flag(name: str, label: str) -> Variable:
    """Return a flag: Y, or empty."""
    return Variable(name, label, "text", "Derived", 1, YES)
