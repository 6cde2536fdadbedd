"""Gaps filled: the imputation model of an endpoint fitted, drawn from, and its missing values completed."""

from dataclasses import dataclass

from mmrm import MmrmError
from mmrm.linalg import Array
from trial.analysis.data import AnalysisData
from trial.analysis.missing.draws import DrawError, Draws, draw_bootstrap, draw_posterior
from trial.analysis.missing.fit import PanelFit, fit_panel
from trial.analysis.missing.impute import Baseline, impute
from trial.analysis.missing.settings import ImputationModel
from trial.analysis.missing.streams import PARAMETERS, open_stream, subject_noise
from trial.analysis.missing.subjects import StudyPanel, build_panel
from trial.study.errors import ModelError

METHODS = {"posterior": draw_posterior, "bootstrap": draw_bootstrap}


@dataclass(frozen=True, eq=False)
class Completed:
    """An endpoint whose gaps are filled.

    Attributes
    ----------
    found : StudyPanel
    fit : PanelFit
        The imputation model by REML.
    values : (M, n, J) array
        One data set under the jackknife.
    replaced : int
        Bootstrap samples drawn anew.
    """

    found: StudyPanel
    fit: PanelFit
    values: Array
    replaced: int

    def at(self, visits: tuple[str, ...]) -> Array:
        """Return the completed values at a visit, or averaged over several; one data set if all were seen."""
        numbers = [self.found.visits.index(visit) for visit in visits]
        values = self.values[:, :, numbers].mean(axis=2)
        kept: Array = values if self.found.panel.missing[:, numbers].any() else values[:1]
        return kept


def prepare(data: AnalysisData, config: ImputationModel) -> tuple[StudyPanel, PanelFit | None]:
    """Return the panel of an endpoint and the fit of its imputation model; no fit where no visit is usable.

    Raises
    ------
    ModelError
        Too few subjects, a fit that fails, or LMCF of subjects without any visit and baseline.
    """
    found = build_panel(data, config, config.imputation_reference)
    if not found.visits:
        return found, None
    where, p = f"analysis {data.spec.id} of {data.spec.place}", found.panel.design.shape[1]
    if found.panel.n <= p:
        raise ModelError(
            where, f"{found.panel.n} subjects for {p} columns of the model", hint="drop covariates"
        )
    nowhere = [s for s, switch in zip(found.subjects, found.panel.switch, strict=True) if switch == 0]
    if config.strategy == "LMCF" and found.levels is None and nowhere:
        raise ModelError(
            where,
            "LMCF has no mean to carry forward for subjects without any visit: the model has no baseline",
            nowhere,
            "analyse the change from baseline, or take BASE among the covariates",
        )
    panel = found.panel if config.strategy == "MAR" else found.panel.before_switch()
    try:
        return found, fit_panel(panel, config.sigma_by_arm, found.visits)
    except MmrmError as error:
        raise ModelError(
            where, f"imputation model: {error}", hint=f"see endpoints/{data.spec.place}/adlb.csv"
        ) from error


def complete(
    data: AnalysisData, found: StudyPanel, fit: PanelFit, config: ImputationModel, how: tuple[str, int, int]
) -> Completed:
    """Return an endpoint completed many times; `how`: kind of draws, number of imputations, seed.

    Raises
    ------
    ModelError
        Too many bootstrap samples cannot be fitted.
    """
    kind, count, seed = how
    try:
        drawn: Draws = METHODS[kind](fit, count, open_stream(seed, data.spec.place, PARAMETERS))
    except DrawError as error:
        raise ModelError(f"analysis {data.spec.id} of {data.spec.place}", str(error)) from error
    noise = subject_noise(seed, data.spec.place, found.subjects, (count, len(found.visits)))
    baseline = None if found.levels is None else Baseline.of(found.panel, found.levels)
    values = impute(found.panel, drawn.parameters, config.strategy, noise, baseline)
    return Completed(found, fit, values, drawn.replaced)


def switches(found: StudyPanel) -> dict[str, str]:
    """Return the first affected visit of each subject that dropped out."""
    pairs = zip(found.subjects, found.panel.switch, strict=True)
    return {subject: found.visits[switch] for subject, switch in pairs if switch < len(found.visits)}
