"""Which mixed runs a comparison needs, and those runs made.

With one changed factor the present run is the run with this factor alone new. With more, each has a run of
its own: everything old but this factor. The old environment cannot be had again; where it changed,
everything old is run in the present one, which shows what the environment alone moves, and the other
factors are measured from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trial.compare.attribution import Experiment, Results
from trial.compare.factors import Factor, moving
from trial.compare.mixed import Mix, Mixed, run_mixed
from trial.compare.run import Run
from trial.compare.schema import ENVIRONMENT

ITSELF = "the present run: no other factor changed that can move a result"
RERUN = "rerun: everything old but this factor"
RERUN_THERE = "rerun: everything old but this factor and the environment"
IN_PRESENT = "rerun: everything old in the present environment"
UNMOVED = "no rerun needed: nothing that results are made of stands on it"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Findings:
    """The experiment, and in words how the part of each factor was established."""

    experiment: Experiment
    established: dict[str, str]


def perform(
    old: Run, new: Run, factors: Sequence[Factor], results: tuple[Results, Results], scratch: Path, cores: int
) -> Findings:
    """Make the mixed runs that the changed factors need, and say how each factor's part is known."""
    names = moving(factors)
    inputs = [name for name in names if name != ENVIRONMENT]
    established = {
        factor.name: UNMOVED if factor.changed else UNCHANGED
        for factor in factors
        if factor.name not in names
    }
    base: Results | None = None
    start = old
    if ENVIRONMENT in names:
        base, start, established[ENVIRONMENT] = _base(old, results[1], inputs, scratch, cores)
    alone: dict[str, Results | None] = {}
    for name in inputs:
        if len(inputs) == 1 and (base is not None or ENVIRONMENT not in names):
            alone[name], established[name] = results[1], ITSELF
            continue
        sides = {part: new if part == name else old for part in ("data", "config", "code")}
        done = run_mixed(Mix(**sides, start=start), old, scratch / name, cores)
        alone[name] = done.results
        established[name] = _said(done, RERUN_THERE if ENVIRONMENT in names else RERUN)
    experiment = Experiment(*results, alone, ENVIRONMENT in names, base)
    return Findings(experiment, established)


def _base(
    old: Run, new: Results, inputs: Sequence[str], scratch: Path, cores: int
) -> tuple[Results | None, Run, str]:
    """Return the results of everything old in the present environment, its run, and how they are known."""
    if not inputs:
        return new, old, ITSELF
    done = run_mixed(Mix(old, old, old, start=None), old, scratch / ENVIRONMENT, cores)
    return done.results, old if done.results is None else done.run, _said(done, IN_PRESENT)


def _said(done: Mixed, rerun: str) -> str:
    if done.results is not None:
        return rerun
    return f"inferred: what no other factor explains; the rerun stopped ({done.failed})"
