"""The simulation of designs: how trials are drawn, that batches are single fits, and known error rates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import simulate_design
import tabulate_design
from trial.characteristics.config import METHODS as NAMES
from trial.characteristics.config import Simulation
from trial.characteristics.draw import draw_trials
from trial.characteristics.methods import ADJUSTED, METHODS, _model, _row
from trial.characteristics.tabulate import ANSWERS, TABLE, analyse_chunk, tabulate, write_page
from trial.study.errors import ConfigError
from trial.study.files import json_text, read_table
from trial.study.load import parse, read_yaml

ROOT = Path(__file__).resolve().parents[3]
PLAN = read_yaml(ROOT / "workflow/characteristics.yaml")


def plan(**changes):
    return parse(Simulation, PLAN | changes, "plan.yaml")


def test_every_named_method_is_a_function_and_has_a_name_on_paper():
    assert set(NAMES) == set(METHODS)
    assert set(plan().methods) == set(METHODS)


def test_trials_have_the_declared_moments():
    """5,000 trials of 30 + 30: means, spreads and correlation within five standard errors."""
    simulation = plan(trials=2500, chunk=2500)
    trials = draw_trials(simulation, "B", "LARGE", 0)
    treated, control = trials.change[:, trials.treated], trials.change[:, ~trials.treated]
    shift = treated[..., 0].mean() - control[..., 0].mean()  # nobody has left before the first visit
    assert shift == pytest.approx(-0.3, abs=0.03)
    slope = np.polyfit(trials.baseline[:, ~trials.treated].ravel(), control[..., 0].ravel(), 1)[0]
    assert slope == pytest.approx(-0.28, abs=0.02)
    error = control[..., 0] + 0.2 + 0.28 * (trials.baseline[:, ~trials.treated] - 8.5)
    wide = treated[..., 0] + 0.5 + 0.28 * (trials.baseline[:, trials.treated] - 8.5)
    assert error.std() == pytest.approx(0.7, rel=0.01)
    assert wide.std() == pytest.approx(1.6 * 0.7, rel=0.01)
    missing = np.isnan(trials.change)
    assert not missing[..., 0].any()
    assert not (missing[..., 1] & ~missing[..., 2]).any()  # who left does not come back
    assert 0.08 < missing[..., 2].mean() < 0.18


def test_dropout_hangs_on_the_change_that_was_seen_last():
    trials = draw_trials(plan(trials=2500, chunk=2500), "A", "NONE", 0)
    left = np.isnan(trials.change[..., 1])
    assert trials.change[..., 0][left].mean() > trials.change[..., 0][~left].mean() + 0.2


def test_a_shift_of_baseline_confounds_and_nothing_else_moves():
    plain, shifted = (draw_trials(plan(), design, "NONE", 0) for design in ("A", "E"))
    assert shifted.baseline[:, shifted.treated].mean() - plain.baseline.mean() > 0.4
    assert abs(shifted.baseline[:, ~shifted.treated].mean() - 8.5) < 0.1


def test_effects_are_compared_on_the_same_errors_and_chunks_are_streams_of_their_own():
    none, large = (draw_trials(plan(), "A", effect, 3) for effect in ("NONE", "LARGE"))
    assert np.array_equal(none.baseline, large.baseline)
    assert np.allclose((large.change - none.change)[:, none.treated, 0], -0.3)
    assert not np.array_equal(none.baseline, draw_trials(plan(), "A", "NONE", 4).baseline)


@pytest.mark.parametrize(
    ("method", "covariance", "group", "formula"),
    [
        ("us_kr", "us", None, ADJUSTED),
        ("arm_us_kr", "us", "ARM", ADJUSTED),
        ("cs_kr", "cs", None, ADJUSTED),
        ("unadjusted", "us", None, "CHG ~ ARM * VISIT"),
    ],
)
def test_a_batch_is_the_same_as_a_fit_of_each_trial(method, covariance, group, formula):
    trials = draw_trials(plan(trials=4, chunk=4), "B", "MODERATE", 0)
    found = np.array(METHODS[method](trials))
    for trial, mine in trials.frame.groupby("TRIAL"):
        fit = _model(mine, formula, covariance, group).fit(df_method="kenward-roger")
        test = fit.test_rows(_row(fit, trials)).iloc[0]
        assert found[:, trial] == pytest.approx([test["estimate"], test["se"], test["df"]], rel=1e-6)


def test_sandwiches_share_the_estimate_and_differ_in_what_they_say_of_it():
    trials = draw_trials(plan(trials=3, chunk=3), "B", "NONE", 0)
    model, cr0, cr2 = (np.array(METHODS[name](trials)) for name in ("us_kr", "us_cr0", "us_cr2"))
    assert cr0[0] == pytest.approx(model[0], abs=1e-6)
    assert (cr2[1] > cr0[1]).all()
    assert (cr0[2] == 57).all()  # between-within: 60 subjects less three coefficients between them


def test_the_ancova_is_that_of_least_squares():
    trials = draw_trials(plan(trials=2, chunk=2), "A", "NONE", 0)
    estimate, se, df = METHODS["ancova"](trials)
    last = trials.frame[lambda table: (table["VISIT"] == "M6") & (table["TRIAL"] == 1)]
    fit = smf.ols("CHG ~ ARM + BASE", last).fit()
    assert (estimate[1], se[1], df[1]) == pytest.approx(
        (fit.params["ARM[T.T]"], fit.bse["ARM[T.T]"], fit.df_resid), rel=1e-9
    )


def test_a_fit_that_fails_is_counted_and_in_no_average():
    simulation = plan(trials=2, chunk=2, methods=["ancova"], effects={"NONE": [0.0, 0.0, 0.0]})
    answers = pd.concat([analyse_chunk(simulation, design, "NONE", 0) for design in simulation.designs])
    answers.loc[answers.index[0], ["ESTIMATE", "SE", "DF"]] = np.nan
    row = tabulate(answers, simulation).iloc[0]
    assert (row["TRIALS"], row["FAILED"]) == (2, 1)
    assert np.isfinite(row["BIAS"])


def rejected(design, method, trials=1000):
    simulation = plan(trials=trials, chunk=100, methods=[method], effects={"NONE": [0.0, 0.0, 0.0]})
    answers = pd.concat([analyse_chunk(simulation, design, "NONE", chunk) for chunk in simulation.chunks])
    table = tabulate(answers, simulation)
    return table[table["DESIGN"] == design].iloc[0]


@pytest.mark.parametrize(
    ("design", "method", "rate", "reference"),
    [
        ("B", "us_kr", 0.098, 9000),
        ("D", "us_kr", 0.022, 9000),
        ("B", "arm_us_kr", 0.059, 3000),
        ("B", "cs_kr", 0.166, 3000),
        ("B", "ancova", 0.105, 9000),
    ],
)
def test_type_one_errors_are_those_of_independent_simulations(design, method, rate, reference):
    """Rates of a prototype with the same drawing, within four standard errors of the difference."""
    row = rejected(design, method)
    bound = 4 * np.sqrt(rate * (1 - rate) * (1 / 1000 + 1 / reference))
    assert abs(row["REJECTED_PCT"] / 100 - rate) < bound
    assert row["FAILED"] == 0
    # Complete cases are not as likely to be complete in the arm that varies more: that analysis alone is biased.
    assert (abs(row["BIAS"]) < 4 * row["BIAS_MCSE"]) == (method != "ancova")


def test_without_the_baseline_a_shifted_one_biases_the_comparison_and_with_it_does_not():
    """Truth: slope -0.385 times half an SD of the baseline."""
    crude, adjusted = rejected("E", "unadjusted", 500), rejected("E", "us_kr", 500)
    assert abs(crude["BIAS"] + 0.385 * 0.5) < 4 * crude["BIAS_MCSE"]
    assert abs(adjusted["BIAS"]) < 4 * adjusted["BIAS_MCSE"]


def test_the_table_does_not_depend_on_how_chunks_are_spread_over_jobs(tmp_path):
    small = PLAN | {"trials": 6, "chunk": 2, "methods": ["us_kr", "ancova"]}
    small["designs"] = {"C": PLAN["designs"]["C"]}
    small["effects"] = {"NONE": [0.0, 0.0, 0.0]}
    (tmp_path / "plan.yaml").write_text(json_text(small))
    common = ["--plan", str(tmp_path / "plan.yaml")]
    for name, runs in (("one", [(0, 3)]), ("two", [(0, 1), (1, 2)])):
        files = []
        for first, chunks in runs:
            files.append(str(tmp_path / f"{name}.{first}.csv"))
            job = ["--design", "C", "--effect", "NONE", "--first", str(first), "--chunks", str(chunks)]
            simulate_design.main([*common, *job, "--out", files[-1]])
        pages = ["--table", str(tmp_path / f"{name}.csv"), "--page", str(tmp_path / f"{name}.md")]
        tabulate_design.main([*common, "--answers", *files, *pages])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one.md").read_bytes() == (tmp_path / "two.md").read_bytes()
    assert len(read_table(tmp_path / "one.csv", TABLE)) == 2
    assert len(read_table(tmp_path / "one.0.csv", ANSWERS)) == 12


def test_the_page_prints_rates_with_their_errors():
    simulation = plan(trials=2, chunk=2, methods=["ancova"])
    answers = pd.concat(
        [
            analyse_chunk(simulation, design, effect, 0)
            for design in simulation.designs
            for effect in simulation.effects
        ]
    )
    page = "\n".join(write_page(tabulate(answers, simulation), simulation))
    assert "## None: true difference 0 at the last visit" in page
    assert "| Type I error in % |" in page
    assert page.count("| Power in % |") == 2
    assert "Fits that failed: 0 of 30." in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 70}, "expected a multiple of chunk"),
        ({"effects": {"NONE": [0.0]}}, "effects.NONE: expected 3 entries"),
        ({"methods": ["us"]}, "methods.0"),
        ({"drawing": PLAN["drawing"] | {"sd": [1.0]}}, "sd: expected 3 entries"),
        ({"drawing": PLAN["drawing"] | {"dropout": [[0.0, 1.0]]}}, "dropout: expected 2 pairs"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        plan(**change)
