"""Fitted values, residuals on three scales, influence of subjects, and prediction of missing visits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special

from mmrm.asked import check_level
from mmrm.checks import Roles
from mmrm.formula import Prepared
from mmrm.inference import Inference
from mmrm.linalg import Array, Bools, Ints, factor_cholesky, invert_lower
from mmrm.lsmeans import Rows, build_rows
from mmrm.replicate import leave_one_out
from mmrm.rows import name_labels
from mmrm.structures import Structure
from mmrm.visits import number_visits


def build_residuals(model: Prepared, roles: Roles, inference: Inference) -> pd.DataFrame:
    """Residuals of every row used (``eq:residuals``).

    Returns
    -------
    DataFrame
        The caller's index; subject and visit; ``observed``, ``fitted``, ``raw``; ``standardised`` (divided by
        the visit's standard deviation); ``whitened`` (subject's residuals multiplied by the inverse Cholesky
        factor of its covariance).
    """
    fit, data = inference.fit, model.data
    fitted = np.einsum("nk,k->n", data.design, fit.beta)
    raw = data.response - fitted
    covariance, patterns = fit.covariance, data.patterns
    sigma = covariance.sigma(fit.state.theta)[0][covariance.cell_of_pattern] * data.basis.scale**2
    of_row = patterns.of_subject[data.subject]
    standardised = raw / np.sqrt(sigma[of_row, data.visit, data.visit])
    seen = patterns.mask[:, :, None] & patterns.mask[:, None, :]
    root = invert_lower(factor_cholesky(np.where(seen, sigma, np.eye(data.n_visits))))
    wide = np.zeros((data.n_subjects, data.n_visits))
    wide[data.subject, data.visit] = raw
    white = np.einsum("nst,nt->ns", root[patterns.of_subject], wide)
    return _label_rows(model.frame, roles).assign(
        observed=data.response,
        fitted=fitted,
        raw=raw,
        standardised=standardised,
        whitened=white[data.subject, data.visit],
    )


def _label_rows(frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
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


def predict_missing(model: Prepared, roles: Roles, inference: Inference, level: float = 0.95) -> pd.DataFrame:
    """Predict the responses of the rows left out, given the subject's observed ones (``eq:prediction``).

    Returns
    -------
    DataFrame
        The caller's index; subject, visit, ``estimate``, ``se`` of prediction (residual and estimation
        error), normal limits ``lower`` and ``upper``. Rows with a missing covariate are kept with NaN.
    """
    check_level(level)
    held = model.held
    table = _label_rows(held, roles)
    estimate, error = np.full(len(held), np.nan), np.full(len(held), np.nan)
    ready = _is_complete(model, roles, held)
    if ready.any():
        part = held[ready]
        design, groups = build_rows(model, part), _by_subject(part, roles)
        values = [_predict_subject(model, roles, inference, index, design, part) for index in groups]
        where = np.flatnonzero(ready)[np.concatenate(groups)]
        estimate[where] = np.concatenate([value[0] for value in values])
        error[where] = np.concatenate([value[1] for value in values])
    width = -special.ndtri((1.0 - level) / 2.0) * error
    return table.assign(estimate=estimate, se=error, lower=estimate - width, upper=estimate + width)


def _is_complete(model: Prepared, roles: Roles, held: pd.DataFrame) -> Bools:
    ready = np.ones(len(held), dtype=bool)
    for name, levels in model.factors.items():
        ready &= held[name].isin(list(levels)).to_numpy()
    for name in [*model.covariates, *roles.time]:
        ready &= np.isfinite(pd.to_numeric(held[name]).to_numpy(dtype=float))
    if roles.group is not None:
        ready &= held[roles.group].isin(list(model.groups)).to_numpy()
    ready &= number_visits(held[roles.visit], model.visits) >= 0
    return ready


def _by_subject(part: pd.DataFrame, roles: Roles) -> list[Ints]:
    codes, _ = pd.factorize(part[roles.subject])
    return [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]


def _predict_subject(
    model: Prepared, roles: Roles, inference: Inference, index: Ints, design: Array, part: pd.DataFrame
) -> tuple[Array, Array]:
    """Conditional mean and standard error of one subject's missing visits."""
    fit, data = inference.fit, model.data
    label = part[roles.subject].iloc[index[0]]
    number = model.subjects.index(label) if label in model.subjects else -1
    seen = np.flatnonzero(data.subject == number)
    visits = np.concatenate([data.visit[seen], number_visits(part[roles.visit], model.visits)[index]])
    group = 0 if roles.group is None else model.groups.index(part[roles.group].iloc[index[0]])
    distance = None
    if data.coordinates is not None:
        places = np.concatenate([data.coordinates[seen], part[list(roles.time)].to_numpy(dtype=float)[index]])
        distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=-1))
    sigma = _joint_sigma(fit.covariance.structure, fit.theta[group], visits, distance)
    n_seen = len(seen)
    observed, missing = slice(0, n_seen), slice(n_seen, None)
    slope = np.linalg.solve(sigma[observed, observed], sigma[observed, missing]).T
    rest = data.response[seen] - np.einsum("nk,k->n", data.design[seen], fit.beta)
    columns = design[index]
    mean = np.einsum("nk,k->n", columns, fit.beta) + np.einsum("ij,j->i", slope, rest)
    gap = columns - np.einsum("ij,jk->ik", slope, data.design[seen])
    spread = sigma[missing, missing] - np.einsum("ij,jk->ik", slope, sigma[observed, missing])
    error = np.diagonal(spread) + np.einsum("ik,kl,il->i", gap, inference.beta_cov, gap)
    return mean, np.sqrt(error)


def _joint_sigma(structure: Structure, theta: Array, visits: Ints, distance: Array | None) -> Array:
    """Covariance of a subject's observed and missing visits together."""
    if distance is None:
        return np.asarray(structure.sigma(theta)[np.ix_(visits, visits)])
    return replace(structure, n_visits=visits.size, places=None).sigma(theta, distance)
