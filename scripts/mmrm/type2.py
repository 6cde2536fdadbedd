"""Type 2 hypotheses: each term adjusted for the terms that do not contain it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmrm.formula import Prepared
from mmrm.linalg import Array, Ints


def build_type2(model: Prepared) -> dict[str, Array]:
    """Contrast rows of every term but the intercept (``eq:type2``).

    Returns
    -------
    dict of str to (l, k) array
        Rows whose coefficients are all zero under the term's type 2 hypothesis.
    """
    info, basis = model.design_info, model.data.basis
    columns = np.linalg.inv(basis.transform)  # of the design, in the orthonormal basis
    found = {}
    for term, part in info.term_slices.items():
        if not term.factors:
            continue
        own = np.arange(part.start, part.stop)
        inside = _list_columns(info, lambda other, term=term: _contains(info, other, term))
        rest = np.setdiff1d(np.arange(columns.shape[1]), [*own, *inside])
        frame = np.linalg.qr(columns[:, rest])[0]
        left = columns - np.einsum("ij,kj,kl->il", frame, frame, columns)
        gram = np.einsum("ij,ik->jk", left[:, own], left)
        rows = np.zeros((own.size, columns.shape[1]))
        rows[:, own] = np.eye(own.size)
        rows[:, inside] = np.linalg.solve(gram[:, own], gram[:, inside])
        found[term.name()] = rows
    return found


def _contains(info: Any, other: Any, term: Any) -> bool:
    """Whether ``other`` has the term's factors, more of them, and the same covariates (SAS's rule)."""
    numeric = {factor for factor, state in info.factor_infos.items() if state.type == "numerical"}
    large, small = set(other.factors), set(term.factors)
    return small < large and small & numeric == large & numeric


def _list_columns(info: Any, chosen: Any) -> Ints:
    parts = [np.arange(part.start, part.stop) for term, part in info.term_slices.items() if chosen(term)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)
