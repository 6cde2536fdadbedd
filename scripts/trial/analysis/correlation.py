"""Spearman's correlation of the changes of two endpoints, with limits by Fisher's z (``eq:spearman``)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.methods.correlation import Config, Pair
from trial.analysis.outcome import Outcome, RecordSet, record_set

Array = NDArray[np.float64]
WITHIN = "within"  # stands for all arms together, each compared with itself
FEWEST = 4  # subjects: with three the variance of Fisher's z is infinite
TOO_FEW = "fewer than 4 subjects have both changes"
CONSTANT = "all changes of one endpoint are equal"
PERFECT = "a correlation of exactly 1 or -1 has no limits by Fisher's z"


@dataclass(frozen=True)
class Correlation:
    """A correlation with its limits; NaN where it does not exist, `error` says why.

    Attributes
    ----------
    n : int
        Subjects.
    z, variance : float
        Fisher's z and its variance.
    """

    n: int
    rho: float
    lower: float
    upper: float
    z: float
    variance: float
    error: str = ""
    error_of_limits: str = ""


def spearman(x: Array, y: Array, level: float) -> Correlation:
    """Return Spearman's correlation: that of the mid-ranks, so that ties are allowed for.

    Limits: tanh(z ± q √((1 + ρ²/2)/(n − 3))), the variance of Bonett and Wright (2000).
    """
    n, none = len(x), (np.nan,) * 5
    if n < FEWEST:
        return Correlation(n, *none, error=TOO_FEW)
    a, b = rankdata(x), rankdata(y)
    if not np.ptp(a) or not np.ptp(b):
        return Correlation(n, *none, error=CONSTANT)
    a, b = a - a.mean(), b - b.mean()
    rho = float(np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)))
    if 1.0 - abs(rho) < 1e-12:
        return Correlation(n, float(np.sign(rho)), *none[:4], error_of_limits=PERFECT)
    return _limits(n, float(np.arctanh(rho)), (1.0 + rho**2 / 2) / (n - 3), level)


def within_arms(found: Sequence[Correlation], level: float) -> Correlation:
    """Return the correlation within arms: Fisher's z of each, weighted by n − 3.

    What arms differ in on average does not enter it; that of all subjects at once would mix it in.
    """
    n = sum(one.n for one in found)
    lacking = next((one.error or one.error_of_limits for one in found if not np.isfinite(one.z)), "")
    if lacking:
        return Correlation(n, *(np.nan,) * 5, error=f"in one arm {lacking}")
    weights = np.array([one.n - 3.0 for one in found])
    shares = weights / weights.sum()
    z = float(np.sum(shares * [one.z for one in found]))
    variance = float(np.sum(shares**2 * [one.variance for one in found]))
    return _limits(n, z, variance, level)


def _limits(n: int, z: float, variance: float, level: float) -> Correlation:
    half = norm.isf((1 - level) / 2) * np.sqrt(variance)
    rho, lower, upper = (float(np.tanh(each)) for each in (z, z - half, z + half))
    return Correlation(n, rho, lower, upper, z, variance)


def correlate_changes(data: AnalysisData, config: Config) -> Outcome:
    """Return `spearman.<first>.<second>` with limits, by visit and arm, and within arms.

    `.n` counts the subjects with both changes, `.below` those of them with a value below its limit of
    quantification in either change, at the visit or at baseline.
    """
    changes = {code: _changes(data, code) for code in data.spec.facts["scales"]}
    rows: list[dict[str, object]] = []
    sets: list[RecordSet] = []
    for pair in config.pairs:
        both = changes[pair.first].merge(
            changes[pair.second], on=["USUBJID", "AVISIT"], suffixes=("_1", "_2")
        )
        for visit in (one.code for one in data.spec.visits if not one.baseline):
            here = both[both["AVISIT"] == visit]
            for group, found, members in _groups(data, here, config.level):
                name = f"spearman.{pair.first}.{pair.second}"
                sets.append(_behind(data, pair, visit, group, members))
                place = {"method": "spearman-fisher-z", "visit": visit, "group": group, "unit": "1",
                         "n": float(found.n), "records": sets[-1].id}  # fmt: skip
                rows += [place | row for row in _rows(name, found, members)]
    rows.append({"method": "spearman-fisher-z", "statistic": "level", "value": config.level, "unit": "1"})
    record = {"pairs": [[pair.first, pair.second] for pair in config.pairs]}
    return Outcome.of(data.spec, rows, record, sets)


def _changes(data: AnalysisData, code: str) -> pd.DataFrame:
    """Return the change of each subject at each visit (log scale: ln ratio), and whether a limit is in it."""
    records = data.tables["adlb"]
    mine = records[(records["PARAMCD"] == code) & (records["ANL01FL"] == "Y")]
    mine = mine[mine["USUBJID"].isin(data.treatments.index)]
    later = mine[(mine["ABLFL"] != "Y") & mine["AVAL"].notna() & mine["BASE"].notna()]
    first, second = later["AVAL"], later["BASE"]
    if data.spec.facts["scales"][code] == "log":
        require_positive(data.spec, later, ["AVAL", "BASE"], f"change of {code}")
        first, second = np.log(first), np.log(second)
    at_base = mine[mine["ABLFL"] == "Y"].set_index("USUBJID")["CENSOR"]
    below = (later["CENSOR"] == "<") | (later["USUBJID"].map(at_base) == "<")
    return later[["USUBJID", "AVISIT"]].assign(CHANGE=first - second, BELOW=below)


def _groups(
    data: AnalysisData, here: pd.DataFrame, level: float
) -> Iterator[tuple[str, Correlation, pd.DataFrame]]:
    arms = here["USUBJID"].map(data.treatments)
    found = []
    for arm in data.spec.arms:
        mine = here[arms == arm.code]
        found.append(spearman(mine["CHANGE_1"].to_numpy(), mine["CHANGE_2"].to_numpy(), level))
        yield arm.code, found[-1], mine
    if len(found) > 1:
        yield WITHIN, within_arms(found, level), here


def _rows(name: str, found: Correlation, members: pd.DataFrame) -> Iterator[dict[str, object]]:
    yield {"statistic": f"{name}.n", "value": float(found.n)}
    yield {"statistic": f"{name}.below", "value": float((members["BELOW_1"] | members["BELOW_2"]).sum())}
    yield {"statistic": name, "value": found.rho, "error": found.error}
    for part in ("lower", "upper"):
        error = found.error or found.error_of_limits
        yield {"statistic": f"{name}.{part}", "value": getattr(found, part), "error": error}


def _behind(data: AnalysisData, pair: Pair, visit: str, group: str, members: pd.DataFrame) -> RecordSet:
    """Return the records of both endpoints, at visit and baseline, of the subjects with both changes."""
    records = data.tables["adlb"]
    mine = records["PARAMCD"].isin([pair.first, pair.second]) & (records["ANL01FL"] == "Y")
    mine &= records["USUBJID"].isin(members["USUBJID"])
    mine &= (records["AVISIT"] == visit) | (records["ABLFL"] == "Y")
    return record_set(data.spec, f"{pair.first}.{pair.second}.{visit}.{group}", records[mine])
