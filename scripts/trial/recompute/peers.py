"""The same model by statsmodels, as far as it has it.

What coincides exactly. `GLS` at a given covariance matrix: the coefficients, and with them every LS mean and
difference; and the deviance, from its log-likelihood moved to the given scale with the restricted term
added. So at the covariance that the results print, statsmodels says what coefficients and deviance belong to
it. It has no unstructured covariance and no Kenward-Roger, so standard errors and df are not its to confirm.
`MixedLM` with a random intercept is the structure `cs` with a correlation of at least zero: there it finds
covariance and deviance by its own search, which stops earlier than ours. `OLS` is the analysis of a single
visit, with standard errors, df and limits.
"""

import warnings
from collections.abc import Iterator, Mapping

import numpy as np

from trial.recompute.design import Design
from trial.recompute.numbers import Key, Method, Number, Numbers
from trial.recompute.structures import Array

LARGEST = 2000  # rows: the covariance of all of them is one dense matrix
SOURCE = "statsmodels"


def peer_numbers(design: Design, method: Method, sigma: Mapping[str, Array], numbers: Numbers) -> Numbers:
    """Return what statsmodels says of a model: the kinds and scales of `numbers` with its own values.

    Parameters
    ----------
    sigma : mapping
        The covariance matrix that the results print, by arm where each has its own, else under ``""``; empty
        for analyses of single visits.
    """
    if method.rung == "ancova" or len(design.visits) == 1:
        return dict(_single_visits(design, numbers)) if method.covariance == "model" else {}
    if len(design.rows) > LARGEST or not sigma:
        return {}
    found = dict(_at_covariance(design, sigma, numbers))
    positive = all(one[0, 1] > 0 for one in sigma.values())
    if method.rung == "cs" and design.model.reml and not design.model.sigma_by_arm and positive:
        found |= dict(_random_intercept(design, numbers))
    return found


def _at_covariance(
    design: Design, sigma: Mapping[str, Array], numbers: Numbers
) -> Iterator[tuple[Key, Number]]:
    from statsmodels.regression.linear_model import GLS

    rows = design.rows
    subjects, arms = rows["USUBJID"].to_numpy(), rows["ARM"].to_numpy()
    visits = np.array([design.visits.index(visit) for visit in rows["AVISIT"]])
    whole = np.zeros((len(rows), len(rows)))
    for arm in design.arms:
        mine = np.flatnonzero(arms == arm)
        matrix = sigma[arm] if arm in sigma else sigma[""]
        same = subjects[mine][:, None] == subjects[mine][None, :]
        whole[np.ix_(mine, mine)] = np.where(same, matrix[np.ix_(visits[mine], visits[mine])], 0.0)
    response = rows["Y"].to_numpy(dtype=float)
    found = GLS(response, design.matrix, sigma=whole).fit()
    yield from _estimates(design, np.asarray(found.params), numbers)
    n, k = design.matrix.shape
    # Its likelihood is of the covariance times the residual mean square; here the covariance itself is meant.
    square = float(np.sum(found.wresid**2))
    deviance = -2 * found.llf - n * np.log(square / n) - n + square
    if design.model.reml:
        logdet = -float(np.linalg.slogdet(found.normalized_cov_params)[1])
        deviance += logdet + 2 * design.problem().log_scale - k * np.log(2 * np.pi)
    key = ("", "", "", "deviance")
    yield key, Number(float(deviance), numbers[key].kind, numbers[key].scale)


def _estimates(design: Design, beta: Array, numbers: Numbers, kind: str = "") -> Iterator[tuple[Key, Number]]:
    """Yield coefficients, LS means and differences at the visits from coefficients of the design."""
    contrasts: dict[Key, Array] = {
        ("", "", name, "coef.estimate"): contrast for name, contrast in design.coefficients()
    }
    for visit in design.visits:
        means = {arm: design.lsmean(arm, visit) for arm in design.arms}
        contrasts |= {(visit, arm, "", "lsmean"): contrast for arm, contrast in means.items()}
        for one in design.model.comparisons:
            parts = [weight * means[arm] for arm, weight in one.weights.items()]
            contrasts[visit, "", one.name, "diff"] = np.sum(parts, axis=0)
    for key, contrast in contrasts.items():
        if key in numbers:
            yield key, Number(float(contrast @ beta), kind or numbers[key].kind, numbers[key].scale)


def _random_intercept(design: Design, numbers: Numbers) -> Iterator[tuple[Key, Number]]:
    from statsmodels.regression.mixed_linear_model import MixedLM

    model = MixedLM(design.rows["Y"].to_numpy(dtype=float), design.matrix, groups=design.rows["USUBJID"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its search stopped early is what the loose tolerance is for
        found = model.fit(reml=True, method="bfgs", gtol=1e-8)
    residual, between = float(found.scale), float(np.asarray(found.cov_re).item())
    for s, first in enumerate(design.visits):
        for second in design.visits[s:]:
            key = ("", "", "", f"cov.{first}.{second}")
            value = between + residual * (first == second)
            yield key, Number(value, "loose", numbers[key].scale)
    key = ("", "", "", "deviance")
    deviance = -2 * float(found.llf) + 2 * design.problem().log_scale
    yield key, Number(deviance, "loose deviance", numbers[key].scale)


def _single_visits(design: Design, numbers: Numbers) -> Iterator[tuple[Key, Number]]:
    from statsmodels.regression.linear_model import OLS

    level = design.model.level
    for visit in design.visits:
        if not any(key[0] == visit and key[3] == "lsmean" for key in numbers):
            continue
        single = design if len(design.visits) == 1 else design.at_visit(visit)
        found = OLS(single.rows["Y"].to_numpy(dtype=float), single.matrix).fit()
        means = {arm: single.lsmean(arm, visit) for arm in single.arms}
        named = {(visit, arm, "", "lsmean"): contrast for arm, contrast in means.items()}
        for one in single.model.comparisons:
            parts = [weight * means[arm] for arm, weight in one.weights.items()]
            named[visit, "", one.name, "diff"] = np.sum(parts, axis=0)
        for (*place, name), contrast in named.items():
            test = found.t_test(contrast)
            lower, upper = np.ravel(test.conf_int(alpha=1 - level))
            values = {"": test.effect, ".se": test.sd, ".lower": lower, ".upper": upper, ".df": test.df_denom}
            for suffix, value in values.items():
                key = (place[0], place[1], place[2], name + suffix)
                yield key, Number(float(np.ravel(value)[0]), numbers[key].kind, numbers[key].scale)
