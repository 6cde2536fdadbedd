"""The part of the study that each job stands on, so that a change of the rest reruns nothing of it.

The Snakefile writes each slice to `results/spec/<name>.json` when its content changes; a job has its slice as
an input, and its script reads nothing else of the configuration. Each room says what its jobs stand on.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.plan.code import AGAIN
from trial.plan.delivery import delivery_spec
from trial.plan.jobs import collect_spec
from trial.plan.rooms import rooms_of
from trial.plan.study import AnyStudy
from trial.study.base import Strict
from trial.study.errors import RunError
from trial.study.files import read_text, remove, sha256, write_if_changed

# What stands beside the slices and is no part of the configuration.
BESIDE = ("label.json", "plan.json")


def slice_study(study: AnyStudy) -> dict[str, Strict]:
    """Return every slice by name: `<rule>`, or `<kind>.<what it is of>`."""
    slices = {name: content for room in rooms_of(type(study)) for name, content in room.slices(study)}
    return slices | {"collect_ard": collect_spec(study), "deliver": delivery_spec(study)}


def write_slices(study: AnyStudy, folder: Path, whole: Mapping[str, Any]) -> None:
    """Write each slice that is new or differs; remove those of jobs that are no more.

    `whole`: what else stands beside the slices, by name: the configuration as it was read, the environment.
    """
    slices = _all(study, whole)
    for name, content in slices.items():
        write_if_changed(folder / f"{name}.json", _text(content))
    for path in folder.glob("*.json"):
        if path.stem not in slices and path.name not in BESIDE:
            remove(path)


def compare_slices(study: AnyStudy, folder: Path, whole: Mapping[str, Any]) -> None:
    """Compare the slices with those that the run's first process has written (`write_slices`).

    Raises
    ------
    RunError
        If one differs: a job on a node of a cluster would not do what the run has planned.
    """
    texts = {name: _text(content) for name, content in _all(study, whole).items()}
    changed = [name for name, text in texts.items() if read_text(folder / f"{name}.json") != text]
    if changed:
        raise RunError("config.yaml", "changed since this run began, in what these jobs read", changed, AGAIN)


def _all(study: AnyStudy, whole: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content.model_dump(mode="json") for name, content in slice_study(study).items()} | {**whole}


def as_read(config: Path, content: Any) -> dict[str, Any]:
    """Return the configuration as a run read it: the hash of the file, and what stood in it key by key.

    `content` may differ from the file where the command line changed a key.
    """
    return {"path": config.as_posix(), "sha256": sha256(config), "content": content}


def _text(content: Any) -> str:
    """Return a slice on one line: hundreds of them are written anew at each start of Snakemake.

    A date of the configuration is written as it stood there.
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str) + "\n"
