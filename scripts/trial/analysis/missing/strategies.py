"""Mean and covariance of a subject's visits under each assumption about what follows the switch."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from mmrm.linalg import Array, invert_spd, multiply

Strategy = Literal["MAR", "J2R", "CR", "CIR", "LMCF"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
Means = tuple[Array, Array]


def joint(
    strategy: Strategy,
    own: Array,
    referred: Array,
    sigma: tuple[Array, Array],
    switch: int,
    start: Callable[[], Array] | None = None,
) -> Means:
    """Return mean and covariance of all visits (Carpenter, Roger and Kenward 2013, section 4.3).

    Parameters
    ----------
    own, referred : (M, n, J) arrays
        Means of the subjects in their own arm and in the arm referred to, with their own covariates.
    sigma : two (M, J, J) arrays
        Covariance of the own arm and of the arm referred to.
    switch : int
        Visits before the switch; J for never, which is MAR under every strategy.
    start : callable, optional
        Returns the mean that LMCF carries forward where no visit stands before the switch, (M, n, J).

    Raises
    ------
    ValueError
        LMCF from the first visit on without `start`: there is no last mean.
    """
    mine, theirs = sigma
    n_visits = own.shape[-1]
    if strategy == "MAR" or switch >= n_visits:
        return own, mine
    if strategy == "CR":
        return referred, theirs
    if strategy == "LMCF":
        return _carry_forward(own, switch, start), mine
    if switch == 0:
        return referred, theirs
    mean = own.copy()
    mean[..., switch:] = referred[..., switch:]
    if strategy == "CIR":
        last = slice(switch - 1, switch)
        mean[..., switch:] += own[..., last] - referred[..., last]
    return mean, _mix(mine, theirs, switch)


def _carry_forward(own: Array, switch: int, start: Callable[[], Array] | None) -> Array:
    if switch == 0:
        if start is None:
            raise ValueError("LMCF needs a visit before the switch: there is no last mean to carry forward")
        return start()
    mean = own.copy()
    mean[..., switch:] = own[..., switch - 1 : switch]
    return mean


def _mix(mine: Array, theirs: Array, switch: int) -> Array:
    """Return the covariance: the own arm's block before the switch, the other's regression after it."""
    if mine is theirs:
        return mine
    before, after = slice(None, switch), slice(switch, None)
    own, other = mine[:, before, before], theirs[:, before, before]
    slope = multiply(theirs[:, after, before], invert_spd(other)[0])
    turned = np.swapaxes(slope, -1, -2)
    mixed = np.empty_like(mine)
    mixed[:, before, before] = own
    mixed[:, after, before] = multiply(slope, own)
    mixed[:, before, after] = np.swapaxes(mixed[:, after, before], -1, -2)
    mixed[:, after, after] = theirs[:, after, after] - multiply(multiply(slope, other - own), turned)
    return mixed
