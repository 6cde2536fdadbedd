"""A program says what it took where the workflow asks for it, and fails for no reason of that."""

import time

import pytest

from trial.study import command
from trial.study.errors import ConfigError
from trial.study.measured import PLACE


def work():
    """Need 0.2 s of processor time and 0.1 s of nothing, and 64 MB for a moment."""
    bytearray(64 << 20)
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    time.sleep(0.1)


def test_time_and_memory_are_written(tmp_path, monkeypatch):
    path = tmp_path / "benchmarks" / "a.tsv"
    monkeypatch.setenv(PLACE, str(path))
    command.run(lambda: bytearray(256 << 20))
    larger = float(path.read_text().split("\t")[-1])
    command.run(work)
    head, line = path.read_text().splitlines()
    assert head == "s\tcpu_s\tmax_rss_mb"
    seconds, processor, memory = map(float, line.split("\t"))
    assert seconds >= processor + 0.099
    assert processor >= 0.2
    assert larger - 256 < memory < larger - 128  # the memory of the job before does not count


def test_where_nobody_asks_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(PLACE, raising=False)
    monkeypatch.chdir(tmp_path)
    command.run(work)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_no_failure(tmp_path, monkeypatch):
    (tmp_path / "benchmarks").touch()
    monkeypatch.setenv(PLACE, str(tmp_path / "benchmarks" / "a.tsv"))
    command.run(work)


def test_a_program_that_fails_writes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.tsv"
    monkeypatch.setenv(PLACE, str(path))

    def fail():
        raise ConfigError("no")

    with pytest.raises(SystemExit):
        command.run(fail)
    assert not path.exists()
