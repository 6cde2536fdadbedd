"""Random numbers that depend on nothing but the seed, the endpoint, their purpose and the subject."""

import hashlib
from collections.abc import Sequence

import numpy as np

from mmrm.linalg import Array

PARAMETERS, RESIDUALS = "parameters", "residuals"


def open_stream(seed: int, *names: str) -> np.random.Generator:
    """Return the stream of some names under a seed: the same on every machine and in any order of jobs."""
    digest = hashlib.sha256("\x1f".join((str(seed), *names)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def subject_noise(seed: int, endpoint: str, subjects: Sequence[str], shape: tuple[int, int]) -> Array:
    """Return standard normal numbers for every imputation, subject and visit, (M, n, J).

    Each subject has a stream of its own: the order of subjects, further subjects and another strategy leave
    its numbers as they are, so that strategies are compared on common random numbers.
    """
    parts = [open_stream(seed, endpoint, RESIDUALS, subject).standard_normal(shape) for subject in subjects]
    return np.stack(parts, axis=1)
