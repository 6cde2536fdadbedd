"""The writers of an export, in order: each gets the whole export and the folder, and writes its files there."""

from collections.abc import Callable
from pathlib import Path

from trial.export.package import Export

Writer = Callable[[Export, Path], None]
WRITERS: tuple[Writer, ...] = ()
