"""The record of when the real arms of a study were first analysed: a later dry run is not blind any more.

`UNBLINDED.csv` stands beside `config.yaml`: no run of the pipeline and no `make clean` takes it away.
"""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trial.study.chained_log import append_log, read_log
from trial.study.dummy_arms import arm_key
from trial.study.raw_files import DRY_RUN

RECORD = "UNBLINDED.csv"
COLUMNS = ("WHEN", "BY", "LOCK_ID", "STATE", "DATA", "ARM_KEY")


def record_unblinding(path: Path, lock: Mapping[str, Any], arms: Mapping[str, str], now: datetime) -> None:
    """Record that real arms are analysed, unless it is a dry run or these arms of these data were before.

    Parameters
    ----------
    path : Path
        The record, `UNBLINDED.csv`.
    lock : mapping
        Content of `lock.json`.
    arms : mapping of str to str
        The arm of each subject.
    now : datetime
        The moment, with its time zone.

    Raises
    ------
    LockError
        If the record was edited.
    """
    if lock["state"] == DRY_RUN:
        return
    key = arm_key(arms)
    if any((line["DATA"], line["ARM_KEY"]) == (lock["fingerprint"], key) for line in read_unblindings(path)):
        return
    line = {
        "WHEN": now.astimezone(UTC).isoformat(timespec="seconds"),
        "BY": _user(),
        "LOCK_ID": lock["lock_id"],
        "STATE": lock["state"],
        "DATA": lock["fingerprint"],
        "ARM_KEY": key,
    }
    append_log(path, COLUMNS, line)


def read_unblindings(path: Path) -> list[dict[str, str]]:
    """Return the lines of the record, oldest first; none where no real arm was ever analysed."""
    return read_log(path, COLUMNS)


def _user() -> str:
    """Return the login name of who runs the pipeline, where the system knows one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
