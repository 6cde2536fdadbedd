"""Records by their place in the dictionary: organ classes and terms, as the study coded them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pandas as pd

NOT_CODED = "Not coded"


@dataclass(frozen=True)
class Level:
    """A row of a table of records: any of them, a group of interest, an organ class, or a term in it.

    `key` stands in results: it has no blank, and is made of the words alone, so that it stays from lock to
    lock.
    """

    key: str
    kind: str
    label: str
    soc: str

    def record(self) -> dict[str, str]:
        """Return it for the record of the analysis."""
        return asdict(self)


@dataclass(frozen=True)
class Group:
    """A level with its records."""

    level: Level
    events: pd.DataFrame


def coded(records: pd.DataFrame, soc: str, term: str) -> dict[str, pd.Series]:
    """Return organ class and term; what is not coded stands under words that say so."""
    return {name: records[name].where(records[name] != "", NOT_CODED) for name in (soc, term)}


def term_groups(records: pd.DataFrame, soc: str, term: str) -> Iterator[Group]:
    """Yield each organ class and each of its terms, in order of name."""
    for name, of_class in records.groupby(soc, sort=True):
        yield Group(Level(f"soc:{_joined(str(name))}", "soc", str(name), str(name)), of_class)
        for one, of_term in of_class.groupby(term, sort=True):
            key = f"pt:{_joined(str(name))}:{_joined(str(one))}"
            yield Group(Level(key, "pt", str(one), str(name)), of_term)


def _joined(text: str) -> str:
    return "_".join(text.split())
