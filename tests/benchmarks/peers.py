"""Time the engine beside mixedlm, mixedlm-rs and statsmodels in one process, and nlme in the same run.

``python tests/benchmarks/peers.py [--rounds N] [--r-limit SECONDS]``, in an environment that holds the packages of
``peers.txt`` (``make benchmark`` makes one). Prints Markdown.

All fit one likelihood: unstructured covariance over the visits, REML. The mixed-model packages write it as a random
effect for every visit plus a residual, which is the same family with one parameter too many; the deviances say whether
they found it. Medians of processor seconds, the calls taking turns, so that a busy machine disturbs all alike. The
engine's time runs from the data frame to Kenward-Roger contrasts of the arms at every visit; theirs from the
data frame to the bare fit.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "scripts")]

import machine  # noqa: E402
import measure  # noqa: E402
import mixedlm  # noqa: E402
import mixedlm_rs  # noqa: E402
import pandas as pd  # noqa: E402
import statsmodels.formula.api as smf  # noqa: E402
import workloads  # noqa: E402

from mmrm import MMRM  # noqa: E402

Call = Callable[[], float]
SLOW = 1.0  # seconds: a call that takes longer is made once


def fit_engine(data: pd.DataFrame, formula: str) -> float:
    """Data frame to contrasts; returns the deviance."""
    fit = MMRM.from_formula(formula, data, subject="USUBJID", visit="AVISIT").fit()
    fit.contrasts("ARMCD", by="AVISIT", reference="PBO")
    return fit.deviance


def fit_mixedlm(data: pd.DataFrame, formula: str) -> float:
    """The bare fit of mixedlm."""
    return float(mixedlm.lmer(f"{formula} + (0 + AVISIT | USUBJID)", data).deviance)


def fit_statsmodels(data: pd.DataFrame, formula: str, package: object) -> float:
    """The bare fit of statsmodels, or of mixedlm-rs, which has the same interface."""
    model = package(formula, data, groups="USUBJID", re_formula="0 + AVISIT")
    return -2.0 * float(model.fit(reml=True).llf)


def take_turns(calls: dict[str, Call], rounds: int) -> dict[str, tuple[float, float]]:
    """Median processor seconds of every call, and the deviance it found."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    deviance, slow = {}, set()
    for turn in range(rounds + 1):
        for name, call in calls.items():
            if name in slow:
                continue
            start = process_time()
            deviance[name] = call()
            took = process_time() - start
            if took > SLOW:
                slow.add(name)
            if turn > 0 or name in slow:  # the first turn warms up
                seconds[name].append(took)
    return {name: (median(seconds[name]), deviance[name]) for name in calls}


def compare(data: pd.DataFrame, formula: str, rounds: int, r_limit: float) -> list[str]:
    """One table: every package on one data set."""
    seen = data.dropna(subset="Y").reset_index(drop=True)
    calls: dict[str, Call] = {
        "this engine, with Kenward-Roger contrasts": partial(fit_engine, data, formula),
        f"mixedlm {mixedlm.__version__}, bare fit": partial(fit_mixedlm, seen, formula),
        "mixedlm-rs, bare fit": partial(fit_statsmodels, seen, formula, mixedlm_rs.MixedLM.from_formula),
        "statsmodels MixedLM, bare fit": partial(fit_statsmodels, seen, formula, smf.mixedlm),
    }
    found = take_turns(calls, rounds)
    peer = measure.time_peer(data, formula, 5, r_limit)
    if "fit" in peer:
        found[f"nlme {peer['nlme']} gls, bare fit"] = (peer["fit"], peer["deviance"])
    ours, best = next(iter(found.values()))
    lines = [
        "| package | processor seconds | ratio to this engine | deviance minus this engine's |",
        "|---|---|---|---|",
    ]
    for name, (seconds, deviance) in found.items():
        lines.append(f"| {name} | {seconds:.4f} | {seconds / ours:.2f} | {deviance - best:+.6f} |")
    if "fit" not in peer:
        lines.append(f"| nlme gls | {peer['status']} | | |")
    return lines


def main() -> None:
    """Compare on a trial of 200 subjects and 4 visits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--r-limit", type=float, default=300.0, help="seconds for R; 0 leaves it out")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # statsmodels warns of its own convergence; the deviance tells
    print("# One likelihood, several packages\n")
    print("\n".join(f"- {name}: {value}" for name, value in machine.describe().items()), "\n")
    print("## 200 subjects x 4 visits, a third of the responses missing\n")
    print("\n".join(compare(workloads.fev_shape(), workloads.FEV_FORMULA, options.rounds, options.r_limit)))


if __name__ == "__main__":
    main()
