"""What may become of a raw row, counted."""

from typing import TYPE_CHECKING

from trial.study.books import FATES

if TYPE_CHECKING:
    import pandas as pd


def count_fates(accounting: "pd.DataFrame") -> tuple[int, ...]:
    """Return the number of raw rows, then of each fate in the order of `FATES`."""
    return (len(accounting), *(int((accounting["FATE"] == fate).sum()) for fate in FATES))
