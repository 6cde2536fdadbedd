"""Which results belong to one draw: the pairing that every index of several analytes shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.study import variables

# Where a raw result stands; with the time of collection it orders results.
PLACE = [variable.name for variable in variables.PLACE]
# What the export itself states of a result's visit and use.
STATED = ["VISIT", "VISIT_RAW", "BASEFL", "ANLFL"]


@dataclass(frozen=True)
class Draws:
    """The draws of one analyte with what pairs with them.

    Attributes
    ----------
    heads : DataFrame
        One row per draw, in order: its first result. The index is the number of the draw.
    results : dict of str to DataFrame
        For each role the results with DRAW. Those of the first role are all results of the draws, with WHY
        (why they cannot serve, or empty); those of the others are the usable ones that pair, in order.
    """

    heads: pd.DataFrame
    results: Mapping[str, pd.DataFrame]

    def usable(self, role: str) -> pd.DataFrame:
        """Return the results of a role that can serve."""
        results = self.results[role]
        return results[results["WHY"] == ""]

    def count(self, role: str) -> np.ndarray:
        """Return the number of usable results of a role in each draw."""
        return np.bincount(self.usable(role)["DRAW"], minlength=len(self.heads))

    def mean(self, role: str) -> np.ndarray:
        """Return the mean of the usable values of a role in each draw; NaN where there is none."""
        usable = self.usable(role)
        total = np.bincount(usable["DRAW"], usable["VALUE"].to_numpy(float), len(self.heads))
        count = self.count(role)
        mean: np.ndarray = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        return mean

    def censored(self, role: str) -> np.ndarray:
        """Return whether a usable result of a role lies outside its limits of quantification."""
        usable = self.usable(role)
        return np.bincount(usable["DRAW"][usable["CENSOR"] != ""], minlength=len(self.heads)) > 0

    def stated(self, name: str) -> np.ndarray:
        """Return the first text of a column that a result of each draw has, first role first; else ``""``."""
        parts = pd.concat([results[["DRAW", name]] for results in self.results.values()])
        said = parts[parts[name] != ""].drop_duplicates("DRAW").set_index("DRAW")[name]
        return said.reindex(self.heads.index).fillna("").to_numpy(dtype=object)

    def sources(self) -> pd.DataFrame:
        """Return DRAW, ANALYTE and place of every raw result of the draws, first role first."""
        parts = [results[["DRAW", "ANALYTE", *PLACE]] for results in self.results.values()]
        return pd.concat(parts, ignore_index=True).sort_values("DRAW", kind="stable")


def pair_draws(results: Mapping[str, pd.DataFrame], minutes: int) -> Draws:
    """Return the draws of the first role, each with the results of the other roles that belong to it.

    Replicates of one draw share subject, time and accession, and the visit that the export names where there
    is no time. Another result is of the same draw if it has
    its accession, or stands in the same raw row, or both times are known and at most `minutes` apart. The
    first of these that any result fulfils decides: a different accession at the same time is another tube
    of the same venipuncture, but a shared one settles the question before times are looked at. The fasting
    states must not contradict each other.

    Parameters
    ----------
    results : mapping of str to DataFrame
        For each role the results of its analyte, columns of LABS and WHY.
    minutes : int

    Notes
    -----
    Costs n log n in the number of results.
    """
    first, *others = results
    mine = _ordered(results[first])
    # Without a time, the visits that the export names tell two draws of a day apart.
    mine["NAMED"] = mine["VISIT"].where(~_timed(mine["COLLECTED"]), "")
    mine["DRAW"] = mine.groupby(["USUBJID", "COLLECTED", "ACCESSION", "NAMED"], sort=True).ngroup()
    heads = mine.drop_duplicates("DRAW").set_index("DRAW").sort_index()
    paired = {role: _partners(heads, _ordered(results[role]), minutes) for role in others}
    return Draws(heads, {first: mine.sort_values("DRAW", kind="stable")} | paired)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["USUBJID", "COLLECTED", *PLACE], ignore_index=True, kind="stable")


def _partners(heads: pd.DataFrame, others: pd.DataFrame, minutes: int) -> pd.DataFrame:
    """Return the usable results among `others` that pair with a draw, with DRAW, ordered by draw."""
    others = others[others["WHY"] == ""].reset_index(drop=True)
    tubes = heads[heads["ACCESSION"] != ""]
    pairs = _first_that_holds(
        (
            _equal(tubes, others, ["USUBJID", "ACCESSION"]),
            _equal(heads, others, ["USUBJID", "FILE", "SHEET", "ROW"]),
            _near(heads, others, minutes),
        )
    )
    mine = heads["FASTING"].to_numpy(object)[pairs["DRAW"]]
    other = others["FASTING"].to_numpy(object)[pairs["OTHER"]]
    pairs = pairs[(mine == other) | (mine == "") | (other == "")]
    pairs = pairs.sort_values(["DRAW", "OTHER"])
    partners: pd.DataFrame = others.iloc[pairs["OTHER"]].assign(DRAW=pairs["DRAW"].to_numpy())
    return partners


def _first_that_holds(ways: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs by the first way that gives a draw any pair."""
    chosen = ways[0]
    for pairs in ways[1:]:
        chosen = pd.concat([chosen, pairs[~pairs["DRAW"].isin(chosen["DRAW"])]], ignore_index=True)
    return chosen


def _equal(heads: pd.DataFrame, others: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the pairs (number of the draw, position in `others`) that agree in `columns`."""
    left = heads[columns].assign(DRAW=heads.index)
    right = others[columns].assign(OTHER=np.arange(len(others)))
    return left.merge(right, on=columns)[["DRAW", "OTHER"]]


def _near(heads: pd.DataFrame, others: pd.DataFrame, minutes: int) -> pd.DataFrame:
    """Return the pairs of one subject whose times are known and at most `minutes` apart."""
    left, right = _timed(heads["COLLECTED"]), _timed(others["COLLECTED"])
    draws, items = heads.index.to_numpy()[left], np.flatnonzero(right)
    times = np.concatenate([_seconds(heads["COLLECTED"][left]), _seconds(others["COLLECTED"][right])])
    subjects, _ = pd.factorize(pd.concat([heads["USUBJID"][left], others["USUBJID"][right]]))
    reach = 60 * minutes
    if len(times) == 0:
        return pd.DataFrame({"DRAW": draws, "OTHER": items[:0]})
    # One number for subject and time: subjects lie further apart than `reach`, so none meets another.
    moment = subjects * (np.ptp(times) + reach + 1) + times - times.min()
    here, there = moment[: len(draws)], moment[len(draws) :]
    order = np.argsort(there, kind="stable")
    start = np.searchsorted(there[order], here - reach, side="left")
    count = np.searchsorted(there[order], here + reach, side="right") - start
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return pd.DataFrame(
        {"DRAW": np.repeat(draws, count), "OTHER": items[order[np.repeat(start, count) + within]]}
    )


def _timed(collected: pd.Series) -> np.ndarray:
    """Return whether there is a time beside the date (YYYY-MM-DDTHH:MM, seconds allowed)."""
    return (collected.str.len() > 10).to_numpy(bool)


def _seconds(collected: pd.Series) -> np.ndarray:
    return collected.to_numpy(dtype="datetime64[s]").astype(np.int64)
