"""The joint censored model of one endpoint: what can be fitted, the fit, and its result rows."""

import zlib
from typing import Any

import numpy as np

from trial.analysis.censored.bootstrap import bootstrap
from trial.analysis.censored.degenerate import find_collapse, unbounded_cells
from trial.analysis.censored.fit import CensoredFit, fit_censored
from trial.analysis.censored.orthant import MOST
from trial.analysis.censored.problem import OBSERVED, RIGHT, CensoredData
from trial.analysis.censored.records import Joint, joint_frame
from trial.analysis.censored.rows import JointRows, Prepared
from trial.analysis.censored.words import collapse_words, footnote
from trial.analysis.data import AnalysisData
from trial.analysis.detectability import share_rows
from trial.analysis.frame import build_frame
from trial.analysis.joint import Bootstrap, JointModel
from trial.analysis.linear import LinearModel
from trial.analysis.model import not_fitted
from trial.analysis.model_words import nothing_to_fit
from trial.analysis.outcome import Outcome, record_set


def prepare(data: AnalysisData, config: LinearModel, by_arm: bool) -> Prepared:
    """Fit what can be fitted: visits without a bounded mean are left out, unbounded likelihoods refused.

    Raises
    ------
    ModelError
        If the records cannot be taken as values and intervals (`joint_frame`).
    """
    joint = joint_frame(data, config, by_arm)
    refused, first = _unbounded(joint, data), data.spec.baseline.code
    later = [code for code in joint.visits if code != first]
    kept = [place for place, code in enumerate(joint.visits) if code not in refused]
    visits = tuple(joint.visits[place] for place in kept)
    if first not in visits or len(visits) == 1:
        why = refused.get(first, "no value of the baseline" if first not in visits else "")
        return Prepared(joint, visits, {code: refused.get(code) or why for code in later}, None)
    found = joint.data.subset(np.array(kept))
    why = _why_not(found, visits, joint, data)
    fit = None if why else fit_censored(found)
    if fit is not None and fit.faults:
        why, fit = f"the fit was rejected: {'; '.join(fit.faults)}", None
    if why:
        refused |= {code: why for code in later if code not in refused}
    return Prepared(joint, visits, refused, fit)


def run_censored(
    data: AnalysisData, config: JointModel, by_arm: bool, resampling: Bootstrap | None
) -> Outcome:
    """Return the result rows of one endpoint: LS means, comparisons, shares below the limit, bootstrap."""
    frame = build_frame(data, config)
    if text := nothing_to_fit(frame, data):
        return not_fitted(frame, data, config, text)
    prepared = prepare(data, config, by_arm)
    behind = record_set(data.spec, "fit", prepared.joint.records)
    collected = record_set(data.spec, "collected", data.collected)
    writer = JointRows(prepared, data, config, behind.id)
    drawn: dict[str, Any] = {}
    rows = [*data.decimals_row(collected.id), *share_rows(data, behind.id), *writer.all()]
    if prepared.fit is not None and resampling is not None:
        seed = (resampling.seed, zlib.crc32(data.spec.place.encode()))
        replicates = bootstrap(prepared.fit, resampling.replicates, seed)
        drawn = {"kept": len(replicates.means), "asked": replicates.asked, "failed": replicates.failed}
        rows += writer.resampled(replicates)
    fit = prepared.fit
    record: dict[str, Any] = {
        "fit": None if fit is None else _fit_record(fit),
        "visits": list(prepared.visits),
        "refused": prepared.refused,
        "bootstrap": drawn,
        "left_out": {name: list(subjects) for name, subjects in prepared.joint.left_out},
        "warnings": writer.warnings,
        "footnote": footnote(prepared.joint, data.spec, config, by_arm),
    }
    return Outcome.of(data.spec, rows, record, [behind, collected])


def _unbounded(joint: Joint, data: AnalysisData) -> dict[str, str]:
    """Return why visits cannot be in the model: an arm there has no value, or all lie beyond one limit."""
    arms = {arm.code: arm.label for arm in data.spec.arms}
    cells, found = unbounded_cells(joint.data), dict[str, str]()
    for place, visit in enumerate(joint.visits):
        for at in np.flatnonzero(cells[:, place]):
            here = (joint.data.arm == at) & joint.data.present[:, place]
            count = int(here.sum())
            beyond = "above" if count and joint.data.side[here, place][0] == RIGHT else "below"
            text = f"all {count} values of {arms[joint.arms[at]]} lie {beyond} the quantification limit"
            found.setdefault(visit, text if count else f"{arms[joint.arms[at]]} has no value")
    first = data.spec.baseline
    if first.code in found:
        found[first.code] = f"{found[first.code]} at {first.label}, which comparisons are adjusted for"
    return found


def _why_not(found: CensoredData, visits: tuple[str, ...], joint: Joint, data: AnalysisData) -> str:
    """Return why the likelihood cannot be maximised; an empty text where nothing speaks against it."""
    most = int((found.present & (found.side != OBSERVED)).sum(axis=1).max())
    if most > MOST:
        return f"a subject has {most} values beyond their limits; at most {MOST} of one subject are computed"
    collapse = find_collapse(found)
    return collapse_words(collapse, visits, joint, data.spec) if collapse else ""


def _fit_record(fit: CensoredFit) -> dict[str, Any]:
    return {
        "loglik": fit.loglik,
        "means": fit.means.tolist(),
        "sigma": fit.sigma.tolist(),
        "checks": fit.checks,
        "covariance": "per arm" if fit.data.by_arm else "common",
    }
