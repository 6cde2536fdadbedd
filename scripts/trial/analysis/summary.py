"""Summary statistics of the analysed records by visit and arm, each with the records it stands on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from trial.analysis.bounds import BELOW, Bounds, bounds_of, differences
from trial.analysis.config import AnalysedEndpoint
from trial.analysis.data import AnalysisData
from trial.analysis.detectability import Cells, below_limit_cells, too_many_below
from trial.analysis.outcome import Outcome, RecordSet, record_set
from trial.analysis.unstable import cell_warning

TOO_FEW = "fewer than two values"
NO_VALUES = "no values"
NOT_POSITIVE = "values that are not positive"
ZERO_BASELINE = "a baseline of zero has no percent change"
UNKNOWN_ORDER = "depends on values below the quantification limit"
Row = dict[str, object]
Summary = Callable[[np.ndarray], Any]


def summarise(data: AnalysisData) -> Outcome:
    """Return result rows of the analysed records (ANL01FL) of one endpoint.

    Change is summarised only on subjects with both values; its rows count those subjects and point to both
    records. On the log scale the geometric mean, its coefficient of variation 100 sqrt(exp(s^2) - 1) and the
    geometric mean ratio to baseline take the place of the mean percent change.

    An order statistic that a value below its limit may have decided has no value: the bound that is known
    stands beside it as `<name>.below` (it is less) or `<name>.at_most`. Means keep the substituted value up
    to the share below the limit above which an endpoint is detectability only.

    The mean of the values, on the log scale their geometric mean, has limits `.lower` and `.upper` from the t
    distribution with n - 1 degrees of freedom, of ln values on the log scale. Their level is that of the
    primary analysis; without one there are none.
    """
    shares = below_limit_cells(data)
    cells = [_Cell.of(data, shares, visit, arm) for visit, arm in shares]
    collected = record_set(data.spec, "collected", data.collected)
    rows = [*data.decimals_row(collected.id), *(row for cell in cells for row in cell.rows())]
    if level := data.spec.facts.get("level"):
        rows.append({"method": "descriptive", "statistic": "level", "value": level, "unit": "1"})
    if data.absence:
        text = f"No record to describe. {data.absence}."
        nothing: Row = {"statistic": "n_obs", "value": 0.0, "unit": "1", "n": 0.0, "warning": text}
        rows.append({"method": "descriptive"} | nothing)
    sets = [collected, *(one for cell in cells for one in (cell.here, cell.both))]
    return Outcome.of(data.spec, rows, {}, sets)


@dataclass(frozen=True)
class _Cell:
    """The records of one visit and arm, and the two record sets its statistics stand on."""

    data: AnalysisData
    shares: Cells
    visit: str
    arm: str
    records: pd.DataFrame
    here: RecordSet
    both: RecordSet

    @classmethod
    def of(cls, data: AnalysisData, shares: Cells, visit: str, arm: str) -> "_Cell":
        records = data.analysed
        records = records[(records["AVISIT"] == visit) & (records["ARMCD"] == arm)]
        changed = records[records["BASE"].notna()]
        bases = data.baseline_records
        pairs = pd.concat([changed, bases[bases["USUBJID"].isin(changed["USUBJID"])]])
        name = f"{visit}.{arm}"
        return cls(
            data, shares, visit, arm, records,
            record_set(data.spec, name, records),
            record_set(data.spec, f"{name}.change", pairs),
        )  # fmt: skip

    def rows(self) -> Iterator[Row]:
        """Yield every statistic of the cell."""
        endpoint = self.data.spec.endpoint
        assert endpoint is not None  # the configuration gives this method endpoints
        later = self.visit != self.data.spec.baseline.code
        changed = self.records[self.records["BASE"].notna()]
        warning = cell_warning(self.records)
        for row in self._statistics(endpoint, later, changed):
            # The number of values, and how many lie below a limit, are what they are.
            counts = str(row["statistic"]).split(".")[-1] == "n"
            yield row | ({"warning": warning} if warning and not counts else {})

    def _statistics(self, endpoint: AnalysedEndpoint, later: bool, changed: pd.DataFrame) -> Iterator[Row]:
        value = bounds_of(self.records["AVAL"], self.records["CENSOR"], self.records["LLOQ"])
        yield from self._summary("AVAL", value, endpoint.unit, self.here)
        if later:
            change = self._change(changed)
            yield from self._summary("CHG", change, endpoint.unit, self.both)
            if endpoint.scale == "identity":
                yield self._percent_change(changed)
        if endpoint.scale == "identity":
            yield from self._limits("AVAL.mean", endpoint.unit, value.value, float)
        else:
            yield from self._geometric(changed, endpoint.unit, later)
        if endpoint.reports_below_limit:
            below = (self.records["CENSOR"] == "<").to_numpy(float)
            yield self._row("BLQ.n", "1", float(below.sum()), "", len(below), self.here)
            yield self._one("BLQ.pct", "%", 100 * below, np.mean, 1, self.here)

    def _row(self, name: str, unit: str, value: float, error: str, n: int, behind: RecordSet) -> Row:
        place = {"method": "observed", "visit": self.visit, "group": self.arm, "statistic": name}
        found = {"unit": unit, "value": value, "error": error, "n": float(n), "records": behind.id}
        return place | found

    def _one(
        self,
        name: str,
        unit: str,
        values: np.ndarray,
        function: Summary,
        least: int,
        behind: RecordSet,
    ) -> Row:
        if len(values) < least:
            error = NO_VALUES if len(values) == 0 else TOO_FEW
            return self._row(name, unit, float("nan"), error, len(values), behind)
        return self._row(name, unit, float(function(values)), "", len(values), behind)

    def _summary(self, name: str, bounds: Bounds, unit: str, behind: RecordSet) -> Iterator[Row]:
        values = bounds.value
        yield self._row(f"{name}.n", "1", float(len(values)), "", len(values), behind)
        for part, least, function in (
            ("mean", 1, np.mean),
            ("sd", 2, lambda v: np.std(v, ddof=1)),
            ("se", 2, lambda v: np.std(v, ddof=1) / np.sqrt(len(v))),
        ):
            yield self._mean(f"{name}.{part}", unit, values, function, least, behind)
        for part, order in (
            ("median", lambda v: quantile(v, 0.5)),
            ("q1", lambda v: quantile(v, 0.25)),
            ("q3", lambda v: quantile(v, 0.75)),
            ("min", np.min),
            ("max", np.max),
        ):
            yield from self._order(f"{name}.{part}", unit, bounds, order, behind)

    def _change(self, changed: pd.DataFrame) -> Bounds:
        """Return the changes with what is known of them: of both a value and its baseline."""
        bases = self.data.baseline_records.set_index("USUBJID").reindex(changed["USUBJID"])
        censor = bases["CENSOR"].fillna("").set_axis(changed.index)
        first = bounds_of(changed["BASE"], censor, bases["LLOQ"].set_axis(changed.index))
        later = bounds_of(changed["AVAL"], changed["CENSOR"], changed["LLOQ"])
        return differences(later, first, changed["CHG"].to_numpy(float))

    def _order(
        self, name: str, unit: str, bounds: Bounds, function: Summary, behind: RecordSet
    ) -> Iterator[Row]:
        """Yield an order statistic, or the bound that is known of it."""
        n = len(bounds.value)
        if n == 0 or bounds.decided(function):
            yield self._one(name, unit, bounds.value, function, 1, behind)
        elif name.startswith("CHG") or bounds.unknown(function):
            yield self._row(name, unit, float("nan"), UNKNOWN_ORDER, n, behind)
        else:
            bound, is_strict = bounds.bound(function)
            yield self._row(name, unit, float("nan"), BELOW, n, behind)
            yield self._row(f"{name}.{'below' if is_strict else 'at_most'}", unit, bound, "", n, behind)

    def _mean(
        self, name: str, unit: str, values: np.ndarray, function: Summary, least: int, behind: RecordSet
    ) -> Row:
        """Return a statistic that values below the limit enter as their substitutes, unless too many are."""
        visits = (self.visit,) if name.startswith("AVAL") else (self.visit, self.data.spec.baseline.code)
        if words := too_many_below(self.data, self.shares, self.arm, visits):
            return self._row(name, unit, float("nan"), words, len(values), behind)
        return self._one(name, unit, values, function, least, behind)

    def _limits(self, name: str, unit: str, values: np.ndarray, back: Summary) -> Iterator[Row]:
        """Yield the confidence limits of a mean of values, taken back to the scale of the endpoint."""
        level = self.data.spec.facts.get("level")
        if level is None:
            return
        for part, side in (("lower", -1.0), ("upper", 1.0)):
            limit = partial(_limit_of_mean, share=side * (1 + level) / 2, back=back)
            yield self._mean(f"{name}.{part}", unit, values, limit, 2, self.here)

    def _percent_change(self, changed: pd.DataFrame) -> Row:
        if (changed["BASE"] == 0).any():
            return self._row("PCHG.mean", "%", float("nan"), ZERO_BASELINE, len(changed), self.both)
        return self._one("PCHG.mean", "%", changed["PCHG"].to_numpy(float), np.mean, 1, self.both)

    def _geometric(self, changed: pd.DataFrame, unit: str, later: bool) -> Iterator[Row]:
        """Yield geometric statistics; values that are not positive have no logarithm and are an error."""
        value = self.records["AVAL"].to_numpy(float)
        if (value <= 0).any():
            for name, of in (("AVAL.geomean", unit), ("AVAL.geocv", "%")):
                yield self._row(name, of, float("nan"), NOT_POSITIVE, len(value), self.here)
        else:
            yield self._mean("AVAL.geomean", unit, np.log(value), exp_mean, 1, self.here)
            yield self._mean("AVAL.geocv", "%", np.log(value), geometric_cv, 2, self.here)
            yield from self._limits("AVAL.geomean", unit, np.log(value), np.exp)
        if later:
            yield self._ratio(changed[["AVAL", "BASE"]].to_numpy(float))

    def _ratio(self, pairs: np.ndarray) -> Row:
        """Return the geometric mean ratio to baseline of values and baselines, one pair per row."""
        if (pairs <= 0).any():
            return self._row("RATIO.geomean", "1", float("nan"), NOT_POSITIVE, len(pairs), self.both)
        logs = np.log(pairs)
        return self._mean("RATIO.geomean", "1", logs[:, 0] - logs[:, 1], exp_mean, 1, self.both)


def _limit_of_mean(values: np.ndarray, share: float, back: Summary) -> float:
    """Return the upper limit of a mean at the quantile `share` of t, the lower one at its negative."""
    se = float(np.std(values, ddof=1)) / len(values) ** 0.5
    return float(back(np.mean(values) + np.sign(share) * stdtrit(len(values) - 1, abs(share)) * se))


def exp_mean(logs: np.ndarray) -> float:
    """Return the geometric mean of values from their logarithms."""
    return float(np.exp(np.mean(logs)))


def geometric_cv(logs: np.ndarray) -> float:
    """Return the geometric coefficient of variation in percent, 100 sqrt(exp(s^2) - 1)."""
    return float(100 * np.sqrt(np.expm1(np.var(logs, ddof=1))))


def quantile(values: np.ndarray, share: float) -> float:
    """Return a quantile by SAS's PCTLDEF=5, which is R's type 2."""
    return float(np.quantile(values, share, method="averaged_inverted_cdf"))
