"""Which results each output prints."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trial.study.errors import DataError
from trial.trace.files import read_rows
from trial.trace.results import order_of
from trial.trace.shards import ranges


def list_printed(ard: Path, entries: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return id, number, title and printed results of every output that prints some.

    Raises
    ------
    DataError
        If an output prints a result that ard.csv has not.
    """
    order = sorted((row[0] for row in read_rows(ard, ["result_id"])), key=order_of)
    index = {one: at for at, one in enumerate(order)}
    found = []
    for entry in entries:
        strange = [one for one in entry["results"] if one not in index]
        if strange:
            raise DataError(str(entry["id"]), "an output prints results that ard.csv has not", strange)
        if entry["results"]:
            printed = sorted({index[one] for one in entry["results"]})
            found.append([entry["id"], entry["number"], entry["title"], ranges(printed)])
    return found
