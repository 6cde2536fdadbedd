"""Each changed result's cause: what every factor moves alone, and what only all of them together do."""

import math
from collections.abc import Iterator, Mapping, Sequence
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
        Each other changed factor's run: everything old but this factor, in the present environment. None
        where that run could not be made.
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

    A factor counts where it alone moves the result; of one that came or went, where it alone lets it come
    or go. What the factors that count do not explain belongs to those of which there is no run, else to all
    `together`.
    """
    old, new = experiment.old.get(one), experiment.new.get(one)
    error = scale_of(experiment.old, experiment.new, one)
    presence = old is None or new is None
    movers = [
        step
        for step in _steps(experiment, one)
        if (_came_or_went(step) if presence else change_of(step.before, step.after, error))
    ]
    names = [step.factor for step in movers]
    parts = {step.factor: _delta(step.before, step.after) for step in movers}
    rest = _delta(old, new) - math.fsum(parts.values())
    if not _explains(experiment, movers, new, rest, error, presence=presence):
        names += experiment.unknown or [TOGETHER]
        parts[experiment.unknown[0] if len(experiment.unknown) == 1 else TOGETHER] = rest
    elif (
        ENVIRONMENT in experiment.unknown
    ):  # each run was made in the present environment: it may be its doing
        names.append(ENVIRONMENT)
    return Cause(tuple(names), {name: part for name, part in parts.items() if not math.isnan(part)})


@dataclass(frozen=True)
class _Step:
    """One factor made new alone: the result before and after."""

    factor: str
    before: Result | None
    after: Result | None


def _steps(experiment: Experiment, one: str) -> Iterator[_Step]:
    start = experiment.start.get(one)
    for name, results in experiment.alone.items():
        if results is not None:
            yield _Step(name, start, results.get(one))
    if experiment.environment and experiment.base is not None:
        yield _Step(ENVIRONMENT, experiment.old.get(one), start)


def _came_or_went(step: _Step) -> bool:
    return (step.before is None) != (step.after is None)


def _explains(
    experiment: Experiment,
    movers: Sequence[_Step],
    new: Result | None,
    rest: float,
    error: float,
    *,
    presence: bool,
) -> bool:
    """Return whether the factors that moved a result alone explain all of it."""
    if not movers or presence:
        return bool(movers)
    if len(movers) == 1 and experiment.base is None:
        return not change_of(movers[0].after, new, error)
    if (
        math.isnan(rest) or new is None
    ):  # no number on one side: explained where a factor gives what there is now
        return any(not change_of(step.after, new, error) for step in movers)
    return same_value(0.0, rest, max(abs(new.value), 0.0 if math.isnan(error) else error))


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
