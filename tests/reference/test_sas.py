"""The engine against SAS PROC MIXED: full-precision output, whole listings, and a tight optimum."""

import pytest

from mmrm import MMRM, ConvergenceError
from reference import antidepressant, listings, sas, sas_predictions, sas_weight, tight
from reference.agreement import ABSENT, Check, parametrise, verify
from reference.datasets import load


@parametrise(sas.checks())
def test_full_precision(check: Check):
    verify(check)


@parametrise(tight.checks())
def test_tight_optimum(check: Check):
    verify(check)


@parametrise(listings.checks())
def test_listing(check: Check):
    verify(check)


@parametrise(sas_weight.checks())
def test_precision_per_row(check: Check):
    verify(check)


@parametrise(sas_predictions.checks())
def test_predictions(check: Check):
    verify(check)


@parametrise(antidepressant.checks())
def test_antidepressant(check: Check):
    verify(check)


@pytest.mark.parametrize("reml", [False, True])
def test_what_sas_cannot_fit_is_refused(reml):
    """13 subjects, 11 coefficients: the likelihood rises towards a singular Sigma; SAS did not converge either."""
    if not sas.read("sas_parsed.json"):
        pytest.skip(ABSENT)
    model = MMRM.from_formula(sas.FULL, load("fev").head(50), subject="USUBJID", visit="AVISIT", reml=reml)
    with pytest.raises(ConvergenceError, match="failed its verdict"):
        model.fit(df_method="satterthwaite")


def test_every_listing_is_covered_or_named():
    records = sas.read("sas_parsed.json")
    if not records:
        pytest.skip(ABSENT)
    covered = {check.case for check in listings.checks()}
    missing = {path.split("/")[-1] for path in records} - set(sas.NOT_COVERED)
    assert {name.rsplit(".", 1)[0] for name in missing} == covered


def test_every_full_precision_table_is_covered():
    records = set(sas.read("sas_fullprecision.json")) - {"_note"}
    if not records:
        pytest.skip(ABSENT)
    numbers = sum(len(check.program) > 0 for check in sas.checks())
    kr = [name for name in records if name.startswith("ddfm_covtype/")]
    robust = [name for name in records if name.startswith("Robust/")]
    anova = [name for name in records if name.startswith("anova/")]
    assert (len(kr), len(robust), len(anova)) == (12, 18, 4)
    # 7 numbers a contrast, 3 a covariance matrix, 4 a test; 14 tests
    assert numbers == 12 * 7 + 9 * 7 + 9 * 3 + 14 * 4
