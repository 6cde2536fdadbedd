"""How a data lock is made: what lies in `data/raw` is described, and put in force if it may."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import yaml

from trial.plan.facts import Facts, find_facts
from trial.plan.load import load_study
from trial.plan.locked import named_files
from trial.plan.study import AnyStudy
from trial.review.config import Lock, State
from trial.review.lock import compare_names, hash_files, short_hash
from trial.review.log import EXAMPLE, current_lock, record_lock
from trial.review.plan import hash_plan
from trial.review.transitions import find_problems
from trial.study.errors import LockError
from trial.study.files import sha256
from trial.study.load import parse, read_yaml
from trial.study.raw_files import RawFolder, of_lock, walk


@dataclass(frozen=True)
class Asked:
    """What the data manager asked for, as typed; empty is what was not given."""

    id: str
    state: str
    cut: str
    signed: str
    parent: str = ""
    reason: str = ""
    synthetic: str = ""


def lock_study(folder: Path, asked: Asked, now: datetime) -> list[str]:
    """Lock the raw files of a study as they lie there, and return what is to be said of it.

    Parameters
    ----------
    folder : Path
        The study: `config.yaml` and `data/raw`.
    now : datetime
        The moment of the lock, with its time zone.

    Raises
    ------
    ConfigError
        If the configuration is not sound: it says which files there are and how they are read.
    LockError
        With everything that speaks against the lock, and what to do; then nothing is written.
    """
    raw, content = folder / "data" / "raw", read_yaml(folder / "config.yaml")
    study, found = load_study(content), current_lock(raw)
    old, log = found if found else (None, ())
    _refuse_incomplete(asked, old)
    hashes = _hash_all(raw, study)
    cut = _read_cut(asked.cut, old)
    facts, said = find_facts(study, RawFolder(raw, hashes, asked.id, ""), cut)
    lock = parse(
        Lock,
        _head(asked, old, cut, study) | _hashes(folder, content) | _files(raw, hashes, facts),
        "make lock",
    )
    short = short_hash(hashes)
    if old is not None and _same(lock, old):
        return [
            f"Lock {lock.lock_id} ({short}), state {lock.state}, is in force already; nothing was written."
        ]
    problems = find_problems(lock, short, old, log, (asked.parent, asked.reason), now.date())
    if problems:
        raise LockError("make lock", "this lock cannot be made; nothing was written", problems)
    record_lock(raw, lock, _text(lock), short, asked.reason, now)
    about = f"state {lock.state}, data cut {lock.cut_date}, {len(hashes)} files"
    return [*said, f"Lock {lock.lock_id} ({short}) is in force: {about}."]


def _refuse_incomplete(asked: Asked, old: Lock | None) -> None:
    needed = {"ID": asked.id, "STATE": asked.state, "SIGNED": asked.signed}
    if old is None:
        needed["CUT"] = asked.cut
    if missing := [name for name, text in needed.items() if not text.strip()]:
        raise LockError("make lock", f"missing: {', '.join(missing)}", hint=EXAMPLE)
    if asked.state not in get_args(State):
        raise LockError(
            "make lock", f"STATE={asked.state}: expected {', '.join(get_args(State))}", hint=EXAMPLE
        )
    if asked.synthetic not in ("", "yes", "no"):
        raise LockError("make lock", f"SYNTHETIC={asked.synthetic}: expected yes or no")


def _read_cut(text: str, old: Lock | None) -> date:
    if not text and old is not None:
        return old.cut_date
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LockError("make lock", f"CUT={text}: expected a day, YYYY-MM-DD", hint=EXAMPLE) from None


def _hash_all(raw: Path, study: AnyStudy) -> dict[str, str]:
    """Return the SHA-256 of every raw file; what cannot be locked is named."""
    kinds = dict(walk(raw)) if raw.is_dir() else {}
    names = of_lock(kinds)
    strange = {name: kind for name, kind in kinds.items() if kind}
    problems = [
        f"{name}: {kind}; only plain files in plain folders are locked" for name, kind in strange.items()
    ]
    problems += compare_names([name for name in names if name not in strange], named_files(study), "data/raw")
    if problems or not names:
        what = "these files cannot be locked" if names else "there is no file to lock"
        raise LockError(str(raw), what, sorted(problems), "mend it and lock again; nothing was written")
    return hash_files(raw, names)


def _head(asked: Asked, old: Lock | None, cut: date, study: AnyStudy) -> dict[str, Any]:
    parent = old.lock_id if old is not None and old.lock_id != asked.id else old.parent_lock if old else None
    synthetic = asked.synthetic == "yes" if asked.synthetic else old is not None and old.synthetic
    return {
        "lock_id": asked.id,
        "state": asked.state,
        "parent_lock": parent,
        "cut_date": cut,
        "synthetic": synthetic,
        "signed_by": [role.strip() for role in asked.signed.split(";") if role.strip()],
        "dictionaries": dict(study.dictionaries),
    }


def _hashes(folder: Path, content: Mapping[str, Any]) -> dict[str, str]:
    return {"config_sha256": sha256(folder / "config.yaml"), "plan_sha256": hash_plan(content)}


def _files(raw: Path, hashes: Mapping[str, str], facts: Mapping[str, Facts]) -> dict[str, Any]:
    def entry(name: str) -> dict[str, Any]:
        plain = {"path": name, "sha256": hashes[name], "bytes": (raw / name).stat().st_size}
        return plain | asdict(facts.get(name, Facts()))

    return {"files": [entry(name) for name in sorted(hashes)]}


def _same(lock: Lock, old: Lock) -> bool:
    """Return whether a lock is the one in force; the configuration may have changed since."""

    def head(one: Lock) -> tuple[Any, ...]:
        signed = sorted(role.casefold() for role in one.signed_by)
        return (
            one.lock_id,
            one.state,
            one.cut_date,
            one.synthetic,
            signed,
            {f.path: f.sha256 for f in one.files},
        )

    return head(lock) == head(old)


def _text(lock: Lock) -> str:
    return yaml.safe_dump(lock.model_dump(), sort_keys=False, allow_unicode=True, default_flow_style=False)
