"""What outputs say about imputed results: the assumption, the models, and what a reader must know."""

from trial.analysis.data import AnalysisData
from trial.analysis.linear import Adjusted
from trial.analysis.methods.imputation import Config
from trial.analysis.missing.settings import ImputationModel, MultipleImputation
from trial.analysis.missing.subjects import StudyPanel
from trial.analysis.model_words import baseline_only, covariate_name, limit_warnings, response_name

STRATEGIES = {
    "MAR": "missing at random",
    "J2R": "jump to reference ({reference})",
    "CR": "copy reference ({reference})",
    "CIR": "copy increments in reference ({reference})",
    "LMCF": "last mean carried forward",
}
DRAWS = {
    "posterior": "drawn from their posterior (flat prior of means, inverse Wishart around the REML estimate)",
    "bootstrap": "from REML refits on subjects resampled within arm",
}
NOWHERE = "A subject without any value keeps the mean of its arm at baseline. "


def strategy_words(data: AnalysisData, config: ImputationModel) -> str:
    """Return the assumption about what follows drop-out, in words."""
    labels = {arm.code: arm.label for arm in data.spec.arms}
    return STRATEGIES[config.strategy].format(reference=labels[config.imputation_reference])


def analysis_footnote(data: AnalysisData, config: Config, found: StudyPanel) -> str:
    """Return the specification of an imputed analysis as outputs print it."""
    if not found.visits:
        return (
            baseline_only(data)
            if data.analysed.empty
            else f"Not fitted: {'; '.join(found.unusable.values())}."
        )
    text = f"{imputed_footnote(data, config, found)} ANCOVA of each visit on {_columns(data, config)}"
    if config.inference == "jackknife":
        return (
            f"{text}, missing values at their conditional mean; standard errors by the jackknife (model, "
            f"imputation and analysis anew without each subject), normal limits. {_size(found)}"
        )
    drawn = f"{config.imputations} imputations, parameters {DRAWS[str(config.draws)]}, seed {config.seed}"
    return f"{text}; {drawn}; Rubin's rules with Barnard-Rubin degrees of freedom. {_size(found)}"


def tipping_footnote(data: AnalysisData, config: MultipleImputation, found: StudyPanel) -> str:
    """Return the specification of a tipping-point analysis as outputs print it."""
    if not found.visits:
        return (
            baseline_only(data)
            if data.analysed.empty
            else f"Not fitted: {'; '.join(found.unusable.values())}."
        )
    return (
        f"{imputed_footnote(data, config, found)} Then the shift is added to every imputed value of the arm "
        f"at the visit. ANCOVA on {_columns(data, config)}; {config.imputations} imputations, parameters "
        f"{DRAWS[config.draws]}, seed {config.seed}; Rubin's rules with Barnard-Rubin degrees of freedom, "
        f"recomputed exactly for each shift. {_size(found)}"
    )


def imputed_footnote(data: AnalysisData, config: ImputationModel, found: StudyPanel) -> str:
    """Return assumption and imputation model in words."""
    log = bool(data.spec.endpoint and data.spec.endpoint.scale == "log")
    later = data.set_aside
    aside = int((later["ABLFL"] == "").sum())
    per_arm = ", one per arm" if config.sigma_by_arm else ""
    return (
        f"Values after drop-out (from the first visit after the last one with a value) are imputed under "
        f"{strategy_words(data, config)}, gaps before it as missing at random. "
        + (f"{aside} values that the estimand sets aside count as missing. " if aside else "")
        + (NOWHERE if config.strategy == "LMCF" and (found.panel.switch == 0).any() else "")
        + f"Imputation model: {response_name(config, log)} at all visits jointly, with "
        f"{_columns(data, config)} by visit; unstructured covariance{per_arm}."
    )


def _columns(data: AnalysisData, config: Adjusted) -> str:
    log = bool(data.spec.endpoint and data.spec.endpoint.scale == "log")
    names = [covariate_name(covariate, log, data.spec) for covariate in config.covariates]
    return f"{', '.join(names)} and arm" if names else "arm"


def _size(found: StudyPanel) -> str:
    gaps = found.panel.missing
    after = int((gaps & found.panel.affected).sum())
    imputed = f"{int(gaps.sum())} of {gaps.size} values imputed, {after} of them after drop-out"
    return f"{found.panel.n} subjects; {imputed}."


def study_warnings(data: AnalysisData, found: StudyPanel) -> list[str]:
    """Return what a reader must know of the values and subjects behind a result."""
    labels = {visit.code: visit.label for visit in data.spec.visits}
    rows = data.analysed[data.analysed["USUBJID"].isin(found.subjects)]
    rows = rows[rows["ABLFL"] == ""]
    warnings = limit_warnings(rows, data.spec) if len(rows) else []
    warnings += [f"{len(who)} subjects without {name} were left out." for name, who in found.left_out]
    return warnings + [f"{labels[visit]} is not analysed: {text}." for visit, text in found.unusable.items()]
