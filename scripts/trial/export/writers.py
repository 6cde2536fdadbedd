"""The writers of an export, in order: each gets the whole of it and the folder that its files go to."""

from collections.abc import Callable
from pathlib import Path

from trial.export import adrg, dataset_json, define, listing, programs, transport
from trial.export.package import Export

Writer = Callable[[Export, Path], None]
WRITERS: tuple[Writer, ...] = (
    transport.write,
    dataset_json.write,
    programs.write,
    listing.write,
    # Last: they look for the files that the others left.
    adrg.write,
    define.write,
)
