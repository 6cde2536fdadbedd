"""Descriptive statistics against hand-computed numbers, and the records each of them counted."""

import numpy as np
import pandas as pd
import pytest

from unit.analysis.build import describe_config, finished, population_config, run, spec

ADSL = pd.DataFrame(
    {"USUBJID": ["S1", "S2", "S3", "S4", "S5"], "TRT01P": ["ACT"] * 4 + ["REF"], "FASFL": ["Y"] * 4 + [""]}
)


def adlb(*rows):
    table = pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "AVAL", "BASE"])
    table["ABLFL"] = (table["AVISIT"] == "BL").map({True: "Y", False: ""})
    return finished(table.assign(AVISITN=table["AVISIT"].map({"BL": 0.0, "M1": 1.0})))


FOUR = adlb(
    ("S1", "M1", 1.0, 2.0), ("S2", "M1", 2.0, 2.0), ("S3", "M1", 3.0, 2.0), ("S4", "M1", 4.0, np.nan),
    ("S1", "BL", 2.0, 2.0), ("S5", "M1", 99.0, 2.0),
)  # fmt: skip


def describe(data=FOUR, **kind):
    return run(data, describe_config(), spec(**kind), ADSL)


def value(outcome, visit, statistic, group="ACT"):
    rows = outcome.rows
    row = rows[(rows["visit"] == visit) & (rows["group"] == group) & (rows["statistic"] == statistic)]
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
    assert value(describe(), "M1", statistic).value == pytest.approx(expected, abs=1e-12)


def test_those_outside_the_population_do_not_count():
    assert value(describe(), "M1", "AVAL.n", "REF").value == 0


def test_an_empty_cell_says_so_instead_of_a_number():
    row = value(describe(), "M3", "AVAL.mean")
    assert np.isnan(row.value)
    assert row.error == "no values"


def test_one_value_has_no_spread():
    assert value(describe(), "BL", "AVAL.sd").error == "fewer than two values"


def test_geometric_statistics():
    table = describe(scale="log")
    logs = np.log([1, 2, 3, 4])
    assert value(table, "M1", "AVAL.geomean").value == pytest.approx(24**0.25)
    assert value(table, "M1", "AVAL.geocv").value == pytest.approx(
        100 * np.sqrt(np.exp(logs.var(ddof=1)) - 1)
    )
    assert value(table, "M1", "RATIO.geomean").value == pytest.approx((0.5 * 1 * 1.5) ** (1 / 3))
    assert "RATIO.geomean" not in set(table.rows.loc[table.rows["visit"] == "BL", "statistic"])


def test_share_below_the_limit():
    below = FOUR.assign(CENSOR=["<", "", "", "", "<", ""])
    table = describe(below, scale="log", below=True)
    assert value(table, "M1", "BLQ.n").value == 1
    assert value(table, "M1", "BLQ.pct").value == 25.0


def test_n_is_the_number_of_subjects_behind_that_statistic():
    # S4 has a value but no baseline: four subjects stand behind the mean, three behind the mean change.
    assert value(describe(), "M1", "AVAL.mean").n == 4
    assert value(describe(), "M1", "CHG.mean").n == 3
    assert value(describe(scale="log"), "M1", "RATIO.geomean").n == 3


def test_a_statistic_points_to_the_records_it_counted():
    outcome = describe()
    sets = outcome.records.groupby("RECORDS")[["USUBJID", "ASEQ"]].apply(
        lambda rows: set(map(tuple, rows.values))
    )
    mean = sets[value(outcome, "M1", "AVAL.mean").records]
    change = sets[value(outcome, "M1", "CHG.mean").records]
    assert mean == {("S1", 1.0), ("S2", 1.0), ("S3", 1.0), ("S4", 1.0)}
    # A change stands on two records; only S1 has its baseline among these.
    assert change == {("S1", 1.0), ("S1", 2.0), ("S2", 1.0), ("S3", 1.0)}


def test_decimals_as_collected_are_those_of_nearly_all_numbers():
    # One number of many with ten decimals, a division in a spreadsheet, does not make the others more exact.
    rows = [(f"S{i}", "M1", 1.0, 2.0) for i in range(1, 5)] * 10
    data = adlb(*rows).assign(DECIMALS=[1.0] * 30 + [0.0] * 9 + [10.0])
    found = value(describe(data), "", "decimals", "")
    assert found.value == 1.0
    assert found.n == 4
    assert "decimals" not in set(describe().rows["statistic"])  # all computed or converted


def test_a_baseline_of_zero_has_no_percent_change_and_says_so():
    # S1 has 0/0, S2 a change from zero: neither infinity nor a defect, and S3 does not hide it.
    zero = adlb(("S1", "M1", 0.0, 0.0), ("S2", "M1", 1.0, 0.0), ("S3", "M1", 1.0, 2.0))
    row = value(describe(zero), "M1", "PCHG.mean")
    assert np.isnan(row.value)
    assert row.error == "a baseline of zero has no percent change"
    assert value(describe(zero), "M1", "CHG.mean").value == 0.0


