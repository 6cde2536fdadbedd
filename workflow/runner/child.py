"""Snakemake as a child that is told to stop when its starter is, and that does not outlive it.

It leads a process group of its own, with its jobs and their server in it: who stops `make results` stops the
starter, which passes it on once; and of a child that is killed nothing is left behind.
"""

import contextlib
import os
import signal
import subprocess
import sys
from types import FrameType

from owner import STARTER

PASSED_ON = (signal.SIGINT, signal.SIGTERM)


def run(command: list[str], opened: int) -> int:
    """Run a command that keeps the file `opened`, and return its exit code, negative where it was killed."""
    theirs, ours = os.pipe()
    told: list[int] = []
    group = 0

    def pass_on(number: int, _: FrameType | None) -> None:
        told.append(number)
        if group:
            kill(group, signal.SIGINT)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    try:
        with subprocess.Popen(
            command, process_group=0, pass_fds=(opened, theirs), env=os.environ | {STARTER: str(theirs)}
        ) as process:
            os.close(theirs)
            group = process.pid
            if told:
                kill(group, signal.SIGINT)
            ended = process.wait()
        kill(group, signal.SIGKILL)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(ours)
    if told:
        print("Stopped. `make results` goes on from here.", file=sys.stderr)
        return 128 + told[0]
    if ended < 0:
        print(f"snakemake was killed (signal {-ended}). `make results` goes on from here.", file=sys.stderr)
    return ended


def kill(group: int, number: int) -> None:
    """Send a signal to what is left of a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
