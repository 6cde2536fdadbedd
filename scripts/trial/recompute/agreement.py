"""The results beside their independent computation: one finding for each number; what blocks the report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trial.recompute.config import AgreementSpec, DeclaredEndpoint
from trial.recompute.design import Design
from trial.recompute.inference import SINGULAR
from trial.recompute.likelihood import RecomputeError, whitened
from trial.recompute.numbers import ANCOVA, Computed, Key, Method, Number, Numbers, compute
from trial.recompute.observations import Sources, analysed, derived_again, model_rows, share_below
from trial.recompute.peers import SOURCE, peer_numbers
from trial.recompute.structures import STRUCTURES, Array
from trial.recompute.tolerances import TOLERANCES
from trial.study.agreement import AGREEMENT, AGREES, DIFFERS, NOT_RECOMPUTED, NOTHING
from trial.study.errors import DataError
from trial.study.rules import DETECTABILITY

DENSE, R = "dense likelihood", "R"
# Companion results of the same analysis: without unstable values, and with model-based standard errors.
STABLE, MODEL = "stable.", "model."
NOT_HERE = "R is no part of this run; `make agreement` compares with it where it is installed"
NO_PART = "statsmodels has no part of this model, or it is too large for one dense matrix"
REASONS = {
    "decimals": "a property of the records, not an estimate",
    "ladder.gradient": "a record of the engine's own search",
    "ladder.": "of a rung that was not used",
    "type3.": "F tests are computed a second time where inference is Kenward and Roger's alone",
}


@dataclass(frozen=True)
class Finding:
    """One number of the results and its independent counterpart; None where one of them is not there."""

    place: Mapping[str, str]
    source: str
    production: float | str | None
    independent: float | str | None
    tolerance: float | None
    verdict: str
    reason: str = ""

    def row(self) -> dict[str, Any]:
        """Return it as a row; digits below a hundredth of the tolerance are rounded away.

        They are noise of the last places, which another processor may show otherwise.
        """
        row: dict[str, Any] = {
            **self.place,
            "source": self.source,
            "verdict": self.verdict,
            "reason": self.reason,
        }
        row |= {"production": self.production, "independent": self.independent}
        row |= {"difference": None, "tolerance": self.tolerance}
        if isinstance(self.production, float) and isinstance(self.independent, float) and self.tolerance:
            digits = 2 - int(np.floor(np.log10(self.tolerance)))
            row["independent"] = _rounded(self.independent, digits)
            row["difference"] = _rounded(self.production - self.independent, digits)
            row["tolerance"] = float(f"{self.tolerance:.2e}")
        elif isinstance(self.production, float) and isinstance(self.independent, float):
            row["difference"] = self.production - self.independent
        return row


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # no negative zero


def check_results(spec: AgreementSpec, sources: Sources, rows: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Return the findings of the primary analysis, `rows` its result rows by endpoint.

    Every row has one, and every independent number that the results lack.
    """
    if not spec.endpoints:
        reason = "the primary analysis is of the whole study and of no endpoint"
        place = dict.fromkeys(list(AGREEMENT)[:7], "") | {"analysis": spec.analysis}
        return [Finding(place, DENSE, None, None, None, NOT_RECOMPUTED, reason)]
    found: list[Finding] = []
    for endpoint in spec.endpoints:
        checker = Checker(spec, endpoint, sources, rows[endpoint.paramcd])
        found += [*checker.findings(), checker.nowhere(R, NOT_RECOMPUTED, NOT_HERE)]
    return found


