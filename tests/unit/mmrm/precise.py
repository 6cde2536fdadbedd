"""Kenward-Roger with fifty decimal digits: dense matrices of `decimal`, no algebra shared with the engine."""

from decimal import Decimal, localcontext

import numpy as np

from mmrm.data import MmrmData
from mmrm.structures import Structure

DIGITS = 50


def exact(values) -> np.ndarray:
    """Floats as the decimals they are."""
    return np.vectorize(Decimal, otypes=[object])(np.asarray(values, dtype=float))


def invert(matrix: np.ndarray) -> np.ndarray:
    """Inverse by Gauss and Jordan, with the largest pivot of each column."""
    size = len(matrix)
    table = np.hstack([matrix, exact(np.eye(size))])
    for j in range(size):
        pivot = j + max(range(size - j), key=lambda i: abs(table[j + i, j]))
        table[[j, pivot]] = table[[pivot, j]]
        table[j] = table[j] / table[j, j]
        for i in range(size):
            if i != j:
                table[i] = table[i] - table[i, j] * table[j]
    return table[:, size:]


def lay_out(data: MmrmData, blocks: np.ndarray) -> np.ndarray:
    """One matrix of all rows from a matrix of visits for every group, ``(G, m, m)``."""
    same = data.subject[:, None] == data.subject[None, :]
    group = data.group[data.subject]
    return exact(np.where(same, blocks[group[:, None], data.visit[:, None], data.visit[None, :]], 0.0))


def lay_out_derivatives(
    data: MmrmData, structure: Structure, theta: np.ndarray
) -> tuple[list[np.ndarray], dict[tuple[int, int], np.ndarray]]:
    """First derivatives of V in all parameters, and the second ones that are not zero."""
    q, groups = structure.n_parameters, np.arange(len(theta))
    first, second = structure.first(theta), structure.second(theta)
    slopes, bends = [], {}
    for g in groups.tolist():
        own = (groups == g)[:, None, None]
        for a in range(q):
            slopes.append(lay_out(data, np.where(own, first[:, a], 0.0)))
            for b in range(0 if second is None else q):
                bends[g * q + a, g * q + b] = lay_out(data, np.where(own, second[:, a, b], 0.0))
    return slopes, bends


def kenward_roger(
    data: MmrmData, structure: Structure, theta: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors and df of contrasts at ``theta (G, q)``, by projection matrices."""
    with localcontext() as context:
        context.prec = DIGITS
        x, y, rows = exact(data.design), exact(data.response), exact(rows)
        slopes, bends = lay_out_derivatives(data, structure, theta)
        w = invert(lay_out(data, structure.sigma(theta)))
        phi = invert(x.T @ w @ x)
        project = w - w @ x @ phi @ x.T @ w
        omega = 2 * invert(find_hessian(project, project @ y, slopes, bends))
        half = [w @ each for each in slopes]
        p = [x.T @ each @ w @ x for each in half]
        middle = exact(np.zeros(phi.shape))
        for a, b in np.ndindex(omega.shape):
            part = x.T @ half[a] @ half[b] @ w @ x - p[a] @ phi @ p[b]
            if (a, b) in bends:
                part = part - x.T @ w @ bends[a, b] @ w @ x / 4
            middle = middle + omega[a, b] * part
        adjusted = phi + 2 * phi @ middle @ phi
        lifted = [phi @ c for c in rows]
        slope = [np.array([each @ one @ each for one in p]) for each in lifted]
        df = [2 * (c @ phi @ c) ** 2 / (g @ omega @ g) for c, g in zip(rows, slope, strict=True)]
        return np.array([float((c @ adjusted @ c).sqrt()) for c in rows]), np.array(df, dtype=float)


def find_hessian(
    project: np.ndarray, residual: np.ndarray, slopes: list, bends: dict[tuple[int, int], np.ndarray]
) -> np.ndarray:
    """Observed Hessian of the restricted deviance; ``residual`` is Py."""
    moved = [project @ each for each in slopes]
    hessian = np.empty((len(slopes), len(slopes)), dtype=object)
    for a, b in np.ndindex(hessian.shape):
        hessian[a, b] = 2 * residual @ slopes[a] @ project @ slopes[b] @ residual
        hessian[a, b] -= (moved[a] * moved[b].T).sum()
        if (a, b) in bends:
            hessian[a, b] += (project * bends[a, b]).sum() - residual @ bends[a, b] @ residual
    return hessian
