"""The published antidepressant trial: 172 patients, change of HAMD17 at visits 4 to 7, against SAS's five macros."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.draws import draw_bootstrap, draw_posterior
from trial.analysis.missing.fit import fit_panel
from trial.analysis.missing.impute import impute
from trial.analysis.missing.panel import Panel, dropout_switch
from trial.analysis.missing.pooling import monte_carlo_errors, pool
from trial.analysis.missing.streams import open_stream, subject_noise

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "antidepressant"
pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="needs the reference folder beside the repository"
)
DRUG = np.array([0.0, 1.0, 0.0])  # drug minus placebo
LAST = 3


@cache
def study():
    """Return the panel, placebo referred to, and the patients."""
    rows = pd.read_csv(FOLDER / "antidepressant_data.csv", dtype={"PATIENT": str})
    wide = rows.pivot(index="PATIENT", columns="VISIT", values="CHANGE").sort_index()
    by_patient = rows.drop_duplicates("PATIENT").set_index("PATIENT").loc[wide.index]
    arm = (by_patient["THERAPY"] == "DRUG").to_numpy().astype(int)
    design = np.column_stack([np.ones(len(arm)), arm, by_patient["BASVAL"]]).astype(float)
    response = wide.to_numpy(float)
    return Panel(response, design, arm, dropout_switch(response), 2), list(wide.index)


@cache
def fit():
    return fit_panel(study()[0], by_arm=False)


@cache
def published():
    rows = json.loads((FOLDER / "published.json").read_text())["sas_five_macros"]["MAR"]
    return {row["visit"]: row for row in rows if row["minus"] == "PLACEBO"}


def imputations(count, draws):
    patients = study()[1]
    found = draws(fit(), count, open_stream(1, "HAMD17", "parameters")).parameters
    return found, subject_noise(1, "HAMD17", patients, (count, 4))


def differences(values):
    ancova = Ancova.of(study()[0].design)
    return [ancova.analyse(np.atleast_3d(values)[:, :, j], DRUG) for j in range(4)]


def test_the_switch_is_that_of_the_published_analysis():
    events = pd.read_csv(FOLDER / "data_ice.csv", dtype=str).set_index("PATIENT")["VISIT"]
    panel, patients = study()
    for patient, switch in zip(patients, panel.switch, strict=True):
        assert events.get(patient) == (str(4 + switch) if switch < 4 else None)


def test_conditional_means_are_the_published_cells():
    cells = pd.read_csv(FOLDER / "condmean_imputed_MAR.csv", dtype={"PATIENT": str})
    wide = cells.pivot(index="PATIENT", columns="VISIT", values="CHANGE").loc[study()[1]]
    found = impute(study()[0], fit().parameters, "MAR", None)[0]
    # the published fit stopped earlier; its cells lie within 0.002
    np.testing.assert_allclose(found, wide.to_numpy(float), atol=0.005)


def test_conditional_mean_mar_gives_the_mixed_models_difference():
    completed = impute(study()[0], fit().parameters, "MAR", None)
    placebo_minus_drug = [-float(estimate[0]) for estimate, _ in differences(completed)]
    # PROC MIXED prints 2.8018 at visit 7, and -0.09181, 1.4032, 2.2247 before
    np.testing.assert_allclose(placebo_minus_drug, [-0.09181, 1.4032, 2.2247, 2.8018], atol=5e-5)


@pytest.mark.parametrize("draws", [draw_posterior, draw_bootstrap])
def test_mar_imputation_agrees_with_the_five_macros(draws):
    check_mar(1000, draws, se=0.012, df=4.0)


def test_mar_imputation_agrees_with_the_five_macros_at_as_many_imputations():
    check_mar(10_000, draw_posterior, se=0.005, df=1.0)


def check_mar(count, draws, se, df):
    panel, _ = study()
    parameters, noise = imputations(count, draws)
    found = differences(impute(panel, parameters, "MAR", noise))
    for j, visit in ((1, 5), (2, 6), (LAST, 7)):
        pooled, errors, sas = pool(*found[j], 169), monte_carlo_errors(*found[j], 169), published()[visit]
        width = 4 * np.hypot(errors.estimate, sas["mcse_diff"])
        assert pooled.estimate == pytest.approx(sas["diff"], abs=width)
        assert pooled.se == pytest.approx(sas["se_diff"], abs=se + 3 * float(errors.se))
        assert pooled.df == pytest.approx(sas["df"], abs=df + 3 * float(errors.df))
    # nobody lacks visit 4: the plain ANCOVA, with all of its 169 degrees of freedom
    assert not panel.missing[:, 0].any()
    first = pool(*differences(panel.response[None])[0], 169)
    assert first.df == published()[4]["df"]
    assert first.se == pytest.approx(published()[4]["se_diff"], abs=5e-6)
    assert first.pvalue == pytest.approx(published()[4]["p"], abs=5e-5)


def test_jump_to_reference_on_monotone_data_is_its_conditional_expectation():
    """Without the one patient who came back, each imputed cell follows in closed form from the reference arm.

    Reference mean at the patient's own baseline, plus the regression of the visit on the earlier residuals from
    the patient's own mean.
    """
    panel, _ = study()
    gap = (panel.missing & ~panel.affected).any(axis=1)
    assert gap.sum() == 1
    keep = ~gap
    one = Panel(panel.response[keep], panel.design[keep], panel.arm[keep], panel.switch[keep], 2)
    fitted = fit_panel(one, False).parameters
    means, sigma = one.design @ fitted.coefficients[0], fitted.sigma[0, 0]
    placebo = one.design * [1, 0, 1] @ fitted.coefficients[0]
    expected = one.response.copy()
    for i in range(one.n):
        a, b = slice(0, one.switch[i]), slice(one.switch[i], 4)
        slope = np.linalg.solve(sigma[a, a], sigma[a, b]).T
        expected[i, b] = placebo[i, b] + slope @ (one.response[i, a] - means[i, a])
    np.testing.assert_allclose(impute(one, fitted, "J2R", None)[0], expected, atol=1e-10)
    # and averaged over the noise the random imputation is that expectation
    count = 2000
    same = type(fitted)(np.repeat(fitted.coefficients, count, 0), np.repeat(fitted.sigma, count, 0))
    names = [str(k) for k in range(one.n)]
    random = impute(one, same, "J2R", subject_noise(1, "HAMD17", names, (count, 4)))
    gaps = one.missing
    errors = (random.mean(axis=0) - expected)[gaps] / (random.std(axis=0)[gaps] / np.sqrt(count))
    assert np.abs(errors).max() < 4.5


def test_rubin_and_jackknife_part_under_jump_to_reference():
    """Rubin's error stays near that under MAR; the jackknife's shrinks with the estimate, as theory says."""
    from trial.analysis.missing.jackknife import run_jackknife

    panel, _ = study()
    parameters, noise = imputations(400, draw_posterior)
    rubin = {
        name: float(pool(*differences(impute(panel, parameters, name, noise))[LAST], 169).se)
        for name in ("MAR", "J2R")
    }
    jack = {name: run_jackknife(panel, fit(), name).infer([LAST], DRUG) for name in ("MAR", "J2R")}
    assert rubin["J2R"] == pytest.approx(rubin["MAR"], rel=0.05)
    moved = (panel.arm == 1) & (panel.switch <= LAST) & panel.missing[:, LAST]
    n = (panel.arm == 1).sum()
    share = moved.sum() / n
    expected = np.sqrt((1 - share) ** 2 * jack["MAR"][1] ** 2 + jack["MAR"][0] ** 2 * share * (1 - share) / n)
    assert jack["J2R"][1] == pytest.approx(expected, rel=0.03)
    assert jack["J2R"][1] < 0.85 * rubin["J2R"]
