"""The same numbers on every machine: under the environment of the jobs a fit does not depend on the caller's kernel."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trial.plan.environment import KERNELS, ONE_THREAD, PROCESSOR, describe, packages, pinned
from trial.review.sameness import compare_files

SCRIPTS = Path(__file__).parents[3] / "scripts"
# A fit, solutions of equations that are large enough for every kernel's own loops, and functions of the C library.
PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import pandas as pd
from mmrm import MMRM
from trial.review.environment import computing
rng = np.random.default_rng(11)
n, visits = 40, ["M1", "M3", "M6"]
base = np.repeat(rng.normal(8.5, 1.0, n), 3)
y = -0.3 * (base - 8.5) + rng.multivariate_normal(np.zeros(3), 0.4 + 0.6 * np.eye(3), n).ravel()
data = pd.DataFrame({
    "subject": np.repeat([f"S{i:02d}" for i in range(n)], 3), "visit": visits * n,
    "arm": np.repeat(["A", "B"], 3 * n // 2), "base": base, "y": y,
})
fit = MMRM.from_formula("y ~ base * visit + arm * visit", data, "subject", "visit").fit()
numbers = [fit.llf, *np.ravel(fit.sigma).tolist()]
matrix = rng.normal(size=(150, 150))
numbers += np.linalg.solve(matrix @ matrix.T, matrix[0]).tolist() + np.exp(matrix[1]).tolist()
print(json.dumps({"numbers": " ".join(map(repr, numbers)), "computing": computing()}))
"""
MODERN = pytest.mark.skipif(
    pinned() == ONE_THREAD, reason="this processor has not the kernels that are pinned"
)


def run(calling, pins):
    """Return numbers and libraries of the probe in the environment of a caller, and of the jobs on top of it."""
    plain = {name: value for name, value in os.environ.items() if name not in KERNELS}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(SCRIPTS)],
        env=plain | calling | pins,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


OLD = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"}


@MODERN
def test_the_kernel_of_the_caller_does_not_reach_the_numbers_of_a_job_and_is_named_where_it_does():
    plain, old, without = run({}, pinned()), run(OLD, pinned()), run(OLD, {})
    assert plain == old
    assert {one["kernel"] for one in old["computing"]["blas"]} == {"Haswell"}
    assert {one["threads"] for one in old["computing"]["blas"]} == {1}
    assert old["computing"]["simd"] == ["X86_V3"]
    # Not pinned, the kernel is another and its name stands in the manifest; the numbers are the same to 1e-9.
    assert {one["kernel"] for one in without["computing"]["blas"]} == {"Nehalem"}
    assert without["computing"]["simd"] == []
    assert without["numbers"] != old["numbers"]
    found = compare_files("numbers", old["numbers"].encode(), without["numbers"].encode())
    assert found.verdict == "last digits", found.words


def test_a_processor_without_the_instructions_is_named_and_pinned_to_one_thread_only(tmp_path):
    processor = tmp_path / "cpuinfo"
    processor.write_text(
        "processor\t: 0\nmodel name\t: An old one\nflags\t\t: fpu sse2 avx\n\nprocessor\t: 1\n"
    )
    assert pinned(processor) == ONE_THREAD
    assert describe([], processor)["processor"] == "An old one"
    processor.write_text("model name\t: A newer one\nflags\t\t: fpu sse2 avx avx2 fma avx512f\n")
    assert pinned(processor) == ONE_THREAD | KERNELS
    assert "processor" not in describe([], processor)


def test_a_system_that_tells_nothing_of_its_processor_is_named(tmp_path):
    assert pinned(tmp_path / "absent") == ONE_THREAD
    assert describe([], tmp_path / "absent")["processor"]


def test_every_distribution_has_its_version(tmp_path):
    for name in ("numpy-2.4.6.dist-info", "PyYAML-6.0.3-py3.11.egg-info", "not_one"):
        (tmp_path / name).mkdir()
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "numpy-1.0.dist-info").mkdir()
    found = packages([str(tmp_path), str(tmp_path / "later")])
    assert found == {"PyYAML": "6.0.3-py3.11", "numpy": "2.4.6"}
    installed = describe()["packages"]
    import numpy

    assert installed["numpy"] == numpy.__version__


def test_what_is_pinned_is_read_from_this_machine():
    assert PROCESSOR.is_file() == sys.platform.startswith("linux")
