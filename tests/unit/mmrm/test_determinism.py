"""The same bytes on one thread or two, in a fresh process, and imports that stay light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

_PROGRAM = """
import hashlib, sys
import numpy as np
from unit.mmrm.cases import simulate_trial, build_arrays
from mmrm.core import fit_arrays
from mmrm.data import MmrmData
from mmrm.inference import Inference
from mmrm.replicate import replicate

frame = simulate_trial(n_per_arm=150, n_visits=4, seed=2)
small = build_arrays(frame)
rng = np.random.default_rng(1)
extra = rng.standard_normal((small.n_obs, 18))  # wide enough that BLAS would share the products
data = MmrmData(small.response, np.column_stack([small.design, extra]), tuple(f"x{i}" for i in range(27)),
                small.subject, small.visit, 4, small.weight, small.group)
digest = hashlib.sha256()
for name in ("us", "toeph"):
    fit = fit_arrays(data, name)
    for method, cov in (("kenward-roger", "model"), ("satterthwaite", "CR2")):
        inference = Inference(fit, method, cov)
        tests = inference.test_rows(np.eye(27))
        for array in (tests.estimate, tests.se, tests.df, tests.pvalue, inference.beta_cov, fit.theta):
            digest.update(array.tobytes())
        digest.update(repr(inference.test_joint(np.eye(27)[5:9])).encode())
    digest.update(repr((fit.deviance, fit.verdict)).encode())
digest.update(replicate(fit, rng.uniform(0, 2, (5, data.n_subjects))).params.tobytes())
# Many visits and columns: tables over the visits, moments longer than a dot product on one thread may be.
n, m, k = 60, 12, 130
wide = MmrmData(rng.standard_normal(n * m), rng.standard_normal((n * m, k)), tuple(f"x{i}" for i in range(k)),
                np.repeat(np.arange(n), m), np.tile(np.arange(m), n), m, np.ones(n), np.zeros(n, dtype=np.int64))
fit = fit_arrays(wide, "toeph", check=False)
digest.update(fit.theta.tobytes() + repr(fit.deviance).encode())
digest.update(Inference(fit, "kenward-roger").test_rows(np.eye(k)[:3]).df.tobytes())
print(digest.hexdigest())
"""


def _run(program: str, threads: str = "1") -> str:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT / 'tests'}"}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        environment[name] = threads
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_one_thread_or_two_give_the_same_bytes() -> None:
    one = _run(_PROGRAM, "1")
    assert len(one) == 64
    assert _run(_PROGRAM, "2") == one


@pytest.mark.parametrize("package", ["statsmodels", "matplotlib", "scipy.stats", "scipy.optimize"])
def test_import_stays_light(package: str) -> None:
    assert _run(f"import sys, mmrm; print({package!r} in sys.modules)") == "False"


def test_core_needs_neither_pandas_nor_patsy() -> None:
    """The formula face is the only user of pandas and patsy."""
    face = {
        "checks",
        "coding",
        "columns",
        "formula",
        "frames",
        "mistakes",
        "rows",
        "visits",
        "model",
        "results",
        "lsmeans",
        "contrasts",
        "estimates",
        "type3",
        "diagnostics",
        "predict",
        "simulate",
        "type2",
        "ladder",
        "ancova",
        "report",
        "__init__",
    }
    for path in sorted((ROOT / "scripts" / "mmrm").glob("*.py")):
        if path.stem not in face:
            text = path.read_text(encoding="utf-8")
            assert "import pandas" not in text and "patsy" not in text, path.name
