"""Orthant probabilities, truncated moments and the joint censored likelihood against independent answers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

from mmrm import MMRM
from trial.analysis.censored import degenerate
from trial.analysis.censored.bootstrap import bootstrap
from trial.analysis.censored.contrast import adjusted, contrast
from trial.analysis.censored.fit import fit_censored
from trial.analysis.censored.imputation import ancova, impute
from trial.analysis.censored.likelihood import evaluate, subject_scores
from trial.analysis.censored.moments import truncated_moments
from trial.analysis.censored.orthant import MOST, orthant
from trial.analysis.censored.problem import LEFT, OBSERVED, RIGHT, CensoredData, Layout
from trial.analysis.missing.pooling import monte_carlo_errors, pool
from unit.analysis.censored_cases import CORRELATION, N, scores, trial, values

DIFFERENCE = np.array([-1.0, 1.0])
BOUNDS = np.array([[-0.3, 0.1, -0.5, 0.2]])


def equicorrelated(d, r):
    return (np.full((d, d), r) + (1 - r) * np.eye(d))[None]


def by_one_factor(b, r):
    """Equal correlations: x_i = sqrt(r) z + sqrt(1 - r) e_i, so one smooth integral over z."""
    z, step = np.linspace(-10, 10, 40001, retstep=True)
    inside = np.prod([ndtr((one - np.sqrt(r) * z) / np.sqrt(1 - r)) for one in b], axis=0)
    return float(np.sum(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * inside) * step)


# ---- probabilities and moments ----------------------------------------------------------------------


@pytest.mark.parametrize("d, expected", [(2, 0.3017729321166), (3, 0.1838376537336), (4, 0.1704063679269)])
def test_orthants_of_equal_correlation(d, expected):
    # Three and four dimensions by R's mvtnorm (TVPACK, Miwa), two by adaptive quadrature: thirteen digits.
    assert orthant(BOUNDS[:, :d], equicorrelated(d, 0.6))[0] == pytest.approx(expected, abs=6e-14)


def test_an_orthant_of_one_or_no_dimension():
    assert orthant(np.array([[0.7]]), np.ones((1, 1, 1)))[0] == ndtr(0.7)
    assert orthant(np.empty((3, 0)), np.empty((3, 0, 0))).tolist() == [1, 1, 1]


CASES = [(d, r) for d in (2, 3, 4) for r in (0.1, 0.6, 0.92, 0.99, 0.999)] + [(5, 0.6), (6, 0.6)]


@pytest.mark.parametrize("d, r", CASES)
def test_orthants_in_more_dimensions_and_near_collinearity(d, r):
    tolerance = {0.1: 1e-14, 0.6: 1e-14, 0.92: 1e-10, 0.99: 1e-9, 0.999: 1e-8}[r]
    b = np.linspace(-0.8, 0.5, d)
    assert orthant(b[None], equicorrelated(d, r))[0] == pytest.approx(by_one_factor(b, r), abs=tolerance)


def test_the_tail_keeps_relative_digits():
    assert orthant(np.full((1, 4), -4.0), equicorrelated(4, 0.6))[0] == pytest.approx(
        5.25035721e-08, rel=1e-8
    )
    for r in (0.95, 0.999):
        b = np.array([-5, -4.9, -5.2, -5.1])
        assert orthant(b[None], equicorrelated(4, r))[0] == pytest.approx(by_one_factor(b, r), rel=1e-8)


def test_opposite_limits_cancel_and_stay_positive():
    # One value below and one above its limit at visits that move together: the leading digits cancel.
    R = np.array([[[1, -0.9, 0.5], [-0.9, 1, -0.6], [0.5, -0.6, 1]]])
    b = np.array([[-1.0, -1.2, 0.0]])
    x = np.linspace(-9, -1, 1601)
    y = np.linspace(-9, -1.2, 1601)
    # Reference: the two steep variables by a product rule, the third given them.
    inverse = np.linalg.inv(R[0, :2, :2])
    slope = R[0, 2, :2] @ inverse
    sd = np.sqrt(1 - slope @ R[0, :2, 2])
    X, Y = np.meshgrid(x, y, indexing="ij")
    density = np.exp(-0.5 * (inverse[0, 0] * X**2 + 2 * inverse[0, 1] * X * Y + inverse[1, 1] * Y**2))
    density *= np.sqrt(np.linalg.det(inverse)) / (2 * np.pi)
    inside = ndtr((0 - slope[0] * X - slope[1] * Y) / sd)
    expected = np.trapezoid(np.trapezoid(density * inside, y, axis=1), x)
    assert orthant(b, R)[0] == pytest.approx(expected, rel=1e-4)
    assert orthant(b * 3, R)[0] > 0


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match=f"at most {MOST}"):
        orthant(np.zeros((1, MOST + 1)), np.eye(MOST + 1)[None])


def test_moments_of_the_truncated_normal():
    log, mean, cov = truncated_moments(BOUNDS, equicorrelated(4, 0.6))
    assert log[0] == pytest.approx(np.log(0.1704063679269), abs=1e-12)
    assert mean[0] == pytest.approx([-1.2052071218, -1.0943069253, -1.2833289886, -1.0752026606], abs=6e-11)
    assert [cov[0, 0, 0], cov[0, 0, 1], cov[0, 1, 1]] == pytest.approx(
        [0.3726026984, 0.1343518159, 0.4773339395], abs=6e-11
    )
    _, mean, cov = truncated_moments(BOUNDS[:, :2], equicorrelated(2, 0.6))
    assert mean[0] == pytest.approx([-1.0624146118, -0.9121931668], abs=6e-11)
    assert cov[0].ravel() == pytest.approx(
        [0.3249074293, 0.1293770226, 0.1293770226, 0.4395318096], abs=6e-11
    )


def test_moments_in_one_dimension_exist_in_every_tail():
    log, mean, cov = truncated_moments(np.array([[-40.0]]), np.ones((1, 1, 1)))
    assert log[0] == log_ndtr(-40.0)
    assert -40.1 < mean[0, 0] < -40
    assert np.isfinite(cov).all()


# ---- the likelihood -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case, by_arm", [("A", False), ("B", True)])
def test_the_gradient_is_the_derivative(case, by_arm):
    covariates = np.column_stack([scores(3), scores(11)])
    data = trial(case, by_arm, covariates=covariates)
    layout = Layout.of(data)
    sigma = np.repeat(0.5 * (np.eye(4) + 1.0)[None], layout.groups, axis=0)
    theta = layout.pack(np.full((2, 4), 0.1), np.full((2, 4), 0.05), sigma)
    theta = theta + 0.05 * np.sin(np.arange(layout.size))
    steps = 1e-5 * np.eye(layout.size)
    numeric = (evaluate(theta + steps, data).value - evaluate(theta - steps, data).value) / 2e-5
    gradient = evaluate(theta[None], data).gradient[0]
    assert np.abs(gradient).max() > 5
    # Central differences of step 1e-5 of a value near 200 have about eight digits.
    assert gradient == pytest.approx(numeric, abs=5e-8)
    assert subject_scores(theta[None], data)[0].sum(axis=0) == pytest.approx(gradient, abs=1e-11)


def test_a_weight_counts_a_subject_so_often():
    data = trial("A")
    theta = fit_censored(data).theta
    twice = CensoredData(
        *(np.concatenate([part, part[:5]]) for part in (data.value, data.side, data.arm, data.covariates)),
        False,
    )
    weights = np.ones((1, N))
    weights[0, :5] = 2
    one, other = evaluate(theta[None], data, weights), evaluate(theta[None], twice)
    assert one.value == pytest.approx(other.value, rel=1e-13)
    assert one.gradient == pytest.approx(other.gradient, abs=1e-11)


# Log likelihood of case A also by R's mvtnorm (-155.7340628106); the rest by an independent implementation.
TABLE = {
    ("A", False): (
        -155.73406281,
        (-0.0350206662, -0.3514965036, -0.9192231567),
        (0.1554683584, 0.1913887827, 0.2924633224),
    ),
    ("B", False): (
        -186.11679993,
        (0.0117627198, -0.3238164152, -0.8331282456),
        (0.1591277373, 0.1719313466, 0.2047367481),
    ),
    ("B", True): (
        -184.42834132,
        (-0.0037681582, -0.2794649461, -0.8955366807),
        (0.1628936253, 0.1741263843, 0.2224049596),
    ),
    ("C", False): (
        -186.86473588,
        (0.00039802034518, -0.36475775802, -0.85724893677),
        (0.1399257672, 0.1699024133, 0.2068919781),
    ),
}


@pytest.mark.parametrize("case, by_arm", TABLE)
def test_the_joint_fit(case, by_arm):
    fit = fit_censored(trial(case, by_arm))
    loglik, estimates, errors = TABLE[case, by_arm]
    assert fit.faults == ()
    assert fit.loglik == pytest.approx(loglik, abs=1e-8)
    found = contrast(fit, DIFFERENCE)
    assert found.estimate == pytest.approx(estimates, abs=2e-10)
    # The tables' own errors are differences of differences: nine digits.
    assert found.raw_se == pytest.approx(errors, abs=5e-9)


def test_the_parameters_of_case_a():
    fit = fit_censored(trial("A"))
    assert fit.means[0] == pytest.approx([0.0263558607, 0.0410778590, 0.1349329839, 0.1920538670], abs=1e-9)
    assert fit.means[1] - fit.means[0] == pytest.approx(
        [0.3251935032, 0.1975381797, -0.1967768405, -0.7476179421], abs=1e-9
    )
    lower = [0.3093753955, 0.2212466860, 0.4078211546, 0.1471937677, 0.2661919538, 0.4129254123]
    lower += [0.1632579697, 0.2268312397, 0.3133035275, 0.5452781502]
    assert fit.sigma[0][np.tril_indices(4)] == pytest.approx(lower, abs=1e-9)


def test_another_unit_gives_the_same_fit():
    data = trial("A")
    fit = fit_censored(data)
    moved = CensoredData(1000 * data.value + 7e5, data.side, data.arm, data.covariates, False)
    other = fit_censored(moved)
    assert other.faults == ()
    assert contrast(other, DIFFERENCE).estimate / 1000 == pytest.approx(
        contrast(fit, DIFFERENCE).estimate, abs=1e-9
    )
    assert other.loglik == pytest.approx(fit.loglik - data.observed.sum() * np.log(1000), abs=1e-6)


# ---- nothing censored: the models that there are for such data -------------------------------------------


@pytest.mark.parametrize("columns", [(), (3, 11)])
def test_complete_data_give_the_analysis_of_covariance(columns):
    covariates = np.column_stack([np.empty((N, 0)), *(scores(one) for one in columns)])
    data = trial("C", missing=False, covariates=covariates)
    found = contrast(fit_censored(data), DIFFERENCE)
    for place in range(3):
        X = np.column_stack([np.ones(N), data.arm, data.value[:, 0], covariates])
        ols = sm.OLS(data.value[:, place + 1], X).fit()
        assert found.estimate[place] == pytest.approx(ols.params[1], abs=1e-10)
        # Observed information is ML; the repair n / (n - 3 - q) makes it that of OLS exactly.
        df = N - 3 - len(columns)
        assert found.raw_se[place] / ols.bse[1] == pytest.approx(np.sqrt(df / N), abs=1e-8)
        assert found.se[place] == pytest.approx(ols.bse[1], abs=1e-8)
        assert found.df[place] == ols.df_resid


def long_rows(data):
    rows = [
        {
            "S": f"s{i:02d}",
            "ARM": f"a{data.arm[i]}",
            "BASE": data.value[i, 0],
            "V": f"v{t}",
            "Y": data.value[i, t],
        }
        for i in range(N)
        for t in (1, 2, 3)
        if data.present[i, t]
    ]
    return pd.DataFrame(rows)


def mixed_model(data, reml):
    fit = MMRM.from_formula("Y ~ ARM * V + BASE * V", long_rows(data), "S", "V", reml=reml).fit(
        df_method="satterthwaite"
    )
    found = fit.contrasts("ARM", by="V")
    return found["estimate"].to_numpy(float), found["se"].to_numpy(float)


def test_uncensored_follow_up_gives_the_mixed_model_by_maximum_likelihood():
    data = trial("C")
    found = contrast(fit_censored(data), DIFFERENCE)
    estimate, se = mixed_model(data, reml=False)
    assert np.sign(estimate[2]) * estimate == pytest.approx(
        np.sign(found.estimate[2]) * found.estimate, abs=1e-8
    )
    # Where follow-up is missing the observed information also carries the error of the covariance.
    assert found.raw_se[0] == pytest.approx(se[0], abs=1e-7)
    assert found.raw_se[1:] / se[1:] == pytest.approx([1.0004, 1.0074], abs=6e-5)
    # The missing values are monotone: REML has the same estimate.
    restricted, _ = mixed_model(data, reml=True)
    assert restricted == pytest.approx(estimate, abs=1e-8)


def test_one_visit_is_a_tobit_model():
    data = trial("A").subset(np.array([3]))
    fit = fit_censored(data)

    def minus(point):
        control, arm, log_sd = point
        z = (data.value[:, 0] - control - arm * data.arm) / np.exp(log_sd)
        seen = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_sd
        side = data.side[:, 0]
        return -np.where(side == OBSERVED, seen, log_ndtr(side * z)).sum()

    tobit = minimize(minus, [0, 0, 0], method="BFGS", options={"gtol": 1e-9})
    assert fit.loglik == pytest.approx(-38.9947657, abs=5e-8)
    assert fit.loglik == pytest.approx(-tobit.fun, abs=1e-9)
    assert fit.means[0, 0] == pytest.approx(tobit.x[0], abs=1e-6)
    assert fit.means[1, 0] - fit.means[0, 0] == pytest.approx(tobit.x[1], abs=1e-6)
    assert fit.means[:, 0] == pytest.approx([0.273835615, 0.273835615 - 0.768650310], abs=1e-7)
    assert 0.5 * np.log(fit.sigma[0, 0, 0]) == pytest.approx(-0.297439875, abs=1e-7)


# ---- what has no answer ---------------------------------------------------------------------------------


def test_an_arm_beyond_one_limit_has_no_mean():
    data = trial("A")
    value, side = data.value.copy(), data.side.copy()
    here = (data.arm == 1) & data.present[:, 2]
    value[here, 2], side[here, 2] = 0.0, LEFT
    cells = degenerate.unbounded_cells(CensoredData(value, side, data.arm, data.covariates, False))
    assert np.argwhere(cells).tolist() == [[1, 2]]
    side[np.flatnonzero(here)[0], 2] = RIGHT
    assert not degenerate.unbounded_cells(CensoredData(value, side, data.arm, data.covariates, False)).any()
    value[here, 2] = np.nan
    cells = degenerate.unbounded_cells(CensoredData(value, side, data.arm, data.covariates, False))
    assert cells[1, 2]


def few(observed, contradicted):
    """Return two visits of one arm: some observed pairs on one line, the others censored at the second visit."""
    x = np.linspace(-1, 1, 12)
    y = 0.5 * x + np.where(np.arange(12) < observed, 0.0, 5.0)
    side = np.zeros((12, 2), dtype=int)
    # Below a limit above the line contradicts nothing; below one under it, with both ends seen, does.
    side[observed:, 1] = LEFT
    if contradicted:
        y[observed:] = 0.5 * x[observed:] - 1
    return CensoredData(np.column_stack([x, y]), side, np.zeros(12, dtype=int), np.empty((12, 0)), False)


def test_a_plane_through_few_subjects_is_found():
    found = degenerate.find_collapse(few(2, contradicted=False))
    assert found is not None
    assert (found.visits, found.found, found.needed) == ((0, 1), 2, 3)
    # The likelihood really grows along it.
    data = few(2, contradicted=False)
    layout, values = Layout.of(data), []
    for e in (1e-1, 1e-2, 1e-3):
        sigma = np.array([[[0.4, 0.2], [0.2, 0.1 + e**2]]])
        values.append(
            evaluate(layout.pack(np.array([[0.0, 0.0]]), np.empty((0, 2)), sigma)[None], data).value[0]
        )
    assert values[2] - values[1] > 2
    assert values[1] - values[0] > 2


def test_censored_subjects_can_rule_a_plane_out():
    assert degenerate.find_collapse(few(2, contradicted=True)) is None
    # Per-arm covariances of case A: three subjects of each arm are observed throughout, five would be safe.
    data = trial("A", by_arm=True)
    complete = data.observed.all(axis=1)
    assert [int(complete[data.arm == arm].sum()) for arm in (0, 1)] == [3, 3]
    assert degenerate.find_collapse(data) is None
    fit = fit_censored(data)
    assert fit.faults == ()
    assert fit.loglik == pytest.approx(-150.0774648541, abs=1e-8)


def test_enough_subjects_need_no_search(monkeypatch):
    monkeypatch.setattr(degenerate, "_has_plane", lambda *_: pytest.fail("searched"))
    assert degenerate.find_collapse(trial("B")) is None


# ---- bootstrap and imputation ---------------------------------------------------------------------------


def test_the_bootstrap_agrees_with_the_observed_information():
    fit = fit_censored(trial("B"))
    found = bootstrap(fit, 100, (1, 2))
    assert len(found.means) + sum(found.failed.values()) == found.asked == 100
    # The SD of 100 resamples has an error of 7 percent; the observed information is lower by a few.
    assert found.se(DIFFERENCE) / contrast(fit, DIFFERENCE).raw_se == pytest.approx([1, 1, 1], abs=0.25)
    lower, upper = found.limits(DIFFERENCE, 0.95)
    assert (lower < contrast(fit, DIFFERENCE).estimate).all()
    assert (upper > contrast(fit, DIFFERENCE).estimate).all()
    again = bootstrap(fit, 100, (1, 2))
    assert np.array_equal(found.means, again.means)


def test_a_resample_has_the_estimate_of_the_same_subjects():
    fit = fit_censored(trial("B"))
    one = bootstrap(fit, 1, (5,))
    rng = np.random.default_rng((5,))
    places = np.concatenate(
        [np.flatnonzero(fit.data.arm == arm)[rng.integers(30, size=30)] for arm in (0, 1)]
    )
    drawn = CensoredData(
        *(part[places] for part in (trial("B").value, trial("B").side, fit.data.arm, fit.data.covariates)),
        False,
    )
    refitted = fit_censored(drawn)
    expected = contrast(refitted, DIFFERENCE).estimate
    # Ends at a decrement of 1e-8: within 1e-4 of a standard error of 0.2.
    assert DIFFERENCE @ one.means[0] == pytest.approx(expected, abs=5e-5)


def test_resamples_without_an_observed_value_are_counted():
    data = trial("A")
    side, value = data.side.copy(), data.value.copy()
    rows = np.flatnonzero((data.arm == 1) & data.present[:, 3])
    side[rows[1:], 3], value[rows[1:], 3] = LEFT, 0.0
    side[rows[0], 3], value[rows[0], 3] = OBSERVED, 0.4
    fit = fit_censored(CensoredData(value, side, data.arm, data.covariates, False))
    found = bootstrap(fit, 60, (3,))
    # One of 30 subjects is not drawn in (29/30)^30 = 36 percent of the resamples.
    assert 10 <= found.failed["an arm at a visit without an observed value"] <= 35


def test_imputation_is_a_cross_check_of_the_likelihood():
    fit = fit_censored(trial("A"))
    y = impute(fit, 400, 30, np.random.default_rng(4))
    data = trial("A")
    assert np.allclose(y[:, data.observed], data.value[data.observed])
    below, above = data.side == LEFT, data.side == RIGHT
    assert (y[:, below] <= data.value[below] + 1e-12).all()
    assert (y[:, above] >= data.value[above] - 1e-12).all()
    estimates, variances, df = ancova(y, fit.data, DIFFERENCE)
    pooled = [pool(estimates[:, t], variances[:, t], df) for t in range(3)]
    likelihood = contrast(fit, DIFFERENCE)
    # Prior and Monte Carlo move it by a small part of its standard error; substitution would by 0.3 and more.
    for t in range(3):
        assert pooled[t].estimate == pytest.approx(likelihood.estimate[t], abs=0.15 * likelihood.se[t])
        assert pooled[t].se == pytest.approx(likelihood.se[t], rel=0.12)


def test_without_anything_to_impute_it_is_the_analysis_of_covariance():
    data = trial("C", missing=False)
    fit = fit_censored(data)
    estimates, variances, df = ancova(impute(fit, 3, 2, np.random.default_rng(1)), fit.data, DIFFERENCE)
    found = pool(estimates[:, 2], variances[:, 2], df)
    likelihood = contrast(fit, DIFFERENCE)
    assert found.estimate == pytest.approx(likelihood.estimate[2], abs=1e-9)
    assert found.se == pytest.approx(likelihood.se[2], abs=1e-8)
    assert found.df == 57


def test_rubins_rules():
    q = np.array([-0.42, -0.55, -0.38, -0.61, -0.47])
    sets = (q, np.array([0.21, 0.22, 0.20, 0.23, 0.21]) ** 2, 57)
    found = pool(*sets)
    assert found.estimate == pytest.approx(-0.486)
    assert found.se == pytest.approx(0.23768887, abs=5e-9)
    assert found.df == pytest.approx(32.12076276, abs=5e-9)
    assert monte_carlo_errors(*sets).estimate == pytest.approx(0.0420238, abs=5e-8)


def test_adjusted_means_part_by_the_contrast():
    fit = fit_censored(trial("A"))
    means, common = adjusted(fit.theta[None], fit.data)
    moved, _ = adjusted(fit.theta[None], fit.data, float(common[0]) + 1)
    # With a common covariance a comparison does not depend on the baseline it stands at; means do.
    assert DIFFERENCE @ means[0] == pytest.approx(DIFFERENCE @ moved[0], abs=1e-12)
    assert np.abs(means[0] - moved[0]).min() > 0.1


def test_values_are_those_of_the_definition():
    assert values()[0] == pytest.approx(
        [-1.5736180427, -1.7836137035, -1.5305249265, -1.1055431221], abs=5e-11
    )
    assert values()[59] == pytest.approx([1.2947356474, 1.5367848755, 0.7121700909, 0.8003837404], abs=5e-11)
    data = trial("A")
    assert (data.side == LEFT).sum(axis=0).tolist() == [27, 28, 29, 29]
    assert (data.side == RIGHT).sum(axis=0).tolist() == [1, 2, 3, 3]
    assert np.isnan(data.value).sum(axis=0).tolist() == [0, 0, 3, 9]


def test_on_simulated_trials_intervals_are_unbiased_and_half_the_limit_is_not():
    """Half of the values of one arm and three quarters of the other's lie below the limit."""
    check_bias(trials=10, tolerance=0.25)


