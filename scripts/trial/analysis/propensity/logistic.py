"""Logistic regression of treatment on covariates, by maximum or Firth's penalised likelihood, in batches.

A batch holds many resamples of one design: row `b` of `counts` says how often each subject stands in resample
`b`. A single fit is a batch of one. `np.einsum` keeps the sums in one order, whatever the size of the batch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.analysis.propensity.separation import find_separation

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

ENOUGH = 1e-20  # of the decrement U'I^-1 U
LONGEST_STEP = 5.0  # of a coefficient of a standardised column
# The curvature of Firth's likelihood is not I, so that its steps converge linearly.
TURNS = {"logistic": 40, "firth": 300}
HALVINGS = 12
# A linear predictor that far out is met without separation too; it only makes one look.
FAR = 12.0
SINGULAR = 1e-10  # smallest eigenvalue of X'CX over its largest


@dataclass(frozen=True, eq=False)
class Propensities:
    """Fitted propensities of every resample.

    Attributes
    ----------
    beta : (B, k) array
        Coefficients; NaN where there is no fit.
    scores : (B, n) array
        Probability of treatment of every subject, of those too that a resample lacks.
    fitted : (B,) bool array
        Whether there is a fit: the columns are independent and the iteration converged.
    penalised : (B,) bool array
        Whether Firth's penalty was used.
    """

    beta: Array
    scores: Array
    fitted: Bools
    penalised: Bools


def fit_propensity(
    design: Array, treated: Array, estimator: str, counts: Array | None = None
) -> Propensities:
    """Fit the propensity model.

    Parameters
    ----------
    design : (n, k) array
        Intercept first; other columns standardised.
    treated : (n,) array
        1 for the treated arm, 0 for the control.
    estimator : str
        `logistic`: maximum likelihood, and Firth's likelihood where the arms are separated, so that maximum
        likelihood has no finite estimate. `firth`: Firth's likelihood always.
    counts : (B, n) array, optional
        How often each subject stands in each resample; default once in a single one.

    Notes
    -----
    Firth's score is ``X'(z - e + h (1/2 - e))`` with the leverages ``h`` of a single copy of a subject
    (Firth 1993; Heinze and Schemper 2002).
    """
    counts = np.ones((1, len(treated))) if counts is None else counts
    beta = np.full((len(counts), design.shape[1]), np.nan)
    penalised = np.full(len(counts), estimator == "firth")
    sound = ~_is_singular(design, counts)
    if estimator == "logistic":
        found, converged = _iterate(design, treated, counts[sound], firth=False)
        far = np.abs(np.einsum("bk,nk->bn", found, design)) * (counts[sound] > 0)
        doubtful = ~converged | (far.max(axis=1, initial=0.0) > FAR)
        for at in np.flatnonzero(doubtful):
            present = counts[sound][at] > 0
            apart = find_separation(design[present], treated[present]) != "none"
            penalised[np.flatnonzero(sound)[at]] = apart
        found[~converged] = np.nan
        beta[sound] = found
    again = sound & penalised
    found, converged = _iterate(design, treated, counts[again], firth=True)
    found[~converged] = np.nan
    beta[again] = found
    scores = _expit(np.einsum("bk,nk->bn", beta, design))
    return Propensities(beta, scores, np.isfinite(beta).all(axis=1), penalised)


def log_likelihood(design: Array, treated: Array, beta: Array, *, firth: bool) -> float:
    """Return the (penalised) log-likelihood of one sample."""
    return float(_objective(design, treated, np.ones((1, len(treated))), beta[None], firth)[0])


def _iterate(design: Array, treated: Array, counts: Array, *, firth: bool) -> tuple[Array, Bools]:
    """Return coefficients and convergence of every member; those that are done take no further step."""
    beta = np.zeros((len(counts), design.shape[1]))
    done = np.zeros(len(counts), dtype=bool)
    active = np.arange(len(counts))
    for _ in range(TURNS["firth" if firth else "logistic"]):
        if not active.size:
            break
        step, decrement = _step(design, treated, counts[active], beta[active], firth)
        done[active] = decrement < ENOUGH
        beta[active] = _walk(design, treated, counts[active], beta[active], step, firth)
        lost = np.abs(beta[active]).max(axis=1) > 10 * FAR  # on the way to infinity
        active = active[~(done[active] | lost)]
    return beta, done


def _step(design: Array, treated: Array, counts: Array, beta: Array, firth: bool) -> tuple[Array, Array]:
    e = _expit(np.einsum("bk,nk->bn", beta, design))
    information = _information(design, counts, e)
    residual = treated - e
    if firth:
        residual = residual + _leverage(design, information, e) * (0.5 - e)
    score = np.einsum("bn,nk->bk", counts * residual, design)
    step = np.linalg.solve(information, score[..., None])[..., 0]
    decrement = np.einsum("bk,bk->b", score, step)
    longest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, LONGEST_STEP / np.maximum(longest, LONGEST_STEP)), decrement


def _walk(design: Array, treated: Array, counts: Array, beta: Array, step: Array, firth: bool) -> Array:
    """Return the coefficients after the step, halved for the members whose likelihood would fall."""
    before = _objective(design, treated, counts, beta, firth)
    share = np.ones(len(beta))
    for _ in range(HALVINGS):
        after = _objective(design, treated, counts, beta + share[:, None] * step, firth)
        # Beside the optimum a rounding error may look like a fall.
        falls = after < before - 1e-9 * np.abs(before)
        if not falls.any():
            break
        share[falls] /= 2
    return np.asarray(beta + share[:, None] * step)


def _objective(design: Array, treated: Array, counts: Array, beta: Array, firth: bool) -> Array:
    eta = np.einsum("bk,nk->bn", beta, design)
    value = np.einsum("bn,bn->b", counts, treated * eta - np.logaddexp(0.0, eta))
    if firth:
        value = value + 0.5 * np.linalg.slogdet(_information(design, counts, _expit(eta)))[1]
    return np.asarray(value)


def _information(design: Array, counts: Array, e: Array) -> Array:
    # A probability that has reached 0 or 1 in floating point still has some information.
    variance = counts * np.maximum(e * (1 - e), 1e-14)
    cross = np.einsum("ni,nj->nij", design, design)
    return np.asarray(np.einsum("bn,nij->bij", variance, cross))


def _leverage(design: Array, information: Array, e: Array) -> Array:
    inverse = np.linalg.inv(information)
    spread = np.einsum("nk,bnk->bn", design, np.einsum("ni,bik->bnk", design, inverse))
    return np.asarray(e * (1 - e) * spread)


def _is_singular(design: Array, counts: Array) -> Bools:
    """Whether the columns depend on each other among the subjects of a resample."""
    cross = np.einsum("bn,nij->bij", counts, np.einsum("ni,nj->nij", design, design))
    values = np.linalg.eigvalsh(cross)
    return np.asarray(values[:, 0] < SINGULAR * values[:, -1])


def _expit(eta: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(eta))
