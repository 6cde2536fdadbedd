"""Which run a study belongs to while it goes on.

`.snakemake/run` below the study says which: process, host and begin. Whether that run still lives says a lock
of the operating system on this file, which ends with the process that holds it, whatever that dies of; what
is written in the file outlives a killed run, and a run that ends takes it away. `make results` takes the
study before it does anything and hands the open file on to snakemake; a snakemake started by hand takes it
when its jobs begin.
"""

import atexit
import contextlib
import fcntl
import os
import signal
import threading
import time

FILE = ".snakemake/run"
# Set for a snakemake that `make results` has started: the end of a pipe that closes when its starter is gone.
STARTER = "TRIAL_STARTER"
PATIENCE_SECONDS = 10.0
STEP_SECONDS = 0.1
_started: list[int] = []  # the pipe, where `make results` started this process and has taken the study for it


class BusyError(Exception):
    """Another run of the study goes on."""


def take(study: str) -> tuple[int, str]:
    """Take a study for this process.

    Returns
    -------
    tuple of int and str
        The open file, which keeps the study until it is closed by all that have it; and what a run that did
        not end left in it, else nothing.

    Raises
    ------
    BusyError
        If another run goes on: its process, since when, and what to do.
    """
    path = os.path.join(study, FILE)  # noqa: PTH118
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    waited = 0.0
    while not _locked(opened):
        first = os.pread(opened, 1000, 0).decode(errors="replace").strip()
        # A run that was killed this moment is gone in a moment, with all that belongs to it.
        if lives(first) or waited > PATIENCE_SECONDS:
            os.close(opened)
            raise BusyError(_refusal(study, first))
        time.sleep(STEP_SECONDS)
        waited += STEP_SECONDS
    left = os.pread(opened, 1000, 0).decode(errors="replace").strip()
    _write(opened, f"{os.getpid()} {os.uname().nodename} {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
    return opened, left


def hold() -> None:
    """Take the study in the working directory until this process ends, unless its starter has taken it.

    Raises
    ------
    BusyError
        If another run of the study goes on.
    """
    if not _started:
        opened, _ = take(".")
        atexit.register(leave, opened)


def leave(opened: int) -> None:
    """Give the study back at the end of a run."""
    with contextlib.suppress(OSError):
        _write(opened, "")
    os.close(opened)


def lives(note: str) -> bool:
    """Return whether the process that a note names is there, as far as this host can know."""
    process, host = (*note.split(), "", "")[:2]
    if not process.isdigit():
        return False
    if host != os.uname().nodename:
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def described(note: str) -> str:
    """Return what a note says, in words."""
    process, host, *since = (*note.split(), "", "")
    if not process:
        return "of an unknown process"
    where = "" if host == os.uname().nodename else f" on {host}"
    return f"of process {process}{where}, begun {' '.join(since).strip()},"


def end_with_starter() -> None:
    """End this process and all of its group when the program that started it is gone."""
    pipe = os.environ.pop(STARTER, None)  # what this process starts has another starter
    if pipe and os.getpgrp() == os.getpid():
        _started.append(int(pipe))
        threading.Thread(target=_wait_for_end, args=(int(pipe),), daemon=True).start()


def _wait_for_end(pipe: int) -> None:
    if not os.read(pipe, 1):
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a network file system without such locks: what the file says has to do
        note = os.pread(opened, 1000, 0).decode(errors="replace").strip()
        return not lives(note)
    return True


def _write(opened: int, text: str) -> None:
    os.ftruncate(opened, 0)
    os.pwrite(opened, text.encode(), 0)


def _refusal(study: str, first: str) -> str:
    process = first.split()[0] if first else "PROCESS"
    return (
        f"{study}: a run {described(first)} goes on: two at once would write the same files. "
        f"Nothing was started. What to do: wait for its end, or end it (kill {process}), then start again."
    )
