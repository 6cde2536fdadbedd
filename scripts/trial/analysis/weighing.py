"""The weights of the design stage as an outcome model takes them, and their resamples."""

from dataclasses import dataclass
from math import isfinite
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.analysis.data import AnalysisData
from trial.analysis.propensity.resample import Resamples, resample
from trial.analysis.weighted import Bootstrap

Array = NDArray[np.float64]
POPULATIONS = {
    "ATO": "overlap weights (those for whom both treatments were likely)",
    "ATE": "stabilised inverse probability weights (all)",
    "ATT": "weights of the treated",
}
ESTIMATORS = {
    "logistic": "maximum likelihood",
    "firth": "Firth's penalised likelihood",
}
TOO_FEW = "half of the bootstrap resamples or more gave no estimate"
# More resamples lost than this share, and a reader must know.
DROPPED_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class Weighing:
    """Weights of one kind with the propensity model that made them.

    Attributes
    ----------
    kind, estimator : str
    limits : (float, float) or None
        Shares of the quantiles at which the weights are clipped.
    subjects : tuple of str
        The weighed subjects, in order.
    arms : (str, str)
        Codes of the treated and of the control arm.
    treated, scores, weights : (n,) arrays
    design : (n, k) array
        Columns of the propensity model.
    caveat : str
        What the verdict on overlap says of these weights; empty where it passed.
    """

    kind: str
    estimator: str
    limits: tuple[float, float] | None
    subjects: tuple[str, ...]
    arms: tuple[str, str]
    treated: Array
    scores: Array
    weights: Array
    design: Array
    caveat: str

    @classmethod
    def of(cls, data: AnalysisData, kind: str) -> "Weighing":
        """Return the weights of a kind from the files of the design stage."""
        rows = data.tables["weights"]
        rows = rows[rows["KIND"] == kind].sort_values("USUBJID")
        wide = data.tables["matrix"].pivot(index="USUBJID", columns="COLUMN", values="VALUE")
        wide = wide.loc[rows["USUBJID"]]
        first = rows.iloc[0]
        names = list(dict.fromkeys(data.tables["matrix"]["COLUMN"]))
        treated = wide["TREATED"].to_numpy(float)
        code = rows.loc[(treated == 1).tolist(), "ARMCD"].iloc[0]
        return cls(
            kind=kind,
            estimator=str(first["ESTIMATOR"]),
            limits=(float(first["LOWER"]), float(first["UPPER"])) if isfinite(first["LOWER"]) else None,
            subjects=tuple(rows["USUBJID"]),
            arms=(str(code), data.spec.reference_arm),
            treated=treated,
            scores=rows["SCORE"].to_numpy(float),
            weights=rows["WEIGHT"].to_numpy(float),
            design=wide[[name for name in names if name != "TREATED"]].to_numpy(float),
            caveat=_caveat(data.tables["balance"], kind),
        )

    @property
    def comparison(self) -> str:
        """Code of the comparison, the treated arm first."""
        return "-".join(self.arms)

    @property
    def words(self) -> str:
        """Kind and propensity model, for footnotes."""
        clipped = ""
        if self.limits is not None:
            low, high = (f"{100 * share:g}" for share in self.limits)
            clipped = f", clipped at their {low} and {high} percent quantiles"
        return f"{POPULATIONS[self.kind]}{clipped}, propensity by {ESTIMATORS[self.estimator]}"

    def resample(self, bootstrap: Bootstrap, paramcd: str) -> Resamples:
        """Draw resamples; those of an endpoint depend on nothing but seed and endpoint."""
        seed = [bootstrap.seed, crc32(paramcd.encode())]
        # Subjects drawn from arms that are separated are separated too: Firth's likelihood stays.
        return resample(
            self.design, self.treated, self.estimator, self.kind, self.limits, bootstrap.replicates, seed
        )


def _caveat(balance: pd.DataFrame, kind: str) -> str:
    """Return what the verdict says where it fails: the covariate-adjusted model then stands in."""
    found = balance[(balance["KIND"] == kind) & (balance["STATISTIC"] == "verdict")].iloc[0]
    if found["VALUE"] < 2:
        return ""
    return (
        f"The arms overlap too little for weights {kind} ({found['WARNING']}): this estimate must not be "
        "relied on; the covariate-adjusted model stands in for it, which asks about another population."
    )


@dataclass(frozen=True, eq=False)
class Bootstrapped:
    """Bootstrap estimates of the resamples that gave one.

    Attributes
    ----------
    estimates : (B', l) array
    asked : int
        Resamples drawn.
    penalised : int
        Resamples in which Firth's likelihood was used.
    """

    estimates: Array
    asked: int
    penalised: int

    @property
    def dropped(self) -> int:
        """Resamples without an estimate."""
        return self.asked - len(self.estimates)

    @property
    def stands(self) -> bool:
        """Whether most resamples gave an estimate: the spread of a few survivors is not that of all."""
        return 2 * len(self.estimates) > self.asked

    @property
    def se(self) -> Array:
        """Standard deviation over the resamples, ``(l,)``; NaN where half of them or more were lost."""
        if not self.stands:
            return np.full(self.estimates.shape[1], np.nan)
        return np.asarray(self.estimates.std(axis=0, ddof=1))

    def interval(self, level: float) -> Array:
        """Percentile limits, ``(2, l)``; NaN as `se`."""
        if not self.stands:
            return np.full((2, self.estimates.shape[1]), np.nan)
        tail = (1 - level) / 2
        return np.asarray(np.quantile(self.estimates, [tail, 1 - tail], axis=0))

    @property
    def words(self) -> str:
        """What was drawn and lost, for footnotes."""
        firth = f", {self.penalised} by Firth's likelihood" if self.penalised else ""
        return (
            f"bootstrap of subjects within arms, {self.asked} resamples with the propensity fitted "
            f"anew{firth}; {self.dropped} without an estimate"
        )

    @property
    def warnings(self) -> list[str]:
        """A warning where more resamples were lost than a reader would overlook."""
        if self.dropped <= DROPPED_SHARE * self.asked:
            return []
        return [f"{self.dropped} of {self.asked} bootstrap resamples gave no estimate and are left out."]
