"""The fuzzer: a short run here, the long one with `make long`."""

import pytest

from fuzz.fuzz_labs import fuzz


def test_five_hundred_mutants():
    assert fuzz(mutants=500, seed=20190424) == []


@pytest.mark.long
def test_twenty_thousand_mutants():
    assert fuzz(mutants=20_000, seed=100_000) == []
