"""Covariance of the covariance parameters from the curvature of the deviance."""

from __future__ import annotations

import numpy as np

from mmrm.asked import check_choice
from mmrm.core import Fitted
from mmrm.errors import RequestError
from mmrm.linalg import Array, invert_scaled

INFORMATION = ("observed", "expected")


def theta_covariance(fit: Fitted, information: str = "observed") -> Array:
    """Omega = 2 H⁻¹, H the observed or expected Hessian in the local parameters (``eq:theta-cov``).

    Raises
    ------
    RequestError
        Unknown kind of information, or a Hessian that is not positive definite.
    """
    check_choice("information", information, INFORMATION)
    hessian = fit.local.curvature.observed[0] if information == "observed" else fit.expected_hessian
    inverse = invert_scaled(hessian)
    if not np.isfinite(inverse).all():
        raise RequestError(
            f"information: the {information} Hessian is not positive definite, so the covariance parameters "
            "have no standard errors; choose a structure with fewer parameters"
        )
    return 2.0 * inverse
