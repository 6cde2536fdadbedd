"""From a formula and a data frame to validated arrays."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import patsy

from mmrm.checks import (
    Roles,
    check_duplicates,
    check_factors,
    check_numbers,
    check_present,
    check_rows,
    check_visits_observed,
    check_weights,
)
from mmrm.data import MmrmData
from mmrm.errors import DataError, RequestError, list_offenders
from mmrm.linalg import Array, Bools, Ints


@dataclass(frozen=True)
class Prepared:
    """A data set ready to fit, with the labels and coding that results need.

    Attributes
    ----------
    data : MmrmData
        Arrays of the observed rows.
    design_info : patsy.DesignInfo
        Stored coding of the fixed effects.
    frame : DataFrame
        Rows used, sorted by subject and visit, factors as ordered categories.
    held : DataFrame
        Rows left out because the response is missing, sorted in the same way.
    subjects, visits, groups : tuple
        Labels behind the numbers in ``data``.
    factors : dict of str to tuple
        Levels of every categorical column of the formula.
    covariates : tuple of str
        Numeric columns of the formula.
    response : str
        The left side of the formula.
    n_subjects_read : int
        Subjects in the data before rows without a response were left out.
    """

    data: MmrmData
    design_info: Any
    frame: pd.DataFrame
    held: pd.DataFrame
    subjects: tuple[Any, ...]
    visits: tuple[Any, ...]
    groups: tuple[Any, ...]
    factors: dict[str, tuple[Any, ...]]
    covariates: tuple[str, ...]
    response: str
    n_subjects_read: int


def prepare(
    formula: str,
    data: pd.DataFrame,
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
    description = _parse(formula)
    response_columns = _columns_of(description.lhs_termlist, data)
    predictor_columns = _columns_of(description.rhs_termlist, data)
    _check_columns(formula, description, data, roles)
    frame = data.loc[:, _unique([*response_columns, *predictor_columns, *_role_columns(roles)])].copy()
    check_present(frame, (roles.subject, roles.visit))
    check_numbers(frame, response_columns, predictor_columns, roles)
    frame, visit_order = _order_visits(frame, roles, visits)
    frame = _sort_rows(frame, roles)
    check_duplicates(frame, roles)
    if pd.api.types.is_numeric_dtype(data[roles.visit].dtype):
        frame[roles.visit] = frame[roles.visit].astype(data[roles.visit].dtype)  # a number stays a number
    n_subjects_read = int(frame[roles.subject].nunique())
    missing = frame[response_columns].isna().any(axis=1).to_numpy()
    used = frame.loc[~missing].reset_index(drop=True)
    if used.empty:
        raise DataError(f"data, column {response_columns[0]}: expected observed responses, found none")
    used = _code_factors(used, roles)
    check_rows(used, [*response_columns, *predictor_columns, *_role_columns(roles)], roles)
    check_visits_observed(used, roles, visit_order)
    response, design = _build_design(formula, used)
    factors, covariates = _classify(design.design_info, used, predictor_columns)
    check_factors(used, factors)
    arrays, subjects, groups = _build_arrays(used, response, design, roles, visit_order, weights)
    return Prepared(
        data=arrays,
        design_info=design.design_info,
        frame=used,
        held=frame.loc[missing].reset_index(drop=True),
        subjects=subjects,
        visits=visit_order,
        groups=groups,
        factors=factors,
        covariates=covariates,
        response=description.lhs_termlist[0].factors[0].name(),
        n_subjects_read=n_subjects_read,
    )


def _parse(formula: str) -> Any:
    try:
        description = patsy.ModelDesc.from_formula(formula)
    except patsy.PatsyError as error:
        raise RequestError(f"formula {formula!r}: expected 'response ~ terms', found: {error}") from error
    if len(description.lhs_termlist) != 1 or len(description.lhs_termlist[0].factors) != 1:
        raise RequestError(f"formula {formula!r}: expected one response on the left of ~")
    return description


def _names_in(code: str) -> list[str]:
    """Names a formula factor reads, Q('...') included, in order."""
    found = []
    for node in ast.walk(ast.parse(code, mode="eval")):
        if isinstance(node, ast.Name):
            found.append(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Q":
            found.extend(str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))
    return found


def _plain_name(code: str) -> list[str]:
    """The column of a factor written ``name``, ``Q("name")`` or ``C(name, ...)``; else nothing."""
    node: ast.expr = ast.parse(code, mode="eval").body
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C" and node.args:
        node = node.args[0]
    if isinstance(node, ast.Name):
        return [node.id]
    is_quoted = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Q"
    return _names_in(ast.unparse(node))[-1:] if is_quoted else []


def _codes_of(terms: Any) -> list[str]:
    return _unique([factor.name() for term in terms for factor in term.factors])


def _columns_of(terms: Any, data: pd.DataFrame) -> list[str]:
    return _unique([name for code in _codes_of(terms) for name in _names_in(code) if name in data.columns])


def _unique(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _role_columns(roles: Roles) -> list[str]:
    named = [roles.subject, roles.visit, *roles.time]
    return [*named, *(column for column in (roles.group, roles.weights) if column is not None)]


def _check_columns(formula: str, description: Any, data: pd.DataFrame, roles: Roles) -> None:
    known = {"np", "C", "Q", "Treatment", "Sum", "Poly", "center", "standardize", "bs", "cr", "cc", "te", "I"}
    wanted = [
        name
        for code in _codes_of(description.lhs_termlist + description.rhs_termlist)
        for name in _names_in(code)
    ]
    missing = [name for name in _unique([*wanted, *_role_columns(roles)]) if name not in data.columns]
    missing = [name for name in missing if name not in known]
    if missing:
        hints = [f"{name!r}{_suggest(name, data)}" for name in missing]
        raise DataError(
            f"formula {formula!r}: expected columns of the data, found no column {list_offenders(hints)}; "
            "correct the name"
        )


def _suggest(name: str, data: pd.DataFrame) -> str:
    close = difflib.get_close_matches(name, [str(column) for column in data.columns], n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _order_visits(
    frame: pd.DataFrame, roles: Roles, visits: Sequence[Any] | None
) -> tuple[pd.DataFrame, tuple[Any, ...]]:
    """Visit order: as given, else the categorical order, else sorted."""
    column = frame[roles.visit]
    if visits is not None:
        order = tuple(visits)
        if len(set(order)) != len(order):
            raise RequestError(f"visits: expected each visit once, found {list_offenders(order)}")
    elif isinstance(column.dtype, pd.CategoricalDtype):
        order = tuple(column.cat.categories)
    else:
        order = tuple(sorted(column.unique().tolist()))
    unknown = sorted({str(value) for value in column.unique().tolist() if value not in set(order)})
    if unknown:
        who = frame.loc[~column.isin(list(order)), roles.subject]
        raise DataError(
            f"data, column {roles.visit}: expected visits {', '.join(map(str, order))}, found "
            f"{list_offenders(unknown)} in subjects {list_offenders(sorted(set(map(str, who))))}; add the "
            "visit to the order or remove its rows"
        )
    frame[roles.visit] = pd.Categorical(column.to_numpy(dtype=object), categories=list(order), ordered=True)
    return frame, order


def _sort_rows(frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    try:
        return frame.sort_values([roles.subject, roles.visit], kind="stable").reset_index(drop=True)
    except TypeError as error:
        raise DataError(
            f"data, column {roles.subject}: expected labels of one kind that can be sorted, found a mixture; "
            "write them all as text or all as numbers"
        ) from error


def number_visits(column: pd.Series, order: tuple[Any, ...]) -> Ints:
    """Number of each row's visit in the visit order."""
    return np.asarray(
        pd.Categorical(column.to_numpy(dtype=object), categories=list(order)).codes, dtype=np.int64
    )