@dataclass(frozen=True)
class Checker:
    """The results of one endpoint, and what they are compared with."""

    spec: AgreementSpec
    endpoint: DeclaredEndpoint
    sources: Sources
    rows: pd.DataFrame

    def place(self, key: Key, result_id: str) -> dict[str, str]:
        names = ("visit", "group", "comparison", "statistic")
        start = {"endpoint": self.endpoint.paramcd, "analysis": self.spec.analysis, "result_id": result_id}
        return start | dict(zip(names, key, strict=True))

    def nowhere(self, source: str, verdict: str, reason: str) -> Finding:
        """Return a finding about the endpoint as a whole."""
        return Finding(self.place(("", "", "", ""), ""), source, None, None, None, verdict, reason)

    def findings(self) -> Iterator[Finding]:
        if self.spec.model is None:
            reason = f"an analysis by the method {self.spec.method} is not computed a second time"
            yield self.nowhere(DENSE, NOT_RECOMPUTED, reason)
            return
        if self.spec.derived:
            for name, (there, again) in derived_again(self._everything()).items():
                place = self.place(("", "", "", f"records.{name}"), "")
                yield _measure(place, DENSE, float(there), Number(float(again), "count"))
        names = self.rows["statistic"]
        families = {prefix: self.rows[names.str.startswith(prefix)] for prefix in (STABLE, MODEL)}
        families[""] = self.rows[~names.str.startswith((STABLE, MODEL))]
        for prefix in ("", STABLE, MODEL):
            if not prefix or len(families[prefix]):
                yield from self._family(prefix, families[prefix])

    def _family(self, prefix: str, rows: pd.DataFrame) -> Iterator[Finding]:
        labels = method_labels(rows, prefix)
        if not labels:
            yield from self._without_model(rows)
            return
        key: Key = ("", "", "", f"{prefix}method")
        label = " ".join(sorted(labels))
        try:
            method, computed = self.compute(label, prefix)
            yield self._judge_method(key, label, method, computed, prefix == MODEL)
            yield from self._compare(rows, computed, method, share_below(self._everything()))
            if not prefix:
                design = computed.design
                peers = peer_numbers(design, method, _printed_sigma(rows, design), computed.numbers)
                yield from self.compare_peers(rows, SOURCE, peers or NO_PART)
        except RecomputeError as error:
            reason = f"the independent computation has no result: {error}"
            yield Finding(self.place(key, ""), DENSE, label, None, None, DIFFERS, reason)

    def compute(self, label: str, prefix: str) -> tuple[Method, Computed]:
        """Return the independent results by the method that a text names.

        Raises
        ------
        RecomputeError
            If the plan has no such method, or the model cannot be fitted.
        """
        method, log = self._method(label), self.endpoint.scale == "log"
        records = analysed(self.spec, self.endpoint, self.sources, stable=prefix == STABLE)
        design = Design.of(model_rows(self.spec, self.endpoint, self.sources, records), self.spec, log)
        return method, compute(design, self.spec, method, log, prefix)

    def _everything(self) -> pd.DataFrame:
        return analysed(self.spec, self.endpoint, self.sources)

    def _without_model(self, rows: pd.DataFrame) -> Iterator[Finding]:
        """Yield the rows of an endpoint that no model was fitted to: each has nothing to compare, and why."""
        said = " ".join(sorted({text for text in rows["warning"] if text}))
        estimated = rows["statistic"].isin(["lsmean", "coef.estimate"]).any()
        verdict = DIFFERS if estimated or not said else NOTHING
        reason = said if verdict == NOTHING else "results without a comparison of arms, and no reason given"
        for key, row in _keyed(rows):
            production = float(row["value"]) if row["value"] == row["value"] else None
            yield Finding(self.place(key, row["result_id"]), DENSE, production, None, None, verdict, reason)
        if rows.empty:
            yield self.nowhere(DENSE, verdict, reason)

    def _method(self, label: str) -> Method:
        """Return what the text of a method says: it is one of those that the plan allows, written out."""
        model = self.spec.model
        assert model is not None
        for rung in model.ladder:
            for method in _allowed(rung, model.coefficient_covariance, model.df_method):
                parts = [model.method, rung, *([method.covariance] * (method.covariance != "model"))]
                if label == "-".join(dict.fromkeys([*parts, method.df_method])):
                    if rung not in (*STRUCTURES, ANCOVA):
                        raise RecomputeError(f"the structure {rung} is not computed a second time")
                    return method
        raise RecomputeError(f"{label} is no method that the plan declares")

    def _judge_method(
        self, key: Key, label: str, method: Method, computed: Computed, companion: bool
    ) -> Finding:
        """Return whether results were made as planned: below `us` by the sandwich, where it has a value."""
        model = self.spec.model
        assert model is not None
        lower = method.rung not in ("us", ANCOVA) and not companion
        fits = method.covariance == (
            "CR2" if lower else "model" if companion else model.coefficient_covariance
        )
        fits |= method.rung == ANCOVA
        if lower and method.covariance == "model":
            fits = any(_carried_alone(fit) for fit in computed.fits)
        reason = "" if fits else "not the standard errors that the plan asks for at this rung"
        verdict = AGREES if fits else DIFFERS
        return Finding(self.place(key, ""), DENSE, label, label if fits else None, None, verdict, reason)

    def _compare(
        self, rows: pd.DataFrame, computed: Computed, method: Method, below: float
    ) -> Iterator[Finding]:
        seen = set()
        for key, row in _keyed(rows):
            seen.add(key)
            place, number = self.place(key, row["result_id"]), computed.numbers.get(key)
            withheld = below > self.spec.describe_only_above_pct and key[3].endswith("pvalue")
            yield _judge(place, row, number, withheld, _absence(key, method, computed))
        for key in computed.numbers.keys() - seen:
            value, reason = computed.numbers[key].value, "the results have no such row"
            yield Finding(self.place(key, ""), DENSE, None, value, None, DIFFERS, reason)

    def compare_peers(self, rows: pd.DataFrame, source: str, peers: Numbers | str) -> Iterator[Finding]:
        """Yield the findings about the numbers that a peer has; a text says why it has none."""
        if isinstance(peers, str):
            yield self.nowhere(source, NOT_RECOMPUTED, peers)
            return
        for key, row in _keyed(rows):
            if key in peers and row["value"] == row["value"]:
                yield _measure(self.place(key, row["result_id"]), source, float(row["value"]), peers[key])


