"""The methods under test, by code: a method is one entry here, under the code of its analysis in the panel.

The functions are read by the jobs that need them; a plan is checked without numpy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Population = Literal["ATE", "ATO", "ATT"]
Strategy = Literal["MAR", "J2R", "CR", "CIR", "LMCF"]


@dataclass(frozen=True)
class Method:
    """How trials are analysed, and what the estimate is held against.

    Attributes
    ----------
    label : str
        Its name on paper.
    function : str
        Module and function of `trial.characteristics.methods`.
    options : mapping
        Keywords of the function.
    population : str
        Whose effect is estimated: of all (ATE), of those who could have been in either arm (ATO), of the
        treated (ATT).
    strategy : str
        What happens after drop-out in the truth: MAR, what would have been seen had nobody left; else what
        the assumption says.
    """

    label: str
    function: str
    options: Mapping[str, object] = field(default_factory=dict)
    population: Population = "ATE"
    strategy: Strategy = "MAR"


def _imputed(strategy: Strategy, label: str) -> Method:
    return Method(label, "imputed.pool_imputations", {"strategy": strategy}, strategy=strategy)


def _conditional(strategy: Strategy, label: str) -> Method:
    return Method(label, "imputed.jackknife_means", {"strategy": strategy}, strategy=strategy)


def _weighted(kind: Population, label: str) -> Method:
    return Method(label, "weighted.fit_weighted", {"kind": kind}, population=kind)


# Rows of the sensitivity panel, as its configuration has them, in its order.
PANEL = {
    "PRIMARY": Method("MMRM, all covariates, Kenward–Roger (primary)", "mixed.refit", {"covariates": "all"}),
    "ARM_COVARIANCE": Method(
        "One covariance per arm, all covariates, Kenward–Roger",
        "mixed.refit",
        {"covariates": "all", "by_arm": True},
    ),
    "MMRM_CR2": Method(
        "MMRM, all covariates, sandwich CR2", "robust.fit_each", {"covariates": "all", "errors": "CR2"}
    ),
    "BASELINE_ONLY": Method("MMRM, baseline alone, Kenward–Roger", "mixed.refit", {"covariates": "baseline"}),
    "UNADJUSTED": Method("MMRM without covariates, Kenward–Roger", "mixed.refit", {"covariates": "none"}),
    "ANCOVA": Method("ANCOVA of complete cases, all covariates", "mixed.refit_last", {"covariates": "all"}),
    "MI_MAR": _imputed("MAR", "Multiple imputation, missing at random"),
    "MI_J2R": _imputed("J2R", "Multiple imputation, jump to reference"),
    "MI_CR": _imputed("CR", "Multiple imputation, copy reference"),
    "MI_CIR": _imputed("CIR", "Multiple imputation, copy increments in reference"),
    "MI_LMCF": _imputed("LMCF", "Multiple imputation, last mean carried forward"),
    "CM_J2R": _conditional("J2R", "Conditional mean and jackknife, jump to reference"),
    "IPTW_MMRM": _weighted("ATE", "MMRM with inverse probability weights, CR2"),
    "AIPW": Method("Augmented inverse probability weighting, bootstrap", "weighted.augment_each"),
    "CHANGE_SCORES": Method(
        "Difference in differences, Kenward–Roger", "mixed.refit_differences", population="ATT"
    ),
    "OVERLAP_MMRM": _weighted("ATO", "MMRM with overlap weights, CR2"),
    "ATT_MMRM": _weighted("ATT", "MMRM with weights of the treated, CR2"),
}
# Their neighbours: what would happen with another covariance, standard error or imputation.
NEIGHBOURS = {
    "BY_VISIT": Method(
        "MMRM, all covariates by visit, Kenward–Roger", "mixed.refit", {"covariates": "all by visit"}
    ),
    "CM_MAR": _conditional("MAR", "Conditional mean and jackknife, missing at random"),
    "BASELINE_CR0": Method(
        "Baseline alone, sandwich CR0, between-within df",
        "robust.fit_each",
        {"covariates": "baseline", "errors": "CR0"},
    ),
    "BASELINE_CR2": Method(
        "Baseline alone, sandwich CR2, Satterthwaite",
        "robust.fit_each",
        {"covariates": "baseline", "errors": "CR2"},
    ),
    "BASELINE_ARM": Method(
        "Baseline alone, one covariance per arm, Kenward–Roger",
        "mixed.refit",
        {"covariates": "baseline", "by_arm": True},
    ),
    "BASELINE_CS": Method(
        "Baseline alone, compound symmetry, Kenward–Roger",
        "mixed.refit",
        {"covariates": "baseline", "covariance": "cs"},
    ),
    "BASELINE_ANCOVA": Method(
        "ANCOVA of complete cases, baseline alone", "mixed.refit_last", {"covariates": "baseline"}
    ),
}
METHODS = PANEL | NEIGHBOURS
# Rows of the panel that the simulated trials say nothing about, with the reason.
NOT_SIMULATED = {
    "CENSORED": "the simulated endpoint has no limit of quantification",
    "NO_RESCUE": "the simulated trials have no rescue: it is the primary analysis of fewer values",
    "PER_PROTOCOL": "the simulated patients all keep to it: it is the primary analysis of fewer patients",
}
POPULATIONS = {"ATE": "all", "ATO": "overlap population", "ATT": "the treated"}
STRATEGIES = {
    "MAR": "as if nobody had left",
    "J2R": "after drop-out as the reference arm",
    "CR": "who drops out as the reference arm throughout",
    "CIR": "after drop-out increments of the reference arm",
    "LMCF": "after drop-out the last mean",
}


def target(method: Method) -> str:
    """Return in words what a method's estimate is held against."""
    return f"{POPULATIONS[method.population]}; {STRATEGIES[method.strategy]}"
