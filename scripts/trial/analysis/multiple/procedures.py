"""Adjusted p-values by the declared rule; a graph of Bonferroni tests covers the sequential ones.

A hypothesis whose p-value does not exist stays in its family and counts as not rejected: its p enters as 1.
Leaving it out would make the family smaller the more endpoints fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STATSMODELS = {"holm": "holm", "hochberg": "simes-hochberg", "benjamini-hochberg": "fdr_bh"}
FIXED, GRAPH = "fixed sequence", "graph"


@dataclass(frozen=True)
class Adjustment:
    """Adjusted p-values in the order of the family, and the place of each in the order of rejection."""

    pvalues: tuple[float, ...]
    order: tuple[int, ...]


def adjust(
    pvalues: Sequence[float], rule: str, weights: Array | None = None, moves: Array | None = None
) -> Adjustment:
    """Return the adjusted p-values of a family.

    Parameters
    ----------
    pvalues : sequence of float
        In the order of the family; NaN where there is none.
    rule : str
        ``holm``, ``hochberg``, ``benjamini-hochberg``, ``fixed sequence`` or ``graph``.
    weights, moves : (m,) and (m, m) array, optional
        Of a graph: the share of alpha of each hypothesis, and to which others it goes when one is rejected.
    """
    found = np.nan_to_num(np.asarray(pvalues, dtype=float), nan=1.0)
    if rule == FIXED:
        weights, moves = chain(len(found))
    if rule in (FIXED, GRAPH):
        assert weights is not None and moves is not None  # the configuration gives a graph its numbers
        return graph(found, weights, moves)
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(found, method=STATSMODELS[rule])[1]
    return Adjustment(tuple(map(float, adjusted)), _places(np.lexsort((found, adjusted))))


def chain(size: int) -> tuple[Array, Array]:
    """Return the graph of a fixed sequence: all of alpha on the first, each gives it to the next."""
    weights = np.zeros(size)
    weights[0] = 1.0
    return weights, np.eye(size, k=1)


def equal_graph(size: int) -> tuple[Array, Array]:
    """Return the graph of Holm's procedure: equal shares, each goes to all others alike."""
    moves = (np.ones((size, size)) - np.eye(size)) / max(size - 1, 1)
    return np.full(size, 1 / size), moves


def graph(pvalues: Array, weights: Array, moves: Array) -> Adjustment:
    """Return the adjusted p-values of a graph (Bretz, Maurer, Brannath and Posch 2009, algorithms 1 and 2).

    Parameters
    ----------
    pvalues, weights : (m,) array
    moves : (m, m) array
        Row j: where the share of hypothesis j goes when it is rejected.
    """
    share, g = np.array(weights, dtype=float), np.array(moves, dtype=float)
    left = list(range(len(pvalues)))
    adjusted, reached, order = np.ones(len(pvalues)), 0.0, []
    while left:
        needed = [pvalues[j] / share[j] if share[j] > 0 else np.inf for j in left]
        j = left[int(np.argmin(needed))]
        reached = max(reached, min(1.0, min(needed)))
        adjusted[j] = reached
        order.append(j)
        left.remove(j)
        share, g = _without(share, g, j, left)
    return Adjustment(tuple(map(float, adjusted)), _places(np.array(order)))


def _without(share: Array, g: Array, j: int, left: Sequence[int]) -> tuple[Array, Array]:
    """Return shares and moves after hypothesis j was rejected: both pass through it."""
    passed = np.array([share[k] + share[j] * g[j, k] if k in left else 0.0 for k in range(len(share))])
    moved = np.zeros_like(g)
    for k in left:
        loop = g[k, j] * g[j, k]
        for other in left:
            if k != other and loop < 1:
                moved[k, other] = (g[k, other] + g[k, j] * g[j, other]) / (1 - loop)
    return passed, moved


def _places(order: NDArray[np.int64]) -> tuple[int, ...]:
    """Return the place of each hypothesis, 1 first, from the hypotheses in order."""
    places = np.empty(len(order), dtype=int)
    places[order] = np.arange(1, len(order) + 1)
    return tuple(int(place) for place in places)
