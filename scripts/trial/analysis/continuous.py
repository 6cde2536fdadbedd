"""The summary of some numbers: n, mean, SD, median, quartiles, minimum, maximum, each as a result row."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

Row = dict[str, object]
NO_VALUES, TOO_FEW = "no values", "fewer than two values"
# Quartiles are those of SAS PCTLDEF=5, as everywhere.
QUANTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}


def describe(key: str, values: pd.Series, place: Row) -> Iterator[Row]:
    """Yield rows `<key>.n`, `.mean`, `.sd`, `.q1`, `.median`, `.q3`, `.min`, `.max` of the values known.

    `place`: what the rows have in common: arm or visit, the records behind them, the unit.
    """
    known = values.dropna().to_numpy(float)
    place = {"method": "descriptive"} | place | {"n": float(len(known))}
    yield place | {"statistic": f"{key}.n", "value": float(len(known)), "unit": "1"}
    numbers: dict[str, float | None] = dict.fromkeys(("mean", "min", "max"))
    if len(known):
        numbers = {"mean": float(known.mean()), "min": float(known.min()), "max": float(known.max())}
    for name, share in QUANTILES.items():
        quantile = np.quantile(known, share, method="averaged_inverted_cdf") if len(known) else None
        numbers[name] = None if quantile is None else float(quantile)
    numbers["sd"] = float(np.std(known, ddof=1)) if len(known) > 1 else None
    for name, number in numbers.items():
        why = TOO_FEW if name == "sd" and len(known) else NO_VALUES
        result: Row = {"error": why} if number is None else {"value": number}
        yield place | {"statistic": f"{key}.{name}"} | result
