"""Result rows of a family of hypotheses: the p-value as it was found, adjusted, and the decision at alpha."""

from collections.abc import Iterator
from math import isnan, nan

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.methods.multiplicity import Config, Hypothesis, graph_numbers
from trial.analysis.multiple.procedures import Adjustment, adjust
from trial.analysis.outcome import Outcome

Row = dict[str, object]
# A decision at alpha does not hang on the last binary digit of a product.
NOISE = 1e-12
NO_ROW = "the analysis has no such comparison"


def adjust_family(data: AnalysisData, config: Config) -> Outcome:
    """Return `pvalue`, `pvalue.adjusted`, `rejected` and `order` of every hypothesis, by its code.

    Without a p-value a hypothesis counts as not rejected, and stays in the family.
    """
    found = [_pvalue(data.results, one) for one in config.family]
    codes = [one.code for one in config.family]
    numbers = graph_numbers(config.graph, codes) if config.graph else {}
    adjusted = adjust([value for value, *_ in found], config.rule, **numbers)
    rows = list(_rows(config, found, adjusted))
    record = {
        "rule": config.rule,
        "alpha": config.alpha,
        "analysis": config.analysis,
        "family": [one.model_dump(mode="json") for one in config.family],
        "graph": config.graph.model_dump(mode="json") if config.graph else None,
        "chosen": config.chosen.model_dump(mode="json"),
        "computed_from": [text for one in config.family for text in _row_of(data.results, one)["result_id"]],
    }
    return Outcome.of(data.spec, rows, record, [])


def _pvalue(results: pd.DataFrame, one: Hypothesis) -> tuple[float, float, str, str]:
    """Return p-value, n, warning and why there is none; warnings of the whole model come with it."""
    of = results[results["endpoint"] == one.endpoint]
    row = _row_of(results, one)
    whole = of.loc[(of["visit"] == "") & (of["statistic"] == "n_subjects"), "warning"]
    texts = [text for text in (*whole, *row["warning"]) if isinstance(text, str) and text]
    if row.empty:
        return nan, nan, "", " ".join(texts) or NO_ROW
    first = row.iloc[0]
    value = float(first["value"])
    reason = (str(first["error"]) or "no p-value") if isnan(value) else ""
    return value, float(first["n"]), " ".join(dict.fromkeys(texts)), reason


def _row_of(results: pd.DataFrame, one: Hypothesis) -> pd.DataFrame:
    """Return the result row of a hypothesis's p-value, or none."""
    return results[
        (results["endpoint"] == one.endpoint)
        & (results["visit"] == one.visit)
        & (results["comparison"] == one.comparison)
        & (results["statistic"] == "diff.pvalue")
    ]


def _rows(config: Config, found: list[tuple[float, float, str, str]], adjusted: Adjustment) -> Iterator[Row]:
    for at, (one, (value, n, warning, error)) in enumerate(zip(config.family, found, strict=True)):
        place: Row = {"method": config.rule, "visit": one.visit, "comparison": one.code, "n": n, "unit": "1"}
        place |= {"warning": warning, "error": error}
        yield place | {"statistic": "pvalue", "value": value}
        yield place | {"statistic": "pvalue.adjusted", "value": nan if error else adjusted.pvalues[at]}
        rejected = not error and adjusted.pvalues[at] <= config.alpha + NOISE
        yield place | {"statistic": "rejected", "value": float(rejected), "error": "", "warning": ""}
        yield place | {"statistic": "order", "value": float(adjusted.order[at]), "error": "", "warning": ""}
