"""The simulation of designs: how trials are drawn, that batches are single fits, and known error rates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import simulate_design
import tabulate_design
from mmrm import MMRM
from trial.characteristics.config import Simulation
from trial.characteristics.draw import draw_trials
from trial.characteristics.methods.mixed import formula_of, last_visit
from trial.characteristics.page import describe_settings, write_page
from trial.characteristics.registry import METHODS
from trial.characteristics.tabulate import ANSWERS, TABLE, analyse_chunk, function_of, tabulate
from trial.study.errors import ConfigError
from trial.study.files import json_text, read_table
from trial.study.load import parse, read_yaml

ROOT = Path(__file__).resolve().parents[3]
PLAN = read_yaml(ROOT / "workflow/characteristics.yaml")


NOTHING = {"NONE": [0.0, 0.0, 0.0]}


def plan(trials=50, chunk=50, methods=("PRIMARY",), **changes):
    sizes = {"chunk": chunk, "methods": dict.fromkeys(methods, trials)}
    return parse(Simulation, PLAN | sizes | changes, "plan.yaml")


def answer(method, trials):
    """Return estimate, SE and df of every trial, (3, B)."""
    found = function_of(method)(trials)
    return np.array([found.estimate, found.se, found.df])


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


def test_declared_shifts_part_the_arms_and_nothing_else_moves():
    trials = draw_trials(plan(trials=1000, chunk=1000), "E", "NONE", 0)
    of = trials.plan.designs["E"]
    values = {"BASE": trials.baseline - 8.5} | dict(
        zip(trials.names, np.moveaxis(trials.covariates, -1, 0), strict=True)
    )
    for name, found in values.items():
        gap = found[:, trials.treated].mean() - found[:, ~trials.treated].mean()
        assert gap == pytest.approx(of.treated_shift.get(name, 0.0), abs=0.04)  # five errors
        assert found[:, ~trials.treated].mean() == pytest.approx(0.5 if name == "SEX" else 0.0, abs=0.03)
    bmi, first = values["BMI"][:, ~trials.treated].ravel(), trials.change[:, ~trials.treated, 0].ravel()
    assert np.polyfit(bmi, first, 1)[0] == pytest.approx(of.prognosis["BMI"][0], abs=0.03)


def test_the_effect_grows_with_the_variable_that_changes_it():
    simulation = plan(trials=50)
    none, large = (draw_trials(simulation, "F", effect, 0) for effect in ("NONE", "LARGE"))
    gap = (large.change - none.change)[..., 0]
    bmi = none.covariates[..., none.names.index("BMI")]
    assert np.allclose(gap[:, none.treated], -0.3 * (1 + 0.5 * bmi[:, none.treated]))
    assert np.allclose(gap[:, ~none.treated], 0.0)


def test_effects_are_compared_on_the_same_errors_and_chunks_are_streams_of_their_own():
    none, large = (draw_trials(plan(trials=250), "A", effect, 3) for effect in ("NONE", "LARGE"))
    assert np.array_equal(none.baseline, large.baseline)
    assert np.allclose((large.change - none.change)[:, none.treated, 0], -0.3)
    assert not np.array_equal(none.baseline, draw_trials(plan(trials=250), "A", "NONE", 4).baseline)


@pytest.mark.parametrize(
    ("method", "covariance", "group"),
    [
        ("PRIMARY", "us", None),
        ("BASELINE_ONLY", "us", None),
        ("BASELINE_ARM", "us", "ARM"),
        ("BASELINE_CS", "cs", None),
        ("UNADJUSTED", "us", None),
    ],
)
def test_a_batch_is_the_same_as_a_fit_of_each_trial(method, covariance, group):
    trials = draw_trials(plan(trials=4, chunk=4), "B", "MODERATE", 0)
    found = answer(method, trials)
    formula = formula_of(trials, METHODS[method].options["covariates"])
    for trial, mine in trials.frame.groupby("TRIAL"):
        model = MMRM.from_formula(formula, mine, "ID", "VISIT", covariance=covariance, group=group)
        fit = model.fit(df_method="kenward-roger")
        test = fit.test_rows(last_visit(fit, trials)).iloc[0]
        assert found[:, trial] == pytest.approx([test["estimate"], test["se"], test["df"]], rel=1e-6)


def test_sandwiches_share_the_estimate_and_differ_in_what_they_say_of_it():
    trials = draw_trials(plan(trials=3, chunk=3), "B", "NONE", 0)
    model, cr0, cr2 = (answer(name, trials) for name in ("BASELINE_ONLY", "BASELINE_CR0", "BASELINE_CR2"))
    assert cr0[0] == pytest.approx(model[0], abs=1e-6)
    assert (cr2[1] > cr0[1]).all()
    assert (cr0[2] == 57).all()  # between-within: 60 subjects less three coefficients between them


def test_the_ancova_is_that_of_least_squares():
    trials = draw_trials(plan(trials=2, chunk=2), "A", "NONE", 0)
    found = answer("BASELINE_ANCOVA", trials)[:, 1]
    last = trials.frame[lambda table: (table["VISIT"] == "M6") & (table["TRIAL"] == 1)]
    fit = smf.ols("CHG ~ ARM + BASE", last).fit()
    # The engine's one variance is an optimum of a search: its degrees of freedom are as exact as that.
    assert found == pytest.approx((fit.params["ARM[T.T]"], fit.bse["ARM[T.T]"], fit.df_resid), rel=1e-6)


def test_conditional_means_at_random_are_the_mixed_model_with_all_covariates_by_visit():
    trials = draw_trials(plan(trials=2, chunk=2), "A", "LARGE", 0)
    found = answer("CM_MAR", trials)[0]
    by_visit = " + ".join(f"{name} * VISIT" for name in ("BASE", "ARM", *trials.names))
    for trial, mine in trials.frame.groupby("TRIAL"):
        fit = MMRM.from_formula(f"CHG ~ {by_visit}", mine, "ID", "VISIT").fit()
        assert found[trial] == pytest.approx(
            fit.test_rows(last_visit(fit, trials)).iloc[0]["estimate"], abs=1e-6
        )


def test_a_method_that_costs_much_has_the_first_trials_of_the_others_and_power_fewer_than_the_level():
    sizes = {"chunk": 2, "methods": {"ANCOVA": 6, "MMRM_CR2": 2}, "power_share": 0.5}
    simulation = parse(Simulation, PLAN | sizes, "plan.yaml")
    tried = {
        effect: [simulation.methods_of(effect, chunk) for chunk in simulation.chunks(effect)]
        for effect in ("NONE", "LARGE")
    }
    assert tried["NONE"] == [["ANCOVA", "MMRM_CR2"], ["ANCOVA"], ["ANCOVA"]]
    assert tried["LARGE"] == [["ANCOVA", "MMRM_CR2"], ["ANCOVA"]]  # whole chunks
    assert [simulation.trials("ANCOVA", effect) for effect in simulation.effects] == [6, 4, 4]


def test_a_fit_that_fails_is_counted_and_in_no_average():
    simulation = plan(trials=2, chunk=2, methods=["ANCOVA"], effects=NOTHING)
    answers = pd.concat([analyse_chunk(simulation, design, "NONE", 0) for design in simulation.designs])
    answers.loc[answers.index[0], ["ESTIMATE", "SE", "DF"]] = np.nan
    row = tabulate(answers, simulation).iloc[0]
    assert (row["TRIALS"], row["FAILED"]) == (2, 1)
    assert np.isfinite(row["BIAS"])


def rejected(design, method, trials=1000):
    designs = {name: PLAN["designs"][name] for name in "ABCDE"[: "ABCDE".index(design) + 1]}
    simulation = plan(trials=trials, chunk=100, methods=[method], effects=NOTHING, designs=designs)
    answers = pd.concat(
        [analyse_chunk(simulation, design, "NONE", chunk) for chunk in simulation.chunks("NONE")]
    )
    alone = simulation.model_copy(update={"designs": {design: simulation.designs[design]}})
    return tabulate(answers, alone).iloc[0]


@pytest.mark.parametrize(
    ("design", "method", "rate", "reference"),
    [
        ("B", "BASELINE_ONLY", 0.098, 9000),
        ("D", "BASELINE_ONLY", 0.022, 9000),
        ("B", "BASELINE_ARM", 0.059, 3000),
        ("B", "BASELINE_CS", 0.166, 3000),
        ("B", "BASELINE_ANCOVA", 0.105, 9000),
    ],
)
def test_type_one_errors_are_those_of_independent_simulations(design, method, rate, reference):
    """Rates of a prototype with the same drawing, within four standard errors of the difference."""
    row = rejected(design, method)
    bound = 4 * np.sqrt(rate * (1 - rate) * (1 / 1000 + 1 / reference))
    assert abs(row["REJECTED_PCT"] / 100 - rate) < bound
    assert row["FAILED"] == 0
    # Complete cases are not as likely to be complete in the arm that varies more: that analysis alone is biased.
    assert (abs(row["BIAS"]) < 4 * row["BIAS_MCSE"]) == (method != "BASELINE_ANCOVA")


def test_what_a_model_lacks_biases_it_by_shift_times_slope():
    """Truth at the last visit: slope -0.385 times a shift of 0.35 SD of baseline, 0.25 times -0.65 of BMI.

    What BMI does grows from visit to visit: with one slope for all visits a part of it stays, with a slope for
    each nothing does.
    """
    names = ("UNADJUSTED", "BASELINE_ONLY", "PRIMARY", "BY_VISIT")
    crude, baseline, flat, whole = (rejected("E", name, 500) for name in names)
    assert abs(crude["BIAS"] + 0.385 * 0.35 + 0.25 * 0.65) < 4 * crude["BIAS_MCSE"]
    assert abs(baseline["BIAS"] + 0.25 * 0.65) < 4 * baseline["BIAS_MCSE"]
    assert abs(whole["BIAS"]) < 4 * whole["BIAS_MCSE"]
    assert -0.1 < flat["BIAS"] < -0.02


def test_the_table_does_not_depend_on_how_chunks_are_spread_over_jobs(tmp_path):
    """Every method: three trials in one job and in two, to the last byte, counts of trials apart for one."""
    small = PLAN | {"chunk": 1, "methods": dict.fromkeys(METHODS, 3) | {"AIPW": 2}, "effects": NOTHING}
    small["designs"] = {"C": PLAN["designs"]["C"]}
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
    table = read_table(tmp_path / "one.csv", TABLE).set_index("METHOD")
    assert set(table.index) == set(METHODS)
    assert (table.loc["AIPW", "TRIALS"], table.loc["PRIMARY", "TRIALS"]) == (2, 3)
    answers = read_table(tmp_path / "one.0.csv", ANSWERS)
    assert len(answers) == 3 * len(METHODS) - 1
    assert answers["ESTIMATE"].notna().all() and (answers["SE"] > 0).all()


def test_the_page_prints_rates_with_their_errors_and_what_it_found():
    simulation = plan(trials=50, chunk=50, methods=["BASELINE_ANCOVA", "UNADJUSTED"])
    answers = pd.concat(
        [
            analyse_chunk(simulation, design, effect, 0)
            for design in simulation.designs
            for effect in simulation.effects
        ]
    )
    page = "\n".join(write_page(tabulate(answers, simulation), simulation, "make it"))
    assert "Made by `make it`" in page
    assert "## Effect none (0 at the last visit): type I error" in page
    assert page.count("| Rejection of no difference, % | A | B | C | D | E | F |") == 3
    assert "| ANCOVA of complete cases, baseline alone | 900 | 0 | 0 | 0.00 |" in page
    assert "No fit failed and no trial was separated." in page
    # Confounded by more than 0.25 where nothing is adjusted for, with an error of about 0.04.
    assert "Biased, effect none: UNADJUSTED -0.3" in page.split("**E:")[1].split("**F:")[0]


def test_what_failed_and_where_the_arms_are_separated_stand_on_the_page():
    simulation = plan(trials=2, chunk=2, methods=["OVERLAP_MMRM"], effects=NOTHING)
    answers = pd.concat([analyse_chunk(simulation, design, "NONE", 0) for design in simulation.designs])
    answers.iloc[0, answers.columns.get_indexer(["ESTIMATE", "SE", "DF"])] = np.nan
    answers.iloc[1, answers.columns.get_loc("SEPARATED")] = 1.0
    page = "\n".join(write_page(tabulate(answers, simulation), simulation, "make it"))
    assert "| MMRM with overlap weights, CR2 | 12 | 1 | 1 | 0.00 |" in page
    assert "Where: A, none, OVERLAP_MMRM: 1 failed, 1 separated." in page


def test_separated_arms_are_weighed_by_firths_likelihood_and_counted():
    trials = draw_trials(plan(trials=2, chunk=2), "C", "NONE", 0)
    covariates = trials.covariates.copy()
    covariates[0, :, trials.names.index("AGE")] += 20.0 * trials.treated
    apart = replace(trials, covariates=covariates)
    for name in ("OVERLAP_MMRM", "AIPW"):
        assert function_of(name)(apart).separated.tolist() == [1.0, 0.0]


def test_a_trial_that_no_model_fits_has_no_answer_and_the_others_keep_theirs():
    """The whole treated arm leaves one of two trials before the last visit."""
    trials = draw_trials(plan(trials=2, chunk=2), "C", "NONE", 0)
    change = trials.change.copy()
    change[0, trials.treated, 1:] = np.nan
    thin = replace(trials, change=change)
    for name in METHODS:
        found, whole = answer(name, thin), answer(name, trials)
        assert np.isnan(found[:2, 0]).all(), name
        assert found[:2, 1] == pytest.approx(whole[:2, 1], rel=1e-5), name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": {"PRIMARY": 70}}, "methods.PRIMARY: expected a multiple of chunk"),
        ({"effects": {"NONE": [0.0]}}, "effects.NONE: expected 3 entries"),
        ({"methods": {"us": 50}}, "methods: .* found 'us'"),
        ({"drawing": PLAN["drawing"] | {"sd": [1.0]}}, "sd: expected 3 entries"),
        ({"drawing": PLAN["drawing"] | {"dropout": [[0.0, 1.0]]}}, "dropout: expected 2 pairs"),
        (
            {"designs": {"A": PLAN["designs"]["A"] | {"treated_shift": {"SEX": 1.0}}}},
            "treated_shift: .* found SEX",
        ),
        ({"designs": {"A": PLAN["designs"]["A"] | {"prognosis": {"X": [0.0] * 3}}}}, "prognosis: .* found X"),
        (
            {"designs": {"A": PLAN["designs"]["A"] | {"prognosis": {"BMI": [0.0]}}}},
            "prognosis.BMI: expected 3",
        ),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        parse(Simulation, PLAN | change, "plan.yaml")


def test_the_committed_page_is_of_the_shipped_plan():
    page = (ROOT / "workflow/docs/characteristics.md").read_text(encoding="utf-8")
    shipped = parse(Simulation, PLAN, "plan.yaml")
    assert f"Seed {shipped.seed};" in page
    for line in describe_settings(shipped):
        assert line in page
    for code, design in shipped.designs.items():
        assert f"| {code}: {design.label} | {design.treated} / {design.control} |" in page
