"""Each file hashed once while it stays as it is, however many jobs snakemake hashes it for.

Snakemake keeps with every output of a job the hashes of all its inputs, and reads the inputs again for each
of these outputs: of a run of hundreds of small jobs that is a tenth of the time.
"""

import os
from typing import Any

from snakemake.io import _IOFile

CALCULATE = _IOFile.checksum


def remember() -> None:
    """Let snakemake of this process remember what it hashed."""
    known: dict[tuple[Any, ...], tuple[tuple[int, ...], str | None]] = {}

    async def checksum(
        self: _IOFile, threshold: int | None = None, force: bool = False, algorithm: Any = None
    ) -> str | None:
        try:
            found = os.stat(self.file)  # noqa: PTH116  # a Path is made for each of thousands
        except OSError:
            return await CALCULATE(self, threshold, force, algorithm)
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        asked = (self.file, threshold, force, algorithm)
        if known.get(asked, ((), None))[0] != state:
            known[asked] = (state, await CALCULATE(self, threshold, force, algorithm))
        return known[asked][1]

    _IOFile.checksum = checksum
