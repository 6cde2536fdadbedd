"""The methods `tipping` and `missing_pattern` on an endpoint."""

import numpy as np
import pytest

from unit.analysis.build import records, spec, subjects
from unit.missing.study import at, gappy, imputed, is_nan, pattern, rescue, run, tipped, values
from unit.missing.test_imputation import _Study


def test_without_a_shift_it_is_the_imputed_analysis_and_at_the_point_p_is_alpha():
    data = gappy(effect=-1.0)
    found, imputed_at = at(run(data, tipped())), at(run(data, imputed()))
    for name in ("diff", "se", "df", "lower", "upper", "pvalue"):
        other = name if name == "diff" else f"diff.{name}"
        assert found[f"shift.2.{name}"] == pytest.approx(imputed_at[other], abs=1e-12), name
    assert found["shift.2.sd"] == 0 and found["shift.3.delta"] == pytest.approx(2 * found["sd"])
    assert found["delta*"] > 0 and found["tipped.pvalue"] == pytest.approx(0.05, abs=1e-9)
    assert found["tipped.upper"] == pytest.approx(0, abs=1e-9)
    assert found["delta*.times"] == pytest.approx(-found["delta*"] / found["shift.2.diff"])
    assert found["delta*.mcse"] > 0
    # the grid of both arms holds that of one arm in its middle
    assert found["grid.3.2.pvalue"] == pytest.approx(found["shift.3.pvalue"], abs=1e-12)
    assert len([name for name in found if name.startswith("grid.")]) == 18


def test_the_line_of_the_record_is_where_p_is_alpha():
    data = gappy(effect=-1.0)
    outcome = run(data, tipped())
    surface = outcome.record["surfaces"]["ACT-REF"]
    points = [point for branch in surface["line"] for point in branch]
    middle = min(points, key=lambda point: abs(point[1]))
    assert middle[0] == pytest.approx(at(outcome)["delta*"], rel=1e-4)
    axis = np.array(surface["axis"])
    assert axis[0] == -axis[-1] and axis[-1] > at(outcome)["delta*"]
    assert np.array(surface["pvalue"])[20, 20] == pytest.approx(at(outcome)["shift.2.pvalue"], rel=1e-5)


def test_a_difference_that_is_not_significant_has_nothing_to_tip():
    data = gappy(effect=0.75)
    outcome = run(data, tipped())
    rows = outcome.rows[outcome.rows["statistic"] == "delta*"]
    assert is_nan(rows["value"].iloc[0]) and "nothing to tip" in rows["error"].iloc[0]
    assert outcome.record["verdicts"] == {"ACT-REF": "not significant"}


def test_an_arm_with_every_value_has_no_shift():
    outcome = run(records(), tipped())
    assert outcome.record["verdicts"] == {"ACT-REF": "nothing imputed"}
    assert outcome.record["surfaces"] == {"ACT-REF": None}
    data = gappy(effect=-1.0)
    whole = data[~data["USUBJID"].isin(["ACT01", "ACT02"])]
    outcome = run(whole, tipped())
    assert outcome.record["verdicts"] == {"ACT-REF": "nothing imputed"}
    assert outcome.record["surfaces"]["ACT-REF"]["imputed"] == [0, 1]


def test_a_visit_that_cannot_be_modelled_has_a_reason():
    data = gappy()
    outcome = run(data[data["AVISIT"] != "M3"], tipped())
    row = outcome.rows[outcome.rows["statistic"] == "delta*"].iloc[0]
    assert row.error == "no value at this visit in any arm" and row.visit == "M3"


def test_on_the_log_scale_a_shift_is_a_factor():
    found = at(run(gappy(effect=-1.5), tipped(), spec("log")))
    assert found["shift.3.factor"] == pytest.approx(np.exp(2 * found["sd"]))
    assert found["shift.3.gmr"] == pytest.approx(np.exp(found["shift.3.diff"]))
    assert found["delta*.factor"] == pytest.approx(np.exp(found["delta*"]))


def test_the_grid_is_checked():
    assert any("shifts" in line for line in tipped(shifts=[1, 2]).check(_Study, ()))
    assert any("shifts" in line for line in tipped(shifts=[0, -1]).check(_Study, ()))
    assert any("visit" in line for line in tipped(visit="M9").check(_Study, ()))
    assert list(tipped().check(_Study, ())) == []


# ---- patterns ------------------------------------------------------------------------------------------------


