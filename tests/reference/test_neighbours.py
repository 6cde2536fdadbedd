"""Each reference check must fail for the neighbouring wrong method.

A tolerance is worth something only if the number of the method next door lies outside it. Every test takes a
check of the suite (reference value and tolerance) and evaluates a neighbour in its place.
"""

from dataclasses import replace
from functools import cache

import pytest

from reference import classic, fits, own_cases, own_exact, sas
from reference.agreement import ABSENT, Check
from reference.own_checks import read, spec_of

UNSTRUCTURED = spec_of("unstructured", "y ~ base + sex + arm * visit")
STRUCTURES = spec_of("structures", "y ~ base + arm * visit")
COEFFICIENTS = ["(Intercept)", "base", "sexM", "armTRT", "armTRT:visitV4"]
NON_LINEAR = ["ar1", "ar1h", "csh", "toeph", "ad", "adh"]


@cache
def find(case: str, quantity: str) -> Check:
    """The check of the suite with this case and quantity."""
    groups = [own_cases.checks(), own_exact.checks(), sas.checks()]
    (found,) = [c for group in groups for c in group if (c.case, c.quantity) == (case, quantity)]
    return found


def assert_outside(check: Check, neighbour: float) -> None:
    """The neighbour's value would fail the check, and clearly: by twice the tolerance."""
    assert abs(neighbour - check.reference) > 2 * check.limit(), (
        f"{check.name}: {neighbour} passes for {check.reference}"
    )


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("method", ["satterthwaite", "asymptotic", "between-within", "residual"])
def test_kenward_roger_se_is_not_the_model_based_one(name, method):
    check = find("unstructured kenward-roger", f"{name} se")
    assert_outside(check, fits.coefficient(replace(UNSTRUCTURED, df_method=method), "bse", name))


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("method", ["residual", "between-within"])
def test_kenward_roger_df_are_not_counted_ones(name, method):
    check = find("unstructured kenward-roger", f"{name} df")
    assert_outside(check, fits.coefficient(replace(UNSTRUCTURED, df_method=method), "df", name))


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_kenward_roger_uses_the_observed_information(name):
    expected = replace(UNSTRUCTURED, df_method="kenward-roger", information="expected")
    assert_outside(find("unstructured kenward-roger", f"{name} se"), fits.coefficient(expected, "bse", name))


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_paired_t_test_is_not_kenward_roger_in_cholesky_parameters(method):
    cholesky = read("paired")["cholesky"]["se_kr"]["visitPOST"]
    assert_outside(find(f"paired {method}", "POST - PRE se"), cholesky)


@pytest.mark.parametrize("key", ["F", "den_df", "p"])
def test_joint_kenward_roger_is_not_satterthwaite(key):
    check = find("unstructured kenward-roger", f"F test arm:visit {key}")
    rows = read("unstructured")["dense_reml"]["tests"]["arm:visit"]
    assert_outside(check, rows["satterthwaite"][key])


def test_joint_kenward_roger_is_scaled():
    check = find("unstructured kenward-roger", "F test arm:visit F")
    assert_outside(
        check, check.reference / read("unstructured")["dense_reml"]["tests"]["arm:visit"]["kr"]["scale"]
    )


@pytest.mark.parametrize("covariance", NON_LINEAR)
def test_second_derivatives_matter_for_non_linear_structures(covariance):
    linear = replace(STRUCTURES, covariance=covariance, df_method="kenward-roger-linear")
    check = find(f"structures {covariance} REML kenward-roger", "armTRT se")
    assert_outside(check, fits.coefficient(linear, "bse", "armTRT"))


@pytest.mark.parametrize("covariance", ["us", "toep", "cs"])
def test_second_derivatives_vanish_for_linear_structures(covariance):
    both = [
        fits.coefficient(replace(STRUCTURES, covariance=covariance, df_method=method), "bse", "armTRT")
        for method in ("kenward-roger", "kenward-roger-linear")
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-12)


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("neighbour", ["CR0", "CR1", "CR3", "model"])
def test_cr2_is_not_its_neighbours(name, neighbour):
    check = find("unstructured CR2", f"cov({name}, {name})")
    assert_outside(check, fits.coefficient_covariance(replace(UNSTRUCTURED, cov_type=neighbour), name, name))


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_cr2_is_not_the_one_centred_on_the_working_covariance(name):
    dense = read("unstructured")["dense_sandwich"]["CR2_target"]["vcov"]
    index = list(read("unstructured")["dense_reml"]["coef"]).index(name)
    assert_outside(find("unstructured CR2", f"cov({name}, {name})"), dense[index][index])


