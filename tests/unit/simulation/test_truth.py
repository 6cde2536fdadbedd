"""The realised numbers of a large sample against the data-generating table."""

from dataclasses import replace

import numpy as np
import pytest

from simulation.parameters import CPEPTIDE, DEMO, FPG, HBA1C, IL1B, INSULIN, TNFA
from simulation.truth import simulate, tilt

N = 4000
CELL, STD = 0, 1
INDEX = {variable.name: k for k, variable in enumerate(DEMO.variables)}


@pytest.fixture(scope="module")
def truth():
    return simulate(DEMO, 11, sizes=(N // 2, N // 2))


@pytest.fixture(scope="module")
def unshifted():
    """A sample without the differences between the arms, to compare with one truncated normal."""
    variables = tuple(replace(variable, shift={}) for variable in DEMO.variables)
    return simulate(replace(DEMO, variables=variables), 12, sizes=(N // 2, N // 2))


def column(truth, name, visit):
    return truth.values[:, visit, INDEX[name]]


def test_truncated_hba1c_has_mean_9_30_and_sd_0_69(unshifted):
    hba1c = column(unshifted, "HBA1C", 0)
    assert hba1c.mean() == pytest.approx(9.30, abs=0.03)
    assert hba1c.std() == pytest.approx(0.69, abs=0.02)


def test_bounds_are_met_by_redrawing_not_by_clipping(truth):
    for variable in (HBA1C, FPG, CPEPTIDE):
        values = column(truth, variable.name, 0)
        assert values.min() > variable.low - (0 if variable.strict_low else 1e-9)
        assert values.max() <= variable.high
        # Clipping would pile up the nine per cent of glucose draws below 7 at the bound.
        assert np.mean(np.abs(values - variable.low) < 0.011) < 0.01


@pytest.mark.parametrize("variable", [FPG, INSULIN, CPEPTIDE, TNFA, IL1B], ids=lambda item: item.name)
def test_baseline_medians_and_spreads(truth, variable):
    logs = np.log(np.maximum(column(truth, variable.name, 0), 0.005))
    # 9 % of glucose draws are below 7 and drawn again, which lifts the median by 2 % and narrows the spread
    # to 0.214 (truncated normal); the narrowed HbA1c, with which it correlates, takes a little more.
    spread = 0.207 if variable is FPG else variable.sd
    lift = 0.02 if variable is FPG else 0.0
    assert np.median(logs) - lift == pytest.approx(np.log(variable.center), abs=0.03)
    assert logs.std() == pytest.approx(spread, rel=0.06)


def test_log_insulin_and_log_c_peptide_correlate_by_0_7(truth):
    logs = np.log([column(truth, name, 0) for name in ("INS", "CPEP")])
    assert np.corrcoef(logs)[0, 1] == pytest.approx(0.7, abs=0.03)


def test_hba1c_and_glucose_go_together_at_every_visit(truth):
    for visit in range(4):
        pair = np.corrcoef(column(truth, "HBA1C", visit), np.log(column(truth, "GLUC", visit)))
        assert pair[0, 1] > 0.4


def test_adjusted_hba1c_difference_at_month_6_is_minus_0_65(truth):
    base, last = column(truth, "HBA1C", 0), column(truth, "HBA1C", 3)
    design = np.column_stack([np.ones(N), base, truth.arm == CELL])
    beta = np.linalg.lstsq(design, last - base, rcond=None)[0]
    assert beta[2] == pytest.approx(-0.65, abs=0.07)


@pytest.mark.parametrize("arm, changes", [(CELL, (-0.35, -0.95, -1.05)), (STD, (-0.15, -0.35, -0.40))])
def test_hba1c_changes(unshifted, arm, changes):
    mine = unshifted.arm == arm
    base = column(unshifted, "HBA1C", 0)[mine]
    for visit, change in enumerate(changes, start=1):
        found = column(unshifted, "HBA1C", visit)[mine] - base
        # The truncated baseline lies 0.1 above the centre: about 0.01 more falls back to the mean.
        assert found.mean() == pytest.approx(change, abs=0.07)
    assert 1.0 <= found.std() <= 1.1
    assert np.corrcoef(base, base + found)[0, 1] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("variable", [INSULIN, CPEPTIDE, TNFA, IL1B], ids=lambda item: item.name)
def test_ratios_to_baseline(truth, variable):
    for arm, code in ((CELL, "CELL"), (STD, "STD")):
        values = np.log(np.maximum(truth.values[truth.arm == arm][:, :, INDEX[variable.name]], 0.005))
        for visit, factor in enumerate(variable.changes[code], start=1):
            assert (values[:, visit] - values[:, 0]).mean() == pytest.approx(np.log(factor), abs=0.06)


def test_values_return_to_the_mean_in_both_arms(truth):
    for arm in (CELL, STD):
        mine = truth.arm == arm
        base, glucose = column(truth, "GLUC", 0)[mine], column(truth, "GLUC", 3)[mine]
        change = np.log(glucose / base)
        high = base > np.quantile(base, 0.8)
        assert change[high].mean() < change[~high].mean() - 0.1


def test_c_peptide_dips_at_month_1_under_cells(truth):
    mine = truth.arm == CELL
    logs = np.log(truth.values[mine][:, :, INDEX["CPEP"]])
    assert (logs[:, 1] - logs[:, 0]).mean() < 0 < (logs[:, 3] - logs[:, 0]).mean()


def test_il1b_below_its_limit_in_two_of_five_and_past_half_under_cells(truth):
    share = {arm: (truth.values[truth.arm == arm][:, :, INDEX["IL1B"]] < 1.0).mean(axis=0) for arm in (0, 1)}
    assert share[CELL][0] == pytest.approx(0.41, abs=0.03)
    assert share[CELL][1:] == pytest.approx([0.46, 0.52, 0.52], abs=0.04)
    assert share[STD][1:] == pytest.approx([0.41] * 3, abs=0.04)


@pytest.mark.parametrize("name, wanted", [("AGE", -3.0), ("DURATION", -2.0), ("BMI", -0.7)])
def test_treatment_is_confounded(truth, name, wanted):
    values = truth.covariates[name]
    cell, std = values[truth.arm == CELL], values[truth.arm == STD]
    assert cell.mean() - std.mean() == pytest.approx(wanted, abs=0.12 * abs(wanted) + 0.25)
    smd = (cell.mean() - std.mean()) / np.sqrt((cell.var() + std.var()) / 2)
    assert 0.25 <= abs(smd) <= 0.55


def test_treated_have_higher_hba1c(truth):
    hba1c = column(truth, "HBA1C", 0)
    assert hba1c[truth.arm == CELL].mean() - hba1c[truth.arm == STD].mean() == pytest.approx(0.25, abs=0.06)


def test_dropout_grows_to_ten_per_cent_and_depends_on_the_last_hba1c(truth):
    for visit, share in enumerate((0.03, 0.06, 0.10), start=1):
        gone = (truth.dropout > 0) & (truth.dropout <= visit)
        assert gone.mean() == pytest.approx(share, abs=0.012)
    left = truth.dropout == 3
    stayed = truth.dropout == 0
    last = column(truth, "HBA1C", 2)
    assert last[left].mean() > last[stayed].mean() + 0.2


def test_single_visits_are_missed(truth):
    stayed = truth.dropout == 0
    assert truth.seen[stayed, 0].all()
    assert (~truth.seen[stayed, 1:]).mean() == pytest.approx(0.02, abs=0.006)


def test_rescue_is_rarer_under_cells_and_follows_hba1c(truth):
    rescued = truth.rescue_day > 0
    assert rescued[truth.arm == CELL].mean() == pytest.approx(0.07, abs=0.02)
    assert rescued[truth.arm == STD].mean() == pytest.approx(0.17, abs=0.025)
    assert truth.rescue_day[rescued].max() < 180
    std = truth.arm == STD
    first = column(truth, "HBA1C", 1)
    assert first[std & rescued].mean() > first[std & ~rescued].mean() + 0.2


def test_tilt_meets_its_mean():
    driver = np.array([7.0, 9.0, 12.0])
    chance = tilt(driver, 0.2, 0.6)
    assert chance.mean() == pytest.approx(0.2, abs=1e-12)
    assert np.log(chance[1] / (1 - chance[1])) - np.log(chance[0] / (1 - chance[0])) == pytest.approx(1.2)


def test_one_seed_gives_one_study_and_another_gives_another():
    first, again, other = (simulate(DEMO, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)


def test_a_table_with_a_missing_visit_is_refused():
    with pytest.raises(ValueError, match="HBA1C"):
        replace(DEMO, visits=DEMO.visits[:2])
