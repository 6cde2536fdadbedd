"""A pre-specified order of covariance structures; the first whose fit passes its verdict is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mmrm.ancova import AncovaFit, fit_ancova
from mmrm.asked import read_names
from mmrm.errors import MmrmError, RankError, RequestError, StructureError
from mmrm.inference import check_methods
from mmrm.model import MMRM
from mmrm.optimize import drop_infinite
from mmrm.report import build_html
from mmrm.results import MmrmFit, describe_alone, describe_thin
from mmrm.structures import STRUCTURES

RUNGS = ("us", "toeph", "ar1h", "csh", "cs")
ANCOVA = "ancova"


@dataclass(frozen=True, eq=False)
class Ladder:
    """Which rung was used, and the evidence for every rung.

    Attributes
    ----------
    fit : MmrmFit, AncovaFit or None
        The accepted fit: below ``us`` (and whenever subjects are weighted) with CR2 standard errors and their
        Satterthwaite df; None when every rung failed. Where CR2 has no standard error of a coefficient
        because one subject alone carries it, an unweighted fit has the model-based ones instead.
    model_based : MmrmFit or None
        The same fit with model-based standard errors; None for the last rung, ``ancova``.
    rung : str or None
        Name of the accepted rung.
    note : str
        Why the standard errors are not those of the rung, or empty.
    record : list of dict
        One entry per rung, in order: structure, status (accepted, rejected, error, not tried), reason,
        iterations, scaled gradient, eigenvalues, deviance, parameters, criteria. Plain values for JSON.
    """

    fit: MmrmFit | AncovaFit | None
    model_based: MmrmFit | None
    rung: str | None
    record: list[dict[str, Any]]
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The record as a table, one row per rung."""
        return pd.DataFrame(self.record)

    def __repr__(self) -> str:
        return f"Ladder({self.rung or 'no rung'} of {len(self.record)} accepted; {self.fit!r})"

    def _repr_html_(self) -> str:
        table = pd.DataFrame(self.record).set_index("structure")[["status", "reason"]]
        return build_html(f"Covariance ladder; {self.rung or 'no rung'} accepted", table, ())


def fit_ladder(
    formula: str,
    data: Any,
    subject: str,
    visit: str,
    rungs: Sequence[str] = RUNGS,
    visits: Sequence[Any] | None = None,
    df_method: str = "kenward-roger",
    weights: str | Mapping[Any, float] | pd.Series | None = None,
    reml: bool = True,
    group: str | None = None,
    precision: str | None = None,
) -> Ladder:
    """Fit the rungs in order until one is accepted (``eq:verdict``, ``eq:thin``).

    A rung that asks too much of the subjects left at a visit is passed over; where no other stands, the first
    such rung is used, without intervals for what rests on these subjects.

    Parameters
    ----------
    formula, data, subject, visit, visits, weights, reml, group, precision
        As in `MMRM.from_formula`.
    rungs : sequence of str
        Structures in order; ``ancova`` may stand last.
    df_method : str
        Degrees of freedom of the ``us`` rung and of the model-based companion of the others.

    Raises
    ------
    DataError
        The data cannot enter any model; a rung's own failure is a record, not an error.
    """
    rungs = _read_rungs(rungs)
    check_methods(df_method, "model", reml)
    first = rungs[0] if rungs[0] != ANCOVA else "us"
    model = MMRM.from_formula(
        formula,
        data,
        subject,
        visit,
        first,
        group,
        weights,
        reml,
        visits,
        check=False,
        precision=precision,
    )
    for rung in rungs:
        model.check_order(rung)
    return _climb(model, rungs, df_method)


def _read_rungs(rungs: Sequence[str]) -> tuple[str, ...]:
    """Names of structures, with those that a ladder cannot have refused."""
    found = tuple(read_names("rungs", rungs))
    unknown = [rung for rung in found if rung not in (*STRUCTURES, ANCOVA)]
    if unknown or not found or "sp_exp" in found:
        raise RequestError(
            f"rungs: expected structures of {', '.join((*STRUCTURES[:-1], ANCOVA))}, found {list(found)}"
        )
    return found


def _climb(model: MMRM, rungs: tuple[str, ...], df_method: str) -> Ladder:
    """Try rungs until one stands; where none does, the first with a fit is used, with its blanks."""
    tried: list[_Tried] = []
    for rung in rungs:
        if tried and tried[-1].stands:
            break
        tried.append(_try_rung(model, rung, df_method))
    chosen = tried[-1] if tried[-1].stands else next((each for each in tried if each.fit is not None), None)
    if chosen is None:
        return Ladder(None, None, None, [each.entry for each in tried])
    used = chosen if chosen.stands else _use_thin(chosen)
    record = [used.entry if each is chosen else each.entry for each in tried]
    rest = {"status": "not tried", "reason": f"{used.rung} was accepted"}
    record += [{"structure": rung, **rest} for rung in rungs[len(tried) :]]
    note = _explain_errors(used.fit, used.rung) if used.stands else used.entry["reason"]
    return Ladder(used.fit, used.model_based, used.rung, record, note)


