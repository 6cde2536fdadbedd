"""The log of data locks: which lock stood when, made in which role, out of which, and why."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from trial.review.config import Lock, load_lock
from trial.study.chained_log import append_log, read_log
from trial.study.errors import LockError
from trial.study.files import sha256, write_text
from trial.study.raw_files import HISTORY, LOCK_FILE, LOG_FILE

EXAMPLE = 'make lock ID=DBL-1 STATE=hard CUT=YYYY-MM-DD SIGNED="data manager; statistician"'
COLUMNS = (
    "WHEN",
    "SIGNED_BY",
    "LOCK_ID",
    "STATE",
    "PARENT_LOCK",
    "CUT_DATE",
    "SHORT_HASH",
    "LOCK_SHA256",
    "REASON",
)


def read_locks(raw: Path) -> list[dict[str, str]]:
    """Return the lines of the log below `raw`, oldest first."""
    return read_log(raw / LOG_FILE, COLUMNS)


def kept_lock(raw: Path, line: dict[str, str]) -> Path:
    """Return where the LOCK.yaml of a line of the log is kept."""
    return raw / HISTORY / f"{line['LOCK_ID']}.{line['STATE']}.yaml"


def current_lock(raw: Path) -> tuple[Lock, Sequence[dict[str, str]]] | None:
    """Return LOCK.yaml and the log whose last line is about it; None where nothing was ever locked.

    Raises
    ------
    LockError
        If there is no LOCK.yaml or no log, the log was edited, or LOCK.yaml is not what its last line says.
    ConfigError
        If LOCK.yaml cannot be read.
    """
    path, lines = raw / LOCK_FILE, read_locks(raw)
    if not path.exists() and not lines:
        return None
    if not lines:
        raise LockError(
            str(raw / LOG_FILE),
            f"{LOCK_FILE} is there, but not the log that tells how it came about",
            hint=f"restore the log; data that `make lock` never locked: remove {LOCK_FILE}, then {EXAMPLE}",
        )
    last = lines[-1]
    if not path.is_file() or sha256(path) != last["LOCK_SHA256"]:
        raise LockError(
            str(path),
            f"it is not that of lock {last['LOCK_ID']}, state {last['STATE']}, the last of the log: it was "
            "edited by hand, replaced or removed, or `make lock` was interrupted",
            hint=f"cp {kept_lock(raw, last).as_posix()} {path.as_posix()} (only `make lock` changes a lock)",
        )
    return load_lock(path), lines


def record_lock(raw: Path, lock: Lock, text: str, short_hash: str, reason: str, now: datetime) -> None:
    """Keep a new lock, add it to the log, and put it in force: in this order, so that none is ever lost."""
    line = {
        "WHEN": now.astimezone(UTC).isoformat(timespec="seconds"),
        "SIGNED_BY": "; ".join(lock.signed_by),
        "LOCK_ID": lock.lock_id,
        "STATE": lock.state,
        "PARENT_LOCK": lock.parent_lock or "",
        "CUT_DATE": lock.cut_date.isoformat(),
        "SHORT_HASH": short_hash,
        "LOCK_SHA256": hashlib.sha256(text.encode()).hexdigest(),
        "REASON": reason,
    }
    write_text(kept_lock(raw, line), text)
    append_log(raw / LOG_FILE, COLUMNS, line)
    write_text(raw / LOCK_FILE, text)
