"""Values and changes of the safety laboratory by visit and arm."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from trial.analysis.laboratory.counting import Counting, Row
from trial.analysis.summary import NO_VALUES, TOO_FEW, quantile

READ = ["USUBJID", "PARAMCD", "ASEQ", "ARM", "AVISIT", "AVAL", "CHG", "ABLFL", "ANL01FL"]
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

    Visits at which nobody has a value of the parameter have no rows.
    """
    spec = counting.data.spec
    for code in counting.laboratory.by_code:
        records = counting.of_parameter(code)[READ]
        bases = records[records["ABLFL"] == "Y"]
        standing = records[records["ANL01FL"] == "Y"]
        cells = dict(list(standing.groupby(["AVISIT", "ARM"])))
        for visit in (one for one in spec.visits if one.code in set(standing["AVISIT"])):
            for arm in spec.arms:
                cell = cells.get((visit.code, arm.code), standing.iloc[:0])
                place: Row = {"visit": visit.code, "group": arm.code, "method": "observed"}
                yield from _cell(counting, place, f"{code}.AVAL", cell, cell["AVAL"])
                if not visit.baseline:
                    changed = cell[cell["CHG"].notna()]
                    both = pd.concat([changed, bases[bases["USUBJID"].isin(changed["USUBJID"])]])
                    yield from _cell(counting, place, f"{code}.CHG", both, changed["CHG"])


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
