"""The analysis of covariance of one visit in every completed data set at once."""

from dataclasses import dataclass

import numpy as np

from mmrm.linalg import Array, factor_cholesky, invert_lower, multiply


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
        basis, root = orthonormalise(design)
        return cls(design, basis, multiply(root, root.T))

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom n - p."""
        return int(self.design.shape[0] - self.design.shape[1])

    def weights(self, contrast: Array) -> Array:
        """Return h (n,): the estimate of a contrast is the sum of h times the values."""
        return multiply(self.design, multiply(self.inverse, contrast[:, None]))[:, 0]

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


def orthonormalise(design: Array) -> tuple[Array, Array]:
    """Return Q (n, p) with orthonormal columns and the upper triangular W (p, p) with Q = X W.

    Cholesky twice: the second pass mends what the first lost to rounding, and no step depends on threads.
    """
    scale = 1.0 / np.sqrt((design**2).sum(axis=0))
    basis, root = design * scale, np.diag(scale)
    for _ in range(2):
        step = invert_lower(factor_cholesky(multiply(basis.T, basis))[None])[0].T
        basis, root = multiply(basis, step), multiply(root, step)
    return basis, root
