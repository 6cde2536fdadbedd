"""What a rule is, what it looks at, and what it says of records that break it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from trial.export.datasets import Exported
from trial.export.findings import Severity

if TYPE_CHECKING:
    import pandas as pd

# How far a recomputed number may lie from the given one, relative to the larger of those it is made of.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Broken:
    """Records of one data set that break a rule; `first` shows the first of them."""

    variable: str
    count: int
    first: str


@dataclass(frozen=True)
class Looked:
    """One data set as a rule looks at it.

    Attributes
    ----------
    dataset : Exported
    table : DataFrame
        Its records with text in ASCII; missing text is empty, dates are ISO text, numbers float64.
    adsl : DataFrame
        Those of ADSL.
    cut : str
        Date of the data cut.
    """

    dataset: Exported
    table: "pd.DataFrame"
    adsl: "pd.DataFrame"
    cut: str

    def has(self, *names: str) -> bool:
        """Return whether all these variables are there."""
        return all(self.dataset.has(name) for name in names)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its variables."""
        return tuple(column.name for column in self.dataset.columns)

    def where(self, bad: Any, variable: str, *shown: str) -> Iterator[Broken]:
        """Yield one finding for the records chosen by `bad`, if there are any.

        Parameters
        ----------
        bad : boolean Series or array, one per record
        variable : str
            The variable that is at fault.
        shown : str
            Variables whose values are shown beside it.
        """
        at = np.flatnonzero(np.asarray(bad, dtype=bool))
        if len(at):
            yield Broken(variable, len(at), self.record(int(at[0]), variable, *shown))

    def record(self, at: int, *names: str) -> str:
        """Return what a record is and the values of some of its variables."""
        row = self.table.iloc[at]
        keys = [name for name in self.dataset.keys if name != "STUDYID"]
        said = [name for name in dict.fromkeys([*keys, *names]) if name in self.table]
        return f"record {at + 1}: " + ", ".join(f"{name} {_shown(row[name])}" for name in said)

    @cached_property
    def reference(self) -> "pd.Series":
        """The reference date of each record's subject: the index date, or that of first treatment."""
        name = "INDEXDT" if "INDEXDT" in self.adsl else "TRTSDT"
        known = dict(zip(self.adsl["USUBJID"], self.adsl.get(name, ""), strict=True))
        return self.table["USUBJID"].map(known).fillna("")


@dataclass(frozen=True)
class Rule:
    """One check.

    Attributes
    ----------
    id, text : str
        Its id, and what it asks for.
    severity : str
        As in `findings`.
    look : function
        Yields what breaks it.
    explained : mapping of (data set, variable) to str
        Why the pipeline itself leaves a finding of it; a data set `*` is any.
    """

    id: str
    severity: Severity
    text: str
    look: Callable[[Looked], Iterator[Broken]]
    explained: Mapping[tuple[str, str], str]


def days_between(dates: "pd.Series", references: "pd.Series") -> "pd.Series":
    """Return the days from a reference date to a date; NaN where one is missing."""
    import pandas as pd

    ends, starts = (pd.to_datetime(one, errors="coerce", format="%Y-%m-%d") for one in (dates, references))
    return (ends - starts).dt.days.astype(float)


def differs(found: "pd.Series", meant: "pd.Series", *of: "pd.Series") -> Any:
    """Return where two numbers differ by more than rounding; not where one of them is missing."""
    size = np.maximum.reduce([np.abs(np.nan_to_num(np.asarray(one, float))) for one in (found, *of)])
    gap = np.abs(np.asarray(found, float) - np.asarray(meant, float))
    return gap > TOLERANCE * np.maximum(size, 1e-12)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "." if value != value else repr(float(value)).removesuffix(".0")
    return repr(value)
