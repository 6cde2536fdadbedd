"""Data quality per source and analyte: what came in, in which units, what became of it."""

import itertools
from collections import Counter

import numpy as np
import pandas as pd

from trial.labs.ledger import Ledger
from trial.labs.rules import RULES, SUPERSEDED
from trial.labs.schema import QUALITY


def summarise(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Return counts per source and analyte, columns `QUALITY`; ``""`` stands for no known analyte."""
    rows = []
    keys = [frame["SOURCE"].to_numpy(dtype=object), frame["ANALYTE"].to_numpy(dtype=object)]
    source, _sources = pd.factorize(keys[0], sort=True)
    analyte, analytes = pd.factorize(keys[1], sort=True)
    group = source * len(analytes) + analyte
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1))
    for start, end in itertools.pairwise(bounds):
        at = order[start:end]
        rows.append({"SOURCE": keys[0][at[0]], "ANALYTE": keys[1][at[0]]} | _counts(frame, ledger, at))
    return pd.DataFrame(rows, columns=list(QUALITY))


def _counts(frame: pd.DataFrame, ledger: Ledger, at: np.ndarray) -> dict[str, object]:
    rules = Counter(ledger.rule[at])
    used = at[ledger.rule[at] == ""]
    superseded = sum(count for rule, count in rules.items() if rule and RULES[rule].fate == SUPERSEDED)
    censored = int((frame["CENSOR"].to_numpy(dtype=object)[used] != "").sum())
    return {
        "RAW": float(len(at)),
        "USED": float(len(used)),
        "SUPERSEDED": float(superseded),
        "QUARANTINED": float(len(at) - len(used) - superseded),
        "SUBJECTS": float(len(set(frame["USUBJID"].to_numpy(dtype=object)[used]))),
        "CENSORED": float(censored),
        "CENSORED_PCT": 100.0 * censored / len(used) if len(used) else np.nan,
        "UNITS": _mix(frame["UNIT_RAW"].to_numpy(dtype=object)[used]),
        "RULES": _mix(ledger.rule[at][ledger.rule[at] != ""]),
    }


def _mix(texts: np.ndarray) -> str:
    """Return distinct texts with their counts, most frequent first."""
    counts = sorted(Counter(texts.tolist()).items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{text or '(none)'}: {count}" for text, count in counts)
