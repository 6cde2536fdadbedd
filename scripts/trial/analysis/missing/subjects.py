"""The panel of one endpoint from its analysis data: who is imputed, from which records, at which visits."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mmrm.linalg import Array
from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.frame import covariate_of
from trial.analysis.linear import BASE, Adjusted, Covariate
from trial.analysis.missing.fit import empty_visits
from trial.analysis.missing.panel import Panel, dropout_switch
from trial.study.errors import ModelError


@dataclass(frozen=True, eq=False)
class StudyPanel:
    """A panel with the names of its parts.

    Attributes
    ----------
    panel : Panel
    subjects : tuple of str
        Sorted: every subject of the population with a baseline (where one is needed) and its covariates,
        also those without any later value.
    arms : tuple of str
        The arm referred to in imputation first.
    visits : tuple of str
        The visits that can be modelled, in the study's order.
    unusable : dict of str to str
        The other visits after baseline, with the reason.
    levels : (n,) array or None
        Baseline on the scale of the response (0 for changes); None where the model knows no baseline.
    left_out : tuple of (what is missing, subjects)
    records : DataFrame
        The records behind all of it.
    """

    panel: Panel
    subjects: tuple[str, ...]
    arms: tuple[str, ...]
    visits: tuple[str, ...]
    unusable: dict[str, str]
    levels: Array | None
    left_out: tuple[tuple[str, tuple[str, ...]], ...]
    records: pd.DataFrame

    def weights(self, named: Any) -> Array:
        """Return the weights of a comparison in the order of the arms."""
        return np.array([named.get(arm, 0.0) for arm in self.arms])

    def count(self, arms: set[str]) -> int:
        """Return the number of subjects of some arms."""
        inside = [number for number, arm in enumerate(self.arms) if arm in arms]
        return int(np.isin(self.panel.arm, inside).sum())


def build_panel(data: AnalysisData, config: Adjusted, reference: str) -> StudyPanel:
    """Return the panel of an endpoint.

    Raises
    ------
    ModelError
        A value on the log scale is not positive, a covariate is missing where the configuration says stop, a
        covariate is constant or follows from the others, or a subject has two values at a visit.
    """
    needs_base = config.response == "change" or any(c.variable == BASE for c in config.covariates)
    columns, left_out = _covariates(data, config, needs_base)
    rows = _responses(data, config, needs_base)
    rows = rows[rows["USUBJID"].isin(columns.index)]
    _require_single(data, rows)
    arms = (reference, *(arm.code for arm in data.spec.arms if arm.code != reference))
    arm = np.array([arms.index(code) for code in data.treatments.loc[columns.index]], dtype=np.int64)
    nobody = _absent_arms(data, arms, arm)
    design = np.ones((len(arm), 1)) if nobody else _design(data, config, columns, arm, len(arms))
    later = [visit.code for visit in data.spec.visits if not visit.baseline]
    wide = rows.pivot(index="USUBJID", columns="AVISIT", values="Y").reindex(columns.index, columns=later)
    response = wide.to_numpy(dtype=float)
    never = np.full(len(arm), len(later), dtype=np.int64)
    whole = Panel(response, design, arm, never, len(arms))
    panel, visits, unusable = _usable(whole, later, data, arms, nobody)
    levels = columns[BASE].to_numpy(dtype=float) if needs_base else None
    return StudyPanel(
        panel=panel,
        subjects=tuple(columns.index),
        arms=arms,
        visits=visits,
        unusable=unusable,
        levels=np.zeros(len(arm)) if config.response == "change" else levels,
        left_out=left_out,
        records=_records(data, config, columns, rows),
    )


def _covariates(
    data: AnalysisData, config: Adjusted, needs_base: bool
) -> tuple[pd.DataFrame, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return baseline and covariates of the subjects that have them, and who is left out for which."""
    found = pd.DataFrame(index=sorted(data.treatments.index))
    left_out = []
    wanted = [c.variable for c in config.covariates if c.variable != BASE]
    for name in [*([BASE] if needs_base else []), *wanted]:
        values = _baseline(data) if name == BASE else covariate_of(name, data)
        found[name] = values.reindex(found.index)
        absent = found[name].isna() | (found[name] == "")
        if absent.any():
            subjects = tuple(found.index[absent])
            # Without a baseline no analysis has a change; a covariate is the configuration's choice.
            if config.missing_covariate == "stop" and name != BASE:
                raise ModelError(
                    f"analysis {data.spec.id} of {data.spec.place}",
                    f"{len(subjects)} subjects have no {name}",
                    subjects,
                    "complete it, drop the covariate, or set missing_covariate: leave out",
                )
            left_out.append(("a baseline value" if name == BASE else name, subjects))
            found = found[~absent]
    return found, tuple(left_out)


def _log(data: AnalysisData) -> bool:
    return bool(data.spec.endpoint and data.spec.endpoint.scale == "log")


