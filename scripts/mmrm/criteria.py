"""Information criteria as SAS PROC MIXED counts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrm.core import Fitted


@dataclass(frozen=True)
class Criteria:
    """AIC, AICc and BIC; smaller is better.

    Attributes
    ----------
    n_parameters : int
        Covariance parameters; with maximum likelihood also the coefficients.
    aic, aicc, bic : float
        The criteria (``eq:criteria``).
    """

    n_parameters: int
    aic: float
    aicc: float
    bic: float


def count_criteria(fit: Fitted, n_subjects_read: int) -> Criteria:
    """Compute the criteria; BIC's sample size is the number of subjects read, with or without a response."""
    reml, k = fit.likelihood.reml, fit.data.n_coefficients
    count = fit.covariance.n_parameters + (0 if reml else k)
    n_values = fit.data.n_obs - (k if reml else 0)
    room = n_values - count - 1
    aicc = fit.deviance + 2.0 * count * n_values / room if room > 0 else float("inf")
    bic = fit.deviance + count * float(np.log(n_subjects_read))
    return Criteria(count, fit.deviance + 2.0 * count, aicc, bic)
