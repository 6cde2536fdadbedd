"""The one module of this room that opens files of the export; results are read by `trial.study.files`."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trial.study.errors import FileError

CHECKSUMS = "checksums.txt"


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with the line ends that it has."""
    write_bytes(path, text.encode("utf-8"))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file."""
    return path.read_bytes()


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of every file of the export, as `sha256sum --check` reads it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in found
    )
    write_text(folder / CHECKSUMS, "".join(lines))


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends without error.

    Raises
    ------
    FileError
        If it cannot be written; what stood there still does.
    """
    temporary = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        if folder.exists():
            shutil.rmtree(folder)
        temporary.replace(folder)
    except OSError as error:
        where, why = error.filename or str(folder), error.strerror or str(error)
        hint = "free the disk or make the folder writable, then `make export` again"
        raise FileError(str(where), f"the export cannot be written: {why}", hint=hint) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