@pytest.mark.long
def test_on_many_simulated_trials_intervals_are_unbiased_and_half_the_limit_is_not():
    check_bias(trials=200, tolerance=0.06)


def check_bias(trials, tolerance):
    rng = np.random.default_rng(20201101)
    effect, limit = -0.75, np.log(1.2)
    found = {"intervals": [], "half": []}
    for _ in range(trials):
        arm = np.arange(N) % 2
        noise = rng.standard_normal((N, 4)) @ (0.8 * np.linalg.cholesky(CORRELATION)).T
        y = limit + 0.3 * arm[:, None] * (np.arange(4) == 0) + noise
        # The mean at the last visit is moved so that the effect adjusted for the baseline is `effect`.
        y[:, 3] += arm * (effect + 0.5 * 0.3)
        below = y < limit
        value = np.where(below, limit, y)
        data = CensoredData(value, np.where(below, LEFT, OBSERVED), arm, np.empty((N, 0)), False)
        found["intervals"].append(contrast(fit_censored(data), DIFFERENCE).estimate[2])
        half = np.where(below, limit - np.log(2), y)
        X = np.column_stack([np.ones(N), arm, half[:, 0]])
        found["half"].append(np.linalg.lstsq(X, half[:, 3], rcond=None)[0][1])
    # Monte-Carlo errors: 0.27 and 0.16 over the root of the number of trials. Half the limit is off by about +0.25.
    assert np.mean(found["intervals"]) == pytest.approx(effect, abs=tolerance)
    assert np.mean(found["half"]) - effect > 0.15


def test_three_arms_are_compared_in_pairs():
    data = trial("C", missing=False)
    arm = np.arange(N) % 3
    data = CensoredData(data.value, data.side, arm, data.covariates, False)
    fit = fit_censored(data)
    X = np.column_stack([np.eye(3)[arm], data.value[:, 0]])
    ols = sm.OLS(data.value[:, 3], X).fit()
    for weights in ([-1.0, 1.0, 0.0], [0.0, -1.0, 1.0], [1.0, -0.5, -0.5]):
        found, expected = contrast(fit, np.array(weights)), ols.t_test([*weights, 0.0])
        assert found.estimate[2] == pytest.approx(expected.effect[0], abs=1e-9)
        assert found.se[2] == pytest.approx(expected.sd[0, 0], abs=1e-8)
        assert found.df[2] == 56
