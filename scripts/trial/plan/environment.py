"""What the jobs run in: interpreter, packages, and the kernels that the arithmetic is pinned to.

The last digits of a sum depend on the order in which it is added up. Libraries choose that order by what
the processor offers, so the same code gives other last digits on another machine. Every x86 processor since
2015 has the instructions of OpenBLAS's kernel `Haswell` and of NumPy's level X86_V3 (AVX2 and FMA), and the
C library's functions have no version beyond them: the jobs use these everywhere, and one thread.

The Snakefile reads this module at each start: no library is imported here.
"""

import os
import platform
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trial.review.checksums import other_environment
from trial.study.errors import RunError

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
KERNELS = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}
NEEDED = {"avx2", "fma"}
PROCESSOR = Path("/proc/cpuinfo")
# Packages that only decide where a job runs: no job imports them, and the results are those without them.
PLACING = "snakemake_executor_plugin_"


def pinned(processor: Path = PROCESSOR) -> dict[str, str]:
    """Return the environment variables of every job that fix kernels and threads.

    Without the instructions that the kernels need, or where the system does not tell (not Linux, not
    x86-64), only the threads are fixed: `describe` names the processor then.
    """
    return ONE_THREAD | (KERNELS if set(_field(processor, "flags").split()) >= NEEDED else {})


def describe(folders: Sequence[str] = tuple(sys.path), processor: Path = PROCESSOR) -> dict[str, Any]:
    """Return what decides numbers beside data, configuration and code.

    Parameters
    ----------
    folders : sequence of str
        Where packages are installed.
    processor : Path
        What the system tells of its processor.

    Returns
    -------
    dict
        `python`, `machine`, `libc`, `zlib`, `pinned` and `packages` (version by name). Where kernels are not
        pinned also `processor`, whose kernels are then used.
    """
    pins = pinned(processor)
    known = pins.keys() >= KERNELS.keys()
    model = {} if known else {"processor": _field(processor, "model name") or _platform()}
    return model | {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": platform.machine(),
        "libc": _libc(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,  # packs the pictures
        "pinned": pins,
        "packages": packages(folders),
    }


def settled(begun: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the environment that a run began in, if a node of a cluster has the same.

    Raises
    ------
    RunError
        If the node has another processor, library, interpreter or package: last digits may differ there.
    """
    differences = other_environment(begun, here)
    if differences:
        raise RunError(
            f"node {platform.node()}",
            "its environment is not that in which this run began (then), but another (now)",
            differences,
            "keep to nodes that are alike (export SBATCH_CONSTRAINT=...), or begin the run on such a node",
        )
    return begun


def packages(folders: Sequence[str]) -> Mapping[str, str]:
    """Return the version of every distribution in `folders`, by its name; the first of a name counts.

    Snakemake's executor plugins are left out.
    """
    found: dict[str, str] = {}
    for folder in folders:
        # The names of these folders are name and version; to read the metadata takes a hundred times as long.
        for path in sorted(Path(folder).glob("*.dist-info")) + sorted(Path(folder).glob("*.egg-info")):
            name, _, version = path.stem.partition("-")
            if not name.startswith(PLACING):
                found.setdefault(name, version)
    return dict(sorted(found.items()))


def _field(processor: Path, name: str) -> str:
    """Return what a line of /proc/cpuinfo says of the first processor."""
    if not processor.is_file():
        return ""
    lines = processor.read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _libc() -> str:
    """Return the C library, whose exponential and logarithm every analysis uses, with its version."""
    name = "CS_GNU_LIBC_VERSION"
    return os.confstr(name) or "" if name in os.confstr_names else _platform()


def _platform() -> str:
    return platform.platform()
