"""The ladder on random small designs agrees with a dense likelihood, or refuses for a reason it bears out."""

from __future__ import annotations

import pytest

from unit.mmrm.small_designs import disagreements

# Eight designs that between them end on every rung, meet collapses, flat likelihoods and two maxima.
SHORT = (0, 1, 3, 9, 24, 26, 46, 52)


@pytest.mark.parametrize("seed", SHORT)
def test_ladder_against_a_dense_likelihood(seed: int) -> None:
    assert disagreements(seed, n_starts=2) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_ladder_against_a_dense_likelihood_long(first: int) -> None:
    found = [text for seed in range(first, first + 20) for text in disagreements(seed, n_starts=5)]
    assert found == []
