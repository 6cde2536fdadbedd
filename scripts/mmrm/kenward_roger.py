"""Kenward-Roger (1997) covariance, degrees of freedom and F scale, in the natural covariance parameters."""

from __future__ import annotations

import numpy as np

from mmrm.core import Fitted
from mmrm.data import Moments
from mmrm.errors import RequestError
from mmrm.likelihood import Likelihood, State, sum_inside
from mmrm.linalg import Array, multiply, symmetrise
from mmrm.products import mix_products


def adjust_covariance(fit: Fitted, theta_cov: Array, linear: bool = False) -> Array:
    """Small-sample covariance of the working coefficients (``eq:kr-adjusted-cov``).

    Parameters
    ----------
    fit : Fitted
        A restricted maximum likelihood fit.
    theta_cov : (Q, Q) array
        Covariance of the local covariance parameters, working scale.
    linear : bool
        Leave out the second derivatives of Sigma (SAS ``ddfm=kr(linear)``).

    Returns
    -------
    (k, k) array
        Phi + 2 Phi {sum Omega_ab (Q_ab - P_a Phi P_b - R_ab / 4)} Phi. Q and R are contracted with Omega per
        pattern before they meet X.
    """
    here, p = fit.local, fit.p[None]
    batch = adjust_batch(here.likelihood, here.moments, here.state, p, theta_cov[None], linear)
    return np.asarray(batch[0])


def adjust_batch(
    likelihood: Likelihood, moments: Moments, state: State, p: Array, theta_cov: Array, linear: bool = False
) -> Array:
    """Small-sample covariances ``(B, k, k)`` of a batch; see `adjust_covariance`."""
    mixed = np.einsum("zab,zbij->zaij", theta_cov, p)
    middle = -multiply(multiply(p, state.phi[:, None]), mixed).sum(axis=1)
    rows = _contract_q(likelihood, state, theta_cov)
    bend = None if linear else _contract_r(likelihood, state, theta_cov)
    if bend is not None:
        rows = rows - 0.25 * bend
    middle = middle + sum_inside(likelihood, moments, rows)[:, :-1, :-1]
    return symmetrise(state.phi + 2.0 * multiply(multiply(state.phi, middle), state.phi))


def _group_blocks(likelihood: Likelihood, theta_cov: Array) -> Array:
    """The diagonal blocks of Omega that belong to every cell's parameters, ``(B, C, q, q)``."""
    model = likelihood.covariance
    q = model.structure.n_parameters
    blocks = [theta_cov[:, g * q : (g + 1) * q, g * q : (g + 1) * q] for g in range(model.n_groups)]
    return np.stack(blocks, axis=1)[:, model.group_of_cell]


def _contract_q(likelihood: Likelihood, state: State, theta_cov: Array) -> Array:
    """sum_ab Omega_ab W D_a W D_b W of every pattern, so that Q needs no q² matrices (``eq:kr-q``)."""
    model = likelihood.covariance
    blocks = _group_blocks(likelihood, theta_cov)
    return symmetrise(mix_products(model, state.precision, model.first(state.theta), blocks))


def _contract_r(likelihood: Likelihood, state: State, theta_cov: Array) -> Array | None:
    """sum_ab Omega_ab W (d²Sigma / d theta_a d theta_b) W per pattern (``eq:kr-r``); None when linear."""
    model = likelihood.covariance
    second = model.second(state.theta)
    if second is None:
        return None
    bend = np.einsum("zcab,zcabst->zcst", _group_blocks(likelihood, theta_cov), second)
    return multiply(multiply(state.precision, bend[:, model.cell_of_pattern]), state.precision)


def kenward_roger_f(rows: Array, phi: Array, p: Array, theta_cov: Array) -> tuple[float, float]:
    """Denominator df and scale lambda of the F test of ``rows @ beta = 0`` (``eq:kr-df``).

    Parameters
    ----------
    rows : (l, k) array
        Linearly independent contrasts.
    phi, p, theta_cov : arrays
        As in `satterthwaite.satterthwaite_df`.

    Returns
    -------
    df, scale : float
        Denominator degrees of freedom and the factor that multiplies the Wald F.

    Raises
    ------
    RequestError
        So few data that the moments the method matches do not exist.
    """
    count = rows.shape[0]
    lifted = np.einsum("li,ij->lj", rows, phi)
    inverse = np.linalg.inv(np.einsum("li,mi->lm", lifted, rows))
    moved = np.einsum("lm,mi,qij,nj->qln", inverse, lifted, p, lifted)
    traces = np.einsum("qll->q", moved)
    a1 = float(np.einsum("ab,a,b->", theta_cov, traces, traces))
    a2 = float(np.einsum("ab,alm,bml->", theta_cov, moved, moved))
    b = (a1 + 6.0 * a2) / (2.0 * count)
    g = ((count + 1) * a1 - (count + 4) * a2) / ((count + 2) * a2)
    base = 3.0 * count + 2.0 * (1.0 - g)
    c1, c2, c3 = g / base, (count - g) / base, (count + 2 - g) / base
    shrink = 1.0 - a2 / count  # 1 / E*; rho and lambda are written without dividing by it
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (shrink / (1.0 - c2 * b)) ** 2 * (1.0 + c1 * b) / (1.0 - c3 * b) / count
        df = 4.0 + (count + 2.0) / (count * np.float64(rho) - 1.0)
    edge = 1e-6  # at A2 = l both limits are 0 / 0, and rounding alone would decide
    if not (np.isfinite(df) and df > 2.0 + edge and shrink > edge):
        raise RequestError(
            f"test: the data are too few for Kenward and Roger's F of {count} contrasts "
            f"(A2 / l = {a2 / count:.3g}, df = {df:.3g}); ask for df_method='satterthwaite' or test fewer "
            "contrasts"
        )
    return float(df), float(df * shrink / (df - 2.0))
