"""Ways in which a file is damaged after it was written, and the jobs of a study with what they read."""

import os
import re
from dataclasses import dataclass
from itertools import pairwise
from shlex import split


def cut_at_a_row(path):
    """Take the last lines away: what is left looks whole."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) * 2 // 3]))


def cut(path):
    """Cut a file in two."""
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    """Leave nothing of a file but its name."""
    path.write_bytes(b"")


def flip(path):
    """Turn one bit, and keep size and times."""
    state, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def swap(path):
    """Put two different lines, or two bytes where there is one line, in each other's place."""
    content = path.read_bytes()
    parts = content.splitlines(keepends=True)
    parts = parts if len(set(parts)) > 2 else [bytes([byte]) for byte in content]
    at = next(i for i, (one, other) in enumerate(pairwise(parts)) if i and one != other)
    parts[at], parts[at + 1] = parts[at + 1], parts[at]
    path.write_bytes(b"".join(parts))


def double(path):
    """Write the end of a file twice, as a broken copy does."""
    content = path.read_bytes()
    path.write_bytes(content + content[len(content) // 2 :])


def zero(path):
    """Put zeros in the place of every byte, as a power cut may."""
    path.write_bytes(b"\0" * path.stat().st_size)


def other_number(path):
    """Change one digit: still what a reader expects."""
    content = path.read_bytes()
    changed = re.sub(rb"([0-8])(?=\D*\Z)", lambda found: bytes([found[1][0] + 1]), content, count=1)
    path.write_bytes(changed if changed != content else content + b" ")


DAMAGES = (cut_at_a_row, cut, empty, flip, swap, double, zero, other_number)


@dataclass(frozen=True)
class Job:
    """A job as snakemake would start it."""

    rule: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    command: tuple[str, ...]


def jobs_of(plan):
    """Return the jobs of a dry run that shows commands."""
    found = []
    for block in re.split(r"\n(?=rule )", plan)[1:]:
        fields = dict(re.findall(r"^    (input|output): (.*)$", block, re.M))
        command = re.search(r"^Shell command: (script .*)$", block, re.M)
        if command:
            words = split(command[1])[2:]
            names = [tuple(fields.get(name, "").split(", ")) for name in ("input", "output")]
            found.append(Job(block.split()[1].rstrip(":"), *names, tuple(words)))
    return found


def kind(path):
    """Return what sort of file this is, the same for all endpoints, analyses and outputs."""
    name = path.removeprefix("results/")
    name = re.sub(r"^(analyses|endpoints)/.*/", r"\1/*/", name)
    name = re.sub(r"^(tables|figures|outputs|report/trace)/.*\.", r"\1/*.", name)
    return re.sub(r"^(spec/\w+)\..*\.json", r"\1.*.json", name)
