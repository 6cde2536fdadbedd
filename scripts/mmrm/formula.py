"""From a formula and a data frame to validated arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmrm.checks import (
    Roles,
    check_duplicates,
    check_factors,
    check_precision,
    check_present,
    check_rows,
    check_weights,
)
from mmrm.coding import Formula, build_design, build_matrix, read_formula
from mmrm.columns import (
    check_label,
    check_predictor,
    code_text,
    is_boolean,
    is_number,
    is_text,
    list_levels,
    make_plain,
    read_numbers,
    settle,
    widen,
)
from mmrm.data import MmrmData
from mmrm.errors import DataError, list_offenders
from mmrm.frames import Table, check_name, open_table
from mmrm.linalg import Array, Bools
from mmrm.mistakes import check_baseline_rows, check_persons, describe_duplicates
from mmrm.visits import VisitOrder, number_visits, order_visits


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set ready to fit, with the labels and coding that results need.

    Attributes
    ----------
    data : MmrmData
        Arrays of the observed rows.
    formula : Formula
        The formula read against the data.
    design_info : patsy.DesignInfo
        Stored coding of the fixed effects.
    frame : DataFrame
        Rows used, sorted by subject and visit, factors as ordered categories; the caller's index.
    held : DataFrame
        Rows left out because the response is missing, sorted in the same way.
    order : VisitOrder
        The study's visits, those that nobody attended included.
    subjects, groups : tuple
        Labels behind the numbers in ``data``.
    factors : dict of str to tuple
        Levels of every categorical column of the formula.
    covariates : tuple of str
        Numeric columns of the formula.
    n_subjects_read : int
        Subjects in the data before rows without a response were left out.
    notes : tuple of str
        What was seen in the data that a reader should know.
    """

    data: MmrmData
    formula: Formula
    design_info: Any
    frame: pd.DataFrame
    held: pd.DataFrame
    order: VisitOrder
    subjects: tuple[Any, ...]
    groups: tuple[Any, ...]
    factors: dict[str, tuple[Any, ...]]
    covariates: tuple[str, ...]
    n_subjects_read: int
    notes: tuple[str, ...] = ()

    @property
    def visits(self) -> tuple[Any, ...]:
        """Labels of the visits with a response, in order: those behind the numbers in ``data``."""
        return self.order.attended

    @property
    def response(self) -> str:
        """The left side of the formula."""
        return self.formula.response_name

    def build(self, columns: Mapping[str, Any], count: int, info: Any = None) -> Array:
        """Design rows ``(count, k)`` of other values, through the stored coding or another one."""
        return build_matrix(self.formula, self.design_info if info is None else info, columns, count)

    def __repr__(self) -> str:
        return f"Prepared({self.formula.text}; {self.data!r})"

    def __getstate__(self) -> dict[str, Any]:
        """Everything but patsy's objects, which refuse to be pickled: the formula builds them again."""
        state = {name: value for name, value in self.__dict__.items() if name != "design_info"}
        return state | {"formula": (self.formula.text, self.formula.names)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        formula = read_formula(*state["formula"])
        _, _, info = build_design(formula, state["frame"])
        self.__dict__.update(state | {"formula": formula, "design_info": info})


def prepare(
    formula: str,
    data: Any,
    roles: Roles,
    visits: Sequence[Any] | None,
    weights: Mapping[Any, float] | None,
) -> Prepared:
    """Check the data, leave out rows without a response, and build the design.

    Raises
    ------
    DataError
        What is wrong, where, for whom, and what to do.
    """
    table = open_table(data)
    _check_roles(roles, table)
    read = read_formula(formula, table)
    frame, text = _read_columns(table, read, roles)
    order = order_visits(frame, roles, visits, is_text=roles.visit in text)
    frame = _sort_rows(frame, roles, order)
    check_duplicates(frame, roles, lambda twice: describe_duplicates(frame, twice, read.predictors, roles))
    n_subjects_read = int(frame[roles.subject].nunique())
    missing = frame[list(read.response)].isna().any(axis=1).to_numpy()
    used, held = frame.loc[~missing].copy(deep=False), frame.loc[missing].copy(deep=False)
    if used.empty:
        raise DataError(f"data, column {read.response[0]}: expected observed responses, found none")
    check_rows(used, list(frame.columns), roles)
    check_precision(used, roles)
    order = _find_attended(order, used, roles)
    used = _code_columns(used, text, roles, order)
    switching = check_persons(used, read.predictors, roles)
    response, design, info = build_design(read, used)
    factors, covariates = _classify(read, info, used)
    check_factors(used, factors)
    arrays, subjects, groups = _build_arrays(used, response, design, info, roles, order, weights)
    numbers = {name: used[name].to_numpy(dtype=float) for name in covariates}
    check_baseline_rows(arrays.response, arrays.visit, order.attended, numbers, roles)
    return Prepared(
        data=arrays,
        formula=read,
        design_info=info,
        frame=_decode(used, text & {roles.subject}),
        held=_decode(_float_covariates(held, covariates), text - {roles.visit}),
        order=order,
        subjects=subjects,
        groups=groups,
        factors=factors,
        covariates=covariates,
        n_subjects_read=n_subjects_read,
        notes=(*_note_visits(order), *switching),
    )


def _check_roles(roles: Roles, table: Table) -> None:
    named = [("subject", roles.subject), ("visit", roles.visit), *(("time", name) for name in roles.time)]
    optional = [("group", roles.group), ("weights", roles.weights), ("precision", roles.precision)]
    for role, name in [*named, *((role, name) for role, name in optional if name is not None)]:
        check_name(role, name, table)


def _read_columns(table: Table, read: Formula, roles: Roles) -> tuple[pd.DataFrame, frozenset[str]]:
    """The columns a model needs, in plain types, and the names of those of text.

    Text is coded once, here: what is sorted, counted and compared from now on are whole numbers.
    """
    labels = [roles.subject, roles.visit, *([] if roles.group is None else [roles.group])]
    numbers = [*roles.time, *(name for name in (roles.weights, roles.precision) if name is not None)]
    names = list(dict.fromkeys([*read.response, *read.predictors, *labels, *numbers]))
    plain = {name: make_plain(table.column(name), name) for name in names}
    text = frozenset(name for name in {*names} - {*read.response, *numbers} if is_text(plain[name]))
    frame = pd.DataFrame({name: code_text(plain[name]) if name in text else plain[name] for name in names})
    for name in labels:
        check_label(frame[name], name)
    for name in (roles.subject, roles.visit):
        check_present(frame, (name,))
    for name in (*read.response, *numbers):
        values = read_numbers(frame[name], name, frame[roles.subject])
        frame[name] = frame[name] if name in labels else values
    for name in read.predictors:
        if name not in (*labels, *read.labels):
            frame[name] = widen(frame[name])
            check_predictor(frame[name], name, name in text)
    return frame, text


def _sort_rows(frame: pd.DataFrame, roles: Roles, order: VisitOrder) -> pd.DataFrame:
    """Sort by subject and visit; visits become ordered categories, unless they are numbers."""
    if isinstance(frame[roles.subject].dtype, pd.CategoricalDtype):
        frame[roles.subject] = frame[roles.subject].cat.remove_unused_categories()
    plain: Any = frame[roles.visit].dtype if _is_value(frame[roles.visit]) else None
    if isinstance(frame[roles.visit].dtype, pd.CategoricalDtype):
        frame[roles.visit] = frame[roles.visit].cat.set_categories(list(order.planned), ordered=True)
    else:
        frame[roles.visit] = pd.Categorical(
            frame[roles.visit].to_numpy(dtype=object), categories=list(order.planned), ordered=True
        )
    frame = frame.sort_values([roles.subject, roles.visit], kind="stable")
    if plain is not None:  # a formula may use them as a covariate
        frame[roles.visit] = frame[roles.visit].to_numpy(dtype=plain)
    return frame


def _is_value(values: pd.Series) -> bool:
    return is_number(values) or is_boolean(values)


def _find_attended(order: VisitOrder, used: pd.DataFrame, roles: Roles) -> VisitOrder:
    seen = set(used[roles.visit].unique().tolist())
    return VisitOrder(order.planned, tuple(visit for visit in order.planned if visit in seen), order.doubt)


def _note_visits(order: VisitOrder) -> list[str]:
    notes = []
    if order.skipped:
        notes.append(f"no response was observed at visit(s) {list_offenders(order.skipped)} of the order")
    if order.doubt:
        notes.append(f"the order of the visits was not given: {order.doubt}")
    return notes


def _code_columns(used: pd.DataFrame, text: frozenset[str], roles: Roles, order: VisitOrder) -> pd.DataFrame:
    """Labels as categories in sorted order, without levels of text and visits that nobody has."""
    if isinstance(used[roles.visit].dtype, pd.CategoricalDtype):
        used[roles.visit] = used[roles.visit].cat.set_categories(list(order.attended))
    for name in used.columns:
        if name in text - {roles.visit}:
            used[name] = used[name].cat.remove_unused_categories()
        if name in (roles.visit, roles.subject):
            continue
        values = settle(used[name])
        used[name] = values if _is_value(values) else code_text(values)
    return used


def _classify(
    read: Formula, info: Any, used: pd.DataFrame
) -> tuple[dict[str, tuple[Any, ...]], tuple[str, ...]]:
    """Factors with their levels, and covariates, among the columns of the right side."""
    states = info.factor_infos.items()
    categorical = {read.single.get(factor.name()) for factor, state in states if state.type == "categorical"}
    factors = {
        name: list_levels(used[name])
        for name in read.predictors
        if name in categorical or not is_number(used[name])
    }
    return factors, tuple(name for name in read.predictors if name not in factors)


def _decode(frame: pd.DataFrame, names: frozenset[str]) -> pd.DataFrame:
    """The text behind the codes of `_read_columns`."""
    return frame.assign(**{name: frame[name].astype(object) for name in names})


def _float_covariates(held: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    for name in covariates:
        if is_number(held[name]):
            held[name] = held[name].to_numpy(dtype=float, na_value=np.nan)
    return held


def _build_arrays(
    used: pd.DataFrame,
    response: Array,
    design: Array,
    info: Any,
    roles: Roles,
    order: VisitOrder,
    weights: Mapping[Any, float] | None,
) -> tuple[MmrmData, tuple[Any, ...], tuple[Any, ...]]:
    subject_code, subjects = pd.factorize(used[roles.subject], sort=True)
    labels = tuple(subjects.tolist())
    group, groups = np.zeros(len(labels), dtype=np.int64), ("all",)
    if roles.group is not None:
        levels = list_levels(used[roles.group])
        codes = pd.Categorical(used[roles.group].to_numpy(dtype=object), categories=list(levels)).codes
        group = _per_subject(np.asarray(codes, dtype=np.int64), subject_code, labels, roles.group).astype(
            np.int64
        )
        groups = levels
    weight = np.ones(len(labels))
    if roles.weights is not None:
        weight = _per_subject(used[roles.weights].to_numpy(dtype=float), subject_code, labels, roles.weights)
    elif weights is not None:
        weight = _look_up_weights(weights, labels)
    check_weights(weight, labels)
    arrays = MmrmData(
        response=response,
        design=design,
        names=tuple(info.column_names),
        subject=subject_code.astype(np.int64),
        visit=number_visits(used[roles.visit], order.attended),
        n_visits=len(order.attended),
        weight=weight,
        group=group,
        n_groups=len(groups),
        coordinates=used[list(roles.time)].to_numpy(dtype=float) if roles.time else None,
        terms=tuple(
            number
            for number, part in enumerate(info.term_slices.values())
            for _ in range(part.stop - part.start)
        ),
        places=order.places,
        precision=None if roles.precision is None else used[roles.precision].to_numpy(dtype=float),
    )
    return arrays, labels, groups


def _per_subject(values: Array | Any, subject: Any, labels: tuple[Any, ...], column: str) -> Array:
    first = np.zeros(len(labels))
    first[subject[::-1]] = values[::-1]
    differs: Bools = values != first[subject]
    if differs.any():
        who = sorted({str(labels[i]) for i in subject[differs]})
        raise DataError(
            f"data, column {column}: expected one value per subject, found several for "
            f"{list_offenders(who)}; correct the column"
        )
    return first


def _look_up_weights(weights: Mapping[Any, float], labels: tuple[Any, ...]) -> Array:
    missing = [label for label in labels if label not in weights]
    if missing:
        raise DataError(
            f"weights: expected a weight for every subject, found none for {list_offenders(missing)}; add "
            "them"
        )
    return np.array([float(weights[label]) for label in labels])
