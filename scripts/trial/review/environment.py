"""What a run computes with: linear algebra libraries, their kernels, and the instructions in use."""

import ctypes
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# The builds of OpenBLAS that wheels and conda carry name their functions each in its own way.
SPELLINGS = ("scipy_openblas_{}64_", "scipy_openblas_{}", "openblas_{}64_", "openblas_{}")
MAPPED = Path("/proc/self/maps")


def computing() -> dict[str, Any]:
    """Return the libraries of linear algebra as they are loaded, and NumPy's instructions above its baseline.

    Returns
    -------
    dict
        `blas`: one entry per library with its file name and, of OpenBLAS, `version`, `kernel` and
        `threads`; where none tells (Accelerate, MKL) what NumPy was built with. `simd`: names of levels.
    """
    import numpy as np
    import scipy.linalg  # noqa: F401  (loads the library that SciPy brings)

    built: Any = np.show_config(mode="dicts")
    blas = list(_openblas()) or [{"library": _built(built)}]
    return {"blas": blas, "simd": built.get("SIMD Extensions", {}).get("found", [])}


def run_block() -> dict[str, str]:
    """Return what may differ between two runs of the same inputs: when and on which system."""
    return {"finished": datetime.now(UTC).isoformat(timespec="seconds"), "system": platform.platform()}


def _openblas() -> Iterator[dict[str, Any]]:
    for path in _libraries():
        library = ctypes.CDLL(path)
        kernel = _call(library, "get_corename", ctypes.c_char_p)
        if kernel is not None:
            yield {
                "library": Path(path).name,
                "version": " ".join(_call(library, "get_config", ctypes.c_char_p).decode().split()),
                "kernel": kernel.decode(),
                "threads": _call(library, "get_num_threads", ctypes.c_int),
            }


def _libraries() -> list[str]:
    """Return the paths of the loaded libraries that are OpenBLAS by their name, sorted by it."""
    if MAPPED.is_file():
        words = {line.split(maxsplit=5)[-1] for line in MAPPED.read_text(encoding="utf-8").splitlines()}
    else:  # no list of what is loaded: what NumPy and SciPy bring with them
        import numpy as np
        import scipy

        homes = [Path(str(module.__file__)).parent for module in (np, scipy)]
        words = {str(path) for home in homes for path in home.glob(".dylibs/*")}
    return sorted((word for word in words if "openblas" in Path(word).name), key=os.path.basename)


def _call(library: ctypes.CDLL, name: str, kind: Any) -> Any:
    """Return what a function of OpenBLAS tells, or None where the library has no such function."""
    for spelling in SPELLINGS:
        if hasattr(library, spelling.format(name)):
            function = getattr(library, spelling.format(name))
            function.restype = kind
            return function()
    return None


def _built(built: dict[str, Any]) -> str:
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()
