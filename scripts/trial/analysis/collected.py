"""The decimals that an endpoint was collected with, on the results of every analysis of it."""

from dataclasses import replace

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import Outcome, record_set


def with_decimals(outcome: Outcome, data: AnalysisData) -> Outcome:
    """Return the outcome with the row of decimals, which outputs print its numbers by, if it has none."""
    if data.spec.endpoint is None or (outcome.rows["statistic"] == "decimals").any():
        return outcome
    collected = record_set(data.spec, "collected", data.collected)
    found = Outcome.of(data.spec, data.decimals_row(collected.id), {}, [collected])
    if found.rows.empty:
        return outcome
    return replace(
        outcome,
        rows=pd.concat([outcome.rows, found.rows], ignore_index=True),
        records=pd.concat([outcome.records, found.records], ignore_index=True),
    )