def method_labels(rows: pd.DataFrame, prefix: str = "") -> set[str]:
    """Return the methods of the comparisons of arms among result rows: none where no model was fitted."""
    return set(rows.loc[rows["statistic"] == f"{prefix}diff", "method"])


def _keyed(rows: pd.DataFrame) -> Iterator[tuple[Key, Mapping[Any, Any]]]:
    for row in rows.to_dict("records"):
        yield (row["visit"], row["group"], row["comparison"], row["statistic"]), row


def _allowed(rung: str, covariance: str, df_method: str) -> Iterator[Method]:
    """Yield how the results of a rung may have been made."""
    if rung == ANCOVA:
        yield Method(rung, "model", "residual")
        return
    if rung == "us":
        yield Method(rung, covariance, df_method)
    else:
        yield Method(rung, "CR2", "satterthwaite")
    yield Method(rung, "model", df_method)


def _carried_alone(fit: Any) -> bool:
    """Return whether a fit follows one subject exactly, so that a sandwich does not see its error."""
    phi = fit.point.phi
    return any(
        np.linalg.eigvalsh(np.eye(len(design)) - design @ phi @ design.T)[0] < SINGULAR
        for design, _ in whitened(fit.problem, fit.sigma)
    )


def _absence(key: Key, method: Method, computed: Computed) -> str:
    """Return why a number of the results has no independent counterpart; ``""`` where it should have one."""
    visit, _, comparison, statistic = key
    if visit in computed.absent:
        return computed.absent[visit]
    if statistic.startswith("ladder.") and comparison == method.rung and statistic != "ladder.gradient":
        return ""
    if statistic.startswith("type3.") and method.covariance == "model" and "kenward" in method.df_method:
        return ""
    return next((reason for start, reason in REASONS.items() if statistic.startswith(start)), "")