def test_a_ratio_to_a_baseline_that_is_not_positive_says_so():
    row = value(
        describe(adlb(("S1", "M1", 1.0, 0.0), ("S2", "M1", 1.0, 2.0)), scale="log"), "M1", "RATIO.geomean"
    )
    assert np.isnan(row.value)
    assert (row.error, row.unit) == ("values that are not positive", "1")
    assert row.n == 2


def test_values_without_logarithm_keep_the_unit_of_each_statistic():
    table = describe(adlb(("S1", "M1", -1.0, 1.0), ("S2", "M1", 1.0, 2.0)), scale="log")
    assert value(table, "M1", "AVAL.geomean").unit == "mmol/L"
    assert value(table, "M1", "AVAL.geocv").unit == "%"
    assert value(table, "M1", "RATIO.geomean").unit == "1"


def test_decimals_of_an_endpoint_without_any_value_say_so():
    row = value(describe(FOUR.assign(ANL01FL="")), "", "decimals", "")
    assert np.isnan(row.value)
    assert row.error == "no values"


def test_population_counts_subjects_not_records():
    outcome = run(FOUR, population_config(), spec(name="POP").model_copy(update={"endpoint": None}), ADSL)
    assert outcome.rows.set_index("group")["value"].to_dict() == {"ACT": 4.0, "REF": 0.0}
    assert outcome.rows["result_id"].tolist() == ["all.POP.all.ACT.N", "all.POP.all.REF.N"]
    assert outcome.records["USUBJID"].tolist() == ["S1", "S2", "S3", "S4"]
    assert set(outcome.records["RECORDS"]) == {"POP.study.ACT"}


def with_level(data=FOUR, level=0.9, **kind):
    return run(data, describe_config(), spec(**kind).model_copy(update={"facts": {"level": level}}), ADSL)


def test_limits_of_a_mean_are_those_of_t_at_the_level_of_the_primary_analysis():
    # {1, 2, 3, 4}: 2.5 and SE sqrt(5/12); t of 3 degrees of freedom at 0.95 is 2.3533634 (a normal one: 1.645).
    table = with_level()
    half = 2.3533634 * np.sqrt(5 / 12)
    assert value(table, "M1", "AVAL.mean.lower").value == pytest.approx(2.5 - half, abs=1e-6)
    assert value(table, "M1", "AVAL.mean.upper").value == pytest.approx(2.5 + half, abs=1e-6)
    assert value(table, "M1", "AVAL.mean.upper").records == value(table, "M1", "AVAL.mean").records
    assert value(table, "", "level", "").value == 0.9
    assert value(table, "BL", "AVAL.mean.lower").error == "fewer than two values"
    assert "AVAL.geomean.lower" not in set(table.rows["statistic"])


def test_limits_of_a_geometric_mean_are_those_of_the_ln_values():
    table = with_level(scale="log")
    logs = np.log([1, 2, 3, 4])
    half = 2.3533634 * logs.std(ddof=1) / 2
    for end, side in (("lower", -1), ("upper", 1)):
        row = value(table, "M1", f"AVAL.geomean.{end}")
        assert row.value == pytest.approx(np.exp(logs.mean() + side * half), abs=1e-6)
        assert row.unit == "mmol/L"
    assert "AVAL.mean.lower" not in set(table.rows["statistic"])


def test_limits_go_with_a_withheld_geometric_mean():
    below = FOUR.assign(CENSOR=["<", "<", "<", "", "", ""])
    table = with_level(below, scale="log", below=True)
    for name in ("AVAL.geomean", "AVAL.geomean.lower"):
        assert value(table, "M1", name).error.startswith("Detectability only: 75%")


def test_without_a_level_there_are_no_limits():
    names = set(describe().rows["statistic"])
    assert not {"AVAL.mean.lower", "level"} & names


def test_the_level_is_that_of_the_primary_analysis():
    from trial.plan.load import load_study
    from trial.plan.slices import slice_study
    from trial.study.load import read_yaml
    from unit.subjects.test_books import ROOT

    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["PRIMARY"]["level"] = 0.9
    content["outputs"] = [row for row in content["outputs"] if row["template"] == "observed_means"]
    content["estimands"] = {"TREATMENT_POLICY": content["estimands"]["TREATMENT_POLICY"]}
    content["analyses"] = {name: content["analyses"][name] for name in ("PRIMARY", "OBSERVED")}
    assert slice_study(load_study(content))["analysis.OBSERVED.FPG"].facts == {"level": 0.9}
