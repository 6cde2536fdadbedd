"""Kenward-Roger (1997) covariance, degrees of freedom and F scale, in the natural covariance parameters."""

from __future__ import annotations

import numpy as np

from mmrm.core import Fitted
from mmrm.errors import RequestError
from mmrm.linalg import Array, contract, multiply, symmetrise


def adjust_covariance(fit: Fitted, theta_cov: Array, linear: bool = False) -> Array:
    """Small-sample covariance of the working coefficients (``eq:kr-adjusted-cov``).

    Parameters
    ----------
    fit : Fitted
        A restricted maximum likelihood fit.
    theta_cov : (Q, Q) array
        Covariance of the covariance parameters, working scale.
    linear : bool
        Leave out the second derivatives of Sigma (SAS ``ddfm=kr(linear)``).

    Returns
    -------
    (k, k) array
        Phi + 2 Phi {sum Omega_ab (Q_ab - P_a Phi P_b - R_ab / 4)} Phi. Q and R are contracted with Omega per
        pattern before they meet X.
    """
    middle = _contract_q(fit, theta_cov) - _contract_p(fit, theta_cov)
    if not linear:
        middle = middle - 0.25 * contract_r(fit, theta_cov)
    return symmetrise(fit.phi + 2.0 * multiply(multiply(fit.phi, middle), fit.phi))


def _contract_p(fit: Fitted, theta_cov: Array) -> Array:
    """sum_ab Omega_ab P_a Phi P_b."""
    mixed = np.einsum("ab,bij->aij", theta_cov, fit.p)
    return np.asarray(multiply(multiply(fit.p, fit.phi), mixed).sum(axis=0))


def _contract_q(fit: Fitted, theta_cov: Array) -> Array:
    """sum_ab Omega_ab X'V⁻¹V_aV⁻¹V_bV⁻¹X (``eq:kr-q``)."""
    model = fit.covariance
    first = np.broadcast_to(
        model.first(fit.state.theta)[0], (model.group_of_cell.size, *_derivative_shape(fit))
    )
    q = first.shape[1]
    blocks = np.stack([theta_cov[g * q : (g + 1) * q, g * q : (g + 1) * q] for g in range(model.n_groups)])
    mixed = np.einsum("cab,cbst->cast", blocks[model.group_of_cell], first)
    precision = fit.state.precision[0]
    cell = model.cell_of_pattern
    left = multiply(precision[:, None], first[cell])
    right = multiply(multiply(precision[:, None], mixed[cell]), precision[:, None])
    return _weigh_rows(fit, symmetrise(multiply(left, right).sum(axis=1)))


def contract_r(fit: Fitted, theta_cov: Array) -> Array:
    """sum_ab Omega_ab X'V⁻¹ (d²V / d theta_a d theta_b) V⁻¹X (``eq:kr-r``); zero for linear structures."""
    model = fit.covariance
    second = model.second(fit.state.theta)
    if second is None:
        return np.zeros_like(fit.phi)
    q = model.structure.n_parameters
    blocks = np.stack([theta_cov[g * q : (g + 1) * q, g * q : (g + 1) * q] for g in range(model.n_groups)])
    bend = np.einsum("cab,cabst->cst", blocks[model.group_of_cell], second[0])
    precision = fit.state.precision[0]
    return _weigh_rows(fit, multiply(multiply(precision, bend[model.cell_of_pattern]), precision))


def _derivative_shape(fit: Fitted) -> tuple[int, int, int]:
    m = fit.covariance.structure.n_visits
    return fit.covariance.structure.n_parameters, m, m


def _weigh_rows(fit: Fitted, blocks: Array) -> Array:
    """Sum x_is B_p[s, t] x_it' over subjects, from the sufficient statistics."""
    rows = fit.likelihood.gather_rows(blocks[None])
    return np.asarray(fit.likelihood.unpack(contract(rows[:, None], fit.moments.cross)[0, 0])[:-1, :-1])


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
    if not (np.isfinite(df) and df > 2.0 and shrink > 0.0):
        raise RequestError(
            f"test: the data are too few for Kenward and Roger's F of {count} contrasts "
            f"(A2 / l = {a2 / count:.3g}, df = {df:.3g}); ask for df_method='satterthwaite' or test fewer "
            "contrasts"
        )
    return float(df), float(df * shrink / (df - 2.0))
