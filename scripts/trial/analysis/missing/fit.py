"""The imputation model by REML: one fit by the engine, its refits on resampled and on reduced data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmrm import Fitted, MmrmData, fit_arrays
from mmrm.linalg import Array, Bools, Ints
from mmrm.replicate import Replicates, leave_one_out, replicate
from trial.analysis.missing.impute import Parameters
from trial.analysis.missing.panel import Panel


@dataclass(frozen=True, eq=False)
class PanelFit:
    """The REML fit of a panel: mean by visit on every column of the design, unstructured covariance.

    Attributes
    ----------
    panel : Panel
        Its observed values are those that inform the fit.
    fitted : Fitted
        The engine's fit; its subjects are those with a value.
    """

    panel: Panel
    fitted: Fitted

    @cached_property
    def subjects(self) -> Ints:
        """Panel row of each subject of the fit."""
        return np.flatnonzero((~self.panel.missing).any(axis=1))

    @cached_property
    def parameters(self) -> Parameters:
        """The estimates, a batch of one."""
        sigma = self.fitted.covariance.structure.sigma(self.fitted.theta[None])
        return Parameters(self._shape(self.fitted.beta[None]), sigma)

    def refit(self, counts: Array) -> tuple[Parameters, Bools]:
        """Refit with counts of every subject of the panel, (B, n); return parameters and which converged."""
        return self._take(replicate(self.fitted, counts[:, self.subjects]))

    @cached_property
    def without_each(self) -> tuple[Parameters, Bools]:
        """Refits without each subject of the panel in turn, and which converged.

        A subject without a value leaves the fit as it is.
        """
        found, converged = self._take(leave_one_out(self.fitted))
        n, full = self.panel.n, self.parameters
        coefficients = np.repeat(full.coefficients, n, axis=0)
        sigma, fine = np.repeat(full.sigma, n, axis=0), np.ones(n, dtype=bool)
        coefficients[self.subjects], sigma[self.subjects] = found.coefficients, found.sigma
        fine[self.subjects] = converged
        return Parameters(coefficients, sigma), fine

    def _take(self, found: Replicates) -> tuple[Parameters, Bools]:
        assert found.sigma is not None  # the structure is unstructured
        return Parameters(self._shape(found.params), found.sigma), found.converged

    def _shape(self, params: Array) -> Array:
        """Coefficients (B, J p) by visit as (B, p, J)."""
        by_visit = params.reshape(len(params), self.panel.n_visits, -1)
        return np.ascontiguousarray(np.swapaxes(by_visit, -1, -2))


def fit_panel(panel: Panel, by_arm: bool, visits: tuple[str, ...] | None = None) -> PanelFit:
    """Fit the imputation model by REML.

    Parameters
    ----------
    panel : Panel
        Every visit must have the rank of the design among the subjects observed there.
    by_arm : bool
        Whether each arm has its own covariance.
    visits : tuple of str, optional
        Names of the visits in messages.

    Raises
    ------
    mmrm.MmrmError
        As the engine says.
    """
    seen = ~panel.missing
    who, visit = np.nonzero(seen)
    p = panel.design.shape[1]
    design = np.zeros((who.size, panel.n_visits, p))
    design[np.arange(who.size), visit] = panel.design[who]
    inside = np.flatnonzero(seen.any(axis=1))
    number = np.full(panel.n, -1)
    number[inside] = np.arange(inside.size)
    names = visits or tuple(str(j + 1) for j in range(panel.n_visits))
    data = MmrmData(
        response=panel.response[seen],
        design=design.reshape(who.size, -1),
        names=tuple(f"{name}:{k}" for name in names for k in range(p)),
        subject=number[who],
        visit=visit.astype(np.int64),
        n_visits=panel.n_visits,
        weight=np.ones(inside.size),
        group=panel.arm[inside] if by_arm else np.zeros(inside.size, dtype=np.int64),
        n_groups=panel.n_arms if by_arm else 1,
    )
    return PanelFit(panel, fit_arrays(data, "us", visits=names))


def empty_visits(panel: Panel) -> list[tuple[int, int | None]]:
    """Return the visits that cannot be modelled, each with the arm without a value (None: another lack).

    The values observed at a visit must determine every column of the design there.
    """
    found: list[tuple[int, int | None]] = []
    design = panel.design / np.maximum(np.abs(panel.design).max(axis=0), 1e-300)
    for j in range(panel.n_visits):
        here = ~panel.missing[:, j]
        absent = [a for a in range(panel.n_arms) if not (panel.arm[here] == a).any()]
        if absent:
            found.append((j, absent[0]))
        elif np.linalg.matrix_rank(design[here]) < design.shape[1]:
            found.append((j, None))
    return found
