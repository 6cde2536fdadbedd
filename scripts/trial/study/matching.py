"""Rows of a data set by what their columns say: the descriptions of events, medicines and other records."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from trial.study.text import fold

if TYPE_CHECKING:
    import pandas as pd

# By column, the texts of which one must stand there.
Description = Mapping[str, Iterable[str]]


def matches(table: "pd.DataFrame", where: Description) -> "pd.Series":
    """Return whether a row has one of the texts in every column of a description; case does not count."""
    import pandas as pd

    found = pd.Series(True, index=table.index)
    for name, texts in where.items():
        found &= table[name].map(fold).isin([fold(text) for text in texts]).astype(bool)
    return found


def matches_any(table: "pd.DataFrame", any_of: Iterable[Description]) -> "pd.Series":
    """Return whether a row has what one of several descriptions says."""
    import pandas as pd

    found = pd.Series(False, index=table.index)
    for where in any_of:
        found |= matches(table, where)
    return found
