"""The data lock as it stands in `data/raw/LOCK.yaml`."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trial.study.base import RawPath, Strict, Text, listed
from trial.study.load import parse, read_yaml


class LockedFile(Strict):
    """One raw file as the data lock recorded it."""

    path: RawPath
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]
    lines: Annotated[int, Field(ge=0)] | None = None


class Lock(Strict):
    """`data/raw/LOCK.yaml`: the identity of a data lock and the hash of each of its files."""

    lock_id: Text
    state: Literal["dry-run", "soft", "hard", "unlocked", "relocked"]
    synthetic: bool
    cut_date: date
    created_by: Text
    files: listed(LockedFile)  # type: ignore[valid-type]


def load_lock(path: Path) -> Lock:
    """Return the data lock that `path` (LOCK.yaml) records."""
    return parse(Lock, read_yaml(path), str(path))
