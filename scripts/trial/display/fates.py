"""What may become of a raw row, counted."""

from typing import TYPE_CHECKING

from trial.study.books import AFTER_CUT, ANSWERED, END_AFTER_CUT, FATES

if TYPE_CHECKING:
    import pandas as pd


def count_fates(accounting: "pd.DataFrame") -> tuple[int, ...]:
    """Return the number of raw rows, then of each fate in the order of `FATES`."""
    return (len(accounting), *(int((accounting["FATE"] == fate).sum()) for fate in FATES))


def count_after_cut(accounting: "pd.DataFrame") -> list[tuple[str, int, int]]:
    """Return by file how many rows lie after the data cut, and how many lost a later end or date."""
    found = accounting[accounting["RULE"].isin([AFTER_CUT, END_AFTER_CUT])]
    return [
        (str(file), int((rows["RULE"] == AFTER_CUT).sum()), int((rows["RULE"] == END_AFTER_CUT).sum()))
        for file, rows in found.groupby("FILE", sort=True)
    ]


def cut_note(accounting: "pd.DataFrame") -> str:
    """Return what the data cut left out, for outputs that count populations."""
    counts = count_after_cut(accounting)
    out = [f"{file} {rows}" for file, rows, _ in counts if rows]
    ends = [f"{file} {rows}" for file, _, rows in counts if rows]
    text = f"Raw rows after the data cut, in no analysis: {', '.join(out) or 'none'}."
    return f"{text} Rows whose later end or date was left out: {', '.join(ends)}." if ends else text


def count_open(queries: "pd.DataFrame") -> int:
    """Return how many queries wait for an answer, those open again among them."""
    return int((queries["STATUS"] != ANSWERED).sum())