def _judge(
    place: Mapping[str, str], row: Mapping[Any, Any], number: Number | None, withheld: bool, absence: str
) -> Finding:
    """Return the finding of one row of the results."""
    value = float(row["value"])
    production = None if np.isnan(value) else value
    independent = number.value if number else None
    if production is None:
        held = str(row["error"]).startswith(DETECTABILITY)
        if held and not withheld:
            reason = f"withheld, but the independent count finds no reason to: {row['error']}"
            return Finding(place, DENSE, None, independent, None, DIFFERS, reason)
        return Finding(place, DENSE, None, None, None, NOTHING, str(row["error"]))
    if withheld:
        reason = "printed, though more values lie below their limit than the plan allows a test for"
        return Finding(place, DENSE, production, None, None, DIFFERS, reason)
    if number is None:
        verdict = NOT_RECOMPUTED if absence else DIFFERS
        return Finding(place, DENSE, production, None, None, verdict, absence or "no independent counterpart")
    return _measure(place, DENSE, production, number)


def _measure(place: Mapping[str, str], source: str, production: float, number: Number) -> Finding:
    """Return whether two numbers lie within the tolerance of their kind; an infinite one never does."""
    allowed = TOLERANCES[number.kind]
    tolerance = allowed.limit * number.scale
    agrees = bool(abs(production - number.value) <= tolerance)
    far = f"farther apart than {allowed.limit:g} of {allowed.of}"
    return Finding(
        place, source, production, number.value, tolerance, AGREES if agrees else DIFFERS,
        "" if agrees else far,
    )  # fmt: skip


def _printed_sigma(rows: pd.DataFrame, design: Design) -> dict[str, Array]:
    """Return the covariance matrices that the results print, by arm where each has its own."""
    value = {(group, name): number for group, name, number in zip(
        rows["group"], rows["statistic"], rows["value"], strict=True) if name.startswith("cov.")}  # fmt: skip
    found: dict[str, Array] = {}
    for group in dict.fromkeys(group for group, _ in value):
        matrix = np.full((len(design.visits), len(design.visits)), np.nan)
        for s, first in enumerate(design.visits):
            for t, second in enumerate(design.visits[s:], s):
                matrix[s, t] = matrix[t, s] = value.get((group, f"cov.{first}.{second}"), np.nan)
        found[group] = matrix
    return {} if any(np.isnan(one).any() for one in found.values()) else found


def finding_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return the findings as a table with the columns of `AGREEMENT`."""
    return pd.DataFrame([one.row() for one in findings], columns=list(AGREEMENT))


def refuse_differences(findings: Sequence[Finding], written: str) -> None:
    """Stop where a number and its independent computation disagree.

    Raises
    ------
    DataError
        With the place of each.
    """
    differ = [one for one in findings if one.verdict == DIFFERS]
    if differ:
        raise DataError(
            "primary analysis",
            f"{len(differ)} of {len(findings)} numbers disagree with their independent computation; "
            "no report is made of them",
            [_sentence(one) for one in differ],
            hint=f"all of them stand in {written}; if a file of results was edited by hand, delete it and "
            "run again; else one of the two computations is wrong, or the likelihood has more than one "
            "maximum: do not use these numbers before it is known which",
        )


def require_agreement(findings: Sequence[Finding], written: str) -> str:
    """Return how many numbers agree, in words.

    Raises
    ------
    DataError
        If none was compared: that is no agreement.
    """
    agree = sum(one.verdict == AGREES for one in findings)
    reasons = dict.fromkeys(one.reason for one in findings if one.reason)
    if not agree:
        raise DataError("primary analysis", "nothing was compared", list(reasons), f"see {written}")
    return "\n".join([f"{agree} numbers agree; all of them stand in {written}", *reasons])


def _sentence(one: Finding) -> str:
    where = [one.place[name] for name in ("endpoint", "visit", "group", "comparison", "statistic")]
    found = f"{one.production}, independently {one.independent} ({one.source})"
    return f"{', '.join(text for text in where if text)}: {found}; {one.reason}"
