"""A fit as a plain record for JSON, and as text or a page's table for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mmrm.optimize import drop_infinite

if TYPE_CHECKING:
    from mmrm.estimates import Estimates
    from mmrm.results import MmrmFit


def build_record(fit: MmrmFit) -> dict[str, Any]:
    """Everything a pipeline keeps of a fit, as plain numbers, text, lists and dictionaries."""
    inference, data = fit.inference, fit.prepared.data
    structure = inference.fit.covariance.structure
    return {
        "formula": fit.formula,
        "covariance": structure.name,
        "group": fit.roles.group,
        "precision": fit.roles.precision,
        "reml": inference.fit.likelihood.reml,
        "df_method": inference.df_method,
        "cov_type": inference.cov_type,
        "information": inference.information,
        "n_subjects": data.n_subjects,
        "n_subjects_read": fit.prepared.n_subjects_read,
        "n_obs": data.n_obs,
        "n_dropped_missing_response": fit.n_dropped_missing_response,
        "visits": [str(visit) for visit in fit.prepared.visits],
        "patterns": _describe_patterns(fit),
        "params": _pairs(fit.names, fit.params),
        "bse": _pairs(fit.names, fit.bse),
        "df": _pairs(fit.names, fit.df),
        "cov": [[drop_infinite(value) for value in row] for row in fit.cov_params().to_numpy().tolist()],
        "theta": fit.theta.to_dict("records"),
        "sigma": _describe_sigma(fit),
        "deviance": drop_infinite(fit.deviance),
        "n_covariance_parameters": inference.fit.covariance.n_parameters,
        "aic": drop_infinite(fit.aic),
        "aicc": drop_infinite(fit.aicc),
        "bic": drop_infinite(fit.bic),
        "verdict": fit.verdict.record(),
        "warnings": list(fit.warnings),
    }


def _pairs(names: list[str], values: Any) -> dict[str, object]:
    return {name: drop_infinite(float(value)) for name, value in zip(names, values, strict=True)}


def _describe_patterns(fit: MmrmFit) -> list[dict[str, Any]]:
    """Observed visits and subjects of every missingness pattern."""
    patterns = fit.prepared.data.patterns
    visits = np.array([str(visit) for visit in fit.prepared.visits], dtype=object)
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for p, members in enumerate(patterns.members):
        key = (str(fit.prepared.groups[patterns.group[p]]), tuple(visits[patterns.mask[p]]))
        found[key] = found.get(key, 0) + int(members.size)
    return [{"group": group, "visits": list(seen), "n": n} for (group, seen), n in found.items()]


def _describe_sigma(fit: MmrmFit) -> Any:
    sigma = fit.sigma
    if isinstance(sigma, dict):
        return {str(label): matrix.tolist() for label, matrix in sigma.items()}
    return sigma.tolist()


def build_summary(fit: MmrmFit) -> str:
    """Model, data, covariance, coefficients and verdict as text."""
    inference, data, verdict = fit.inference, fit.prepared.data, fit.verdict
    lines = [
        f"MMRM  {fit.formula}",
        f"Covariance {inference.fit.covariance.structure.name}"
        + (f" by {fit.roles.group}" if fit.roles.group else "")
        + f", {'REML' if inference.fit.likelihood.reml else 'ML'}; df {inference.df_method}; "
        + f"standard errors {inference.cov_type}",
        f"{data.n_subjects} subjects, {data.n_obs} observations, {data.n_visits} visits, "
        + f"{fit.n_dropped_missing_response} rows without a response left out",
        f"-2 log-likelihood {fit.deviance:.6f}  AIC {fit.aic:.2f}  AICc {fit.aicc:.2f}  BIC {fit.bic:.2f}",
        "",
        *_table_lines(fit),
        "",
        f"Verdict {'accepted' if verdict.accepted else 'NOT accepted: ' + '; '.join(verdict.reasons)} "
        + f"({verdict.iterations} iterations, scaled gradient {verdict.gradient:.1e}, "
        + f"condition of Sigma {verdict.sigma_condition:.3g})",
        *(f"Note: {text}" for text in fit.warnings),
    ]
    return "\n".join(lines)


def _table_lines(fit: MmrmFit) -> list[str]:
    width = max(len(name) for name in fit.names)
    limits = fit.conf_int()
    columns = [fit.params, fit.bse, fit.df, limits["lower"], limits["upper"], fit.tvalues, fit.pvalues]
    values = np.column_stack([column.to_numpy(dtype=float) for column in columns])
    lines = [
        f"{'':{width}}  {'estimate':>12} {'se':>12} {'df':>9} {'lower':>12} {'upper':>12} {'t':>9} {'p':>9}"
    ]
    for name, (estimate, se, df, lower, upper, t, p) in zip(fit.names, values, strict=True):
        numbers = f"{estimate:12.6g} {se:12.6g} {df:9.2f} {lower:12.6g} {upper:12.6g} {t:9.3f} {p:9.3g}"
        lines.append(f"{name:{width}}  {numbers}")
    return lines


def describe_model(fit: Estimates) -> str:
    """A fit in one line: formula, covariance, errors, size."""
    group = f" by {fit.roles.group}" if fit.roles.group else ""
    group += f", precision {fit.roles.precision}" if fit.roles.precision else ""
    errors = f"{fit.df_method}, {fit.cov_type} errors"
    return f"{fit.formula}; {fit.structure}{group}, {errors}; {fit.prepared.data!r}"


def build_html(title: str, table: pd.DataFrame, notes: Sequence[str]) -> str:
    """A title, a table of numbers and notes for a notebook; text from the data is escaped."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in table.columns)
    body = "".join(
        f"<tr><th>{escape(str(label))}</th>{''.join(f'<td>{_format_cell(value)}</td>' for value in row)}</tr>"
        for label, row in zip(table.index, table.itertuples(index=False, name=None), strict=True)
    )
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    inside = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""
    return f"<div><p>{escape(title)}</p>{inside}{below}</div>"


def _format_cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else escape(str(value))
