"""Result rows of responders: one set of statistics per definition, missing rule, visit and comparison."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from trial.analysis.data import AnalysisData
from trial.analysis.methods.responders import BASE, Config, Definition
from trial.analysis.missing.pooling import Pooled
from trial.analysis.outcome import Outcome, RecordSet, subject_set
from trial.analysis.proportions import Counts, miettinen_nurminen, newcombe, score_pvalue
from trial.analysis.responders.imputed import (
    Imputed,
    impute_values,
    pooled_difference,
    pooled_standardised,
)
from trial.analysis.responders.standardised import (
    NoStandardisedDifferenceError,
    standardised_difference,
)
from trial.analysis.responders.status import Status, status_at
from trial.endpoints.config_visits import Visit
from trial.study.matching import matches

Row = dict[str, object]
# Fewer of the rarer outcome per coefficient leave a logistic model biased (Vittinghoff and McCulloch 2007).
ENOUGH = 5
EMPTY = "an arm has no subject to count"
NO_TEST = "every imputation has the same responders, all or none: nothing varies that could be tested"


def count_responders(data: AnalysisData, config: Config) -> Outcome:
    """Return shares `<definition>.<rule>.pct` by arm, differences `.rd...` and `.marginal...` by comparison.

    Shares and differences are in percent and percentage points. Limits `.newcombe` and `.mn`, the p-value is
    that of the score test that belongs to `.mn`; `.marginal` is standardised over the subjects' covariates.
    """
    writer = _Writer(data, config)
    visits = [visit for visit in data.spec.visits if not visit.baseline]
    rows: list[Row] = [_level(config)]
    imputed = impute_values(data, config) if config.imputation is not None else None
    for definition, visit in product(config.definitions, visits):
        status = status_at(data, definition, visit)
        for missing in config.missing:
            name = f"{definition.code}.{missing}"
            if missing == "imputed":
                assert imputed is not None  # the configuration says how
                rows += writer.imputed(name, visit, status, imputed, definition)
            else:
                rows += writer.at(name, visit, status, status.counted(missing), definition)
    record = {
        "analysis": data.spec.id,
        "definitions": [one.model_dump(mode="json") for one in config.definitions],
        "missing": list(config.missing),
        "imputation": config.imputation.model_dump(mode="json") if config.imputation else None,
        "covariates": [covariate.variable for covariate in config.covariates],
        "composite": [event.code for event in data.spec.events if event.strategy == "composite"],
    }
    return Outcome.of(data.spec, rows, record, writer.sets)


def _level(config: Config) -> Row:
    return {"method": "responders", "statistic": "level", "value": config.level, "unit": "1"}


@dataclass
class _Writer:
    """Writes the rows of one analysis and keeps the record sets they need."""

    data: AnalysisData
    config: Config
    sets: list[RecordSet] = field(default_factory=list)

    def at(
        self, name: str, visit: Visit, status: Status, responder: pd.Series, definition: Definition
    ) -> Iterator[Row]:
        """Yield the rows of one definition under one missing rule at one visit."""
        rows = self._rows(definition, visit)
        arms = self.data.treatments[responder.index]
        reference = self.data.spec.reference_arm
        shares: dict[str, pd.Series] = {}
        for arm in self.data.spec.arms:
            here = responder[arms == arm.code]
            shares[arm.code] = here
            yield from self._share(name, visit, arm.code, here, status, rows)
        for code in shares:
            if code != reference:
                both = [*shares[code].index, *shares[reference].index]
                place = self._compared(name, visit, f"{code}-{reference}", both, rows)
                yield from self._differences(name, place, shares[code], shares[reference])

    def imputed(
        self, name: str, visit: Visit, status: Status, found: Imputed, definition: Definition
    ) -> Iterator[Row]:
        """Yield the rows of one definition by imputation at one visit: mean shares, pooled differences."""
        reason, rows = found.absence(visit), self._rows(definition, None)
        responders = np.zeros((1, 0)) if reason else found.responders(definition, visit, status)
        subjects = pd.Index([]) if reason else found.subjects
        arms = self.data.treatments[subjects]
        for arm in self.data.spec.arms:
            here = pd.Series(
                responders[:, (arms == arm.code).to_numpy()].mean(axis=0), subjects[arms == arm.code]
            )
            yield from self._share(name, visit, arm.code, here, status, rows)
        reference = self.data.spec.reference_arm
        for code in (arm.code for arm in self.data.spec.arms if arm.code != reference):
            pair = arms.isin([code, reference]).to_numpy()
            active = (arms[pair] == code).to_numpy()
            place = self._compared(name, visit, f"{code}-{reference}", subjects[pair], rows)
            place |= {"n": float(pair.sum())}
            yield from self._pooled(name, place, responders[:, pair], active, subjects[pair], reason)

    def _pooled(
        self,
        name: str,
        place: Row,
        responders: np.ndarray,
        active: np.ndarray,
        subjects: pd.Index,
        reason: str,
    ) -> Iterator[Row]:
        keys = ("", ".se", ".lower", ".upper", ".pvalue")
        absent = reason or ("" if active.any() and not active.all() else EMPTY)
        if absent:
            for of in ("rd", "marginal"):
                yield from _rows(f"{name}.{of}", "rubin", dict.fromkeys(keys, nan), place, absent)
            return
        pooled, caveat = pooled_difference(responders, active)
        yield from _rows(f"{name}.rd", "rubin", self._values(pooled), place, warning=caveat)
        _, covariates = self._covariates(subjects)
        try:
            found = pooled_standardised(responders, active, covariates)
        except NoStandardisedDifferenceError as error:
            yield from _rows(f"{name}.marginal", "rubin", dict.fromkeys(keys, nan), place, str(error))
            return
        few = _few(int(responders.mean(axis=0).sum()), len(subjects), covariates.shape[1] + 1)
        yield from _rows(f"{name}.marginal", "rubin", self._values(found), place, warning="; ".join(few))

    def _values(self, pooled: Pooled) -> dict[str, float]:
        """Return a pooled difference in percentage points; limits stay within 100."""
        limits = [float(min(1.0, max(-1.0, limit))) for limit in pooled.limits(self.config.level)]
        numbers = (100 * float(pooled.estimate), 100 * float(pooled.se), *(100 * limit for limit in limits))
        keys = ("", ".se", ".lower", ".upper", ".pvalue")
        return dict(zip(keys, (*numbers, float(pooled.pvalue)), strict=True))

    def _rows(self, definition: Definition, visit: Visit | None) -> pd.DataFrame:
        """Return what a definition reads: records of baseline and visit (None: of all visits), and doses."""
        found = self.data.analysed
        if visit is not None:
            found = found[(found["ABLFL"] == "Y") | (found["AVISIT"] == visit.code)]
        if definition.dose is None:
            return found
        adcm = self.data.tables["adcm"]
        return pd.concat([found, adcm[matches(adcm, definition.dose.where)]])

    def _compared(
        self, name: str, visit: Visit, comparison: str, subjects: Iterable[Any], rows: pd.DataFrame
    ) -> Row:
        """Return the place of a comparison, with the subjects and records behind it."""
        behind = subject_set(self.data.spec, f"{name}.{visit.code}.{comparison}", subjects, rows)
        self.sets.append(behind)
        found = behind.id if len(behind.rows) else ""
        return {"visit": visit.code, "comparison": comparison, "records": found}

    def _share(
        self, name: str, visit: Visit, arm: str, here: pd.Series, status: Status, rows: pd.DataFrame
    ) -> Iterator[Row]:
        behind = subject_set(self.data.spec, f"{name}.{visit.code}.{arm}", here.index, rows)
        self.sets.append(behind)
        place: Row = {
            "method": "count", "records": behind.id if len(here) else "", "visit": visit.code, "group": arm,
            "n": float(len(here)),
        }  # fmt: skip
        yield place | {"statistic": f"{name}.responders", "value": float(here.sum()), "unit": "1"}
        yield place | {"statistic": f"{name}.N", "value": float(len(here)), "unit": "1"}
        failed = float(here.index.isin(list(status.failed)).sum())
        yield place | {"statistic": f"{name}.failed", "value": failed, "unit": "1"}
        share = 100 * here.mean() if len(here) else nan
        error = "" if len(here) else "no subject to count"
        yield place | {"statistic": f"{name}.pct", "value": share, "unit": "%", "error": error}

    def _differences(self, name: str, place: Row, active: pd.Series, control: pd.Series) -> Iterator[Row]:
        place = place | {"n": float(len(active) + len(control))}
        values = _risk_difference(active, control, self.config.level)
        error = "" if len(active) and len(control) else EMPTY
        yield from _rows(f"{name}.rd", "score", values, place, error)
        members = pd.concat([active, control])
        yield from self._standardised(f"{name}.marginal", place, members, active.index)

    def _standardised(self, name: str, place: Row, responder: pd.Series, active: pd.Index) -> Iterator[Row]:
        known, covariates = self._covariates(responder.index)
        here = responder[known]
        place = place | {"n": float(len(here))}
        keys = ("", ".se", ".lower", ".upper", ".pvalue")
        try:
            found = standardised_difference(
                here.to_numpy(float), here.index.isin(active).astype(float), covariates
            )
        except NoStandardisedDifferenceError as error:
            yield from _rows(name, "g-computation", dict.fromkeys(keys, nan), place, str(error))
            return
        quantile = norm.isf((1 - self.config.level) / 2)
        limits = [found.difference + sign * quantile * found.se for sign in (-1, 1)]
        limits = [100 * min(1.0, max(-1.0, limit)) for limit in limits]
        pvalue = float(2 * norm.sf(abs(found.difference / found.se)))
        values = (100 * found.difference, 100 * found.se, *limits, pvalue)
        lost = len(responder) - len(here)
        texts = (
            [f"{lost} of {len(responder)} subjects have no value of a covariate: left out"] if lost else []
        )
        texts += _few(int(here.sum()), len(here), covariates.shape[1] + 1 - len(found.dropped))
        warning = "; ".join(texts)
        yield from _rows(name, "g-computation", dict(zip(keys, values, strict=True)), place, warning=warning)

    def _covariates(self, subjects: pd.Index) -> tuple[pd.Series, np.ndarray]:
        """Return which subjects have every covariate, and the columns of those."""
        columns = pd.DataFrame(index=subjects)
        baselines = self.data.baseline_records.set_index("USUBJID")["AVAL"]
        for covariate in self.config.covariates:
            name = covariate.variable
            values = (
                baselines.reindex(subjects) if name == BASE else self.data.subjects[name].reindex(subjects)
            )
            if covariate.kind == "factor":
                columns[name] = values.replace("", None)
            else:
                columns[name] = values.astype(float)
        known = columns.notna().all(axis=1)
        coded = pd.get_dummies(columns[known], columns=self._factors(), drop_first=True, dtype=float)
        return known, coded.to_numpy(float)

    def _factors(self) -> list[str]:
        return [covariate.variable for covariate in self.config.covariates if covariate.kind == "factor"]


def _few(responders: int, subjects: int, coefficients: int) -> list[str]:
    """Return the warning of a model with few events for its coefficients (arm and covariates)."""
    rarer = min(responders, subjects - responders)
    if rarer >= ENOUGH * coefficients:
        return []
    return [
        f"fewer than {ENOUGH} subjects with the rarer outcome for each coefficient of the model: the "
        "standardised difference can be biased"
    ]


def _risk_difference(active: pd.Series, control: pd.Series, level: float) -> dict[str, float]:
    keys = ("", ".newcombe.lower", ".newcombe.upper", ".mn.lower", ".mn.upper", ".pvalue")
    if not (len(active) and len(control)):
        return dict.fromkeys(keys, nan)
    counts = Counts(int(active.sum()), len(active), int(control.sum()), len(control))
    limits = (*newcombe(counts, level), *miettinen_nurminen(counts, level))
    values = (100 * counts.difference, *(100 * limit for limit in limits), score_pvalue(counts))
    return dict(zip(keys, values, strict=True))


def _rows(
    name: str, method: str, values: dict[str, float], place: Row, error: str = "", warning: str = ""
) -> Iterator[Row]:
    for key, value in values.items():
        unit = "1" if key.endswith("pvalue") else "%"
        missing = error or (NO_TEST if isnan(value) else "")
        why = {"error": missing} if missing else {"warning": warning}
        yield place | {"method": method, "statistic": f"{name}{key}", "value": value, "unit": unit, **why}
