"""The data lock as it stands in `data/raw/LOCK.yaml`."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trial.study.base import RawPath, Strict, Text, listed
from trial.study.load import parse, read_yaml

State = Literal["dry-run", "soft", "hard", "unlocked", "relocked"]
LOCK_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LockId = Annotated[str, StringConstraints(pattern=LOCK_ID)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class LockedFile(Strict):
    """One raw file as the data lock recorded it; null is what its reader could not say."""

    path: RawPath
    sha256: Sha256
    bytes: Count
    rows: Count | None = None
    columns: Count | None = None
    subjects: Count | None = None
    first_date: date | None = None
    last_date: date | None = None


class Lock(Strict):
    """`data/raw/LOCK.yaml`: the identity of a data lock and the hash of each of its files."""

    lock_id: LockId
    state: State
    parent_lock: LockId | None
    cut_date: date
    synthetic: bool
    signed_by: listed(Text)  # type: ignore[valid-type]
    dictionaries: dict[str, Text]
    config_sha256: Sha256 | None
    plan_sha256: Sha256 | None
    files: listed(LockedFile)  # type: ignore[valid-type]


def load_lock(path: Path) -> Lock:
    """Return the data lock that `path` (LOCK.yaml) records."""
    return parse(Lock, read_yaml(path), str(path))
