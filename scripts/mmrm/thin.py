"""How much of a variance small-sample corrections are, by the design alone: where few subjects are left.

A visit that few subjects attend borrows from their other visits through covariances that these few alone
inform. What the estimation of the covariance parameters adds to the variance of a coefficient is known to
first order; where that is no longer small, no method's interval holds its level (``eq:thin``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmrm.covariance import CovarianceModel, start_values
from mmrm.data import MmrmData, build_moments
from mmrm.kenward_roger import adjust_batch
from mmrm.likelihood import Likelihood, differentiate, evaluate
from mmrm.linalg import Array, invert_scaled

OMITTED_LIMIT = 0.25  # of a variance: what a method may leave out
_CORRELATION = 0.5  # of the reference covariance


@dataclass(frozen=True, eq=False)
class Correction:
    """Covariance of the working coefficients at a reference covariance, without and with the correction.

    Attributes
    ----------
    phi, adjusted : (k, k) arrays
        Phi and Kenward and Roger's Phi_A; NaN where the reference has no information matrix.
    """

    phi: Array
    adjusted: Array

    def share(self, rows: Array) -> Array:
        """What the correction adds to the variance of every contrast, as a share of it, ``(l,)``."""
        plain = np.einsum("li,ij,lj->l", rows, self.phi, rows)
        return np.asarray(np.einsum("li,ij,lj->l", rows, self.adjusted, rows) / plain - 1.0)

    def share_by_visit(self, data: MmrmData) -> Array:
        """The same for the fitted means of the subjects seen at every visit, taken together, ``(m,)``."""
        columns = data.basis.columns
        plain = np.einsum("ni,ij,nj->n", columns, self.phi, columns)
        full = np.einsum("ni,ij,nj->n", columns, self.adjusted, columns)
        totals = [np.bincount(data.visit, each, data.n_visits) for each in (full, plain)]
        return np.asarray(totals[0] / totals[1] - 1.0)


def build_correction(data: MmrmData, model: CovarianceModel) -> Correction:
    """The correction at unit variances and correlations of one half, by the expected information.

    Neither the responses nor the subject weights enter (a weight of zero leaves its subject out): what is
    decided by it depends on who was seen when, and on nothing that was estimated.
    """
    plain = replace(data, weight=(data.weight > 0).astype(float))
    likelihood, moments = Likelihood(model, data.n_coefficients, True), build_moments(plain)
    m = data.n_visits
    reference = np.full((m, m), _CORRELATION) + (1.0 - _CORRELATION) * np.eye(m)
    crude = np.broadcast_to(reference, (1, model.n_groups, m, m))
    state = evaluate(likelihood, moments, start_values(model, crude))
    curvature = differentiate(likelihood, moments, state, fisher=True)
    theta_cov = 2.0 * invert_scaled(curvature.expected)
    adjusted = adjust_batch(likelihood, moments, state, curvature.p, theta_cov)
    return Correction(state.phi[0], adjusted[0])


def find_limit(df_method: str) -> float:
    """Largest share that the correction may have.

    Kenward and Roger's covariance holds the correction and leaves out terms of the order of its square; every
    other one leaves out the correction itself.
    """
    return float(np.sqrt(OMITTED_LIMIT)) if df_method.startswith("kenward-roger") else OMITTED_LIMIT
