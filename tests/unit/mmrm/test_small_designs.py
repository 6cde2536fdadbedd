"""The ladder on random small designs agrees with a dense likelihood, or refuses for a reason it bears out."""

from __future__ import annotations

import pytest

from unit.mmrm.small_designs import disagreements, falls_below

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


# Designs whose four structured fits are accepted.
SHORT_SINGULAR = (0, 4)


@pytest.mark.parametrize("seed", SHORT_SINGULAR)
def test_no_accepted_structured_fit_is_undercut_next_to_a_singular_matrix(seed: int) -> None:
    found, accepted = falls_below(seed, n_starts=2)
    assert found == [] and accepted == 4


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_no_accepted_structured_fit_is_undercut_long(first: int) -> None:
    """toeph, ar1h, csh and cs: dense runs from beside singular matrices of the structure, as it can reach them."""
    assert [text for seed in range(first, first + 20) for text in falls_below(seed, n_starts=6)[0]] == []