@dataclass(frozen=True, eq=False)
class _Tried:
    """One rung: its entry of the record, its fit where there is one, and whether it stands.

    A fit whose only fault are visits with too few subjects (``eq:thin``) is kept without standing.
    """

    entry: dict[str, Any]
    fit: MmrmFit | AncovaFit | None = None
    model_based: MmrmFit | None = None
    stands: bool = False

    @property
    def rung(self) -> str:
        """Name of the rung."""
        return str(self.entry["structure"])


def _try_rung(model: MMRM, rung: str, df_method: str) -> _Tried:
    entry: dict[str, Any] = {"structure": rung}
    try:
        if rung == ANCOVA:
            return _try_ancova(model, entry)
        fit = replace(model, covariance=rung).checked().fit(df_method, check=False)
    except (RankError, StructureError, RequestError) as error:
        return _Tried({**entry, "status": "error", "reason": str(error)})
    entry |= _describe(fit)
    reasons = _find_faults(fit)
    if reasons:
        return _Tried(entry | {"status": "rejected", "reason": "; ".join(reasons)})
    fit = _hold(fit)
    chosen = _choose_errors(fit, rung)
    thin = describe_thin(chosen)
    status = {"status": "rejected" if thin else "accepted", "reason": thin}
    return _Tried(entry | status, chosen, fit, not thin)


def _hold(fit: MmrmFit) -> MmrmFit:
    """A fit whose intervals hold their level or are NaN, also by a method asked for later."""
    return replace(fit, inference=replace(fit.inference, blank_thin=True))


def _use_thin(tried: _Tried) -> _Tried:
    """The rung that is used when none stands: what rests on too few subjects is NaN."""
    reason = f"{tried.entry['reason']}; no rung after it stands, and what rests on them is NaN"
    return replace(tried, entry=tried.entry | {"status": "accepted", "reason": reason})


def _find_faults(fit: MmrmFit | AncovaFit) -> list[str]:
    """Why a rung may not be used; empty when it may."""
    if isinstance(fit, AncovaFit):
        return [] if fit.visits else list(fit.warnings)
    return list(fit.verdict.reasons) or _check_df(fit)


def _choose_errors(fit: MmrmFit, rung: str) -> MmrmFit:
    """Model-based standard errors for an unweighted unstructured fit, CR2 for every other that has them."""
    weighted = bool((fit.prepared.data.weight != 1.0).any())
    if rung == "us" and not weighted:
        return fit
    robust = _with_sandwich(fit)
    return fit if robust.inference.alone.size and not weighted else robust


def _with_sandwich(fit: MmrmFit) -> MmrmFit:
    return fit.with_methods("satterthwaite", "CR2")


def _explain_errors(fit: MmrmFit | AncovaFit | None, rung: str | None) -> str:
    """Why an accepted fit below ``us`` has model-based standard errors."""
    if not isinstance(fit, MmrmFit) or fit.inference.cov_type != "model" or rung in ("us", ANCOVA):
        return ""
    return f"standard errors are model-based: {describe_alone(_with_sandwich(fit))}"


def _check_df(fit: MmrmFit) -> list[str]:
    try:
        df = fit.df.to_numpy()
    except MmrmError as error:
        return [str(error)]
    bad = (
        ~(np.isfinite(df) & (df >= 1.0))
        if fit.inference.df_method != "asymptotic"
        else np.zeros(0, dtype=bool)
    )
    return [f"degrees of freedom {float(df[bad][0]):.3g} are not finite and at least 1"] if bad.any() else []


def _try_ancova(model: MMRM, entry: dict[str, Any]) -> _Tried:
    whole = _fit_one_visit(model) if model.prepared.data.n_visits == 1 else None
    if whole is not None and not _find_faults(whole):
        return _Tried(entry | _describe(whole) | {"status": "accepted", "reason": ""}, whole, stands=True)
    fit = fit_ancova(model.formula, model.prepared, model.roles)
    reasons = _find_faults(fit)
    if reasons:
        return _Tried(entry | {"status": "rejected", "reason": "; ".join(reasons)})
    return _Tried(entry | {"status": "accepted", "reason": "; ".join(fit.warnings)}, fit, stands=True)


def _fit_one_visit(model: MMRM) -> MmrmFit | None:
    """Least squares at the only visit, with every call of a fit; None when columns are redundant there."""
    weighted = bool((model.prepared.data.weight != 1.0).any())
    try:
        found = replace(model, covariance="us", reml=True).checked().fit("residual")
    except MmrmError:
        return None
    return _with_sandwich(found) if weighted else found


def _describe(fit: MmrmFit) -> dict[str, Any]:
    verdict = fit.verdict
    found = {
        "iterations": verdict.iterations,
        "scaled_gradient": verdict.gradient,
        "hessian_min_eigenvalue": verdict.hessian_min_eigenvalue,
        "sigma_min_eigenvalue": verdict.sigma_min_eigenvalue,
        "sigma_max_eigenvalue": verdict.sigma_max_eigenvalue,
        "sigma_condition": verdict.sigma_condition,
        "starts_agree": verdict.starts_agree,
        "deviance": fit.deviance,
        "n_covariance_parameters": fit.inference.fit.covariance.n_parameters,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
    }
    return {name: drop_infinite(value) for name, value in found.items()}
