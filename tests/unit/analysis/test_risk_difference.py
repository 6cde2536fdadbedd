"""Limits of a difference of proportions: published digits, what they must satisfy, and counts of none and all."""

import json
from itertools import product
from math import sqrt
from pathlib import Path

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from trial.analysis.incidence import poisson_rate
from trial.analysis.proportions import Counts, miettinen_nurminen, newcombe

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT.parent / "shared" / "reference" / "proportions_and_ancova" / "published.json"
SMALL = [
    (0, 30, 0, 30),
    (30, 30, 30, 30),
    (30, 30, 0, 30),
    (1, 29, 0, 30),
    (18, 29, 4, 30),
    (0, 5, 3, 4),
    (1, 1, 0, 1),
]


@pytest.mark.skipif(not FILE.is_file(), reason="the published numbers are not here")
def test_the_limits_printed_by_sas_and_by_r():
    """36 of 154 responders against 12 of 77: four decimals of SAS, six of the R package ratesci."""
    found = json.loads(FILE.read_text(encoding="utf-8"))["proportions"]
    counts = Counts(*found["counts"]["act"], *found["counts"]["pbo"])
    for table, name, limits, digits in (
        ("risk_difference_SAS", "newcombe", newcombe, 4),
        ("risk_difference_SAS", "miettinen_nurminen", miettinen_nurminen, 4),
        ("risk_difference_ratesci_6dp", "mover_wilson_newcombe", newcombe, 6),
        ("risk_difference_ratesci_6dp", "miettinen_nurminen", miettinen_nurminen, 6),
    ):
        assert limits(counts, 0.95) == pytest.approx(found[table][name], abs=0.501 * 10**-digits), (
            table,
            name,
        )


def test_the_table_of_newcombes_paper():
    """Newcombe 1998, table II, method 10, four printed decimals."""
    printed = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (5, 56, 0, 29): (-0.0381, 0.1926),
        (0, 10, 0, 20): (-0.1611, 0.2775),
        (10, 10, 0, 20): (0.6791, 1.0000),
        (10, 10, 0, 10): (0.6075, 1.0000),
    }
    for counts, limits in printed.items():
        assert newcombe(Counts(*counts), 0.95) == pytest.approx(limits, abs=0.501e-4), counts


def test_miettinen_and_nurminen_by_hand_where_nobody_has_an_event():
    """With 0 of n in both arms the limit d solves d / (1 - d) = z^2 (N / (N - 1)) / n."""
    odds = 1.959963984540054**2 * 60 / 59 / 30
    lower, upper = miettinen_nurminen(Counts(0, 30, 0, 30), 0.95)
    assert upper == pytest.approx(odds / (1 + odds), abs=1e-12)
    assert lower == pytest.approx(-upper, abs=1e-12)


@pytest.mark.parametrize("counts", SMALL)
def test_newcombe_is_that_of_statsmodels(counts):
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=0.05)
    assert newcombe(Counts(*counts), 0.95) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("limits", [newcombe, miettinen_nurminen])
def test_limits_hold_the_difference_turn_with_the_arms_and_widen_with_the_level(limits):
    for first, second in product(range(6), range(8)):
        counts = Counts(first, 5, second, 7)
        lower, upper = limits(counts, 0.95)
        assert -1 <= lower <= counts.difference <= upper <= 1
        turned = limits(Counts(second, 7, first, 5), 0.95)
        assert turned == pytest.approx((-upper, -lower), abs=1e-12)
        wide = limits(counts, 0.99)
        assert wide[0] <= lower and upper <= wide[1]


def test_a_limit_is_where_the_score_test_is_at_its_level():
    """At both limits the restricted likelihood, found here on a grid, gives the score statistic +-z."""
    counts = Counts(7, 34, 1, 34)
    for limit, z in zip(miettinen_nurminen(counts, 0.95), (1.959964, -1.959964), strict=True):
        grid = [k / 200000 for k in range(1, 200000) if 0 < k / 200000 + limit < 1]
        x1, n1, x2, n2 = 7, 34, 1, 34

        def slope(p, limit=limit, x1=x1, n1=n1, x2=x2, n2=n2):
            q = p + limit
            return abs(x1 / q - (n1 - x1) / (1 - q) + x2 / p - (n2 - x2) / (1 - p))

        p = min(grid, key=slope)
        q = p + limit
        variance = (q * (1 - q) / n1 + p * (1 - p) / n2) * (n1 + n2) / (n1 + n2 - 1)
        assert (counts.difference - limit) / sqrt(variance) == pytest.approx(z, abs=1e-3)


def test_exact_limits_of_a_rate():
    """Garwood 1936: 0, 3 and 10 events, as tables print them; 200 patient-years halve them per 100."""
    for count, lower, upper in ((0, 0.0, 3.689), (3, 0.619, 8.767), (10, 4.795, 18.390)):
        rate = poisson_rate(count, 200.0, 0.95)
        assert (rate.value, rate.lower, rate.upper) == pytest.approx(
            (count / 2, lower / 2, upper / 2), abs=0.501e-3
        )
