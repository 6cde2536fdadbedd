"""Values and changes of the safety laboratory by visit and arm."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from trial.analysis.laboratory.counting import Counting, Row
from trial.analysis.summary import NO_VALUES, TOO_FEW, quantile

# Name, fewest values, and the statistic.
STATISTICS = (
    ("mean", 1, lambda v: np.mean(v)),
    ("sd", 2, lambda v: np.std(v, ddof=1)),
    ("median", 1, lambda v: quantile(v, 0.5)),
    ("q1", 1, lambda v: quantile(v, 0.25)),
    ("q3", 1, lambda v: quantile(v, 0.75)),
    ("min", 1, np.min),
    ("max", 1, np.max),
)


def value_rows(counting: Counting) -> Iterator[Row]:
    """Yield statistics of the records that stand for each visit, and of their changes from baseline.

    Visits at which nobody has a value of the parameter have the counts alone.
    """
    spec = counting.data.spec
    for code in counting.laboratory.parameters:
        records = counting.of_parameter(code)
        standing = records[records["ANL01FL"] == "Y"]
        for visit in spec.visits:
            for arm in spec.arms:
                cell = standing[(standing["AVISIT"] == visit.code) & (standing["ARM"] == arm.code)]
                place: Row = {"visit": visit.code, "group": arm.code, "method": "observed"}
                yield from _cell(counting, place, f"{code}.AVAL", cell, cell["AVAL"])
                if not visit.baseline:
                    changed = cell[cell["CHG"].notna()]
                    bases = records[(records["ABLFL"] == "Y") & records["USUBJID"].isin(changed["USUBJID"])]
                    yield from _cell(
                        counting, place, f"{code}.CHG", pd.concat([changed, bases]), changed["CHG"]
                    )


def _cell(counting: Counting, place: Row, key: str, behind: pd.DataFrame, values: pd.Series) -> Iterator[Row]:
    numbers = values.to_numpy(float)
    shared = place | {
        "unit": "1", "n": float(len(numbers)),
        "records": counting.of_records(f"{place['visit']}.{place['group']}.{key}", behind),
    }  # fmt: skip
    yield shared | {"statistic": f"{key}.n", "value": float(len(numbers))}
    for name, fewest, statistic in STATISTICS:
        known = len(numbers) >= fewest
        error = TOO_FEW if len(numbers) else NO_VALUES
        found: Row = {"value": float(statistic(numbers))} if known else {"error": error}
        yield shared | {"statistic": f"{key}.{name}"} | found
