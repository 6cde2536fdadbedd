"""What every output must say of the data that it was made from, known before anything is rendered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.study.files import json_text, read_json, write_if_changed
from trial.study.raw_files import DRY_RUN

SYNTHETIC_MARK = "SYNTHETIC DATA: made by a program, no patients"
DUMMY_MARK = "DRY RUN: DUMMY ARM LABELS, no comparison of treatments"
SEEN_MARK = "NOT BLIND: the real arms were analysed before, under lock "


def make_label(lock: Mapping[str, Any], seen: str = "") -> dict[str, Any]:
    """Return what outputs say of a lock.

    Parameters
    ----------
    lock : mapping
        The verified lock.
    seen : str
        The lock under which the real arms of the study were analysed before; empty for none.

    Returns
    -------
    dict
        `synthetic`, `dummy_arms`, `blind` (null where arms are real), and `marks`: the texts that every
        output carries, in this order.
    """
    dummy = lock["state"] == DRY_RUN
    marks = [
        text
        for text, applies in (
            (SYNTHETIC_MARK, lock["synthetic"]),
            (DUMMY_MARK, dummy),
            (SEEN_MARK + seen, dummy and seen),
        )
        if applies
    ]
    return {
        "synthetic": lock["synthetic"],
        "dummy_arms": dummy,
        "blind": not seen if dummy else None,
        "marks": marks,
    }


def read_label(path: Path) -> dict[str, Any]:
    """Return the label as it was written."""
    return dict(read_json(path))


def write_label(path: Path, label: Mapping[str, Any]) -> None:
    """Write the label if it changed: all tables and figures are drawn from it."""
    write_if_changed(path, json_text(label))
