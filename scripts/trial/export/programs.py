"""The texts of the programs as lower-case ASCII `.txt`, one file each, as agencies take them.

A character beyond ASCII stands as its escape (`\\u00b5`), as Python writes it. The texts are for reading: the
head of each names the program and the SHA-256 that the manifest has of it.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from trial.export.files import read_bytes, write_bytes
from trial.export.package import Export
from trial.study.errors import DataError

FOLDER = "programs"
# What makes numbers, tables and figures; styles and pages of the review are no programs of the analysis.
KINDS = (".py", ".smk", ".sh", ".R", ".csv", ".j2", ".mplstyle")
ALSO = ("Snakefile", "config.yaml", "requirements.lock")
COMMENT = "#"
NAME = re.compile(r"[a-z0-9_-]+\.txt")


def write(export: Export, folder: Path) -> None:
    """Write every program that the results stand on, and the configuration, as `programs/<name>.txt`.

    Raises
    ------
    DataError
        If a program is not what it was when the results were made, or two would have one name.
    """
    names: dict[str, str] = {}
    for path, source, digest in programs(export):
        content = read_bytes(source)
        if hashlib.sha256(content).hexdigest() != digest:
            raise DataError(path, "not the program that the results were made by", hint="make results")
        name = file_name(path)
        if name in names:
            raise DataError(path, f"its text would have the name of {names[name]}, {name}")
        names[name] = path
        write_bytes(folder / FOLDER / name, as_text(path, content.decode("utf-8"), digest))


def programs(export: Export) -> Iterator[tuple[str, Path, str]]:
    """Yield path, file and SHA-256 of each program, as the manifest of the results has them."""
    for path, digest in sorted(export.manifest["code"].items()):
        if PurePosixPath(path).suffix in KINDS or path in ALSO:
            yield path, export.code / path, digest
    file = export.manifest["config"]["file"]
    yield file["path"], export.results.parent / file["path"], file["sha256"]


def file_name(path: str) -> str:
    """Return the name of a program's text: its path in lower case, of letters, digits, hyphen, underscore.

    Raises
    ------
    DataError
        If the path has other characters.
    """
    # The ending stays: `a.py` and `a.smk` are two programs.
    parts = path.removeprefix("scripts/").split("/")
    name = "-".join(part.replace(".", "_") for part in parts).lower() + ".txt"
    if not NAME.fullmatch(name):
        raise DataError(path, f"no name for an export: {name}", hint="name it of letters, digits, - and _")
    return name


def as_text(path: str, text: str, digest: str) -> bytes:
    """Return the text of a program in ASCII, with its path and hash at the head."""
    head = f"{COMMENT} Program: {path}\n{COMMENT} SHA-256 of the program: {digest}\n\n"
    return (head + text).encode("ascii", "backslashreplace")
