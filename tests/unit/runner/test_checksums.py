"""Snakemake hashes a file once while it stays as it is, and again when anything of it changed."""

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import checksums
import pytest
from snakemake.io import _IOFile


@pytest.fixture
def read(monkeypatch):
    """Let snakemake remember; return the list of the files whose content it reads."""
    calls = []
    calculate = checksums.CALCULATE

    async def counted(self, *asked):
        calls.append(str(self.file))
        return await calculate(self, *asked)

    monkeypatch.setattr(checksums, "CALCULATE", counted)
    monkeypatch.setattr(_IOFile, "checksum", _IOFile.checksum)  # put back at the end
    checksums.remember()
    return calls


def checksum(path, threshold=1 << 40, **asked):
    """Return what snakemake says of a file, asked as a rule's input."""
    file = _IOFile(str(path), None)
    file.rule = SimpleNamespace(workflow=SimpleNamespace(iocache=SimpleNamespace(active=False)))
    with ThreadPoolExecutor(1) as thread:  # the thread of the tests may have the loop of a browser
        return thread.submit(lambda: asyncio.run(file.checksum(threshold, **asked))).result()


def sha256(text):
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def test_a_file_that_stays_is_read_once(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,1\n")
    assert [checksum(path) for _ in range(3)] == [sha256(b"x,1\n")] * 3
    assert len(read) == 1


def written_anew(path):
    """Put other bytes of the same number, with the times of before, in a file's place."""
    state = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"y,2\n")
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)


def edited(path):
    """Write other bytes of the same number into the file, a moment later."""
    state = path.stat()
    path.write_bytes(b"y,2\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))


@pytest.mark.parametrize("change", [written_anew, edited])
def test_a_file_that_changed_is_read_again(tmp_path, read, change):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,1\n")
    assert checksum(path) == sha256(b"x,1\n")
    change(path)
    assert checksum(path) == sha256(b"y,2\n")
    assert len(read) == 2


def test_the_question_counts(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,1\n")
    assert checksum(path, 1) is None  # too large for this one
    assert checksum(path) == sha256(b"x,1\n")
    assert checksum(path, algorithm="sha512").startswith("sha512:")


def test_a_file_that_is_not_there_is_nothing(tmp_path, read):
    assert checksum(tmp_path / "none") is None
