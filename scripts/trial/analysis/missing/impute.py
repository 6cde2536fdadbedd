"""The conditional normal step: missing values given the observed ones, for any pattern of gaps."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from mmrm.linalg import Array, factor_cholesky, invert_spd, multiply
from trial.analysis.missing.panel import Group, Panel
from trial.analysis.missing.strategies import Strategy, joint


@dataclass(frozen=True, eq=False)
class Baseline:
    """The arms at baseline, visit 0 of the joint distribution: what LMCF carries on where no visit is before.

    The average of the arm stays where it was; a subject keeps what its covariates say beside that average.

    Attributes
    ----------
    design : (M or 1, A, p) array
        Average design row of each arm.
    level : (M or 1, A) array
        Mean at baseline of each arm on the scale of the response: zero for changes.
    """

    design: Array
    level: Array

    @classmethod
    def of(cls, panel: Panel, values: Array, keep: Array | None = None) -> "Baseline":
        """Return the averages over the subjects of each arm; `keep` (M, n) leaves some out of each set."""
        inside = panel.arm == np.arange(panel.n_arms)[:, None]
        weight = inside * (np.ones((1, 1, panel.n)) if keep is None else keep[:, None])
        weight = weight / weight.sum(axis=-1, keepdims=True)
        return cls(multiply(weight, panel.design), multiply(weight, values[:, None])[..., 0])

    def carry(self, own: Array, parameters: "Parameters", arm: int) -> Array:
        """Return the mean of subjects with their arm's average held at baseline, (M, n, J)."""
        average = multiply(self.design[:, arm, None], parameters.coefficients)
        return own - average + self.level[:, arm, None, None]


@dataclass(frozen=True, eq=False)
class Parameters:
    """M sets of parameters of the imputation model.

    Attributes
    ----------
    coefficients : (M, p, J) array
    sigma : (M, G, J, J) array
        G is 1 (common to all arms) or the number of arms.
    """

    coefficients: Array
    sigma: Array

    def covariance(self, arm: int) -> Array:
        """Return the covariance of an arm, (M, J, J); the same object for all arms where it is common."""
        return self.of_group[arm if self.sigma.shape[1] > 1 else 0]

    @property
    def of_group(self) -> tuple[Array, ...]:
        """The covariance of each group."""
        return tuple(self.sigma[:, g] for g in range(self.sigma.shape[1]))


def regress_on_seen(sigma: Array, group: Group) -> tuple[Array, Array]:
    """Return K and V of a group: the regression of gaps on observed visits, and its residual covariance.

    Parameters
    ----------
    sigma : (M, J, J) array
        Joint covariance of the visits.
    """
    rest = sigma[:, group.gaps[:, None], group.gaps]
    if group.seen.size == 0:
        return np.zeros((len(sigma), group.gaps.size, 0)), rest
    across = sigma[:, group.gaps[:, None], group.seen]
    slope = multiply(across, invert_spd(sigma[:, group.seen[:, None], group.seen])[0])
    return slope, rest - multiply(slope, np.swapaxes(across, -1, -2))


def impute(
    panel: Panel,
    parameters: Parameters,
    strategy: Strategy,
    noise: Array | None,
    baseline: Baseline | None = None,
) -> Array:
    """Complete a panel once for every set of parameters.

    Parameters
    ----------
    panel : Panel
    parameters : Parameters
    strategy : str
        What is assumed after the switch.
    noise : (M, n, J) array or None
        Standard normal numbers of every subject and visit; None for the conditional mean.
    baseline : Baseline or None
        What LMCF carries forward where no visit stands before the switch.

    Returns
    -------
    (M, n, J) array
    """
    count = len(parameters.coefficients)
    out = np.repeat(panel.response[None], count, axis=0)
    referred = panel.referred
    for group in panel.groups():
        rows = group.members
        own = _means(panel.design[rows], parameters)
        others = own if group.arm == 0 else _means(referred[rows], parameters)
        sigma = (parameters.covariance(group.arm), parameters.covariance(0))
        if group.arm == 0 or parameters.sigma.shape[1] == 1:
            sigma = (sigma[0], sigma[0])
        start = None if baseline is None else partial(baseline.carry, own, parameters, group.arm)
        mean, covariance = joint(strategy, own, others, sigma, group.switch, start)
        slope, rest = regress_on_seen(covariance, group)
        residual = panel.response[np.ix_(rows, group.seen)] - mean[:, :, group.seen]
        found = mean[:, :, group.gaps] + multiply(residual, np.swapaxes(slope, -1, -2))
        if noise is not None:
            root = np.swapaxes(factor_cholesky(rest), -1, -2)
            found = found + multiply(noise[:, rows[:, None], group.gaps], root)
        out[:, rows[:, None], group.gaps] = found
    return out


def _means(design: Array, parameters: Parameters) -> Array:
    return multiply(
        np.broadcast_to(design, (len(parameters.coefficients), *design.shape)), parameters.coefficients
    )
