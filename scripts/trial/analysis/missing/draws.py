"""Draws of the imputation model's parameters: from their posterior, or from refits on resampled subjects."""

from dataclasses import dataclass

import numpy as np

from mmrm.linalg import Array, factor_cholesky, invert_lower, invert_spd, multiply
from trial.analysis.missing.ancova import orthonormalise
from trial.analysis.missing.fit import PanelFit
from trial.analysis.missing.impute import Parameters, regress_on_seen
from trial.analysis.missing.panel import Group, Panel

# From 5 iterations on no trend was seen; 20 leave 1 % of the start even where four fifths are missing.
ITERATIONS = 20
# More failed refits than this share are no sample of the bootstrap distribution (the limit of rbmi).
MOST_FAILURES = 0.01


@dataclass(frozen=True, eq=False)
class Draws:
    """Parameters of every imputation.

    Attributes
    ----------
    parameters : Parameters
    replaced : int
        Bootstrap samples that could not be fitted and were drawn anew.
    """

    parameters: Parameters
    replaced: int


class DrawError(Exception):
    """Too many resampled data sets cannot be fitted."""


def draw_posterior(fit: PanelFit, count: int, rng: np.random.Generator) -> Draws:
    """Draw from the posterior: flat prior of the means, IW(J + 2, REML estimate) of each covariance.

    One Gibbs chain for each draw, started at the REML fit, of which the last state is taken: the draws are
    independent. With complete data the posterior mean of the covariance is the REML estimate.
    """
    panel, start = fit.panel, fit.parameters
    state = Parameters(np.repeat(start.coefficients, count, axis=0), np.repeat(start.sigma, count, axis=0))
    sampler = _Sampler.of(panel, start)
    for _ in range(ITERATIONS):
        state = sampler.step(sampler.complete(state, rng), state, rng)
    return Draws(state, 0)


@dataclass(frozen=True, eq=False)
class _Sampler:
    """The two steps of the Gibbs sampler, with what stays the same in all of them."""

    panel: Panel
    groups: tuple[Group, ...]
    prior: Array  # (G, J, J)
    hat: Array  # (p, n): (X'X)^-1 X'
    ortho: Array  # (p, n): orthonormal rows that span the design
    root: Array  # (p, p): factor of (X'X)^-1

    @classmethod
    def of(cls, panel: Panel, start: Parameters) -> "_Sampler":
        basis, root = orthonormalise(panel.design)
        hat = multiply(root, basis.T)
        return cls(panel, _merge(panel, start), start.sigma[0], hat, basis.T.copy(), root)

    def complete(self, state: Parameters, rng: np.random.Generator) -> Array:
        """Draw the missing values given the parameters, missing at random: (M, n, J)."""
        count = len(state.coefficients)
        out = np.repeat(self.panel.response[None], count, axis=0)
        for group in self.groups:
            rows = group.members
            design = np.broadcast_to(self.panel.design[rows], (count, rows.size, self.panel.design.shape[1]))
            mean = multiply(design, state.coefficients)
            slope, rest = regress_on_seen(state.covariance(group.arm), group)
            residual = self.panel.response[np.ix_(rows, group.seen)] - mean[:, :, group.seen]
            drawn = mean[:, :, group.gaps] + multiply(residual, np.swapaxes(slope, -1, -2))
            noise = rng.standard_normal((count, rows.size, group.gaps.size))
            drawn += multiply(noise, np.swapaxes(factor_cholesky(rest), -1, -2))
            out[:, rows[:, None], group.gaps] = drawn
        return out

    def step(self, values: Array, state: Parameters, rng: np.random.Generator) -> Parameters:
        """Draw the parameters given completed data (M, n, J)."""
        if state.sigma.shape[1] == 1:
            return self._common(values, rng)
        return self._by_arm(values, state, rng)

    def _common(self, values: Array, rng: np.random.Generator) -> Parameters:
        """Means integrated out of the covariance: Sigma ~ IW(n - p + nu0, SSE + S0), then B given Sigma."""
        count, n, n_visits = values.shape
        p = self.panel.design.shape[1]
        fitted = multiply(np.broadcast_to(self.ortho, (count, p, n)), values)
        squares = multiply(np.swapaxes(values, -1, -2), values) - multiply(
            np.swapaxes(fitted, -1, -2), fitted
        )
        factor = draw_wishart_root(rng, n - p + n_visits + 2, squares + self.prior[0])
        noise = rng.standard_normal((count, p, n_visits))
        spread = multiply(np.broadcast_to(self.root, (count, p, p)), noise)
        mean = multiply(np.broadcast_to(self.hat, (count, p, n)), values)
        sigma = multiply(factor, np.swapaxes(factor, -1, -2))
        return Parameters(mean + multiply(spread, np.swapaxes(factor, -1, -2)), sigma[:, None])

    def _by_arm(self, values: Array, state: Parameters, rng: np.random.Generator) -> Parameters:
        """Covariances given the means, IW(n_g + nu0, SSE_g + S0_g), then the means given the covariances."""
        count, _, n_visits = values.shape
        p = self.panel.design.shape[1]
        weights, right, sigma = (
            np.zeros((count, n_visits, p, n_visits, p)),
            np.zeros((count, n_visits, p)),
            [],
        )
        for arm, prior in enumerate(self.prior):
            design = self.panel.design[self.panel.arm == arm]
            mine = values[:, self.panel.arm == arm]
            error = mine - multiply(np.broadcast_to(design, (count, *design.shape)), state.coefficients)
            squares = multiply(np.swapaxes(error, -1, -2), error)
            factor = draw_wishart_root(rng, len(design) + n_visits + 2, squares + prior)
            sigma.append(multiply(factor, np.swapaxes(factor, -1, -2)))
            inverse = invert_spd(sigma[-1])[0]
            weights += inverse[:, :, None, :, None] * multiply(design.T, design)[:, None, :]
            cross = multiply(np.broadcast_to(design.T, (count, p, len(design))), mine)
            right += np.swapaxes(multiply(cross, inverse), -1, -2)
        covariance, _, root = invert_spd(weights.reshape(count, n_visits * p, -1))
        mean = multiply(covariance, right.reshape(count, -1, 1))
        noise = rng.standard_normal((count, n_visits * p, 1))
        drawn = (mean + multiply(np.swapaxes(root, -1, -2), noise)).reshape(count, n_visits, p)
        return Parameters(np.ascontiguousarray(np.swapaxes(drawn, -1, -2)), np.stack(sigma, axis=1))


