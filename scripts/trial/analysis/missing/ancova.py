"""The analysis of covariance of one visit in every completed data set at once."""

from dataclasses import dataclass

import numpy as np

from mmrm.linalg import Array, invert_lower, multiply


@dataclass(frozen=True, eq=False)
class Ancova:
    """A design that does not depend on the imputation.

    Attributes
    ----------
    design : (n, p) array
    basis : (n, p) array
        Orthonormal columns with the span of the design.
    inverse : (p, p) array
        (X'X)^-1.
    """

    design: Array
    basis: Array
    inverse: Array

    @classmethod
    def of(cls, design: Array) -> "Ancova":
        """Return the analysis of a design of full column rank."""
        basis, upper = np.linalg.qr(design)
        root = invert_lower(np.swapaxes(upper, 0, 1)[None])[0]
        return cls(design, basis, root.T @ root)

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom n - p."""
        return int(self.design.shape[0] - self.design.shape[1])

    def weights(self, contrast: Array) -> Array:
        """Return h (n,): the estimate of a contrast is the sum of h times the values."""
        return np.asarray(self.design @ (self.inverse @ contrast))

    def variance(self, contrast: Array) -> float:
        """Return the variance of a contrast in units of the residual variance."""
        return float(contrast @ self.inverse @ contrast)

    def residuals(self, values: Array) -> Array:
        """Return the residuals of values (M, n)."""
        return np.asarray(values - multiply(multiply(values, self.basis), self.basis.T))

    def analyse(self, values: Array, contrast: Array) -> tuple[Array, Array]:
        """Return the estimate of a contrast and its squared standard error in each data set, (M,) each."""
        estimate = multiply(values, self.weights(contrast)[:, None])[:, 0]
        squares = np.einsum("mi,mi->m", *(2 * [self.residuals(values)]))
        return estimate, squares / self.freedom * self.variance(contrast)
