"""A printed number beside the values that it may be."""

import random

import pytest

from trial.delivery.printed import tokens

TEXTS = ("0.25", "−1.5", "<0.001", ">0.99", "≤2.0", "≥3", "1.2e-05", "12.345%", "0", "7.5")


@pytest.mark.parametrize("text", TEXTS)
def test_the_nearest_values_decide_whether_one_of_many_is_shown(text):
    (token,) = tokens(text)
    chance = random.Random(text)
    for size in (0, 1, 2, 3, 30):
        for _ in range(200):
            values = [
                token.value + token.half * chance.choice((-3, -1, 0, 1, 3)) * chance.random()
                for _ in range(size)
            ]
            assert token.shows_one_of(sorted(values)) == any(map(token.shows, values))


def test_values_at_the_edge_of_rounding_are_shown_and_those_beyond_are_not():
    (token,) = tokens("0.25")
    assert token.shows_one_of([0.1, 0.245, 0.9])
    assert token.shows_one_of([0.1, 0.255, 0.9])
    assert not token.shows_one_of([0.1, 0.2449, 0.2551, 0.9])
