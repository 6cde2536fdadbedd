"""The data lock as the study names its files: verified while the Snakefile is read, before any job."""

from pathlib import Path

from trial.plan.study import AnalysedStudy, AnyStudy
from trial.review.config import load_lock
from trial.review.lock import verify_lock
from trial.study.errors import LockError
from trial.study.files import json_text, write_if_changed
from trial.study.label import make_label, write_label
from trial.study.raw_files import LOCK_FILE


def read_lock(study: AnyStudy, raw: Path, results: Path) -> None:
    """Compare every raw file with the lock, and write `lock.json` and `spec/label.json` where they changed.

    Nothing is written where the lock is refused.

    Raises
    ------
    LockError, ConfigError
        If there is no lock, it cannot be read, or a raw file is not as locked.
    """
    path = raw / LOCK_FILE
    if not path.is_file():
        raise LockError(
            str(path), "the raw files are not locked",
            hint='make lock ID=DBL-1 STATE=hard CUT=YYYY-MM-DD SIGNED="data manager; statistician"',
        )  # fmt: skip
    lock = verify_lock(load_lock(path), raw, named_files(study))
    write_if_changed(results / "lock.json", json_text(lock))
    write_label(results / "spec" / "label.json", make_label(lock))


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
