"""Runs of a study as `make results` starts them, whose members can be killed one by one."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

# Jobs say there what they did and how long it took; the ledger names the files in the order of the jobs.
NOT_COMPARED = {"logs", "benchmarks", "written.tsv"}


class Run:
    """A run that goes on while its members are killed."""

    def __init__(self, code, study, *options):
        start = code / "workflow" / "runner" / "start.py"
        command = [sys.executable, "-I", "-S", start, code, study, "2", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
        )
        self.text = ""

    def read(self, lines):
        """Read so many lines of what the run says, fewer where it ends before."""
        for _ in range(lines):
            self.text += self.process.stdout.readline()

    def end(self):
        """Wait for the end of the run, and of everybody who writes for it."""
        with self.process.stdout as stream:
            self.text += stream.read()
        return self.process.wait()

    def members(self):
        """Return the processes of the run by what they are."""
        children = {}
        for process, parent in _processes():
            children.setdefault(parent, []).append(process)
        mine = children.get(self.process.pid, [])
        server = [one for one in mine if b"server.py" in _command(one)]
        snakemake = [one for one in mine if one not in server]
        return {
            "start": [self.process.pid],
            "snakemake": snakemake,
            "server": server,
            "fork": [one for parent in server for one in children.get(parent, [])],
            "job": [one for parent in snakemake for one in children.get(parent, [])],
        }

    def kill(self, member):
        """Kill a member, or `all`; say whether it was there."""
        found = self.members()
        targets = found[member] if member != "all" else [one for kind in found.values() for one in kind]
        killed = 0
        for process in targets:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(process, signal.SIGKILL)
                killed += 1
        return bool(killed)


def files_of(results):
    """Return the bytes of everything a run left; of the manifest all but the block that tells of the run."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results)
        if path.is_file() and name.parts[0] not in NOT_COMPARED:
            found[name.as_posix()] = path.read_bytes()
    if manifest := found.get("manifest.json"):
        found["manifest.json"] = {name: part for name, part in json.loads(manifest).items() if name != "run"}
    return found


def _processes():
    """Yield every process and its parent."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield int(folder.name), int(state[1])


def _command(process):
    try:
        return Path("/proc", str(process), "cmdline").read_bytes()
    except OSError:
        return b""
