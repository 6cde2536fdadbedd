"""Each changed result's cause: what every factor moves alone, and what only all of them together do."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trial.compare.results import Result, change_of, same_value, scale_of
from trial.compare.schema import ENVIRONMENT, TOGETHER

Results = Mapping[str, Result]


@dataclass(frozen=True)
class Experiment:
    """The runs that tell the factors apart.

    Attributes
    ----------
    old, new : mapping of id to Result
        The archived run and the present one.
    base : mapping of id to Result
        Everything old in the present environment; `old` itself where the environment did not change.
    alone : mapping of factor to results
        Each other changed factor's run: everything old but this factor, in the present environment. None where that
        run could not be made.
    environment : bool
        Whether the environment differs; where it could not be told apart by a run, `base` is None.
    """

    old: Results
    new: Results
    alone: Mapping[str, Results | None]
    environment: bool = False
    base: Results | None = field(default=None)

    @property
    def start(self) -> Results:
        """What the factors are measured from."""
        return self.old if self.base is None else self.base

    @property
    def unknown(self) -> list[str]:
        """The changed factors whose part no run shows."""
        missing = [name for name, results in self.alone.items() if results is None]
        return missing + ([ENVIRONMENT] if self.environment and self.base is None else [])


@dataclass(frozen=True)
class Cause:
    """Which factors moved a result, in their order, and by how much each alone where it is a number."""

    factors: tuple[str, ...]
    parts: Mapping[str, float]


def attribute(experiment: Experiment, one: str) -> Cause:
    """Return the cause of one changed result.

    A factor counts where it alone moves the result. What the factors that count do not explain belongs to the factors
    of which there is no run, else to all `together`.
    """
    known = {name: results for name, results in experiment.alone.items() if results is not None}
    steps = [(name, experiment.start, results) for name, results in known.items()]
    if experiment.environment and experiment.base is not None:
        steps.append((ENVIRONMENT, experiment.old, experiment.base))
    error = scale_of(experiment.old, experiment.new, one)
    movers = [step for step in steps if change_of(step[1].get(one), step[2].get(one), error)]
    parts = {name: _delta(before.get(one), after.get(one)) for name, before, after in movers}
    total = _delta(experiment.old.get(one), experiment.new.get(one))
    rest = total - math.fsum(parts.values())
    explained = _explains(experiment, one, [step[2].get(one) for step in movers], rest, error)
    names = [name for name, *_ in movers]
    if not explained:
        names += experiment.unknown or [TOGETHER]
        parts[experiment.unknown[0] if len(experiment.unknown) == 1 else TOGETHER] = rest
    return Cause(tuple(names), {name: part for name, part in parts.items() if not math.isnan(part)})


def moved(experiment: Experiment, ids: Sequence[str]) -> dict[str, int]:
    """Return how many results each factor with a run of its own moves alone."""
    counts = {}
    for name, results in experiment.alone.items():
        if results is not None:
            counts[name] = _count(experiment.start, results, ids)
    if experiment.environment and experiment.base is not None:
        counts[ENVIRONMENT] = _count(experiment.old, experiment.base, ids)
    return counts


def _count(before: Results, after: Results, ids: Sequence[str]) -> int:
    return sum(
        bool(change_of(before.get(one), after.get(one), scale_of(before, after, one)))
        for one in dict.fromkeys((*ids, *before, *after))
    )


def _delta(before: Result | None, after: Result | None) -> float:
    return math.nan if before is None or after is None else after.value - before.value


def _explains(
    experiment: Experiment, one: str, reached: Sequence[Result | None], rest: float, error: float
) -> bool:
    """Return whether the factors that moved a result alone explain all of it."""
    after = experiment.new.get(one)
    if len(reached) == 1 and experiment.base is None:
        return not change_of(reached[0], after, error)
    if not reached:
        return False
    if math.isnan(rest):  # no number on one side: explained where one of them gives what there is now
        return any(not change_of(found, after, error) for found in reached)
    size = max(abs(after.value) if after else 0.0, 0.0 if math.isnan(error) else error)
    return same_value(0.0, rest, size)
