"""The design matrix in cell means, and every estimate of the analysis as a contrast of them.

The engine codes treatments against a reference; here each arm at each visit has its own mean, covariates are
centred and scaled, and what the results call coefficients are differences of cells. Nothing is shared but
the meaning.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from trial.recompute.config import AgreementSpec, DeclaredCovariate, DeclaredModel
from trial.recompute.likelihood import Problem, RecomputeError
from trial.recompute.observations import BASE, BASE_OF
from trial.recompute.structures import Array

Place = tuple[str, str, str]  # what a column is of: variable (ARM for a cell), level, visit


@dataclass(frozen=True)
class Design:
    """Rows of a model, and the columns of their design.

    Attributes
    ----------
    rows : DataFrame
        USUBJID, ARM, AVISIT, Y and the covariates.
    whole : DataFrame
        The rows over which covariates are averaged: all visits', also for the model of one visit.
    model : DeclaredModel
    arms, visits : tuple of str
        The arms, the reference first; the visits that have rows, in order.
    places : tuple of int
        Where these visits stand in the study's order.
    logs : frozenset of str
        The covariates that are logarithms of what the plan calls them.
    """

    rows: pd.DataFrame
    whole: pd.DataFrame
    model: DeclaredModel
    arms: tuple[str, ...]
    visits: tuple[str, ...]
    places: tuple[int, ...]
    logs: frozenset[str]

    @classmethod
    def of(cls, rows: pd.DataFrame, spec: AgreementSpec, log: bool) -> "Design":
        """Return the design of the rows of a model; `log`: the endpoint is on the log scale.

        Raises
        ------
        RecomputeError
            If there is no row, or none of an arm.
        """
        assert spec.model is not None
        arms = tuple(sorted(spec.arms, key=lambda arm: arm != spec.reference_arm))
        if absent := [arm for arm in arms if not (rows["ARM"] == arm).any()]:
            raise RecomputeError(f"no value to model in arm {', '.join(absent)}")
        seen = [(at, visit) for at, visit in enumerate(spec.visits) if (rows["AVISIT"] == visit).any()]
        visits, places = tuple(visit for _, visit in seen), tuple(at for at, _ in seen)
        logs = {f"{BASE_OF}{code}" for code, scale in spec.other_scales.items() if scale == "log"}
        return cls(rows, rows, spec.model, arms, visits, places, frozenset(logs | ({BASE} if log else set())))

    def at_visit(self, visit: str) -> "Design":
        """Return the model of one visit on its own."""
        here = self.rows[self.rows["AVISIT"] == visit].reset_index(drop=True)
        if absent := [arm for arm in self.arms if not (here["ARM"] == arm).any()]:
            raise RecomputeError(f"no value to model in arm {', '.join(absent)} at {visit}")
        return replace(self, rows=here, visits=(visit,), places=(0,))

    @cached_property
    def moments(self) -> Mapping[str, tuple[float, float]]:
        """Mean over rows and scale of every numeric covariate; LS means stand at the mean."""
        names = [one.variable for one in self.model.covariates if one.kind == "numeric"]
        return {
            name: (float(self.whole[name].mean()), float(self.whole[name].std(ddof=0)) or 1.0)
            for name in names
        }

    @cached_property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Levels of every factor that is a covariate; the first is the reference of its coefficients."""
        factors = [one.variable for one in self.model.covariates if one.kind == "factor"]
        return {name: tuple(sorted(set(self.whole[name]))) for name in factors}

    @cached_property
    def columns(self) -> Mapping[Place, int]:
        """The column of every place; an effect that all visits share has one column for all of them."""
        found: dict[Place, int] = {}
        for arm in self.arms:
            for visit in self.visits:
                found["ARM", arm, visit] = len(found)
        width = len(found)
        for one in self.model.covariates:
            for level in self.levels.get(one.variable, ("", ""))[1:]:
                for visit in self.visits:
                    found[one.variable, level, visit] = width
                    width += one.by_visit
                width += not one.by_visit
        return found

    @property
    def width(self) -> int:
        """The number of columns."""
        return max(self.columns.values()) + 1

    @cached_property
    def matrix(self) -> Array:
        """The design, N x k."""
        found = np.zeros((len(self.rows), self.width))
        for (variable, level, visit), column in self.columns.items():
            here = (self.rows["AVISIT"] == visit).to_numpy()
            found[here, column] = self._values(variable, level)[here]
        return found

    def _values(self, variable: str, level: str) -> Array:
        if variable in self.moments:
            mean, scale = self.moments[variable]
            return np.asarray((self.rows[variable].to_numpy(dtype=float) - mean) / scale)
        return np.asarray((self.rows[variable] == level).to_numpy(dtype=float))

    def problem(self) -> Problem:
        """Return the arrays of the fit; `log_scale` leads to covariates in their own units."""
        arms = [self.arms.index(arm) for arm in self.rows["ARM"]]
        scales = {
            self.columns[place]: self.moments[place[0]][1]
            for place in self.columns
            if place[0] in self.moments
        }
        return Problem(
            self.rows["Y"].to_numpy(dtype=float),
            self.matrix,
            np.unique(self.rows["USUBJID"].to_numpy(dtype=str), return_inverse=True)[1],
            np.array([self.visits.index(visit) for visit in self.rows["AVISIT"]]),
            np.array(arms if self.model.sigma_by_arm else [0] * len(arms)),
            self.places,
            float(np.log(list(scales.values())).sum()) if scales else 0.0,
        )

    # ---- contrasts ------------------------------------------------------------------------------------

    def _unit(self, *place: str) -> Array:
        return np.asarray(np.eye(self.width)[self.columns[place[0], place[1], place[2]]])

    def cell(self, arm: str, visit: str) -> Array:
        """Return the contrast of a cell: numeric covariates at their mean, factors at their first level."""
        return self._unit("ARM", arm, visit)

    def slope(self, variable: str, visit: str, level: str = "") -> Array:
        """Return the effect of a covariate in its own unit at a visit, or of a level against the first."""
        scale = self.moments[variable][1] if variable in self.moments else 1.0
        return self._unit(variable, level, visit) / scale

    def lsmean(self, arm: str, visit: str) -> Array:
        """Return the contrast of the LS mean of an arm at a visit, by the declared weights."""
        found = self.cell(arm, visit)
        for one in self.model.covariates:
            if one.kind == "numeric":
                shift = self._stands_at(one) - self.moments[one.variable][0]
                found = found + shift * self.slope(one.variable, visit)
            else:
                for level, weight in self._weights(one).items():
                    found = found + weight * self.slope(one.variable, visit, level)
        return found

    def _stands_at(self, covariate: DeclaredCovariate) -> float:
        """Return where a numeric covariate stands: its mean over rows, over subjects, or a given value."""
        name = covariate.variable
        if name in self.model.at:
            value = float(self.model.at[name])
            return float(np.log(value)) if name in self.logs else value
        if self.model.weights == "counterfactual":
            return float(self._subjects[name].mean())
        return self.moments[name][0]

    def _weights(self, covariate: DeclaredCovariate) -> Mapping[str, float]:
        """Return how the levels of a factor count, without its first, whose effect is none."""
        name = covariate.variable
        levels = self.levels[name]
        if name in self.model.at:
            return {level: float(level == self.model.at[name]) for level in levels[1:]}
        if self.model.weights == "equal":
            return {level: 1 / len(levels) for level in levels[1:]}
        counted = self._subjects if self.model.weights == "counterfactual" else self.whole
        return {level: float((counted[name] == level).mean()) for level in levels[1:]}

    @property
    def _subjects(self) -> pd.DataFrame:
        return self.whole.drop_duplicates("USUBJID")

    def _at_zero(self, visit: str, average: bool) -> Array:
        """Return what covariates add at a visit at zero; factors at their first level, or averaged."""
        found = np.zeros(self.width)
        for one in self.model.covariates:
            if one.kind == "numeric":
                found -= self.moments[one.variable][0] * self.slope(one.variable, visit)
            elif average:
                share = 1 / len(self.levels[one.variable])
                for level in self.levels[one.variable][1:]:
                    found += share * self.slope(one.variable, visit, level)
        return found

    def coefficients(self) -> Iterator[tuple[str, Array]]:
        """Yield the fixed effects by the names that results have: against the first arm and visit."""
        reference, first = self.arms[0], self.visits[0]
        zero = {visit: self._at_zero(visit, average=False) for visit in self.visits}
        yield "Intercept", self.cell(reference, first) + zero[first]
        for arm in self.arms[1:]:
            yield f"ARMCD[T.{arm}]", self.cell(arm, first) - self.cell(reference, first)
        for visit in self.visits[1:]:
            change = self.cell(reference, visit) - self.cell(reference, first)
            yield f"AVISIT[T.{visit}]", change + zero[visit] - zero[first]
            for arm in self.arms[1:]:
                yield f"ARMCD[T.{arm}]:AVISIT[T.{visit}]", self._double(arm, visit)
        for one in self.model.covariates:
            for level in self.levels.get(one.variable, ("", ""))[1:]:
                name = f"X_{one.variable}[T.{level}]" if level else f"X_{one.variable}"
                effect = self.slope(one.variable, first, level)
                yield name, effect
                for visit in self.visits[1:] if one.by_visit else ():
                    yield f"{name}:AVISIT[T.{visit}]", self.slope(one.variable, visit, level) - effect

    def _double(self, arm: str, visit: str) -> Array:
        """Return the difference from the first arm's at a visit, against that at the first visit."""
        reference, first = self.arms[0], self.visits[0]
        there = self.cell(arm, visit) - self.cell(reference, visit)
        return there - self.cell(arm, first) + self.cell(reference, first)

    def terms(self) -> Iterator[tuple[str, Array]]:
        """Yield the type 3 hypothesis of every term: its effects under sum-to-zero coding are zero."""
        others = self.arms[1:]
        yield (
            "ARMCD",
            np.stack([self._mean([self._above(arm, visit) for visit in self.visits]) for arm in others]),
        )
        later = self.visits[1:]
        if later:
            yield (
                "AVISIT",
                np.stack([self._overall(visit) - self._overall(self.visits[0]) for visit in later]),
            )
            yield "ARMCD:AVISIT", np.stack([self._double(arm, visit) for arm in others for visit in later])
        for one in self.model.covariates:
            levels = self.levels.get(one.variable, ("", ""))[1:]
            slopes = {(level, v): self.slope(one.variable, v, level) for level in levels for v in self.visits}
            if levels:
                yield (
                    f"X_{one.variable}",
                    np.stack([self._mean([slopes[level, v] for v in self.visits]) for level in levels]),
                )
            if levels and one.by_visit and later:
                yield (
                    f"X_{one.variable}:AVISIT",
                    np.stack(
                        [slopes[level, v] - slopes[level, self.visits[0]] for level in levels for v in later]
                    ),
                )

    def _above(self, arm: str, visit: str) -> Array:
        return self.cell(arm, visit) - self.cell(self.arms[0], visit)

    def _overall(self, visit: str) -> Array:
        return self._mean([self.cell(arm, visit) for arm in self.arms]) + self._at_zero(visit, average=True)

    @staticmethod
    def _mean(contrasts: Sequence[Array]) -> Array:
        return np.asarray(np.mean(contrasts, axis=0))
