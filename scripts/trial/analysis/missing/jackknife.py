"""Conditional-mean imputation with the jackknife over subjects (Wolbers and others 2022)."""

from dataclasses import dataclass

import numpy as np

from mmrm.linalg import Array, invert_spd, multiply
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.fit import PanelFit
from trial.analysis.missing.impute import Baseline, impute
from trial.analysis.missing.panel import Panel
from trial.analysis.missing.strategies import Strategy


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Coefficients of the ANCOVA of every visit on the conditional-mean data set.

    Attributes
    ----------
    completed : (n, J) array
        The data set with conditional means in its gaps.
    estimates : (J, p) array
    without_each : (n, J, p) array
        The same without each subject: refitted, imputed and analysed anew.
    """

    completed: Array
    estimates: Array
    without_each: Array

    def infer(self, visits: list[int], contrast: Array) -> tuple[float, float]:
        """Return the estimate of a contrast, averaged over visits, and its jackknife standard error."""
        each = self.without_each[:, visits].mean(axis=1) @ contrast
        n = each.size
        se = np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum())
        return float(self.estimates[visits].mean(axis=0) @ contrast), float(se)


class LeftOutError(Exception):
    """Refits without a subject that did not converge: `subjects` by number."""

    def __init__(self, subjects: list[int]) -> None:
        super().__init__(subjects)
        self.subjects = subjects


def run_jackknife(panel: Panel, fit: PanelFit, strategy: Strategy, levels: Array | None = None) -> Jackknife:
    """Impute by conditional means, analyse, and repeat all of it without each subject.

    Parameters
    ----------
    panel : Panel
        What is imputed and analysed; the fit may rest on fewer of its values.
    fit : PanelFit
        The REML fit of the imputation model.
    strategy : str
    levels : (n,) array or None
        Baseline of each subject on the scale of the response (see `Baseline`).

    Raises
    ------
    LeftOutError
        A refit did not converge.
    """
    whole = None if levels is None else Baseline.of(panel, levels)
    completed = impute(panel, fit.parameters, strategy, None, whole)[0]
    parameters, converged = fit.without_each
    if not converged.all():
        raise LeftOutError(np.flatnonzero(~converged).tolist())
    rest = None if levels is None else Baseline.of(panel, levels, 1.0 - np.eye(panel.n))
    each = impute(panel, parameters, strategy, None, rest)
    hat = multiply(Ancova.of(panel.design).inverse, panel.design.T)
    return Jackknife(completed, multiply(hat, completed).T, _leave_out(panel.design, each))


def _leave_out(design: Array, values: Array) -> Array:
    """Coefficients without subject b of the data set b of values (n, n, J): (n, J, p)."""
    n = len(design)
    kept = np.repeat(design[None], n, axis=0)
    kept[np.arange(n), np.arange(n)] = 0.0
    turned = np.swapaxes(kept, -1, -2)
    coefficients = multiply(invert_spd(multiply(turned, kept))[0], multiply(turned, values))
    return np.swapaxes(coefficients, -1, -2)
