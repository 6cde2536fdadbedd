"""Outputs made under an earlier data lock that nothing changed: they get the lines of the present one.

A table that a new lock leaves as it was need not be made again, but its footer must name the lock whose data
it now stands on. The lines are exchanged in the finished files; the bytes are those of an output made anew.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from trial.display.files import load_bytes, load_entry, restore_bytes, restore_entry
from trial.display.pages.places import FORMATS, Places
from trial.display.provenance import Stamp
from trial.study.files import sha256_as_written

PICTURE = "png"


def stamp_outputs(ids: tuple[str, ...], places: Places, stamp: Stamp) -> dict[str, Any]:
    """Write the present lock into every output that has another, and return the index of all outputs.

    Parameters
    ----------
    ids : tuple of str
        The outputs of the study.
    places : Places
    stamp : Stamp
        Of the present lock.

    Returns
    -------
    dict
        `lock`; and `outputs`: for each id the SHA-256 of its entry and of its files by suffix.
    """
    return {"lock": stamp.lock, "outputs": {one: _stamp_output(one, places, stamp) for one in sorted(ids)}}


def _stamp_output(output: str, places: Places, stamp: Stamp) -> dict[str, str]:
    path = places.outputs / f"{output}.json"
    entry = load_entry(path)
    files = {suffix: places.of_kind(entry["kind"], f"{output}.{suffix}") for suffix in FORMATS[entry["kind"]]}
    if entry["lock"] != stamp.lock:
        exchanged = partial(exchange_lines, old=replace(stamp, **entry["lock"]), new=stamp)
        for suffix, file in files.items():
            restore_bytes(_renewed(load_bytes(file), suffix, exchanged, stamp), file)
        # Last: of an output whose entry names the present lock nothing is left to do.
        notes = [exchanged(note) for note in entry["notes"]]
        restore_entry(entry | {"notes": notes, "lock": stamp.lock}, path)
    return {"json": sha256_as_written(path)} | {
        suffix: sha256_as_written(file) for suffix, file in files.items()
    }


def exchange_lines(text: str, old: Stamp, new: Stamp) -> str:
    """Return a text with what it says of one lock said of another.

    Ids, hashes, states and dates hold no character that HTML, RTF, SVG or CSV writes in another way.
    """
    for before, after in (
        (old.lock_line, new.lock_line),
        (old.lock_text, new.lock_text),
        (old.cut_text, new.cut_text),
    ):
        text = text.replace(before, after)
    return text


def _renewed(content: bytes, suffix: str, exchanged: Callable[[str], str], stamp: Stamp) -> bytes:
    if suffix != PICTURE:
        return exchanged(content.decode("utf-8")).encode("utf-8")
    # Matplotlib is loaded only where a picture is changed.
    from trial.display.figures.frame import renew_lock_line

    return renew_lock_line(content, stamp.lock_line)
