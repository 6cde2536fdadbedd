"""Runs whose jobs are done by SLURM, on other machines.

Jobs on nodes outlive a run that is killed: nobody tells them. So their names begin with a word of the run,
which stands in `.snakemake/cluster` below the study until the run has ended by itself; and whoever takes the
study next cancels what is left of them before it writes the same files.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import child
from owner import BusyError

NOTE = ".snakemake/cluster"
LOGS = ".snakemake/slurm_logs"  # of a job that ended well SLURM's log is removed
# What snakemake writes there of a job that fails: its rule, and the first of its log files.
FAILED = re.compile(r"^Error in rule (\w+):\n(?:    .*\n)*?    log: ([^,\n]*?)(?:, .*)? \(check", re.M)
# In place of the groups of the profile: one of a single job.
ALONE = ("--groups", "write_manifest=alone")
PATIENCE_SECONDS = 90.0
STEP_SECONDS = 1.0


def run(command: list[str], study: str, opened: int) -> int:
    """Run snakemake with jobs on nodes, and return its exit code (`child.run`).

    Where one job of a group fails, nothing of its group counts, nor what waits for any of it. So all that is
    left is tried once more, each job by itself: then what does not need a failed job is made.
    """
    name = f"trial-{os.urandom(6).hex()}"
    note = Path(study, NOTE)
    note.write_bytes(os.fsencode(f"{name}\n{os.path.realpath(study)}\n"))
    command = [*command, "--slurm-jobname-prefix", name]
    # A node calls this `python` (the profile says why).
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    begun = time.time()
    ended = child.run(command, opened)
    if ended == 1 and _a_group_failed(study, begun):
        print("A group of jobs failed: what is left is tried once more, each job by itself.", file=sys.stderr)
        begun = time.time()
        ended = child.run([*command, *ALONE], opened)
    if ended == 1:
        for line in failures(study, begun):
            print(line, file=sys.stderr)
    if ended in (0, 1):  # else it was stopped, and jobs may go on for a moment
        note.unlink()
    return ended


def stop_left(study: str) -> Iterator[str]:
    """Cancel what an earlier run has left on nodes, wait for its end, and say so.

    Raises
    ------
    BusyError
        If it does not end, or if SLURM cannot be asked from here.
    """
    try:
        name, folder = os.fsdecode(Path(study, NOTE).read_bytes()).splitlines()
    except (FileNotFoundError, ValueError):
        return
    if folder != os.path.realpath(study):  # of the study that this one is a copy of
        return
    try:
        if found := _jobs(name):
            subprocess.run(["scancel", *found], check=True, capture_output=True)
            waited = 0.0
            while _jobs(name):
                if waited > PATIENCE_SECONDS:
                    raise BusyError(_refusal(study, f"{len(found)} jobs do not end ({' '.join(found)})"))
                time.sleep(STEP_SECONDS)
                waited += STEP_SECONDS
            yield f"An earlier run did not end: its {len(found)} jobs on the cluster are cancelled."
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or str(error).encode()
        raise BusyError(
            _refusal(study, f"SLURM does not tell: {told.decode(errors='replace').strip()}")
        ) from None


def failures(study: str, since: float) -> Iterator[str]:
    """Yield which jobs have failed since a time, with their logs: quiet as it is, snakemake names none."""
    last = {log.parent: log for log in sorted(_logs(study, since), key=lambda log: log.stat().st_mtime)}
    for log in sorted(last.values()):
        text = log.read_text(encoding="utf-8", errors="replace")
        for rule, own in FAILED.findall(text):
            yield f"{rule} failed: {own}"
            with contextlib.suppress(OSError):
                yield Path(study, own).read_text(encoding="utf-8", errors="replace").rstrip()
        if not FAILED.search(text):
            yield f"{log.parent.name} was stopped: {(text.splitlines() or ['SLURM says nothing'])[-1]}"
        yield f"  SLURM's log of it: {log}"


def _a_group_failed(study: str, since: float) -> bool:
    """Return whether a job with several jobs of snakemake in it has failed since a time."""
    groups = Path(study, LOGS).glob("group_*")
    return any(group in log.parents for group in groups for log in _logs(study, since))


def _logs(study: str, since: float) -> list[Path]:
    return [log for log in Path(study, LOGS).rglob("*.log") if log.stat().st_mtime >= since]


def _jobs(name: str) -> list[str]:
    """Return the jobs of a run that wait, run or are about to end."""
    command = ["squeue", "--me", "--noheader", "--format=%A %j"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [
        job
        for job, _, title in (line.partition(" ") for line in done.stdout.splitlines())
        if title.startswith(name)
    ]


def _refusal(study: str, problem: str) -> str:
    return (
        f"{study}: an earlier run with jobs on the cluster did not end, and {problem}. Nothing was started. "
        f"What to do: run again where SLURM answers, or remove {Path(study, NOTE)} when none is left."
    )
