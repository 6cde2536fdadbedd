"""Responses drawn from a fitted model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmrm.errors import RequestError
from mmrm.formula import Prepared
from mmrm.inference import Inference
from mmrm.linalg import factor_cholesky


def simulate(model: Prepared, inference: Inference, count: int, seed: int) -> pd.DataFrame:
    """Draw responses of the rows used from the estimated mean and covariance.

    Parameters
    ----------
    count : int
        Number of draws.
    seed : int
        Seed of the draws; the same seed gives the same numbers.

    Returns
    -------
    DataFrame
        The caller's index, one column per draw (1, 2, ...), on the scale of the formula's response. The
        estimates are taken as true: their own uncertainty is not drawn.

    Raises
    ------
    RequestError
        A count below 1, or a seed that is no whole number.
    """
    for name, value, least in (("count", count, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise RequestError(f"{name}: expected a whole number of at least {least}, found {value!r}")
    fit, data = inference.fit, model.data
    covariance, patterns = fit.covariance, data.patterns
    sigma = covariance.sigma(fit.state.theta)[0][covariance.cell_of_pattern] * data.basis.scale**2
    seen = patterns.mask[:, :, None] & patterns.mask[:, None, :]
    root = factor_cholesky(np.where(seen, sigma, np.eye(data.n_visits)))
    draws = np.random.default_rng(seed).standard_normal((count, data.n_subjects, data.n_visits))
    for p, members in enumerate(patterns.members):
        draws[:, members] = np.einsum("st,bnt->bns", root[p], draws[:, members])
    error = draws[:, data.subject, data.visit] / data.root_precision
    mean = np.einsum("nk,k->n", data.design, fit.beta)
    return pd.DataFrame((mean + error).T, index=model.frame.index, columns=range(1, count + 1))
