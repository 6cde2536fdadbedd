"""EDC files that become a data set row by row: one declaration each says everything about them.

A kind declared here is read, checked, accounted for and written without a line of its own anywhere else.
"""

from dataclasses import dataclass
from typing import Literal

from trial.study.variables import FILE, NO_YES, ROW, USUBJID, Class, Codelist, Dataset, Variable, whole_date

NEGATIVE, POSITIVE, EQUIVOCAL = "NEGATIVE", "POSITIVE", "EQUIVOCAL"
RESULTS = Codelist("LBRES", {NEGATIVE: "Negative", POSITIVE: "Positive", EQUIVOCAL: "Equivocal"})


@dataclass(frozen=True)
class Cell:
    """One column of a file, and the variable of the data set that it becomes.

    Attributes
    ----------
    column : str
        Its name in the file.
    kind : str
        `text`; `code` (closed list, spellings needed); `coded` (spellings may be declared); `number`; `date`
        (anything but a whole date is asked about); `partial` (a year, or year and month, too).
    variable : Variable
        For dates the text as collected; `day` is the whole date.
    """

    column: str
    kind: Literal["text", "code", "coded", "number", "date", "partial"]
    variable: Variable
    day: Variable | None = None

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The closed list of a coded column."""
        return tuple(self.variable.codelist.terms) if self.variable.codelist else None


@dataclass(frozen=True)
class RecordFile:
    """One kind of file: `row` names the columns that tell two rows of a subject apart.

    `adam_class`, `structure`: as in `Dataset`; empty where the data set does not leave the pipeline.
    """

    kind: str
    table: str
    label: str
    row: tuple[str, ...]
    cells: tuple[Cell, ...]
    adam_class: Class | Literal[""] = ""
    structure: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """What the file must hold."""
        return ("USUBJID", *(cell.column for cell in self.cells))

    @property
    def dataset(self) -> Dataset:
        """The data set: the columns of the file, whole dates beside the text, and the raw row."""
        own = [variable for cell in self.cells for variable in (cell.variable, cell.day) if variable]
        return Dataset(
            self.table.upper(), self.label, ("USUBJID", "FILE", "ROW"), (USUBJID, *own, FILE, ROW),
            adam_class=self.adam_class, structure=self.structure,
        )  # fmt: skip

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the columns of these kinds."""
        return tuple(cell.column for cell in self.cells if cell.kind in kinds)


def _text(name: str, label: str) -> Cell:
    return Cell(name, "text", Variable(name, label, "text", "Collected"))


def _coded(name: str, label: str) -> Cell:
    return Cell(name, "coded", Variable(name, label, "text", "Collected"))


def _yes_no(name: str, label: str) -> Cell:
    return Cell(name, "code", Variable(name, label, "text", "Collected", 1, NO_YES))


def _number(name: str, label: str) -> Cell:
    return Cell(name, "number", Variable(name, label, "float", "Collected"))


def _date(name: str, day: str, of: str, kind: Literal["date", "partial"] = "date") -> Cell:
    text = Variable(name, f"{of} as Collected", "text", "Collected", 40)
    whole = Variable(day, f"Analysis {of}", "date", "Derived", derivation=whole_date(name))
    return Cell(name, kind, text, whole)


RECORD_FILES = (
    RecordFile(
        "history",
        "admh",
        "Medical History",
        ("MHTERM", "MHSTDTC"),
        (
            _text("MHTERM", "Reported Term for the Medical History"),
            _text("MHDECOD", "Dictionary-Derived Term"),
            _text("MHBODSYS", "Body System or Organ Class"),
            _coded("MHCAT", "Group that a Criterion Refers to"),
            _date("MHSTDTC", "ASTDT", "Start Date", "partial"),
            _date("MHENDTC", "AENDT", "End Date", "partial"),
            _yes_no("MHONGO", "Ongoing"),
        ),
        "OCCURRENCE DATA STRUCTURE",
        "One record per subject and entry of the history",
    ),
    RecordFile(
        "serology",
        "adlbs",
        "Serology",
        ("LBTEST", "LBDTC"),
        (
            _coded("LBTEST", "Serological Test"),
            Cell("LBORRES", "code", Variable("LBSTRESC", "Result", "text", "Collected", 40, RESULTS)),
            _date("LBDTC", "LBDT", "Date of Sample"),
        ),
        "ADAM OTHER",
        "One record per subject and serological test",
    ),
    RecordFile(
        "eligibility",
        "ie",
        "Eligibility as the Investigator Recorded it",
        ("IETESTCD",),
        (
            _coded("IETESTCD", "Criterion"),
            _yes_no("IEORRES", "Criterion Holds as Recorded"),
            _date("IEDTC", "IEDT", "Date of the Form"),
        ),
    ),
    RecordFile(
        "deviations",
        "dv",
        "Protocol Deviations as Recorded",
        ("DVTERM", "DVSTDTC"),
        (
            _text("DVTERM", "Protocol Deviation"),
            _coded("DVCAT", "Category of Protocol Deviation"),
            _yes_no("DVIMP", "Important Deviation"),
            _date("DVSTDTC", "DVSTDT", "Start Date"),
        ),
    ),
    RecordFile(
        "exposure",
        "adex",
        "Exposure",
        ("EXTRT", "EXLOT", "EXSTDTC"),
        (
            _coded("EXTRT", "Name of Product"),
            _number("EXDOSE", "Dose"),
            _coded("EXDOSU", "Unit of Dose"),
            _number("EXVIAB", "Viability of the Cells (%)"),
            _coded("EXROUTE", "Route of Administration"),
            _text("EXLOT", "Lot"),
            _date("EXSTDTC", "ASTDT", "Start Date"),
            _date("EXENDTC", "AENDT", "End Date"),
            _yes_no("EXINT", "Infusion Interrupted"),
        ),
        "OCCURRENCE DATA STRUCTURE",
        "One record per subject and infusion of a product",
    ),
)
