"""Comparisons that are of another lock than the study's present one: they are moved aside, and named."""

import shutil
from pathlib import Path

from trial.study.apart import ASIDE
from trial.study.files import read_json

# What `make compare` leaves of one archive: its data and its pages.
FOLDERS = ("compare", "report/compare")


def set_aside_comparisons(results: Path) -> list[str]:
    """Move comparisons aside whose newer side is another lock than `lock.json`; return whom they were with.

    One of the same name that was set aside earlier is replaced.
    """
    lock = read_json(results / "lock.json")["short_hash"]
    names = [
        path.parent.name
        for path in sorted((results / FOLDERS[0]).glob("*/compare.json"))
        if read_json(path)["new"]["short_hash"] != lock
    ]
    for name in names:
        for folder in FOLDERS:
            source, target = results / folder / name, results / ASIDE / folder / name
            shutil.rmtree(target, ignore_errors=True)
            if source.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
    return names
