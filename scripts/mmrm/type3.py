"""Type 3 hypotheses: the coefficients of every term under sum-to-zero coding."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import patsy
from patsy.design_info import DesignInfo, SubtermInfo

from mmrm.errors import RequestError
from mmrm.formula import Prepared
from mmrm.linalg import Array


def build_type3(model: Prepared) -> dict[str, Array]:
    """Contrast rows of every term but the intercept (``eq:type3``).

    Returns
    -------
    dict of str to (l, k) array
        Rows whose coefficients are all zero under the term's type 3 hypothesis.

    Raises
    ------
    RequestError
        The formula's columns and their sum-to-zero recoding span different spaces.
    """
    info = model.design_info
    recoded = _recode(info)
    columns = {name: model.frame[name] for name in model.formula.predictors}
    matrix = model.build(columns, model.data.n_obs, recoded) * model.data.root_precision[:, None]
    basis = model.data.basis
    n_obs = model.data.n_obs
    mapping = np.einsum("nk,nj->kj", basis.columns, matrix) / n_obs
    rest = matrix - np.einsum("nk,kj->nj", basis.columns, mapping)
    if np.abs(rest).max() > 1e-7 * np.abs(matrix).max():
        raise RequestError(
            "type3: the formula's columns do not span their sum-to-zero recoding; write the main effects of "
            "every interaction, or test contrasts by test(L)"
        )
    rows = np.linalg.inv(np.einsum("ij,jl->il", basis.transform, mapping))
    found = {}
    for term, part in info.term_slices.items():
        if term.factors:
            found[term.name()] = np.einsum(
                "lk,kj->lj", _to_differences(info, info.term_codings[term]), rows[part]
            )
    return found


def _to_differences(info: Any, parts: list[Any]) -> Array:
    """From sum-to-zero coefficients to differences from the first level, the basis SAS writes its rows in.

    The hypothesis is the same in any basis, but Fai and Cornelius' denominator df is not.
    """
    blocks = [_subterm_differences(info, part) for part in parts]
    size = sum(block.shape[0] for block in blocks)
    out, at = np.zeros((size, size)), 0
    for block in blocks:
        out[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return out


def _subterm_differences(info: Any, part: Any) -> Array:
    """Kronecker product over the factors; the first factor varies fastest in the columns."""
    out: Array = np.eye(1)
    for factor in part.factors:
        if factor not in part.contrast_matrices:
            continue
        count = len(info.factor_infos[factor].categories)
        step = np.eye(count)
        if part.contrast_matrices[factor].matrix.shape[1] < count:
            codes = patsy.Sum().code_without_intercept(list(range(count))).matrix
            step = codes[1:] - codes[:1]
        out = np.asarray(np.kron(step, out), dtype=np.float64)
    return out if out.shape[0] == part.num_columns else np.eye(part.num_columns)


def _recode(info: Any) -> Any:
    """The same terms with sum-to-zero contrasts wherever a factor is coded by contrasts."""
    parts = info.term_codings.items()
    codings = OrderedDict((term, [_recode_subterm(info, part) for part in found]) for term, found in parts)
    return DesignInfo(info.column_names, info.factor_infos, codings)


def _recode_subterm(info: Any, part: Any) -> Any:
    contrasts = {}
    for factor, matrix in part.contrast_matrices.items():
        levels = info.factor_infos[factor].categories
        reduced = matrix.matrix.shape[1] < len(levels)
        contrasts[factor] = patsy.Sum().code_without_intercept(list(levels)) if reduced else matrix
    return SubtermInfo(part.factors, contrasts, part.num_columns)
