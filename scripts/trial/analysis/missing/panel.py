"""One endpoint as a table of subjects by visits with gaps, and the groups that are imputed alike."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mmrm.linalg import Array, Bools, Ints


@dataclass(frozen=True, eq=False)
class Panel:
    """Subjects by visits, and the design of every visit's mean.

    Every column has its own coefficient at each visit, so that the mean of a subject is `design @ B` with B
    of shape (p, J).

    Attributes
    ----------
    response : (n, J) array
        NaN where nothing was observed.
    design : (n, p) array
        One, an indicator of each arm but the first, covariates.
    arm : (n,) int array
        Arm of each subject; 0 is the arm that is referred to in imputation.
    switch : (n,) int array
        Visits before the switch: visits from this number (of 0..J-1) on are affected; J for never.
    n_arms : int
    """

    response: Array
    design: Array
    arm: Ints
    switch: Ints
    n_arms: int

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.response.shape[0])

    @property
    def n_visits(self) -> int:
        """Number of visits J."""
        return int(self.response.shape[1])

    @property
    def missing(self) -> Bools:
        """Where a value is to be imputed, (n, J)."""
        return np.isnan(self.response)

    @property
    def affected(self) -> Bools:
        """Visits after the switch, (n, J)."""
        return np.asarray(np.arange(self.n_visits) >= self.switch[:, None])

    @property
    def referred(self) -> Array:
        """The design with every subject in the arm that is referred to; covariates stay its own."""
        design = self.design.copy()
        design[:, 1 : self.n_arms] = 0.0
        return design

    def before_switch(self) -> "Panel":
        """Return the panel without the values seen after a switch: they do not inform the model.

        Under every strategy but missing at random they are another regime's (rbmi, `stat_specs`, "Included
        data and model specification").
        """
        return replace(self, response=np.where(self.affected, np.nan, self.response))

    def groups(self) -> Iterator["Group"]:
        """Yield the subjects with missing values by what is missing, switch and arm, in a fixed order."""
        key = np.column_stack([self.missing, self.switch, self.arm])
        rows, of_subject = np.unique(key, axis=0, return_inverse=True)
        for number, row in enumerate(rows):
            gaps = row[: self.n_visits].astype(bool)
            if gaps.any():
                members = np.flatnonzero(of_subject.reshape(-1) == number)
                yield Group(members, np.flatnonzero(gaps), np.flatnonzero(~gaps), int(row[-2]), int(row[-1]))

    def contrast(self, weights: Array) -> Array:
        """Return the contrast of columns (p,) that compares arms by weights that sum to zero."""
        row = np.zeros(self.design.shape[1])
        row[1 : self.n_arms] = weights[1:]
        return row


@dataclass(frozen=True, eq=False)
class Group:
    """Subjects that are imputed by the same matrices.

    Attributes
    ----------
    members : int array
        Subjects.
    gaps, seen : int arrays
        Missing and observed visits.
    switch, arm : int
        As in `Panel`.
    """

    members: Ints
    gaps: Ints
    seen: Ints
    switch: int
    arm: int


def dropout_switch(response: Array) -> Ints:
    """Return the switch by drop-out: the first visit after the last observed one, (n,).

    A gap before a later value is no switch. A subject without any value switches at the first visit.
    """
    seen = ~np.isnan(response)
    last = response.shape[1] - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), last, 0).astype(np.int64)
