"""A short run of the fuzzer; the long one is `python tests/fuzz/fuzz_labs.py --mutants 20000 --seed 1`."""

from fuzz.fuzz_labs import fuzz


def test_a_hundred_mutants():
    assert fuzz(mutants=100, seed=20190424) == []