def _merge(panel: Panel, start: Parameters) -> tuple[Group, ...]:
    """Groups by what is missing, and by arm where arms have their own covariance; no switch counts here."""
    arm = panel.arm if start.sigma.shape[1] > 1 else np.zeros_like(panel.arm)
    never = np.full_like(panel.switch, panel.n_visits)
    return tuple(Panel(panel.response, panel.design, arm, never, panel.n_arms).groups())


def draw_wishart_root(rng: np.random.Generator, freedom: int, scale: Array) -> Array:
    """Return F with F F' ~ inverse Wishart(freedom, scale), by Bartlett's decomposition.

    Density proportional to |S|^(-(nu + J + 1) / 2) exp(-tr(scale S^-1) / 2); mean scale / (nu - J - 1).
    """
    count, size, _ = scale.shape
    bartlett = np.zeros_like(scale)
    for j in range(size):
        bartlett[:, j, j] = np.sqrt(rng.chisquare(freedom - j, count))
    low = np.tril_indices(size, -1)
    bartlett[:, low[0], low[1]] = rng.standard_normal((count, low[0].size))
    return multiply(factor_cholesky(scale), np.swapaxes(invert_lower(bartlett), -1, -2))


def draw_bootstrap(fit: PanelFit, count: int, rng: np.random.Generator) -> Draws:
    """Draw by REML refits on subjects resampled within each arm ("approximate Bayes").

    A sample that cannot be fitted is drawn anew and counted.

    Raises
    ------
    DrawError
        More than one in a hundred samples cannot be fitted.
    """
    failed, found = 0, []
    missing = count
    while missing:
        parameters, converged = fit.refit(_resample(fit.panel, missing, rng))
        found.append(Parameters(parameters.coefficients[converged], parameters.sigma[converged]))
        missing = int((~converged).sum())
        failed += missing
        if failed > MOST_FAILURES * count:
            raise DrawError(
                f"{failed} of {count + failed} samples of subjects could not be fitted; draw from the "
                "posterior (draws: posterior), or impute with fewer covariates"
            )
    joined = Parameters(
        np.concatenate([one.coefficients for one in found]), np.concatenate([one.sigma for one in found])
    )
    return Draws(joined, failed)


def _resample(panel: Panel, count: int, rng: np.random.Generator) -> Array:
    """Counts (B, n) of subjects drawn with replacement within each arm, those without any value too."""
    counts = np.zeros((count, panel.n))
    for arm in range(panel.n_arms):
        members = np.flatnonzero(panel.arm == arm)
        counts[:, members] = rng.multinomial(members.size, np.full(members.size, 1 / members.size), count)
    return counts
