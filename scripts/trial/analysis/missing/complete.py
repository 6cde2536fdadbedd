"""Gaps filled: the imputation model of an endpoint fitted, drawn from, and its missing values completed."""

from dataclasses import dataclass

from mmrm import MmrmError
from mmrm.linalg import Array
from trial.analysis.missing.draws import DrawError, Draws, draw_bootstrap, draw_posterior
from trial.analysis.missing.fit import PanelFit, fit_panel
from trial.analysis.missing.impute import Baseline, impute
from trial.analysis.missing.settings import ImputationModel
from trial.analysis.missing.strategies import Strategy
from trial.analysis.missing.streams import PARAMETERS, open_stream, subject_noise
from trial.analysis.missing.subjects import StudyPanel

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


class UnansweredError(Exception):
    """The data carry no answer; the text is the reason that outputs print."""


def fit_model(found: StudyPanel, config: ImputationModel) -> PanelFit:
    """Fit the imputation model of an endpoint with at least one usable visit.

    Raises
    ------
    UnansweredError
        Too few subjects, a fit that fails, or LMCF of subjects without any visit and baseline.
    """
    n, p = found.panel.n, found.panel.design.shape[1]
    if n <= p:
        raise UnansweredError(f"{n} subjects are too few for the {p} columns of the model")
    nowhere = [s for s, switch in zip(found.subjects, found.panel.switch, strict=True) if switch == 0]
    if config.strategy == "LMCF" and found.levels is None and nowhere:
        raise UnansweredError(
            f"{', '.join(nowhere)} without any visit have no mean to carry forward, because the model has no "
            "baseline"
        )
    panel = found.panel if config.strategy == "MAR" else found.panel.before_switch()
    try:
        return fit_panel(panel, config.sigma_by_arm, found.visits)
    except MmrmError as error:
        raise UnansweredError(f"the imputation model has no fit ({error})") from error


def complete(
    found: StudyPanel, config: ImputationModel, endpoint: str, how: tuple[str, int, int]
) -> Completed:
    """Return an endpoint completed many times; `how`: kind of draws, number of imputations, seed.

    Raises
    ------
    UnansweredError
        See `fit_model`; or too many bootstrap samples cannot be fitted.
    """
    fit = fit_model(found, config)
    return fill(found, fit, draw(fit, endpoint, how), config.strategy, endpoint, how)


def draw(fit: PanelFit, endpoint: str, how: tuple[str, int, int]) -> Draws:
    """Return the parameters of every imputation.

    Raises
    ------
    UnansweredError
        Too many bootstrap samples cannot be fitted.
    """
    kind, count, seed = how
    try:
        return METHODS[kind](fit, count, open_stream(seed, endpoint, PARAMETERS))
    except DrawError as error:
        raise UnansweredError(str(error)) from error


def fill(
    found: StudyPanel,
    fit: PanelFit,
    drawn: Draws,
    strategy: Strategy,
    endpoint: str,
    how: tuple[str, int, int],
) -> Completed:
    """Return an endpoint completed under an assumption, once for every set of drawn parameters."""
    _, count, seed = how
    noise = subject_noise(seed, endpoint, found.subjects, (count, len(found.visits)))
    baseline = None if found.levels is None else Baseline.of(found.panel, found.levels)
    values = impute(found.panel, drawn.parameters, strategy, noise, baseline)
    return Completed(found, fit, values, drawn.replaced)


def switches(found: StudyPanel) -> dict[str, str]:
    """Return the first affected visit of each subject that dropped out."""
    pairs = zip(found.subjects, found.panel.switch, strict=True)
    return {subject: found.visits[switch] for subject, switch in pairs if switch < len(found.visits)}