def test_patterns_are_counted_by_arm():
    outcome = run(gappy(), pattern())
    active, control = values(outcome, visit="", group="ACT"), values(outcome, visit="", group="REF")
    assert active["N"] == 12 and active["pattern.xx.n"] == 9 and control["pattern.xx.n"] == 11
    assert (active["pattern.ox.n"], active["pattern.xo.n"], active["pattern.oo.n"]) == (1, 1, 1)
    assert active["pattern.xo.pct"] == pytest.approx(100 / 12)
    kinds = {one["code"]: one["kind"] for one in outcome.record["patterns"]}
    assert kinds == {"xx": "complete", "ox": "intermittent", "xo": "monotone", "oo": "none"}
    assert (active["kind.intermittent.n"], active["kind.monotone.n"], active["kind.none.n"]) == (1, 1, 1)
    at_m1 = values(outcome, visit="M1", group="ACT")
    assert (at_m1["observed.n"], at_m1["gap.n"], at_m1["dropout.n"], at_m1["last.n"]) == (10, 1, 1, 1)
    at_m3 = values(outcome, visit="M3", group="ACT")
    assert (at_m3["observed.n"], at_m3["gap.n"], at_m3["dropout.n"], at_m3["last.n"]) == (10, 0, 2, 10)
    assert values(outcome, visit="BL", group="ACT")["last.n"] == 1
    together = values(outcome, visit="", group="")
    assert together["N"] == 24 and together["pattern.xo.n"] == 2


def test_values_set_aside_are_counted_as_such_and_as_missing():
    outcome = run(gappy(), pattern(), events=rescue("REF05", "2020-02-15"))
    found = values(outcome, visit="M3", group="REF")
    assert (found["set_aside.n"], found["observed.n"], found["dropout.n"]) == (1, 10, 2)


def test_completers_and_drop_outs_are_compared_by_hand():
    data = gappy()
    adsl = subjects(data)
    adsl["SEX"] = ["F" if k % 2 else "M" for k in range(len(adsl))]
    covariates = [{"variable": "BASE", "kind": "numeric"}, {"variable": "SEX", "kind": "factor"}]
    outcome = run(data, pattern(covariates=covariates), adsl=adsl)
    found = values(outcome, visit="", group="")
    base = data[data["AVISIT"] == "BL"].set_index("USUBJID")["AVAL"]
    left = base.index.isin(["ACT01", "ACT02", "REF01"])
    one, two = base[left], base[~left]
    smd = (one.mean() - two.mean()) / np.sqrt((one.var() + two.var()) / 2)
    assert found["smd.BASE"] == pytest.approx(smd, abs=1e-12)
    assert (found["dropouts.BASE.mean"], found["dropouts.BASE.n"]) == (pytest.approx(one.mean()), 3)
    # ACT01 and REF01 have odd places, ACT02 an even one: M in one of three drop-outs and in 11 of 21 others
    p, q = 1 / 3, 11 / 21
    assert found["dropouts.SEX=M.mean"] == pytest.approx(p)
    assert found["completers.SEX=M.mean"] == pytest.approx(q)
    assert found["smd.SEX=M"] == pytest.approx((p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2), abs=1e-12)
    rows = outcome.rows
    alone = rows[(rows["group"] == "REF") & (rows["statistic"] == "smd.BASE")].iloc[0]
    assert is_nan(alone.value) and alone.error == "fewer than two completers or drop-outs with a value"


def test_a_factor_that_nobody_has_is_left_out_of_the_comparison():
    data = gappy()
    covariates = [{"variable": "SEX", "kind": "factor"}, {"variable": "BASE", "kind": "numeric"}]
    outcome = run(data, pattern(covariates=covariates), spec("log"), adsl=subjects(data, SEX=""))
    assert outcome.record["variables"] == ["SEX", "BASE"]
    assert [one["name"] for one in outcome.record["characteristics"]] == ["BASE"]
    assert outcome.record["characteristics"][0]["ln"]
    logs = np.log(data.loc[data["AVISIT"] == "BL", "AVAL"])
    left = data.loc[data["AVISIT"] == "BL", "USUBJID"].isin(["ACT01", "ACT02", "REF01"])
    assert values(outcome, visit="", group="")["dropouts.BASE.mean"] == pytest.approx(logs[left].mean())


def test_nothing_missing_has_one_pattern():
    outcome = run(records(), pattern())
    assert outcome.record["patterns"] == [{"code": "xx", "kind": "complete"}]
    rows = outcome.rows
    assert rows.loc[rows["statistic"] == "smd.BASE", "value"].isna().all()


def test_an_endpoint_without_a_record_counts_everybody_as_missing():
    data = gappy()
    outcome = run(data.iloc[:0], pattern(), adsl=subjects(data))
    assert outcome.record["patterns"] == [{"code": "oo", "kind": "none"}]
    assert values(outcome, visit="", group="")["pattern.oo.n"] == 24


def test_covariates_are_checked():
    bad = [
        {"variable": "SEX", "kind": "numeric"},
        {"variable": "BASE", "kind": "factor"},
        {"variable": "Q", "kind": "numeric"},
    ]
    lines = list(pattern(covariates=bad).check(_Study, ()))
    assert len(lines) == 3 and all(line.startswith("covariates") for line in lines)