def _baseline(data: AnalysisData) -> pd.Series:
    """Return the endpoint's own baseline by subject, ln on the log scale."""
    rows = data.baseline_records
    if _log(data):
        require_positive(data.spec, rows, ["AVAL"], "baseline")
    # The value that the changes were taken from; where nothing follows, that of the baseline record.
    given = data.analysed.dropna(subset=["BASE"]).groupby("USUBJID")["BASE"].first()
    values = given.combine_first(rows.set_index("USUBJID")["AVAL"]).astype(float)
    if _log(data):
        values = pd.Series(np.log(values.to_numpy()), index=values.index)
    return values


def _responses(data: AnalysisData, config: Adjusted, needs_base: bool) -> pd.DataFrame:
    """Return the analysed records after baseline with their response Y."""
    rows = data.analysed
    rows = rows[rows["ABLFL"] == ""]
    if needs_base:
        rows = rows[rows["BASE"].notna()]
    if not _log(data):
        return rows.assign(Y=rows["CHG"] if config.response == "change" else rows["AVAL"])
    require_positive(data.spec, rows, ["AVAL", *(["BASE"] if needs_base else [])], "response")
    value = np.log(rows["AVAL"].astype(float))
    return rows.assign(Y=value - np.log(rows["BASE"].astype(float)) if config.response == "change" else value)


def _require_single(data: AnalysisData, rows: pd.DataFrame) -> None:
    """Raise a `ModelError` where a subject has several analysed records at one visit."""
    twice = rows[rows.duplicated(["USUBJID", "AVISIT"])]
    if len(twice):
        raise ModelError(
            f"analysis {data.spec.id} of {data.spec.place}",
            "expected one analysed record (ANL01FL) for each subject and visit, found several",
            [f"{row.USUBJID} {row.AVISIT}" for row in twice.itertuples()],
            "flag one of them",
        )


def _absent_arms(data: AnalysisData, arms: tuple[str, ...], arm: Any) -> str:
    """Return why there is nothing to compare: arms without a subject; nothing where every arm has some."""
    labels = {one.code: one.label for one in data.spec.arms}
    absent = [labels[code] for number, code in enumerate(arms) if not (arm == number).any()]
    if len(arm) and absent:
        return f"no subject of {' and '.join(absent)} has what the model needs at baseline"
    return "" if len(arm) else "no subject has a baseline and every covariate"


def _design(data: AnalysisData, config: Adjusted, columns: pd.DataFrame, arm: Any, n_arms: int) -> Array:
    """Return one, arms and covariates; each column must add to those before it."""
    parts = [np.ones(len(arm)), *((arm == number).astype(float) for number in range(1, n_arms))]
    for covariate in config.covariates:
        before = len(parts)
        parts += _coded(covariate, columns[covariate.variable])
        matrix = np.column_stack(parts)
        scaled = matrix / np.maximum(np.abs(matrix).max(axis=0, initial=0.0), 1e-300)
        if len(parts) == before or np.linalg.matrix_rank(scaled) < min(len(parts), len(arm)):
            raise ModelError(
                f"analysis {data.spec.id} of {data.spec.place}",
                f"the covariate {covariate.variable} is constant, or follows from arm and the others, among "
                f"the {len(arm)} subjects analysed",
                hint="drop it from the covariates of this analysis",
            )
    return np.column_stack(parts)


def _coded(covariate: Covariate, values: pd.Series) -> list[Array]:
    """Return the columns of a covariate: itself, or an indicator of every level but the first."""
    if covariate.kind == "numeric":
        return [values.to_numpy(dtype=float)]
    return [(values == level).to_numpy(dtype=float) for level in sorted(set(values))[1:]]


def _usable(
    panel: Panel, visits: list[str], data: AnalysisData, arms: tuple[str, ...], nobody: str
) -> tuple[Panel, tuple[str, ...], dict[str, str]]:
    """Return the panel of the visits that can be modelled, their names, and the reasons of the others."""
    labels = {arm.code: arm.label for arm in data.spec.arms}
    reasons = dict.fromkeys(visits, nobody) if nobody else {}
    for number, absent in [] if nobody else empty_visits(panel):
        text = "too few values at this visit for the covariates of the model"
        if absent is not None:
            text = f"no value of {labels[arms[absent]]} at this visit: its mean there is unknown"
        if panel.missing[:, number].all():
            text = "no value at this visit in any arm"
        reasons[visits[number]] = text
    keep = [number for number, visit in enumerate(visits) if visit not in reasons]
    response = panel.response[:, keep]
    switch = dropout_switch(response) if keep else panel.switch
    kept = replace(panel, response=response, switch=switch)
    return kept, tuple(visits[number] for number in keep), reasons


def _records(data: AnalysisData, config: Adjusted, columns: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    parts = [rows, data.baseline_records]
    for code in config.baselines():
        other = data.others[code]
        parts.append(other[(other["ANL01FL"] == "Y") & (other["ABLFL"] == "Y")])
    joined = pd.concat([part[["PARAMCD", "USUBJID", "ASEQ"]] for part in parts])
    return joined[joined["USUBJID"].isin(columns.index)]
