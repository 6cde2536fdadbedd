"""What may become of a raw row, counted."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FATES = ("used", "superseded", "quarantined")


def count_fates(accounting: "pd.DataFrame") -> tuple[int, ...]:
    """Return the number of raw rows, then of each fate in the order of `FATES`."""
    return (len(accounting), *(int((accounting["FATE"] == fate).sum()) for fate in FATES))
