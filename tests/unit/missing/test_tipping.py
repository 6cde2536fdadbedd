"""Shifts of imputed values: the exact formulas against shifting the data, and the search for the tipping point."""

import numpy as np
import pytest
from scipy import stats

from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.draws import draw_posterior
from trial.analysis.missing.fit import fit_panel
from trial.analysis.missing.impute import impute
from trial.analysis.missing.jackknife import run_jackknife
from trial.analysis.missing.panel import Panel
from trial.analysis.missing.pooling import pool
from trial.analysis.missing.streams import open_stream, subject_noise
from trial.analysis.missing.tipping import Surface, arm_multipliers, draw_line, find_tipping
from unit.missing.nineteen import ARM, panel

SHIFTS = np.array([[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, -1]])


@pytest.fixture(scope="module")
def completed():
    """Imputations of the nineteen, with an effect that is significant at visit 3."""
    strong = panel()
    response = strong.response.copy()
    response[strong.arm == 1] -= 0.5
    strong = Panel(response, strong.design, strong.arm, strong.switch, 2)
    draws = draw_posterior(fit_panel(strong, False), 300, open_stream(7, "X", "parameters"))
    noise = subject_noise(7, "X", [str(k) for k in range(19)], (300, 3))
    return strong, impute(strong, draws.parameters, "MAR", noise)


def third(strong):
    return arm_multipliers(strong.missing[:, 2], strong.arm, (1, 0))


def test_the_identity_on_conditional_means():
    full, fit = panel(), fit_panel(panel(), False)
    values = impute(full, fit.parameters, "MAR", None)[:, :, 2]
    surface = Surface.of(Ancova.of(full.design), ARM, values, third(full))
    np.testing.assert_allclose(surface.slope, [0.30769352, -0.22780715], atol=5e-9)
    np.testing.assert_allclose(surface.linear, [0.43974528, 0.36626503], atol=5e-9)
    np.testing.assert_allclose(
        surface.quadratic, [[2.02010574, 0.05799732], [0.05799732, 1.51345380]], atol=5e-9
    )
    assert surface.unit == pytest.approx(0.21185197 / 16, abs=1e-9)
    assert surface.within / surface.unit == pytest.approx(1.44736978, abs=5e-8)
    found = surface.at(SHIFTS)
    wanted = [-0.71880387, -0.56495711, -0.41111035, -0.52501392, -0.18330320]
    np.testing.assert_allclose(found.estimate, wanted, atol=5e-9)
    wanted = [0.13843503, 0.17797119, 0.23991057, 0.26112152, 0.25760676]
    np.testing.assert_allclose(found.se, wanted, atol=5e-9)


def test_the_jackknife_of_shifted_conditional_means():
    full, fit = panel(), fit_panel(panel(), False)
    found = run_jackknife(full, fit, "MAR")
    moved = third(full)[:, 0]
    for shift, se, pvalue in ((0, 0.220716, 0.001127), (0.5, 0.242126, 0.019632), (1, 0.286957, 0.151957)):
        each = found.without_each[:, 2] @ ARM
        for b in range(19):
            keep = np.arange(19) != b
            each[b] += shift * Ancova.of(full.design[keep]).weights(ARM) @ moved[keep]
        found_se = np.sqrt(18 / 19 * ((each - each.mean()) ** 2).sum())
        assert found_se == pytest.approx(se, abs=5e-7)
        estimate = found.estimates[2] @ ARM + shift * Ancova.of(full.design).weights(ARM) @ moved
        assert 2 * stats.norm.sf(abs(estimate) / found_se) == pytest.approx(pvalue, abs=5e-7)


def test_an_accumulating_shift_has_another_slope():
    full = panel()
    steps = np.where(full.missing[:, 2] & (full.arm == 1), 3 - full.switch, 0)
    assert Ancova.of(full.design).weights(ARM) @ steps == pytest.approx(0.41230963, abs=5e-9)


def test_the_formula_equals_shifting_the_data(completed):
    strong, values = completed
    ancova, moved = Ancova.of(strong.design), third(strong)
    surface = Surface.of(ancova, ARM, values[:, :, 2], moved)
    found = surface.at(SHIFTS)
    for k, shift in enumerate(SHIFTS):
        again = pool(*ancova.analyse(values[:, :, 2] + moved @ shift, ARM), 16)
        for name in ("estimate", "se", "df", "pvalue", "fmi"):
            assert getattr(found, name)[k] == pytest.approx(getattr(again, name), rel=1e-9), name


def test_at_the_tipping_point_p_is_alpha(completed):
    strong, values = completed
    surface = Surface.of(Ancova.of(strong.design), ARM, values[:, :, 2], third(strong))
    one = surface.along(0)
    found = find_tipping(one, 0.05)
    assert found.verdict == "found" and found.shift > 0  # the estimate is negative, the slope positive
    at = one.at(np.array([found.shift]))
    assert at.pvalue == pytest.approx(0.05, abs=1e-9)
    assert at.limits(0.95)[1] == pytest.approx(0.0, abs=1e-9)
    before = one.at(np.linspace(0, found.shift * 0.999, 50)[:, None])
    assert (before.pvalue < 0.05).all()
    # with the df held, the point is a root of a quadratic
    t = stats.t.ppf(0.975, at.df)
    a, b = one.slope[0], (1 + 1 / 300) * one.between
    roots = np.roots(
        [
            a**2 - t**2 * one.unit * one.quadratic[0, 0],
            2 * a * one.estimate - 2 * t**2 * one.unit * one.linear[0],
            one.estimate**2 - t**2 * (one.within + b),
        ]
    )
    assert np.abs(roots - found.shift).min() < 1e-8


def test_the_error_of_the_tipping_point_is_that_of_the_jackknife_over_imputations(completed):
    strong, values = completed
    ancova, moved = Ancova.of(strong.design), third(strong)[:, :1]
    whole = find_tipping(Surface.of(ancova, ARM, values[:, :, 2], moved), 0.05)
    each = np.array(
        [
            find_tipping(Surface.of(ancova, ARM, np.delete(values[:, :, 2], m, 0), moved), 0.05).shift
            for m in range(300)
        ]
    )
    assert whole.error == pytest.approx(np.sqrt(299 / 300 * ((each - each.mean()) ** 2).sum()), rel=0.25)


def test_the_line_of_two_shifts_is_exact(completed):
    strong, values = completed
    surface = Surface.of(Ancova.of(strong.design), ARM, values[:, :, 2], third(strong))
    line = draw_line(surface, np.linspace(-2, 2, 9), 40.0, 0.05)
    points = line[~np.isnan(line[..., 0])]
    assert len(points) >= 9 and line.shape == (4, 9, 2)
    np.testing.assert_allclose(surface.at(points).pvalue, 0.05, atol=1e-9)
    assert line[1, 4, 1] == 0.0 and line[1, 4, 0] == pytest.approx(
        find_tipping(surface.along(0), 0.05).shift, abs=1e-8
    )


def test_what_has_no_tipping_point_says_why(completed):
    strong, values = completed
    ancova, moved = Ancova.of(strong.design), third(strong)[:, :1]
    assert (
        find_tipping(Surface.of(ancova, ARM, values[:, :, 2], 0 * moved), 0.05).verdict == "nothing imputed"
    )
    weak = Surface.of(ancova, ARM, values[:, :, 2] + 1.2 * strong.arm, moved)
    assert find_tipping(weak, 0.05).verdict == "not significant"
