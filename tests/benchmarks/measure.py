"""The measurements: engine against the peer, cost of an iteration, memory, replicate fits."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pandas as pd
import workloads

from mmrm import MMRM
from mmrm.likelihood import differentiate, evaluate

HERE = Path(__file__).resolve().parent
FEV_FILE = HERE.parents[2] / "shared" / "reference" / "fev" / "fev_data.csv"


def time_call(call, repeats: int) -> float:
    """Median processor seconds over repeats, after one call to warm up.

    One thread: on an idle machine this is elapsed time, and other work on the machine does not count.
    """
    call()
    seconds = []
    for _ in range(repeats):
        start = process_time()
        call()
        seconds.append(process_time() - start)
    return median(seconds)


def time_engine(data: pd.DataFrame, formula: str, repeats: int) -> dict[str, float]:
    """From data frame to contrasts, and the fit alone, by df method."""

    def prepare() -> MMRM:
        return MMRM.from_formula(formula, data, subject="USUBJID", visit="AVISIT")

    def answer(method: str) -> pd.DataFrame:
        return prepare().fit(df_method=method).contrasts("ARMCD", by="AVISIT", reference="PBO")

    model = prepare()
    fit = model.fit(df_method="satterthwaite")
    data_used = fit.inference.fit.data
    return {
        "deviance": fit.deviance,
        "n_subjects": data_used.n_subjects,
        "n_obs": data_used.n_obs,
        "n_coefficients": data_used.n_coefficients,
        "n_patterns": data_used.patterns.n_patterns,
        "iterations": fit.verdict.iterations,
        "prepare": time_call(prepare, repeats),
        "fit": time_call(lambda: model.fit(df_method="satterthwaite"), repeats),
        "satterthwaite": time_call(lambda: answer("satterthwaite"), repeats),
        "kenward_roger": time_call(lambda: answer("kenward-roger"), repeats),
    }


def time_peer(data: pd.DataFrame, formula: str, repeats: int, limit: float) -> dict[str, object]:
    """nlme::gls + emmeans on the same data, stopped after ``limit`` seconds."""
    if limit <= 0 or not shutil.which("Rscript"):
        return {"status": "not run" if shutil.which("Rscript") else "R is not installed"}
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "data.csv", Path(folder) / "out.json"
        data.to_csv(table, index=False)
        command = ["Rscript", str(HERE / "peer.R"), str(table), formula, str(repeats), str(out)]
        start = perf_counter()
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=limit)
            status = "finished"
        except subprocess.TimeoutExpired:
            status = f"stopped after {perf_counter() - start:.0f} s"
        found = json.loads(out.read_text()) if out.exists() else {}
    return {**found, "status": status}


def compare_fev(repeats: int, limit: float) -> dict[str, object]:
    """A trial of the size of fev_data: the real file where it is, else generated data of its shape."""
    if FEV_FILE.exists():
        data = pd.read_csv(FEV_FILE).rename(columns={"FEV1": "Y"})
        data = data[["USUBJID", "AVISIT", "ARMCD", "SEX", "RACE", "Y"]]
    else:
        data = workloads.fev_shape()
    source = "fev_data" if FEV_FILE.exists() else "generated data of its shape"
    engine = time_engine(data, workloads.FEV_FORMULA, repeats)
    return {
        "data": source,
        "engine": engine,
        "peer": time_peer(data, workloads.FEV_FORMULA, min(repeats, 5), limit),
    }


def compare_large(repeats: int, limit: float) -> dict[str, object]:
    """1,000 subjects x 10 visits x 23 coefficients, 107 missingness patterns."""
    data = workloads.large_shape(1_000)
    engine = time_engine(data, workloads.LARGE_FORMULA, min(repeats, 5))
    return {"data": "generated", "engine": engine, "peer": time_peer(data, workloads.LARGE_FORMULA, 1, limit)}


def time_iterations(sizes: tuple[int, ...]) -> list[dict[str, float]]:
    """Seconds of one evaluation with both derivatives, the same patterns at every size."""
    rows = []
    for n in sizes:
        model = MMRM.from_formula(
            workloads.LARGE_FORMULA, workloads.large_shape(n), subject="USUBJID", visit="AVISIT"
        )
        fit = model.fit(df_method="satterthwaite").inference.fit
        whole = time_call(lambda model=model: model.fit(df_method="satterthwaite"), 3)

        def iterate(fit=fit) -> None:
            state = evaluate(fit.likelihood, fit.moments, fit.state.theta)
            differentiate(fit.likelihood, fit.moments, state)

        rows.append(
            {"n_subjects": n, "n_obs": fit.data.n_obs, "iteration": time_call(iterate, 15), "fit": whole}
        )
    return rows


def time_replicates(repeats: int) -> dict[str, float]:
    """Bootstrap refits a second: 60 subjects x 3 visits x 12 coefficients."""
    fit = MMRM.from_formula(
        workloads.SMALL_FORMULA, workloads.small_shape(), subject="USUBJID", visit="AVISIT"
    ).fit(df_method="satterthwaite")
    n = len(fit.subjects)
    weights = (
        np.random.default_rng(workloads.SEED).multinomial(n, np.full(n, 1 / n), size=2_000).astype(float)
    )
    converged = float(np.mean(np.isfinite(np.asarray(fit.replicate(weights).params)).all(axis=1)))
    seconds = time_call(lambda: fit.replicate(weights), min(repeats, 5))
    return {
        "refits": len(weights),
        "n_coefficients": len(fit.params),
        "seconds": seconds,
        "per_second": len(weights) / seconds,
        "converged": converged,
    }


def time_larger(repeats: int) -> dict[str, float]:
    """Seconds of three larger jobs: reading many rows, many visits with many patterns, a refit of a large trial."""

    def prepare(data: pd.DataFrame) -> MMRM:
        return MMRM.from_formula(workloads.LARGE_FORMULA, data, subject="USUBJID", visit="AVISIT")

    long, wide = workloads.large_shape(100_000), workloads.large_shape(500, 30, 262)
    fit = prepare(workloads.large_shape(1_000)).fit(df_method="satterthwaite")
    n = len(fit.subjects)
    weights = np.random.default_rng(workloads.SEED).multinomial(n, np.full(n, 1 / n), size=200).astype(float)
    return {
        "reading 100,000 subjects x 10 visits": time_call(lambda: prepare(long), min(repeats, 3)),
        "500 subjects x 30 visits, 262 patterns, 63 columns: data frame to Kenward-Roger contrasts": time_call(
            lambda: prepare(wide).fit().contrasts("ARMCD", by="AVISIT", reference="PBO"), 1
        ),
        "one bootstrap refit of 1,000 subjects x 10 visits (of 200)": time_call(
            lambda: fit.replicate(weights), min(repeats, 3)
        )
        / len(weights),
    }


MEMORY_PROGRAM = """
import resource, sys
sys.path[:0] = {paths!r}
import workloads
from mmrm import MMRM
data = workloads.large_shape({n})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = MMRM.from_formula(workloads.LARGE_FORMULA, data, subject="USUBJID", visit="AVISIT")
fit = model.fit(df_method={method!r}, cov_type={cov!r})
fit.contrasts("ARMCD", by="AVISIT", reference="PBO")
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure_memory(n: int = 100_000) -> list[dict[str, object]]:
    """Peak resident memory of a process that makes n subjects x 10 visits and fits them."""
    rows = []
    for method, cov in (("satterthwaite", "model"), ("kenward-roger", "model"), ("satterthwaite", "CR2")):
        paths = [str(HERE), str(HERE.parents[1] / "scripts")]
        program = MEMORY_PROGRAM.format(paths=paths, n=n, method=method, cov=cov)
        start = perf_counter()
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        before, peak = (int(kilobytes) / 2**20 for kilobytes in done.stdout.split())
        rows.append(
            {
                "n_subjects": n,
                "df_method": method,
                "cov_type": cov,
                "data_gb": before,
                "peak_gb": peak,
                "seconds": perf_counter() - start,
            }
        )
    return rows
