"""What a job took: time, processor time, memory. The workflow says for each job where to write it."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

# Set by `workflow/runner/script.sh` for each job.
PLACE = "TRIAL_MEASURED"
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextlib.contextmanager
def measured() -> Iterator[None]:
    """Write what the block took, if it ends well and the workflow asks for it.

    One line in the file that the environment names: seconds, seconds of processor time, and the largest
    memory of the process in MB, with what it had loaded before the block (NA where the system is not Linux).
    That it cannot be written is no reason to fail.
    """
    began, worked = time.perf_counter(), time.process_time()
    with contextlib.suppress(OSError):  # a process does several jobs: the largest memory of this one
        CLEAR.write_text("5", encoding="ascii")
    yield
    if place := os.environ.get(PLACE):
        taken = time.perf_counter() - began, time.process_time() - worked
        with contextlib.suppress(OSError):
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            line = f"{taken[0]:.3f}\t{taken[1]:.3f}\t{_largest_memory()}\n"
            Path(place).write_text(f"s\tcpu_s\tmax_rss_mb\n{line}", encoding="ascii")


def _largest_memory() -> str:
    if not STATUS.exists():
        return "NA"
    (line,) = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
    return f"{int(line.split()[1]) / 1024:.1f}"
