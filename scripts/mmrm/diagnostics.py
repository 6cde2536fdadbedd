"""Fitted values, residuals on three scales, and influence of subjects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmrm.checks import Roles
from mmrm.core import Fitted
from mmrm.formula import Prepared
from mmrm.inference import Inference
from mmrm.linalg import Array, factor_cholesky, invert_lower
from mmrm.lsmeans import Rows
from mmrm.replicate import leave_one_out
from mmrm.rows import name_labels

RESIDUALS = ("observed", "fitted", "raw", "standardised", "whitened", "residual_sd", "leverage")
_NUMBERS = 4_000_000  # held at a time: 32 MB


def build_residuals(model: Prepared, roles: Roles, inference: Inference) -> pd.DataFrame:
    """Residuals of every row used (``eq:residuals``).

    Returns
    -------
    DataFrame
        The caller's index; subject and visit; ``observed``, ``fitted``, ``raw``; ``standardised`` (divided by
        the visit's standard deviation); ``whitened`` (subject's residuals multiplied by the inverse Cholesky
        factor of its covariance); ``residual_sd`` (the model's standard deviation of the raw residual, by
        which SAS divides for its studentised one; NaN where subjects have weights); ``leverage`` (of the
        whitened row; those of a subject add up to the trace of its block of SAS's hat matrix, those of all
        subjects to the number of coefficients).
    """
    fit, data = inference.fit, model.data
    fitted = np.einsum("nk,k->n", data.design, fit.beta)
    raw = data.response - fitted
    covariance, patterns = fit.covariance, data.patterns
    sigma = covariance.sigma(fit.state.theta)[0][covariance.cell_of_pattern] * data.basis.scale**2
    of_row = patterns.of_subject[data.subject]
    even = raw * data.root_precision
    standardised = even / np.sqrt(sigma[of_row, data.visit, data.visit])
    seen = patterns.mask[:, :, None] & patterns.mask[:, None, :]
    root = invert_lower(factor_cholesky(np.where(seen, sigma, np.eye(data.n_visits))))
    wide = np.zeros((data.n_subjects, data.n_visits))
    wide[data.subject, data.visit] = even
    white = np.einsum("nst,nt->ns", root[patterns.of_subject], wide)
    spread, leverage = _spread_fitted(fit, root)
    left = np.maximum(sigma[of_row, data.visit, data.visit] - spread, 0.0)
    return label_rows(model.frame, roles).assign(
        observed=data.response,
        fitted=fitted,
        raw=raw,
        standardised=standardised,
        whitened=white[data.subject, data.visit],
        residual_sd=np.where((data.weight != 1.0).any(), np.nan, np.sqrt(left) / data.root_precision),
        leverage=leverage * data.weight[data.subject],
    )


def _spread_fitted(fit: Fitted, root: Array) -> tuple[Array, Array]:
    """Variance of the fitted value of every row, and the same of the whitened row: x'Φx and z'Φz, z = L⁻¹X.

    Without subject weights. ``root`` holds L⁻¹ of every pattern.
    """
    data, k = fit.data, fit.data.n_coefficients
    working = np.einsum("ij,jl->il", fit.to_coefficients, factor_cholesky(fit.phi[None])[0])
    spread = np.einsum("nk,kj->nj", data.even_design, working)
    leverage = np.empty(data.n_obs)
    step = max(1, _NUMBERS // (data.n_visits * k))
    for start in range(0, data.n_subjects, step):
        own = slice(*np.searchsorted(data.subject, [start, start + step]))
        subject, visit = data.subject[own] - start, data.visit[own]
        wide = np.zeros((min(step, data.n_subjects - start), data.n_visits, k))
        wide[subject, visit] = spread[own]
        white = np.einsum("nst,ntk->nsk", root[data.patterns.of_subject[start : start + step]], wide)
        leverage[own] = (white[subject, visit] ** 2).sum(axis=1)
    return (spread**2).sum(axis=1), leverage


def label_rows(frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Subject and visit of each row, on the caller's index."""
    table = frame[[roles.subject, roles.visit]].copy()
    return table.set_axis(name_labels(list(table.columns)), axis=1)


def build_influence(model: Prepared, roles: Roles, inference: Inference, rows: Rows) -> pd.DataFrame:
    """Change of every contrast when one subject is left out and the model refitted (``eq:influence``).

    Returns
    -------
    DataFrame
        Subject and the contrast's labels; ``estimate`` without the subject, ``change`` from the full fit,
        ``change_se`` in standard errors of the full fit, ``converged``.
    """
    found = leave_one_out(inference.fit, rows.matrix)
    full = inference.test_rows(rows.matrix)
    n_rows, n_subjects = rows.matrix.shape[0], len(model.subjects)
    change = found.contrasts - full.estimate
    labels = rows.labels.iloc[np.tile(np.arange(n_rows), n_subjects)].reset_index(drop=True)
    subject = pd.Series(list(model.subjects)).repeat(n_rows)
    table = pd.concat([subject.reset_index(drop=True), labels], axis=1)
    return table.set_axis(name_labels([roles.subject, *rows.labels.columns]), axis=1).assign(
        estimate=found.contrasts.reshape(-1),
        change=change.reshape(-1),
        change_se=(change / full.se).reshape(-1),
        converged=np.repeat(found.converged, n_rows),
    )
