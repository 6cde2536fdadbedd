"""What the independent computation of the primary analysis found, as the first and the data page say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from trial.display.numbers import format_number
from trial.display.pages.intake import Part
from trial.study.agreement import AGREES, DIFFERS, NOT_RECOMPUTED, NOTHING

VERDICTS = (AGREES, DIFFERS, NOTHING, NOT_RECOMPUTED)
TEXT = (
    "Every number of the primary analysis was computed a second time from the analysis data, by code that "
    "shares nothing with the first: its own design, likelihood, search and Kenward-Roger. Differences are "
    "given as shares of the tolerance of their statistic; one above 1 would have stopped this report."
)


@dataclass(frozen=True)
class Agreement:
    """How many numbers agree with any of their second computations, and of how many there is none."""

    agree: int
    alone: int


def count_agreement(table: pd.DataFrame) -> Agreement:
    """Return the numbers of results that agree, and those without a second computation."""
    named = table[table["result_id"] != ""]
    agree = set(named.loc[named["verdict"] == AGREES, "result_id"])
    return Agreement(len(agree), len(set(named["result_id"]) - agree))


def agreement_part(
    table: pd.DataFrame, labels: Mapping[str, str], links: tuple[tuple[str, str], ...]
) -> Part:
    """Return the table of the data page: how many numbers of each endpoint agree, and why others do not."""
    rows = [
        (labels.get(str(endpoint), str(endpoint)), str(source), *_cells(found))
        for (endpoint, source), found in table.groupby(["endpoint", "source"], sort=False)
    ]
    counts = ("Agree", "Differ", "Without a value", "Not computed a second time")
    names = ("Endpoint", "Second computation", *counts, "Largest difference", "Why some are not compared")
    return Part("agreement", "Independent recomputation", TEXT, links, names, tuple(rows))


def _cells(found: pd.DataFrame) -> Iterable[str]:
    yield from (str(int((found["verdict"] == verdict).sum())) for verdict in VERDICTS)
    shares = (found["difference"].abs() / found["tolerance"])[found["tolerance"] > 0]
    yield _share(float(shares.max())) if len(shares) else ""
    yield " ".join(_sentence(reason) for reason in dict.fromkeys(found["reason"]) if reason)


def _share(value: float) -> str:
    return "below 0.01" if value < 0.01 else format_number(value, 2)


def _sentence(reason: str) -> str:
    return reason[0].upper() + reason[1:].rstrip(".") + "."
