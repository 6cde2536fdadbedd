"""A whole data set of 19 subjects, without random numbers: fit, imputed cells, estimates, jackknife."""

from dataclasses import replace

import numpy as np
import pytest

from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.fit import fit_panel
from trial.analysis.missing.impute import impute
from trial.analysis.missing.jackknife import run_jackknife
from trial.analysis.missing.panel import dropout_switch
from trial.analysis.missing.strategies import STRATEGIES
from unit.missing.nineteen import ARM, CELLS, COEFFICIENTS, CONDITIONAL, IMPUTED, NUMBER, SIGMA, panel


@pytest.fixture(scope="module")
def fit():
    return fit_panel(panel(), by_arm=False)


def effects(completed, design, contrast):
    return [float(Ancova.of(design).analyse(completed[:, :, j], contrast)[0][0]) for j in range(3)]


def test_the_switch_by_drop_out_is_the_given_one():
    # A gap before a later value is none: subjects 09 and 19 never switch.
    assert dropout_switch(panel().response).tolist() == panel().switch.tolist()


def test_the_fit(fit):
    # nlme gls (corSymm, varIdent) gives the same; without the term log|X'X|, as SAS.
    assert fit.fitted.deviance == pytest.approx(31.62574408, abs=1e-7)
    np.testing.assert_allclose(fit.parameters.coefficients[0], COEFFICIENTS, atol=2e-8)
    np.testing.assert_allclose(fit.parameters.sigma[0, 0], SIGMA, atol=2e-8)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_imputed_cells(fit, strategy):
    completed = impute(panel(), fit.parameters, strategy, None)[0]
    found = [completed[NUMBER[cell[:2]], int(cell[3]) - 1] for cell in CELLS]
    np.testing.assert_allclose(found, IMPUTED[strategy], atol=6e-7)
    assert not np.isnan(completed).any()
    seen = ~panel().missing
    np.testing.assert_array_equal(completed[seen], panel().response[seen])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_estimates_and_jackknife(fit, strategy):
    found = run_jackknife(panel(), fit, strategy)
    np.testing.assert_allclose(found.estimates @ ARM, CONDITIONAL[strategy][:3], atol=2e-8)
    assert found.infer([2], ARM)[1] == pytest.approx(CONDITIONAL[strategy][3], abs=2e-8)


def test_the_jackknife_equals_one_subject_at_a_time(fit):
    """The LOO results equal a refit, imputation and analysis of the smaller data set, with a baseline visit too."""
    levels, strategy = np.zeros(19), "LMCF"
    gone = replace(panel(), response=panel().response.copy(), switch=panel().switch.copy())
    gone.response[5], gone.switch[5] = np.nan, 0  # without any value: LMCF carries the baseline
    found = run_jackknife(gone, fit_panel(gone, False), strategy, levels)
    for b in (0, 5, 10, 18):
        keep = np.arange(19) != b
        rest = replace(
            gone,
            response=gone.response[keep],
            design=gone.design[keep],
            arm=gone.arm[keep],
            switch=gone.switch[keep],
        )
        alone = run_jackknife(rest, fit_panel(rest, False), strategy, levels[keep])
        np.testing.assert_allclose(found.without_each[b], alone.estimates, atol=1e-7)


def test_one_covariance_per_arm():
    fit = fit_panel(panel(), by_arm=True)
    assert fit.fitted.deviance == pytest.approx(28.03821370, abs=1e-7)
    for strategy in STRATEGIES:
        completed = impute(panel(), fit.parameters, strategy, None)
        assert effects(completed, panel().design, ARM)[2] == pytest.approx(CONDITIONAL[strategy][4], abs=2e-8)


def test_without_the_baseline_covariate_the_effect_shrinks_by_the_share_that_stayed():
    bare = panel(covariate=False)
    fit = fit_panel(bare, by_arm=False)
    mar = effects(impute(bare, fit.parameters, "MAR", None), bare.design, ARM[:2])
    j2r = effects(impute(bare, fit.parameters, "J2R", None), bare.design, ARM[:2])
    np.testing.assert_allclose(mar, [-0.18500598, -0.60210992, -0.76542757], atol=2e-8)
    np.testing.assert_allclose(j2r, np.array(mar) * [1.0, 0.9, 0.7], atol=1e-12)
    np.testing.assert_allclose(j2r[1:], [-0.54189893, -0.53579930], atol=2e-8)


def test_mar_imputation_gives_the_coefficients_of_the_mixed_model(fit):
    completed = impute(panel(), fit.parameters, "MAR", None)[0]
    found = np.linalg.lstsq(panel().design, completed, rcond=None)[0]
    np.testing.assert_allclose(found, fit.parameters.coefficients[0], atol=1e-7)


class TestAfterTheSwitch:
    """Subject 14 switches at visit 2 and has a value at visit 3."""

    @staticmethod
    def variant():
        seen = replace(panel(), response=panel().response.copy())
        seen.response[NUMBER["14"], 2] = -0.2
        return seen

    def test_mar_keeps_the_value_in_the_fit(self):
        seen = self.variant()
        fit = fit_panel(seen, False)
        completed = impute(seen, fit.parameters, "MAR", None)
        assert fit.fitted.deviance == pytest.approx(34.553273, abs=1e-6)
        assert completed[0, NUMBER["14"], 1] == pytest.approx(-0.550195, abs=6e-7)
        assert effects(completed, seen.design, ARM)[2] == pytest.approx(-0.63626657, abs=2e-8)

    @pytest.mark.parametrize(
        ("strategy", "cell", "effect"),
        [
            ("J2R", -0.103279, -0.51083042),
            ("CR", -0.198664, -0.53708308),
            ("CIR", -0.247276, -0.62574639),
            ("LMCF", -0.166978, -0.65275677),
        ],
    )
    def test_the_others_leave_it_out_of_the_fit_and_condition_on_it(self, strategy, cell, effect):
        seen = self.variant()
        fit = fit_panel(seen.before_switch(), False)
        completed = impute(seen, fit.parameters, strategy, None)
        assert fit.fitted.deviance == pytest.approx(31.625744, abs=1e-6)
        assert completed[0, NUMBER["14"], 1] == pytest.approx(cell, abs=6e-7)
        assert effects(completed, seen.design, ARM)[2] == pytest.approx(effect, abs=2e-8)


def test_closed_forms_under_a_common_covariance(fit):
    """J2R, CIR and CR are the MAR estimate plus a mean shift of the switched and missing active subjects."""
    full, params = panel(), fit.parameters
    h = Ancova.of(full.design).weights(ARM)
    delta = params.coefficients[0, 1]
    sigma = params.sigma[0, 0]
    shares = []
    for j in (1, 2):
        moved = (full.arm == 1) & (full.switch <= j) & full.missing[:, j]
        shares.append(h[moved].sum())
        j2r = delta[j] - h[moved].sum() * delta[j]
        cir = delta[j] - sum(h[i] * (delta[j] - delta[full.switch[i] - 1]) for i in np.flatnonzero(moved))
        cr = delta[j]
        for i in np.flatnonzero(moved):
            seen = ~full.missing[i]
            k = sigma[j, seen] @ np.linalg.inv(sigma[np.ix_(seen, seen)])
            cr -= h[i] * (delta[j] - k @ delta[seen])
        for strategy, value in (("J2R", j2r), ("CIR", cir), ("CR", cr)):
            completed = impute(full, params, strategy, None)
            assert effects(completed, full.design, ARM)[j] == pytest.approx(value, abs=1e-9)
    np.testing.assert_allclose(shares, [0.10461611, 0.30769352], atol=5e-9)
