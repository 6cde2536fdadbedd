"""Risk difference: the limits of Newcombe and of Miettinen and Nurminen against published digits."""

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from trial.analysis.proportions import (
    Counts,
    miettinen_nurminen,
    newcombe,
    restricted,
    score,
    score_pvalue,
)

PUBLISHED = Path(__file__).parents[4] / "shared/reference/proportions_and_ancova/published.json"
# Ours, checked against direct maximisation of the likelihood; the first row also against SAS (below).
CASES = {
    (36, 154, 12, 77): ((-0.0361419082, 0.1751254103), (-0.0360652582, 0.1774951287)),
    (12, 30, 6, 30): ((-0.0317187671, 0.4055997172), (-0.0345262448, 0.4170687112)),
    (9, 30, 0, 30): ((0.1248766597, 0.4787578746), (0.1657972178, 0.4802890538)),
    (0, 30, 0, 30): ((-0.1135133932, 0.1135133932), (-0.1152156791, 0.1152156791)),
    (30, 30, 0, 30): ((0.8394678198, 1.0), (0.8777412589, 1.0)),
    (1, 30, 0, 30): ((-0.0834459754, 0.1667039099), (-0.0838880979, 0.1683621392)),
    (7, 28, 3, 27): ((-0.0706484752, 0.3362780531), (-0.0728084650, 0.3462013575)),
}


@pytest.mark.skipif(not PUBLISHED.exists(), reason="no reference folder")
def test_the_limits_of_sas_to_its_printed_digits():
    found = json.loads(PUBLISHED.read_text(encoding="utf-8"))["proportions"]
    counts = Counts(*found["counts"]["act"], *found["counts"]["pbo"])
    printed = found["risk_difference_SAS"]
    assert counts.difference == pytest.approx(printed["estimate"], abs=5e-5)
    assert newcombe(counts, 0.95) == pytest.approx(printed["newcombe"], abs=5e-5)
    assert miettinen_nurminen(counts, 0.95) == pytest.approx(printed["miettinen_nurminen"], abs=5e-5)
    six = found["risk_difference_ratesci_6dp"]
    assert miettinen_nurminen(counts, 0.95) == pytest.approx(six["miettinen_nurminen"], abs=5e-7)
    # The neighbours that are printed beside it: without N/(N - 1), and with a correction for continuity.
    assert miettinen_nurminen(counts, 0.95) != pytest.approx(printed["mee"], abs=5e-5)
    assert newcombe(counts, 0.95) != pytest.approx(printed["newcombe_cc"], abs=5e-4)


@pytest.mark.parametrize("case", CASES)
def test_limits_with_full_and_empty_groups(case):
    expected, expected_mn = CASES[case]
    assert newcombe(Counts(*case), 0.95) == pytest.approx(expected, abs=1e-9)
    assert miettinen_nurminen(Counts(*case), 0.95) == pytest.approx(expected_mn, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", [newcombe, miettinen_nurminen])
def test_swapped_groups_and_swapped_outcomes_turn_the_limits(case, method):
    x, n, x0, n0 = case
    low, high = method(Counts(*case), 0.9)
    assert method(Counts(x0, n0, x, n), 0.9) == pytest.approx((-high, -low), abs=1e-9)
    assert method(Counts(n - x, n, n0 - x0, n0), 0.9) == pytest.approx((-high, -low), abs=1e-9)
    assert -1 <= low <= Counts(*case).difference <= high <= 1


@pytest.mark.parametrize("case", [(12, 30, 6, 30), (7, 28, 3, 27), (9, 30, 0, 30), (1, 30, 0, 30)])
@pytest.mark.parametrize("delta", [-0.4, -0.05, 0.0, 0.2, 0.7])
def test_the_restricted_proportion_maximises_the_likelihood(case, delta):
    x, n, x0, n0 = case

    def lost(p0):
        p = np.array([p0 + delta, p0])
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.array([x, x0]) * np.log(p) + np.array([n - x, n0 - x0]) * np.log1p(-p)
        return -np.nansum(np.where(np.isfinite(parts), parts, -1e9 * (np.array([x, x0]) > 0)))

    low, high = max(0.0, -delta), min(1.0, 1 - delta)
    found = minimize_scalar(
        lost, bounds=(low + 1e-12, high - 1e-12), method="bounded", options={"xatol": 1e-12}
    )
    assert restricted(Counts(*case), delta) == pytest.approx(found.x, abs=1e-5)


def test_the_p_value_belongs_to_the_interval():
    counts = Counts(12, 30, 6, 30)
    assert score_pvalue(counts) == pytest.approx(0.0937061872, abs=1e-9)
    # Pearson's chi-square lacks N/(N - 1).
    assert score_pvalue(counts) != pytest.approx(0.0909689480, abs=1e-5)
    level = 1 - score_pvalue(counts)
    assert miettinen_nurminen(counts, level)[0] == pytest.approx(0, abs=1e-9)
    assert abs(score(counts, miettinen_nurminen(counts, 0.95)[1])) == pytest.approx(norm.isf(0.025), abs=1e-7)
    assert score_pvalue(Counts(0, 30, 0, 30)) == 1


def test_wilson_limits_of_one_group_are_in_newcombes():
    # With an empty and a full group the limits are those of Wilson's closed form.
    z2 = norm.isf(0.025) ** 2
    wilson = z2 / (30 + z2)
    assert newcombe(Counts(30, 30, 0, 30), 0.95)[0] == pytest.approx(1 - sqrt(2) * wilson, abs=1e-12)


@pytest.mark.parametrize("case", [(1, 0, 0, 5), (0, 5, 0, 0), (6, 5, 1, 5), (-1, 5, 1, 5)])
def test_groups_without_members_and_impossible_counts_are_refused(case):
    with pytest.raises(ValueError, match="expected counts"):
        Counts(*case)
