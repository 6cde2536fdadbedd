"""The data lock as the study names its files: verified while the Snakefile is read, before any job."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from trial.plan.study import AnalysedStudy, AnyStudy
from trial.review.config import Lock
from trial.review.lock import verify_lock
from trial.review.log import EXAMPLE, current_lock
from trial.review.plan import PLAN, compare_plan
from trial.study.chained_log import CHAIN
from trial.study.errors import LockError
from trial.study.files import json_text, read_json, sha256, write_if_changed
from trial.study.label import make_label, write_label
from trial.study.raw_files import LOCK_FILE, LOG_FILE
from trial.study.unblinding import RECORD, read_unblindings


def read_lock(study: AnyStudy, content: Mapping[str, Any], folder: Path) -> None:
    """Compare every raw file of a study with its lock, and write what jobs read of it where that changed.

    These are, below `results`, `lock.json`, `spec/label.json` (what outputs say of the data) and
    `spec/plan.json` (whether configuration and plan are still those of the lock). Where the lock is refused,
    nothing is written.

    Parameters
    ----------
    study : Study
    content : mapping
        The parsed configuration.
    folder : Path
        The study.

    Raises
    ------
    LockError, ConfigError
        If there is no lock, it cannot be read, its log lacks the last run's, or a raw file is not as locked.
    """
    raw, results = folder / "data" / "raw", folder / "results"
    found = current_lock(raw)
    if found is None:
        raise LockError(str(raw / LOCK_FILE), "the raw files are not locked", hint=EXAMPLE)
    lock, log = found
    _refuse_shortened(raw / LOG_FILE, {line[CHAIN] for line in log}, results / "lock.json")
    verified = verify_lock(lock, raw, named_files(study)) | {"log_chain": log[-1][CHAIN]}
    seen = read_unblindings(folder / RECORD)
    plan = compare_plan(lock, content, sha256(folder / "config.yaml"))
    write_if_changed(results / "lock.json", json_text(verified))
    write_label(results / "spec" / "label.json", make_label(verified, seen[0]["LOCK_ID"] if seen else ""))
    write_if_changed(results / "spec" / "plan.json", json_text(plan))
    if plan["plan_as_locked"] is False:
        _say(lock)


def _refuse_shortened(path: Path, chain: Collection[str], last: Path) -> None:
    """Refuse a log without the line that the last run stood on: its own chain cannot show what is gone."""
    known = read_json(last).get("log_chain") if last.is_file() else None
    if known and known not in chain:
        raise LockError(
            str(path),
            "the lock of the last run is not in it: lines were taken off its end, or it was begun anew",
            hint="restore the log from your records; to give up the earlier results with it: make clean",
        )


def _say(lock: Lock) -> None:
    sections = ", ".join(PLAN)
    text = f"The analysis plan ({sections} of config.yaml) is not the one that lock {lock.lock_id} recorded."
    print(text, file=sys.stderr)


def named_files(study: AnyStudy) -> dict[str, str]:
    """Return the paths and patterns of raw files that a study names, by the keys that name them."""
    if isinstance(study, AnalysedStudy):
        bds = {f"adam.bds.{name}.file": file.file for name, file in study.adam.bds.items()}
        return {"adam.adsl.file": study.adam.adsl.file} | bds
    named = {f"edc.{kind}": path for kind, path in study.edc.files().items()}
    for name, source in study.sources.items():
        named |= {f"sources.{name}.files.{at}": pattern for at, pattern in enumerate(source.files)}
        if source.join is not None:
            named[f"sources.{name}.join.file"] = source.join.file
    if study.homa2 is not None and study.homa2.results:
        named["homa2.results"] = study.homa2.results
    return named
