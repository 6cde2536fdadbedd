"""What every output must say of the data that it was made from, known before anything is rendered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.study.files import json_text, write_if_changed

SYNTHETIC_MARK = "SYNTHETIC DATA: made by a program, no patients"
DUMMY_MARK = "DRY RUN: DUMMY ARM LABELS, no comparison of treatments"
SEEN_MARK = "NOT BLIND: real arms of these data were analysed before"


def make_label(lock: Mapping[str, Any], seen: bool = False) -> dict[str, Any]:
    """Return what outputs say of a lock.

    Parameters
    ----------
    lock : mapping
        The verified lock.
    seen : bool
        Whether the data of a dry run were analysed with their real arms before.

    Returns
    -------
    dict
        `synthetic`, `dummy_arms`, `blind` (null where arms are real), and `marks`: the texts that every
        output carries, in this order.
    """
    dummy = lock["state"] == "dry-run"
    marks = [
        text
        for text, applies in (
            (SYNTHETIC_MARK, lock["synthetic"]),
            (DUMMY_MARK, dummy),
            (SEEN_MARK, dummy and seen),
        )
        if applies
    ]
    return {
        "synthetic": lock["synthetic"],
        "dummy_arms": dummy,
        "blind": not seen if dummy else None,
        "marks": marks,
    }


def write_label(path: Path, label: Mapping[str, Any]) -> None:
    """Write the label if it changed: all tables and figures are drawn from it."""
    write_if_changed(path, json_text(label))
