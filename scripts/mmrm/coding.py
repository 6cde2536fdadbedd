"""A formula: the columns it reads, and its design matrix for any rows.

patsy looks a name up among the columns first and among its functions second, so that a column called ``C`` or
``Treatment`` hides the function. Here every factor is rewritten before patsy evaluates it: a column becomes a
reference that cannot be mistaken, and names that stand where a function stands are functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
import patsy
from patsy import builtins

from mmrm.columns import is_number
from mmrm.errors import DataError, MmrmError, RequestError
from mmrm.frames import Table, suggest
from mmrm.linalg import Array

FUNCTIONS = tuple(builtins.__all__)
_REFERENCE = re.compile(r"_(?:label|value)_(\d+)")


class Factor(patsy.EvalFactor):  # type: ignore[misc]
    """A factor that is evaluated through references and shown as the caller wrote it."""

    def __init__(self, label: str, code: str, origin: Any) -> None:
        super().__init__(code, origin)
        self.label = label

    def name(self) -> str:
        """The factor as written in the formula."""
        return self.label


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula that has been read against the columns of a data frame.

    Attributes
    ----------
    text : str
        As the caller wrote it.
    names : tuple of str
        Columns it reads; references count them.
    response, predictors : tuple of str
        Columns of its left and right side.
    single : dict of str to str
        The column behind every factor that is one column: ``name``, ``Q("name")`` or ``C(name, ...)``.
    labels : frozenset of str
        Columns whose values are levels somewhere: those in ``C(...)``.
    sides : patsy.ModelDesc
        The rewritten terms.
    """

    text: str
    names: tuple[str, ...]
    response: tuple[str, ...]
    predictors: tuple[str, ...]
    single: Mapping[str, str]
    labels: frozenset[str]
    sides: Any

    @property
    def response_name(self) -> str:
        """The left side as written."""
        return str(self.sides.lhs_termlist[0].factors[0].name())

    def namespace(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """References and their values: levels as they are; numbers as floats, which do not wrap."""
        found: dict[str, Any] = {}
        for number, name in enumerate(self.names):
            if name not in columns:
                continue
            values = pd.Series(getattr(columns[name], "array", columns[name]), copy=False)
            found[f"_label_{number}"] = values
            found[f"_value_{number}"] = values.astype(np.float64) if is_number(values) else values
        return found

    def spell(self, message: object) -> str:
        """A message of patsy with the names of the columns in place of references."""
        text = str(getattr(message, "message", message))
        return _REFERENCE.sub(lambda match: self.names[int(match[1])], text)


def read_formula(text: Any, table: Table | Sequence[str]) -> Formula:
    """Parse a formula against the columns of a data frame.

    Raises
    ------
    RequestError
        Not a formula with one response; a function that there is not; code that cannot be read.
    DataError
        A column that there is not.
    """
    table = table if isinstance(table, Table) else Table(None, tuple(table))
    if not isinstance(text, str):
        raise RequestError(f"formula: expected a text such as 'response ~ terms', found {text!r}")
    try:
        parsed = patsy.ModelDesc.from_formula(text)
    except Exception as error:
        reason = getattr(error, "message", error)
        raise RequestError(f"formula {text!r}: expected 'response ~ terms', found: {reason}") from error
    if len(parsed.lhs_termlist) != 1 or len(parsed.lhs_termlist[0].factors) != 1:
        raise RequestError(f"formula {text!r}: expected one response on the left of ~")
    if not parsed.rhs_termlist:
        raise RequestError(f"formula {text!r}: expected at least one fixed effect, for example '~ 1'")
    reader = _Reader(text, table)
    left = [reader.rewrite_term(term) for term in parsed.lhs_termlist]
    n_left = len(reader.names)
    response = tuple(reader.names)
    right = [reader.rewrite_term(term) for term in parsed.rhs_termlist]
    predictors = tuple(dict.fromkeys([*reader.names[n_left:], *reader.reread]))
    if not response:
        raise RequestError(f"formula {text!r}: expected a column of the data on the left of ~")
    return Formula(
        text=text,
        names=tuple(reader.names),
        response=response,
        predictors=predictors,
        single=reader.single,
        labels=frozenset(reader.labels),
        sides=patsy.ModelDesc(left, right),
    )


class _Reader(ast.NodeTransformer):
    """Rewrites the names of a formula's factors and collects the columns they read."""

    def __init__(self, text: str, table: Table) -> None:
        self.text = text
        self.table = table
        self.names: list[str] = []
        self.reread: list[str] = []
        self.labels: set[str] = set()
        self.single: dict[str, str] = {}

    def rewrite_term(self, term: Any) -> Any:
        """The term with references in place of names."""
        return patsy.Term([self._rewrite(factor) for factor in term.factors])

    def _rewrite(self, factor: Any) -> Factor:
        code = str(factor.name())
        whole = code.replace(" ", "")  # patsy spaces "x.1" as "x .1"
        try:
            body = (
                ast.Name(whole, ast.Load())
                if whole in self.table.names
                else ast.parse(code, mode="eval").body
            )
        except (SyntaxError, ValueError) as error:
            raise RequestError(
                f"formula {self.text!r}: cannot read {code!r}; name the columns one by one, and write "
                'Q("name") for a name that is not a plain word'
            ) from error
        inner = self._find_column(body.args[0]) if _is_call(body, "C") and body.args else None
        column = inner or self._find_column(body)
        if column is not None:
            self.single[code] = column
        return Factor(code, ast.unparse(self.visit(body)), factor.origin)

    def _find_column(self, node: ast.expr) -> str | None:
        """The column of ``name`` or ``Q("name")``; None for anything else."""
        if isinstance(node, ast.Name) and node.id in self.table.names:
            return node.id
        if _is_call(node, "Q") and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            return str(node.args[0].value)
        return None

    def _refer(self, name: str, kind: str) -> ast.Name:
        if name not in self.table.names:
            raise DataError(
                f"formula {self.text!r}: expected columns of the data, found no column {name!r}"
                f"{suggest(name, self.table)}; correct the name"
            )
        if name in self.names:
            self.reread.append(name)
        else:
            self.names.append(name)
        if kind == "label":
            self.labels.add(name)
        return ast.Name(f"_{kind}_{self.names.index(name)}", ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A column, or else a function named as an argument."""
        if node.id in self.table.names or node.id not in (*FUNCTIONS, "np"):
            return self._refer(node.id, "value")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """``np.name``, or a method of a column."""
        if isinstance(node.value, ast.Name) and node.value.id == "np":
            return node
        return ast.Attribute(self.visit(node.value), node.attr, node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A function's name stays; ``Q`` is a column; the first argument of ``C`` holds levels."""
        if _is_call(node, "Q"):
            name = self._find_column(node)
            if name is None:
                raise RequestError(f'formula {self.text!r}: expected Q("name of a column"), found another Q')
            return self._refer(name, "value")
        function = node.func
        if isinstance(function, ast.Name):
            if function.id not in FUNCTIONS:
                raise RequestError(
                    f"formula {self.text!r}: expected a function among {', '.join(FUNCTIONS)} or of numpy "
                    f"(np.{function.id}), found {function.id!r}"
                )
        else:
            function = self.visit(function)
        levels = self._find_column(node.args[0]) if _is_call(node, "C") and node.args else None
        first = [self._refer(levels, "label")] if levels is not None else []
        rest = [self._visit_argument(value, node) for value in node.args[len(first) :]]
        keywords = [ast.keyword(each.arg, self._visit_argument(each.value, node)) for each in node.keywords]
        return ast.Call(function, [*first, *rest], keywords)

    def _visit_argument(self, value: ast.expr, call: ast.Call) -> Any:
        """An argument; the contrast of ``C(x, Treatment)`` is a function whatever the columns are called."""
        if _is_call(call, "C") and isinstance(value, ast.Name) and value.id in FUNCTIONS:
            return value
        return self.visit(value)


def _is_call(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def build_design(formula: Formula, used: pd.DataFrame) -> tuple[Array, Array, Any]:
    """Response ``(N,)``, design ``(N, k)`` and the stored coding of the rows used.

    Raises
    ------
    RequestError
        A response that is not one number per row.
    DataError
        A formula that cannot be evaluated on the data.
    """
    environment = patsy.EvalEnvironment([{"np": np}])
    names = formula.namespace({name: used[name] for name in formula.names})

    def _run() -> Any:
        return patsy.dmatrices(
            formula.sides, names, eval_env=environment, NA_action=patsy.NAAction(NA_types=[])
        )

    left, right = _evaluate(formula, _run, DataError, "cannot be evaluated on the data")
    response = np.asarray(left, dtype=np.float64)
    if _categories(left.design_info) == (False, True):
        response = response[:, 1:]  # a computed boolean: the column of True
    elif _categories(left.design_info) is not None or response.shape[1] != 1:
        raise RequestError(
            f"formula {formula.text!r}: expected a response of one number per row, found "
            f"{formula.response_name}, which makes {response.shape[1]} columns"
        )
    design = np.ascontiguousarray(right, dtype=np.float64)
    return response[:, 0].copy(), design, right.design_info


def _categories(info: Any) -> tuple[Any, ...] | None:
    """Categories of a response that patsy takes for a factor; None for numbers."""
    (state,) = info.factor_infos.values()
    return tuple(state.categories) if state.type == "categorical" else None


def build_matrix(formula: Formula, info: Any, columns: Mapping[str, Any], count: int) -> Array:
    """Design rows ``(count, k)`` of other values through a stored coding.

    Raises
    ------
    RequestError
        Values at which the formula cannot be evaluated: outside the knots of a spline, say.
    """
    if not info.factor_infos:
        return np.ones((count, len(info.column_names)))  # an intercept alone: patsy cannot tell how many rows
    names = formula.namespace(columns)

    def _run() -> Any:
        missing = patsy.NAAction(NA_types=[])
        return patsy.build_design_matrices([info], names, NA_action=missing, return_type="matrix")[0]

    found = _evaluate(formula, _run, RequestError, "cannot be evaluated at the values asked for")
    matrix = np.asarray(found, dtype=np.float64)
    return np.broadcast_to(matrix, (count, matrix.shape[1])) if matrix.shape[0] != count else matrix


def _evaluate(formula: Formula, build: Callable[[], Any], kind: type[MmrmError], what: str) -> Any:
    """Run patsy; whatever a caller's formula raises is the formula's error."""
    try:
        with np.errstate(all="ignore"):
            return build()
    except MmrmError:
        raise
    except Exception as error:
        raise kind(f"formula {formula.text!r}: {what}: {formula.spell(error)}") from error
