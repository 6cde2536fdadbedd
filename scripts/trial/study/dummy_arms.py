"""The arms of a dry run: the real ones dealt anew among the subjects, so that nothing shows who had which.

The whole pipeline runs on them as it will on the real arms; each arm keeps its size. Who gets which depends
on the lock's id and the subjects' ids alone, so a dry run is repeated to the byte.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

Arm = TypeVar("Arm")
PREFIX = "DUMMY "


def deal_arms(arms: Mapping[str, Arm], seed: str) -> dict[str, Arm]:
    """Return the arm of each subject, dealt anew.

    Parameters
    ----------
    arms : mapping of str to Arm
        The real arm of each subject.
    seed : str
        The id of the lock.
    """
    order = sorted(arms, key=lambda subject: hashlib.sha256(f"{seed}\n{subject}".encode()).digest())
    return dict(zip(order, [arms[subject] for subject in sorted(arms)], strict=True))


def with_dummy_labels(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose arms are printed as DUMMY."""
    arms = [arm | {"label": PREFIX + arm["label"]} for arm in content["arms"]]
    return dict(content) | {"arms": arms}


def arm_key(arms: Mapping[str, str]) -> str:
    """Return the SHA-256 of the arm key: one line `subject<TAB>arm code` per subject, sorted."""
    text = "".join(f"{subject}\t{arm}\n" for subject, arm in sorted(arms.items()))
    return hashlib.sha256(text.encode()).hexdigest()
