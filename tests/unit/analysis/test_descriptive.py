"""Descriptive statistics against hand-computed numbers."""

import numpy as np
import pandas as pd
import pytest

from trial.analysis.descriptive import describe, population_rows
from unit.analysis.build import endpoint_spec

ADSL = pd.DataFrame(
    {"USUBJID": ["S1", "S2", "S3", "S4", "S5"], "TRT01P": ["ACT"] * 4 + ["REF"], "FASFL": ["Y"] * 4 + [""]}
)


def adlb(*rows):
    table = pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "AVAL", "BASE"])
    table["CHG"] = (table["AVAL"] - table["BASE"]).where(table["AVISIT"] != "BL")
    table["PCHG"] = 100 * table["CHG"] / table["BASE"]
    return table.assign(PARAMCD="FPG", ANL01FL="Y", CENSOR="", LLOQ=np.nan)


FOUR = adlb(
    ("S1", "M1", 1.0, 2.0), ("S2", "M1", 2.0, 2.0), ("S3", "M1", 3.0, 2.0), ("S4", "M1", 4.0, np.nan),
    ("S1", "BL", 2.0, 2.0), ("S5", "M1", 99.0, 2.0),
)  # fmt: skip


def value(table, visit, statistic, group="ACT"):
    row = table[(table["visit"] == visit) & (table["group"] == group) & (table["statistic"] == statistic)]
    assert len(row) == 1
    return row.iloc[0]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("AVAL.n", 4), ("AVAL.mean", 2.5), ("AVAL.sd", np.sqrt(5 / 3)), ("AVAL.se", np.sqrt(5 / 12)),
        ("AVAL.median", 2.5), ("AVAL.q1", 1.5), ("AVAL.q3", 3.5), ("AVAL.min", 1), ("AVAL.max", 4),
        ("CHG.n", 3), ("CHG.mean", 0.0), ("PCHG.mean", 0.0),
    ],
)  # fmt: skip
def test_by_hand(statistic, expected):
    # Q1 of {1, 2, 3, 4} is 1.5 by SAS's and R's type 2; numpy's default gives 1.75.
    assert value(describe(FOUR, ADSL, endpoint_spec()), "M1", statistic).value == pytest.approx(
        expected, abs=1e-12
    )


def test_those_outside_the_population_do_not_count():
    row = value(describe(FOUR, ADSL, endpoint_spec()), "M1", "AVAL.n", "REF")
    assert row.value == 0


def test_an_empty_cell_says_so_instead_of_a_number():
    row = value(describe(FOUR, ADSL, endpoint_spec()), "M3", "AVAL.mean")
    assert np.isnan(row.value)
    assert row.error == "no values"


def test_one_value_has_no_spread():
    row = value(describe(FOUR, ADSL, endpoint_spec()), "BL", "AVAL.sd")
    assert row.error == "fewer than two values"


def test_geometric_statistics():
    table = describe(FOUR, ADSL, endpoint_spec("log"))
    logs = np.log([1, 2, 3, 4])
    assert value(table, "M1", "AVAL.geomean").value == pytest.approx(24**0.25)
    assert value(table, "M1", "AVAL.geocv").value == pytest.approx(
        100 * np.sqrt(np.exp(logs.var(ddof=1)) - 1)
    )
    assert value(table, "M1", "RATIO.geomean").value == pytest.approx((0.5 * 1 * 1.5) ** (1 / 3))
    assert "RATIO.geomean" not in set(table.loc[table["visit"] == "BL", "statistic"])


def test_share_below_the_limit():
    below = FOUR.assign(CENSOR=["<", "", "", "", "<", ""])
    table = describe(below, ADSL, endpoint_spec("log", below=True))
    assert value(table, "M1", "BLQ.n").value == 1
    assert value(table, "M1", "BLQ.pct").value == 25.0


def test_population_counts_subjects_not_records():
    rows = population_rows(ADSL, endpoint_spec().arms, "FASFL", "TRT01P")
    assert rows.set_index("group")["value"].to_dict() == {"ACT": 4.0, "REF": 0.0}
    assert rows["result_id"].tolist() == ["all.population.all.ACT.N", "all.population.all.REF.N"]
