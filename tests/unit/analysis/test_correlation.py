"""Correlation of changes: published numbers, ties, what has none, and arms that differ on average."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, spearmanr

from trial.analysis.config import AnalysisSpec
from trial.analysis.correlation import PERFECT, correlate_changes, spearman, within_arms
from trial.analysis.data import AnalysisData
from trial.analysis.methods import correlation
from trial.study.errors import ModelError
from unit.analysis.build import COMMON, records, spec, subjects

CONFIG = COMMON | {
    "method": "correlation",
    "endpoints": None,
    "pairs": [{"first": "FPG", "second": "TNFA"}],
    "level": 0.95,
}


def test_the_example_of_bonett_and_wrights_limits():
    # R package statpsych, ci.spear: 0.8699639, limits 0.5840951 and 0.9638297.
    y = np.array([21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19.0])
    x = np.array([67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51.0])
    found = spearman(x, y, 0.95)
    assert found.rho == pytest.approx(0.8699639, abs=5e-8)
    assert (found.lower, found.upper) == pytest.approx((0.5840951, 0.9638297), abs=5e-8)
    # SAS PROC CORR's 1/(n - 3) and Fieller's 1.06/(n - 3), the neighbours, give other limits.
    for variance in (1.0, 1.06):
        half = norm.isf(0.025) * np.sqrt(variance / 12)
        assert abs(np.tanh(found.z - half) - 0.5840951) > 0.01


def test_a_textbook_correlation_without_ties():
    # IQ and hours of television, ten persons: -29/165.
    iq = np.array([106, 100, 86, 101, 99, 103, 97, 113, 112, 110.0])
    hours = np.array([7, 27, 2, 50, 28, 29, 20, 12, 6, 17.0])
    assert spearman(iq, hours, 0.95).rho == pytest.approx(-29 / 165, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_ties_have_the_mean_of_their_ranks(seed):
    x, y = np.random.default_rng(seed).integers(0, 5, (2, 25)).astype(float)
    assert spearman(x, y, 0.95).rho == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    ranks = [np.argsort(np.argsort(each)) for each in (x, y)]  # the neighbour: ties broken by order
    assert abs(np.corrcoef(*ranks)[0, 1] - spearmanr(x, y).statistic) > 1e-3


def test_what_has_no_number_says_why():
    few = spearman(np.arange(3.0), np.arange(3.0), 0.95)
    assert np.isnan(few.rho) and few.error == "fewer than 4 subjects have both changes" and few.n == 3
    flat = spearman(np.ones(6), np.arange(6.0), 0.95)
    assert np.isnan(flat.rho) and flat.error == "all changes of one endpoint are equal"
    perfect = spearman(np.arange(6.0), -(np.arange(6.0) ** 3), 0.95)
    assert perfect.rho == -1 and np.isnan(perfect.lower) and perfect.error_of_limits == PERFECT
    assert "in one arm" in within_arms([perfect, few], 0.95).error


def test_within_arms_a_shift_of_one_arm_changes_nothing():
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((2, 2, 30))
    arms = [spearman(first[a], second[a], 0.95) for a in (0, 1)]
    shifted = [arms[0], spearman(first[1] + 50, second[1] + 50, 0.95)]
    assert within_arms(shifted, 0.95) == within_arms(arms, 0.95)
    crude = spearman(
        np.concatenate([first[0], first[1] + 50]), np.concatenate([second[0], second[1] + 50]), 0.95
    )
    assert crude.rho > 0.6 > abs(within_arms(arms, 0.95).rho)
    n = np.array([30, 30])
    z = np.array([each.z for each in arms])
    rho = np.tanh((n - 3) @ z / (n - 3).sum())
    assert within_arms(arms, 0.95).rho == pytest.approx(rho)


def test_within_arms_limits_hold_their_level():
    rng = np.random.default_rng(8)
    held, count, rho = 0, 1500, 2 * np.sin(np.pi * 0.5 / 6)  # of a normal pair whose Spearman's is 0.5
    for _ in range(count):
        parts = []
        for n in (20, 35):
            x, z = rng.standard_normal((2, n))
            parts.append(spearman(x, rho * x + np.sqrt(1 - rho**2) * z, 0.95))
        found = within_arms(parts, 0.95)
        held += found.lower < 0.5 < found.upper
    assert held / count == pytest.approx(0.95, abs=0.02)


# ---- the analysis ---------------------------------------------------------------------------------------


def both(change=None):
    """Return the records of two endpoints, the second of them on the log scale."""
    first, second = records(seed=1), records(seed=2).assign(PARAMCD="TNFA")
    data = pd.concat([first, second], ignore_index=True)
    return data if change is None else change(data)


def run(data, arms=("ACT", "REF"), **changes):
    config = correlation.Config.model_validate(CONFIG | changes)
    described = AnalysisSpec.model_validate(
        spec(codes=arms, name="CORRELATIONS").model_dump()
        | {"endpoint": None, "method": "correlation", "facts": {"scales": {"FPG": "identity", "TNFA": "log"}}}
    )
    tables = {"adlb": data[list(config.tables()["adlb"])]}
    return correlate_changes(
        AnalysisData.of(described, config, subjects(data), pd.DataFrame(columns=["ANL01FL"]), {}, "", tables),
        config,
    )


def get(outcome, name, visit, group, column="value"):
    (found,) = outcome.rows.query("statistic == @name and visit == @visit and group == @group")[column]
    return found


NAME = "spearman.FPG.TNFA"


def test_changes_are_differences_or_ratios_by_the_scale_of_the_endpoint():
    data = both()
    outcome = run(data)
    wide = data[data["AVISIT"] == "M3"].pivot(index="USUBJID", columns="PARAMCD", values=["AVAL", "BASE"])
    act = wide[wide.index.str.startswith("ACT")]
    first = act["AVAL"]["FPG"] - act["BASE"]["FPG"]
    second = act["AVAL"]["TNFA"] / act["BASE"]["TNFA"]
    assert get(outcome, NAME, "M3", "ACT") == pytest.approx(spearmanr(first, second).statistic)
    other = spearmanr(first, act["AVAL"]["TNFA"] - act["BASE"]["TNFA"]).statistic
    assert abs(get(outcome, NAME, "M3", "ACT") - other) > 1e-3
    assert get(outcome, f"{NAME}.n", "M3", "within") == 24
    behind = outcome.records[outcome.records["RECORDS"] == get(outcome, NAME, "M3", "ACT", "records")]
    assert len(behind) == 12 * 4 and set(behind["PARAMCD"]) == {"FPG", "TNFA"}


def test_subjects_without_one_of_the_changes_do_not_count():
    def drop(data):
        gone = (data["PARAMCD"] == "TNFA") & (data["AVISIT"] == "M3") & (data["USUBJID"] == "ACT03")
        lost = (data["PARAMCD"] == "FPG") & (data["USUBJID"] == "ACT04")
        return data[~gone].assign(BASE=data["BASE"].where(~lost))

    outcome = run(both(drop))
    assert get(outcome, f"{NAME}.n", "M3", "ACT") == 10 and get(outcome, f"{NAME}.n", "M1", "ACT") == 11


def test_values_below_a_limit_count_at_the_visit_and_at_baseline():
    def below(data):
        here = (data["PARAMCD"] == "TNFA") & (
            ((data["AVISIT"] == "M1") & (data["USUBJID"] == "ACT01"))
            | ((data["AVISIT"] == "BL") & data["USUBJID"].isin(["ACT01", "ACT02"]))
        )
        return data.assign(CENSOR=data["CENSOR"].where(~here, "<"))

    outcome = run(both(below))
    assert (
        get(outcome, f"{NAME}.below", "M1", "ACT") == 2 and get(outcome, f"{NAME}.below", "M3", "within") == 2
    )
    assert get(outcome, f"{NAME}.below", "M1", "REF") == 0


def test_one_arm_has_no_combination():
    data = both()
    outcome = run(data[data["USUBJID"].str.startswith("ACT")], arms=("ACT",))
    assert set(outcome.rows["group"]) == {"ACT", ""}


def test_a_visit_without_values_says_so():
    data = both(lambda data: data[data["AVISIT"] != "M3"])
    outcome = run(data)
    assert get(outcome, NAME, "M3", "ACT", "error") == "fewer than 4 subjects have both changes"
    assert get(outcome, f"{NAME}.n", "M3", "within") == 0


def test_a_value_without_a_logarithm_is_named():
    def zero(data):
        here = (data["PARAMCD"] == "TNFA") & (data["USUBJID"] == "REF05") & (data["AVISIT"] == "M1")
        return data.assign(AVAL=data["AVAL"].where(~here, 0.0))

    with pytest.raises(ModelError, match="REF05 M1"):
        run(both(zero))


class Study:
    endpoints = dict.fromkeys(["FPG", "TNFA"])


def test_pairs_are_of_two_known_endpoints_once():
    def problems(*pairs):
        named = [{"first": first, "second": second} for first, second in pairs]
        return list(correlation.Config.model_validate(CONFIG | {"pairs": named}).check(Study, ()))

    assert problems(("FPG", "TNFA")) == []
    assert "itself" in problems(("FPG", "FPG"))[0]
    assert "GLUC" in problems(("FPG", "GLUC"))[0]
    assert problems(("FPG", "TNFA"), ("TNFA", "FPG"))
