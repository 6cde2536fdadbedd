"""The same quantities by dense, per-subject matrices: slow, plain, and written from the formulas alone.

Derivatives of Sigma come from complex steps, so nothing here shares code or algebra with the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag


def sigma_of(name: str, theta: np.ndarray, m: int, distance: np.ndarray | None = None) -> np.ndarray:
    """Covariance matrix of one group, entry by entry; works for complex theta."""
    out = np.empty((m, m), dtype=np.asarray(theta).dtype)
    if name == "cholesky":
        lower = np.eye(m, dtype=out.dtype)
        lower[np.tril_indices(m, -1)] = theta[m:]
        lower = np.exp(theta[:m])[:, None] * lower
        return lower @ lower.T
    hetero = name in ("toeph", "ar1h", "csh", "adh")
    scale = theta[:m] if hetero else np.repeat(theta[:1], m)
    rest = theta[m:] if hetero else theta[1:]
    for s in range(m):
        for t in range(m):
            lo, hi, lag = min(s, t), max(s, t), abs(s - t)
            root = np.sqrt(scale[s]) * np.sqrt(scale[t])
            if name == "us":
                out[s, t] = theta[hi * (hi + 1) // 2 + lo]
            elif name == "toep":
                out[s, t] = theta[lag]
            elif name == "cs":
                out[s, t] = theta[1] + (theta[0] if s == t else 0)
            elif name == "sp_exp":
                out[s, t] = theta[0] * np.exp(-distance[s, t] / theta[1])
            elif lag == 0:
                out[s, t] = root
            elif name == "csh":
                out[s, t] = root * rest[0]
            elif name in ("ar1", "ar1h"):
                out[s, t] = root * rest[0] ** lag
            elif name == "toeph":
                out[s, t] = root * rest[lag - 1]
            else:
                out[s, t] = root * np.prod(rest[lo:hi])
    return out


@dataclass
class Dense:
    """One model at one theta, as full N x N matrices."""

    name: str
    theta: np.ndarray  # (G, q)
    data: object
    reml: bool = True

    def total(self, flat: np.ndarray) -> np.ndarray:
        """The N x N covariance of all observations at a (possibly complex) flat theta."""
        d, theta, blocks = self.data, flat.reshape(self.theta.shape), []
        for i in range(d.n_subjects):
            rows = np.flatnonzero(d.subject == i)
            if self.name == "sp_exp":
                x = d.coordinates[rows]
                apart = np.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))
                blocks.append(sigma_of(self.name, theta[d.group[i]], rows.size, apart))
            else:
                full = sigma_of(self.name, theta[d.group[i]], d.n_visits)
                blocks.append(full[np.ix_(d.visit[rows], d.visit[rows])])
        return block_diag(*blocks)

    @cached_property
    def weight(self) -> np.ndarray:
        return self.data.weight[self.data.subject]

    @cached_property
    def v(self) -> np.ndarray:
        return self.total(self.theta.reshape(-1))

    @cached_property
    def first(self) -> list[np.ndarray]:
        flat = self.theta.reshape(-1).astype(complex)
        steps = 1e-30j * np.eye(flat.size)
        return [self.total(flat + step).imag / 1e-30 for step in steps]

    @cached_property
    def second(self) -> list[list[np.ndarray]]:
        flat = self.theta.reshape(-1)
        out = []
        for a in range(flat.size):
            h = 1e-4 * max(1.0, abs(flat[a]))
            row = []
            for b in range(flat.size):
                values = []
                for k in (-2, -1, 1, 2):
                    moved = flat.astype(complex)
                    moved[a] += k * h
                    moved[b] += 1e-30j
                    values.append(self.total(moved).imag / 1e-30)
                row.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h))
            out.append(row)
        return out

    @cached_property
    def precision(self) -> np.ndarray:
        """Weighted inverse covariance: the weight multiplies a subject's contribution."""
        return np.linalg.inv(self.v) * self.weight[:, None]

    @cached_property
    def phi(self) -> np.ndarray:
        x = self.data.design
        return np.linalg.inv(x.T @ self.precision @ x)

    @cached_property
    def beta(self) -> np.ndarray:
        return self.phi @ (self.data.design.T @ self.precision @ self.data.response)

    @cached_property
    def residual(self) -> np.ndarray:
        return self.data.response - self.data.design @ self.beta

    def deviance(self) -> float:
        d = self.data
        value = 0.0
        for i in range(d.n_subjects):
            rows = np.flatnonzero(d.subject == i)
            block = self.v[np.ix_(rows, rows)]
            r = self.residual[rows]
            value += d.weight[i] * (
                np.linalg.slogdet(block)[1] + r @ np.linalg.solve(block, r) + rows.size * np.log(2 * np.pi)
            )
        if self.reml:
            value += -np.linalg.slogdet(self.phi)[1] - d.design.shape[1] * np.log(2 * np.pi)
        return float(value)

    @cached_property
    def hessian(self) -> np.ndarray:
        """Observed Hessian of the (unweighted) deviance by the projection-matrix formulas."""
        x, y, w = self.data.design, self.data.response, self.precision
        proj = w - w @ x @ self.phi @ x.T @ w
        trace = proj if self.reml else w
        q = self.theta.size
        out = np.empty((q, q))
        py = proj @ y
        for a in range(q):
            for b in range(q):
                va, vb, vab = self.first[a], self.first[b], self.second[a][b]
                out[a, b] = (
                    -np.trace(trace @ va @ trace @ vb)
                    + np.trace(trace @ vab)
                    + 2 * py @ va @ proj @ vb @ py
                    - py @ vab @ py
                )
        return out

    @cached_property
    def expected_hessian(self) -> np.ndarray:
        x, w = self.data.design, self.precision
        trace = w - w @ x @ self.phi @ x.T @ w if self.reml else w
        return np.array([[np.trace(trace @ a @ trace @ b) for b in self.first] for a in self.first])

    @cached_property
    def omega(self) -> np.ndarray:
        return 2 * np.linalg.inv(self.hessian)

    @cached_property
    def p(self) -> list[np.ndarray]:
        x, w = self.data.design, self.precision
        return [-(x.T @ w @ a @ w @ x) for a in self.first]

    def kenward_roger(self, linear: bool = False) -> np.ndarray:
        """Adjusted covariance with the paper's own P, Q, R."""
        x, w, phi = self.data.design, self.precision, self.phi
        total = np.zeros_like(phi)
        for a in range(self.theta.size):
            for b in range(self.theta.size):
                q = x.T @ w @ self.first[a] @ w @ self.first[b] @ w @ x
                r = x.T @ w @ self.second[a][b] @ w @ x
                total += self.omega[a, b] * (q - self.p[a] @ phi @ self.p[b] - (0 if linear else r / 4))
        return phi + 2 * phi @ total @ phi

    def satterthwaite(self, c: np.ndarray) -> float:
        phi = self.phi
        g = np.array([-(c @ phi @ p @ phi @ c) for p in self.p])
        return float(2 * (c @ phi @ c) ** 2 / (g @ self.omega @ g))

    def sandwich(self, kind: str) -> tuple[np.ndarray, list[np.ndarray]]:
        """Robust covariance and, per subject, its linear map from y to the score."""
        d, x, phi = self.data, self.data.design, self.phi
        hat = x @ phi @ x.T @ self.precision
        keep = np.eye(len(x)) - hat
        cov, maps = np.zeros_like(phi), []
        for i in range(d.n_subjects):
            rows = np.flatnonzero(d.subject == i)
            block = self.v[np.ix_(rows, rows)]
            root = np.linalg.cholesky(block)
            inverse = np.linalg.inv(root)
            spread = keep @ (self.v if kind == "CR3" else self.v @ keep.T)
            middle = inverse @ spread[np.ix_(rows, rows)] @ inverse.T
            values, vectors = np.linalg.eigh((middle + middle.T) / 2)
            power = {"CR0": 0.0, "CR1": 0.0, "CR2": -0.5, "CR3": -1.0}[kind]
            adjust = vectors @ np.diag(values**power) @ vectors.T
            score = d.weight[i] * (inverse @ x[rows]).T @ adjust @ inverse
            maps.append(phi @ score @ keep[rows])
            s = phi @ score @ self.residual[rows]
            cov += np.outer(s, s)
        return cov * (d.n_subjects / (d.n_subjects - 1) if kind == "CR1" else 1.0), maps

    def bell_mccaffrey(self, kind: str, c: np.ndarray) -> float:
        _, maps = self.sandwich(kind)
        g = np.array([c @ each for each in maps])
        gram = g @ self.v @ g.T
        return float(np.trace(gram) ** 2 / np.trace(gram @ gram))
