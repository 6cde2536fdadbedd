"""True values of a synthetic study: baseline, course, drop-out and rescue."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from simulation.parameters import Covariate, Design, Variable

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What really happened, before anyone wrote it down.

    Attributes
    ----------
    arm : (n,) int, index into `Design.arms`
    covariates : mapping of name to (n,)
    values : (n, 1 + visits, variables), natural scale, rounded as the laboratory prints
    seen : (n, 1 + visits) bool, the subject came to the visit
    dropout : (n,) int, first visit (1-based) that the subject left before; 0 for completers
    rescue_day : (n,) int, day after the index date; 0 for none
    """

    arm: NDArray[np.int64]
    covariates: dict[str, Floats]
    values: Floats
    seen: NDArray[np.bool_]
    dropout: NDArray[np.int64]
    rescue_day: NDArray[np.int64]


def stream(seed: int, part: str) -> Generator:
    """Return the random stream of one part, so that a change of one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def simulate(design: Design, seed: int, sizes: tuple[int, ...] | None = None) -> Truth:
    """Draw a study.

    Parameters
    ----------
    design : Design
    seed : int
    sizes : tuple of int, optional
        Subjects per arm in place of the design's, for large-sample checks.
    """
    counts = sizes or tuple(arm.size for arm in design.arms)
    arm = stream(seed, "allocation").permutation(np.repeat(np.arange(len(counts)), counts))
    z = draw_baseline(design, arm, stream(seed, "baseline"))
    values = draw_course(design, arm, z[:, : len(design.variables)], stream(seed, "course"))
    driver = values[:, :, [variable.name for variable in design.variables].index(design.driver)]
    dropout = draw_dropout(design, driver, stream(seed, "dropout"))
    seen = attend(design, dropout, stream(seed, "attendance"))
    rescue = draw_rescue(design, arm, driver, dropout, stream(seed, "rescue"))
    first = len(design.variables)
    covariates = {
        item.name: item.mean + _shift(design, item, arm) + item.sd * z[:, first + k]
        for k, item in enumerate(design.covariates)
    }
    return Truth(arm, covariates, values, seen, dropout, rescue)


def correlation_matrix(design: Design, names: tuple[str, ...]) -> Floats:
    """Return the correlation matrix of the named quantities; pairs that are not declared have zero."""
    matrix = np.eye(len(names))
    for (first, second), value in design.correlations.items():
        if first in names and second in names:
            i, j = names.index(first), names.index(second)
            matrix[i, j] = matrix[j, i] = value
    return matrix


def draw_baseline(design: Design, arm: NDArray[np.int64], rng: Generator) -> Floats:
    """Return standard scores (n, quantities), each redrawn given the earlier ones until inside its bounds.

    Redrawing one quantity given the earlier ones keeps the distribution of the first (HbA1c) an exact
    truncated normal, which redrawing whole subjects would not.
    """
    items: list[Variable | Covariate] = [*design.variables, *design.covariates]
    root = np.linalg.cholesky(correlation_matrix(design, design.names))
    z = np.empty((len(arm), len(items)))
    white = np.empty_like(z)
    for k, item in enumerate(items):
        low, high = _score_bounds(design, item, arm)
        given = white[:, :k] @ root[k, :k]
        open_rows = np.arange(len(arm))
        while open_rows.size:
            z[open_rows, k] = given[open_rows] + root[k, k] * rng.standard_normal(open_rows.size)
            inside = (z[open_rows, k] > low[open_rows]) & (z[open_rows, k] < high[open_rows])
            open_rows = open_rows[~inside]
        white[:, k] = (z[:, k] - given) / root[k, k]
    return z


def draw_course(design: Design, arm: NDArray[np.int64], z: Floats, rng: Generator) -> Floats:
    """Return values (n, 1 + visits, variables) on the natural scale, rounded as printed."""
    noise = _course_noise(design, len(arm), rng)
    values = np.empty((len(arm), 1 + len(design.visits), len(design.variables)))
    for k, variable in enumerate(design.variables):
        center = np.log(variable.center) if variable.log else variable.center
        base = center + _shift(design, variable, arm) + variable.sd * z[:, k]
        change = np.array([variable.changes[item.code] for item in design.arms])[arm]
        change = np.log(change) if variable.log else change
        follow_sd, corr = np.array(variable.follow_sd), np.array(variable.follow_corr)
        slope = corr * follow_sd / variable.sd
        spread = follow_sd * np.sqrt(1 - corr**2)
        after = center + slope * (base - center)[:, None] + change + spread * noise[:, :, k]
        scale = np.column_stack([base, after])
        values[:, :, k] = np.round(np.exp(scale) if variable.log else scale, variable.decimals)
    return values


def draw_dropout(design: Design, driver: Floats, rng: Generator) -> NDArray[np.int64]:
    """Return the first visit missed for good (0: none), at random given the driver at the visit before."""
    left = np.zeros(len(driver), dtype=np.int64)
    reached = 0.0
    for visit, share in enumerate(design.dropout, start=1):
        staying = left == 0
        hazard = (share - reached) / (1 - reached)
        chance = tilt(driver[staying, visit - 1], hazard, design.driver_slope)
        left[staying] = np.where(rng.random(staying.sum()) < chance, visit, 0)
        reached = share
    return left


def attend(design: Design, dropout: NDArray[np.int64], rng: Generator) -> NDArray[np.bool_]:
    """Return who came when: all at baseline, nobody after leaving, a few single visits missed."""
    visit = np.arange(1 + len(design.visits))
    left = (dropout[:, None] > 0) & (visit >= dropout[:, None])
    missed = (rng.random((len(dropout), visit.size)) < design.intermittent) & (visit > 0)
    return ~(left | missed)


def draw_rescue(
    design: Design, arm: NDArray[np.int64], driver: Floats, dropout: NDArray[np.int64], rng: Generator
) -> NDArray[np.int64]:
    """Return the day of rescue medication (0: none); the chance rises with the driver at the first visit."""
    last = design.visits[-1].day
    day = rng.integers(design.visits[0].day + 5, last - 10, len(arm))
    chance = np.zeros(len(arm))
    for k, item in enumerate(design.arms):
        if item.rescue:
            chance[arm == k] = tilt(driver[arm == k, 1], item.rescue, design.driver_slope)
    planned = np.array([0, *(visit.day for visit in design.visits)])
    still_in = (dropout == 0) | (day < planned[dropout])
    return np.where((rng.random(len(arm)) < chance) & still_in, day, 0)


def tilt(driver: Floats, share: float, slope: float) -> Floats:
    """Return chances whose mean is `share` and whose logit rises by `slope` per unit of the driver."""
    low, high = -50.0, 50.0
    centred = slope * (driver - driver.mean())
    for _ in range(80):
        middle = (low + high) / 2
        too_low = np.mean(1 / (1 + np.exp(-(middle + centred)))) < share
        low, high = (middle, high) if too_low else (low, middle)
    return np.asarray(1 / (1 + np.exp(-(low + centred))))


def _shift(design: Design, item: Variable | Covariate, arm: NDArray[np.int64]) -> Floats:
    return np.array([item.shift.get(row.code, 0.0) for row in design.arms])[arm]


def _score_bounds(
    design: Design, item: Variable | Covariate, arm: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the bounds as standard scores; a strict bound is put just inside what the printout can show."""
    if isinstance(item, Covariate):
        center = item.mean + _shift(design, item, arm)
        return (item.low - center) / item.sd, (item.high - center) / item.sd
    half = 0.5 * 10.0**-item.decimals
    low = item.low + half if item.strict_low else item.low - half
    high = item.high + half
    if not item.log:
        center = item.center + _shift(design, item, arm)
        return (low - center) / item.sd, (high - center) / item.sd
    low_score = (np.log(low) - np.log(item.center)) / item.sd
    high_score = (np.log(high) - np.log(item.center)) / item.sd
    return np.full(len(arm), low_score), np.full(len(arm), high_score)


def _course_noise(design: Design, n: int, rng: Generator) -> Floats:
    """Return standard normal noise (n, visits, variables), correlated over visits and over variables."""
    count = len(design.visits)
    lag = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    over_time = np.linalg.cholesky(design.time_corr**lag)
    over_variables = np.linalg.cholesky(
        correlation_matrix(design, tuple(variable.name for variable in design.variables))
    )
    white = rng.standard_normal((n, count, len(design.variables)))
    return np.asarray(np.einsum("st,ntv,wv->nsw", over_time, white, over_variables))
