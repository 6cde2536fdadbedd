"""What outputs say about imputed results: the assumption, the models, and what a reader must know."""

from typing import Any

from trial.analysis.data import AnalysisData
from trial.analysis.linear import Adjusted
from trial.analysis.missing.settings import ImputationModel, MultipleImputation
from trial.analysis.missing.subjects import StudyPanel
from trial.analysis.model_words import covariate_name, limit_warnings, no_values, response_name

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
RUBIN = "Rubin's rules with Barnard-Rubin degrees of freedom"


def not_fitted(data: AnalysisData, found: StudyPanel, unanswered: str) -> str:
    """Return why nothing is imputed: no visit can be modelled, or `unanswered`; else nothing."""
    if found.visits:
        return unanswered and f"Not fitted: {unanswered}."
    if (data.analysed["ABLFL"] != "").all():
        return f"Not fitted: {no_values(data)}"
    return f"Not fitted: {'; '.join(dict.fromkeys(found.unusable.values()))}."


def strategy_words(data: AnalysisData, config: ImputationModel) -> str:
    """Return the name of the assumption about what follows drop-out."""
    labels = {arm.code: arm.label for arm in data.spec.arms}
    return STRATEGIES[config.strategy].format(reference=labels[config.imputation_reference])


def assumption_words(data: AnalysisData, config: ImputationModel, found: StudyPanel) -> list[str]:
    """Return the sentences that say what is assumed of missing values."""
    panel, later = found.panel, data.set_aside
    texts = [
        "After drop-out (from the first visit after the last one with a value): "
        f"{strategy_words(data, config)}.",
        "Gaps before a later value: missing at random.",
    ]
    if aside := int((later["ABLFL"] == "").sum()):
        texts.append(f"{aside} values that the estimand sets aside count as missing.")
    if config.strategy == "LMCF" and (panel.switch == 0).any():
        texts.append("Last mean carried forward of a subject without any value: that of its arm at baseline.")
    switched = panel.switch[(panel.arm > 0) & (panel.switch < panel.n_visits)]
    if config.strategy in ("J2R", "CR", "CIR") and not switched.any():
        texts.append(
            "Every drop-out outside the reference arm lacks all visits, so that jump to reference, copy "
            "reference and copy increments in reference are one here."
        )
    return texts


def jackknife_words(data: AnalysisData, config: ImputationModel, found: StudyPanel) -> list[str]:
    """Return the sentences that say how an endpoint is imputed by conditional means and analysed."""
    text = (
        f"ANCOVA of each visit on {_columns(data, config)}, missing values at their conditional mean; "
        "standard errors by the jackknife (model, imputation and analysis anew without each subject), normal "
        "limits."
    )
    return [*assumption_words(data, config, found), _model(data, config), text, _size(found)]


def rubin_words(
    data: AnalysisData, config: ImputationModel, found: StudyPanel, how: tuple[str, int, int]
) -> list[str]:
    """Return the sentences that say how an endpoint is multiply imputed; `how` as in `complete`."""
    text = f"ANCOVA of each visit on {_columns(data, config)}; {_draws(*how)}; {RUBIN}."
    return [*assumption_words(data, config, found), _model(data, config), text, _size(found)]


def tipping_words(data: AnalysisData, config: MultipleImputation, found: StudyPanel) -> list[str]:
    """Return the sentences that say how an endpoint is imputed, shifted and analysed."""
    drawn = _draws(config.draws, config.imputations, config.seed)
    return [
        *assumption_words(data, config, found),
        _model(data, config),
        "Then the shift is added to every imputed value of the arm at the visit.",
        f"ANCOVA on {_columns(data, config)}; {drawn}; {RUBIN}, recomputed exactly for each shift.",
        _size(found),
    ]


def _draws(kind: str, count: int, seed: int) -> str:
    return f"{count} imputations, parameters {DRAWS[kind]}, seed {seed}"


def footnotes(nothing: str, sentences: list[str]) -> dict[str, Any]:
    """Return the texts of a record: its sentences, alone and as one footnote; or why there is no result."""
    said = [nothing] if nothing else sentences
    return {"footnote": " ".join(said), "sentences": said}


def _model(data: AnalysisData, config: ImputationModel) -> str:
    log = bool(data.spec.endpoint and data.spec.endpoint.scale == "log")
    per_arm = ", one per arm" if config.sigma_by_arm else ""
    return (
        f"Imputation model: {response_name(config, log)} at all visits jointly, with "
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
