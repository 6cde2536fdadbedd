"""What the records of a sample that do not stand for it still say: its visit, and the export's flags."""

import numpy as np
import pandas as pd

from trial.labs.ledger import NOBODY, Ledger

# Copies that print the value of the record that stands for them: their flags are its flags.
EQUAL = ("OTHER_ROUTE", "REPEATED_ROW")


def hand_over(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return `frame` with VISIT, BASEFL and ANLFL of superseded records at those that stand for them.

    A standing record without a visit takes the one that its copies name. Where the records of one sample
    name several, its own counts (none where it has none) and the site is asked.
    """
    standing = _find_standing(ledger.by)
    copies = np.flatnonzero(ledger.by != NOBODY)
    changed = {}
    equal = copies[np.isin(ledger.rule[copies], EQUAL)]
    for name in ("BASEFL", "ANLFL"):
        flags = frame[name].to_numpy(dtype=object, copy=True)
        # Twice: a version hands its flags to the record of its source, that one to the record of all sources.
        for _ in range(2):
            flags[ledger.by[equal[flags[equal] == "Y"]]] = "Y"
        changed[name] = flags
    visits = frame["VISIT"].to_numpy(dtype=object, copy=True)
    named: dict[int, list[int]] = {}
    for at in copies[visits[copies] != ""].tolist():
        named.setdefault(int(standing[at]), []).append(at)
    for one, others in named.items():
        said = sorted({visits[at] for at in (one, *others)} - {""})
        if len(said) == 1:
            visits[one] = said[0]
        else:
            other = next(at for at in others if visits[at] != visits[one])
            place = f"{frame['FILE'].iat[other]} row {frame['ROW'].iat[other]}"
            ledger.ask_one(one, "VISITS_DIFFER", f"{' against '.join(said)} ({place})")
    changed["VISIT"] = visits
    return frame.assign(**{name: pd.Series(texts, dtype=object) for name, texts in changed.items()})


def _find_standing(by: np.ndarray) -> np.ndarray:
    """Return for each record the one that stands for it in the end; a record that stands is its own."""
    standing = np.where(by == NOBODY, np.arange(len(by)), by)
    while (standing[standing] != standing).any():
        standing = standing[standing]
    return np.asarray(standing)
