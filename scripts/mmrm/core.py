"""One fitted model as arrays: what the optimiser found and what inference starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmrm.covariance import CovarianceModel
from mmrm.data import MmrmData, Moments, build_moments
from mmrm.errors import ConvergenceError
from mmrm.likelihood import Likelihood, State, differentiate, restore_deviance
from mmrm.linalg import Array
from mmrm.local import Local, localise
from mmrm.optimize import Verdict, fit_twice, judge
from mmrm.structures import Structure
from mmrm.unbounded import explain, find_collapse, find_starts


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit on the working scale, with accessors on the response's scale.

    Attributes
    ----------
    data : MmrmData
        The observed rows.
    likelihood : Likelihood
        The model.
    moments : Moments
        Sufficient statistics, batch of one.
    state : State
        Likelihood at the optimum, batch of one.
    local : Local
        The optimum in the coordinates in which it is differentiated for inference.
    verdict : Verdict
        The evidence.
    """

    data: MmrmData
    likelihood: Likelihood
    moments: Moments
    state: State
    local: Local
    verdict: Verdict

    @property
    def covariance(self) -> CovarianceModel:
        """The covariance model."""
        return self.likelihood.covariance

    @property
    def deviance(self) -> float:
        """-2 (restricted) log-likelihood."""
        return float(restore_deviance(self.data, self.likelihood.reml, float(self.state.deviance[0])))

    @property
    def to_coefficients(self) -> Array:
        """``(k, k)`` matrix from working coefficients to the caller's: scale times transform."""
        return self.data.basis.transform * self.data.basis.scale

    @property
    def beta(self) -> Array:
        """Coefficients of the caller's columns, ``(k,)``."""
        basis = self.data.basis
        return np.asarray(
            np.einsum("ij,j->i", basis.transform, basis.offset + basis.scale * self.state.beta[0])
        )

    @property
    def phi(self) -> Array:
        """Working covariance of the working coefficients, ``(k, k)``."""
        return np.asarray(self.state.phi[0])

    @property
    def p(self) -> Array:
        """P_a of every local covariance parameter, ``(Q, k, k)``, on the working scale."""
        return np.asarray(self.local.curvature.p[0])

    @cached_property
    def theta(self) -> Array:
        """Natural covariance parameters on the response's scale, ``(G, q)``."""
        powers = self.covariance.scale_powers()
        theta = self.state.theta[0] * self.data.basis.scale**powers
        return np.asarray(theta.reshape(self.covariance.n_groups, -1))

    @cached_property
    def expected_hessian(self) -> Array:
        """Expected Hessian of the deviance at the optimum in the local parameters, ``(Q, Q)``."""
        local = self.local
        return np.asarray(
            differentiate(local.likelihood, local.moments, local.state, fisher=True).expected[0]
        )


def fit_arrays(
    data: MmrmData,
    covariance: str = "us",
    reml: bool = True,
    check: bool = True,
    visits: Sequence[str] | None = None,
) -> Fitted:
    """Fit one model to arrays.

    Parameters
    ----------
    data : MmrmData
        Observed rows.
    covariance : str
        One of `structures.STRUCTURES`.
    reml : bool
        Restricted (default) or full maximum likelihood.
    check : bool
        Raise when the verdict is not accepted; with False the caller reads `Fitted.verdict`.
    visits : sequence of str, optional
        Names of the visits in messages; default their numbers from 1.

    Raises
    ------
    ConvergenceError
        The fit failed its verdict, which the error carries.
    """
    model = CovarianceModel(Structure(covariance, data.n_visits, data.places), data.patterns, data.n_groups)
    likelihood = Likelihood(model, data.n_coefficients, reml)
    moments = build_moments(data)
    collapse = None if model.structure.is_spatial else find_collapse(data, reml)
    best, other = fit_twice(likelihood, moments, find_starts(data, model, collapse))
    names = visits or [str(v + 1) for v in range(data.n_visits)]
    local = localise(data, likelihood, moments, best.state, best.curvature)
    verdict = judge(likelihood, data, best, other, explain(data, model, reml, collapse, best, names), local)
    if check and not verdict.accepted:
        raise ConvergenceError(
            f"covariance {covariance}: the fit failed its verdict: {'; '.join(verdict.reasons)}. Choose a "
            "structure with fewer parameters, or fit a ladder of structures",
            verdict,
        )
    return Fitted(data, likelihood, moments, best.state, local, verdict)