def _code_factors(used: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Text columns become categories: their categorical order if they have one, else sorted."""
    for column in used.columns:
        dtype = used[column].dtype
        if pd.api.types.is_numeric_dtype(dtype):
            if pd.api.types.is_extension_array_dtype(dtype):
                used[column] = used[column].to_numpy(dtype=float, na_value=np.nan)
            continue
        if column in (roles.visit, roles.subject):
            continue
        if isinstance(dtype, pd.CategoricalDtype):
            levels = list(dtype.categories)
        else:
            levels = sorted(used[column].dropna().unique().tolist())
        used[column] = pd.Categorical(used[column].to_numpy(dtype=object), categories=levels)
    return used


def _build_design(formula: str, used: pd.DataFrame) -> tuple[Any, Any]:
    environment = patsy.EvalEnvironment([{"np": np}])
    try:
        response, design = patsy.dmatrices(
            formula, used, eval_env=environment, NA_action=patsy.NAAction(NA_types=[])
        )
    except patsy.PatsyError as error:
        raise DataError(f"formula {formula!r}: {error}") from error
    return response, design


def _classify(
    info: Any, used: pd.DataFrame, columns: list[str]
) -> tuple[dict[str, tuple[Any, ...]], tuple[str, ...]]:
    categorical: set[str] = set()
    for factor, state in info.factor_infos.items():
        if state.type == "categorical":
            categorical.update(_plain_name(factor.name()))
    factors = {}
    for column in columns:
        if column in categorical or isinstance(used[column].dtype, pd.CategoricalDtype):
            factors[column] = _levels_of(used[column])
    return factors, tuple(column for column in columns if column not in factors)


def _levels_of(column: pd.Series) -> tuple[Any, ...]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return tuple(column.cat.categories)
    return tuple(sorted(column.unique().tolist()))


def _build_arrays(
    used: pd.DataFrame,
    response: Any,
    design: Any,
    roles: Roles,
    visits: tuple[Any, ...],
    weights: Mapping[Any, float] | None,
) -> tuple[MmrmData, tuple[Any, ...], tuple[Any, ...]]:
    subject_code, subjects = pd.factorize(used[roles.subject], sort=True)
    labels = tuple(subjects.tolist())
    group, groups = np.zeros(len(labels), dtype=np.int64), ("all",)
    if roles.group is not None:
        levels = _levels_of(used[roles.group])
        codes = pd.Categorical(used[roles.group], categories=list(levels)).codes
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
        response=np.asarray(response, dtype=float)[:, 0].copy(),
        design=np.ascontiguousarray(design, dtype=float),
        names=tuple(design.design_info.column_names),
        subject=subject_code.astype(np.int64),
        visit=number_visits(used[roles.visit], visits),
        n_visits=len(visits),
        weight=weight,
        group=group,
        n_groups=len(groups),
        coordinates=used[list(roles.time)].to_numpy(dtype=float) if roles.time else None,
        terms=tuple(
            number
            for number, part in enumerate(design.design_info.term_slices.values())
            for _ in range(part.stop - part.start)
        ),
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
