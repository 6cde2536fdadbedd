"""Facts about the machine and the versions that a timing depends on."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import scipy


def describe() -> dict[str, object]:
    """Processor, memory, versions, threads."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "processor": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
        "blas": f"{blas['name']} {blas.get('version', '')}".strip(),
        "threads": os.environ["OMP_NUM_THREADS"],
        "r": _r_version(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _r_version() -> str:
    if not shutil.which("Rscript"):
        return "not installed"
    done = subprocess.run(
        ["Rscript", "-e", "cat(R.version.string)"], capture_output=True, text=True, check=True
    )
    return done.stdout