@pytest.mark.parametrize("name", COEFFICIENTS)
@pytest.mark.parametrize("method", ["between-within", "residual"])
def test_cr2_df_are_not_counted_ones(name, method):
    spec = replace(UNSTRUCTURED, cov_type="CR2", df_method=method)
    assert_outside(find("unstructured CR2", f"{name} df"), fits.coefficient(spec, "df", name))


@pytest.mark.parametrize("arm", ["PBO", "TRT"])
@pytest.mark.parametrize("visit", ["V1", "V2", "V3", "V4"])
def test_equal_weights_are_not_proportional_ones(arm, visit):
    check = find("unstructured lsmeans_equal", f"{arm} {visit} estimate")
    table = fits.lsmeans_table(replace(UNSTRUCTURED, df_method="asymptotic"), "arm", "visit", "proportional")
    assert_outside(check, fits.cell(table, "estimate", arm=arm, visit=visit))


@pytest.mark.parametrize("arm", ["PBO", "TRT"])
def test_proportional_weights_are_not_counterfactual_ones(arm):
    check = find("unstructured lsmeans_proportional", f"{arm} V4 estimate")
    table = fits.lsmeans_table(
        replace(UNSTRUCTURED, df_method="asymptotic"), "arm", "visit", "counterfactual"
    )
    assert_outside(check, fits.cell(table, "estimate", arm=arm, visit="V4"))


def test_restricted_likelihood_is_not_full_likelihood():
    check = find("unstructured", "Sigma[4,4]")
    assert_outside(check, fits.sigma(replace(UNSTRUCTURED, reml=False))[3, 3])


def test_weights_count():
    spec = spec_of("weighted", "y ~ base + arm * visit")
    assert_outside(find("weighted tight", "armTRT estimate"), fits.coefficient(spec, "params", "armTRT"))


def test_group_covariances_are_not_the_common_one():
    spec = spec_of("group_covariance", "y ~ 0 + arm + arm:base + arm:visit")
    assert_outside(find("group_covariance", "Sigma[1,1] TRT"), fits.sigma(spec)[0, 0])


@pytest.mark.parametrize("key", ["se", "df", "p"])
def test_welch_is_not_the_pooled_test(key):
    assert_outside(find("welch welch satterthwaite", f"TRT - PBO {key}"), read("welch")["pooled"][key])


def test_interactions_matter_for_the_per_visit_ancova():
    spec = spec_of("complete_interactions", "y ~ base + arm * visit", df_method="kenward-roger")
    table = fits.contrasts_table(spec, "arm", "visit", "PBO")
    check = find("complete_interactions kenward-roger", "TRT - PBO V3 estimate")
    assert_outside(check, fits.cell(table, "estimate", visit="V3"))


@pytest.mark.parametrize(
    ("case", "quantity", "neighbour"),
    [
        ("fev us kenward-roger", "se TRT - PBO", replace(sas.FEV, df_method="satterthwaite")),
        (
            "fev ar1 kenward-roger",
            "se TRT - PBO",
            replace(sas.FEV, covariance="ar1", df_method="kenward-roger-linear"),
        ),
        ("fev ar1 kenward-roger", "se TRT - PBO", replace(sas.FEV, covariance="ar1")),
        ("fev us CR0", "se TRT - PBO", replace(sas.FEV, cov_type="CR2")),
        ("fev us CR0", "se TRT - PBO", replace(sas.FEV, cov_type="CR1")),
        ("fev ar1 CR0", "se TRT - PBO", replace(sas.FEV, covariance="ar1")),
    ],
)
def test_sas_numbers_tell_the_methods_apart(case, quantity, neighbour):
    if not sas.checks():
        pytest.skip(ABSENT)
    assert_outside(find(case, quantity), fits.coefficient(neighbour, "bse", sas.TRT))


CHOLESKY = {"sleep_us_KR": "sleep_us_KRlin", "HR_us_KRfull": "HR_us"}


@pytest.mark.parametrize("case", CHOLESKY)
def test_r_mmrm_default_kenward_roger_is_refused(case):
    records = classic.read("recomputed_R.json")
    if not records:
        pytest.skip(ABSENT)
    ours = [check for check in classic.checks() if check.case == CHOLESKY[case] and check.kind == "se"]
    theirs = {row["term"]: row["Std. Error"] for row in records[case]["coef"]}
    compared = [check for check in ours if check.quantity.removesuffix(" se") in theirs]
    assert len(compared) == len(theirs)
    for check in compared:
        assert_outside(check, theirs[check.quantity.removesuffix(" se")])
