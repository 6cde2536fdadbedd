"""The results beside R: one finding for each number that R has, or why it has none."""

from collections.abc import Mapping

import pandas as pd

from trial.recompute.agreement import Checker, Finding, R, method_labels
from trial.recompute.config import AgreementSpec
from trial.recompute.likelihood import RecomputeError
from trial.recompute.observations import Sources
from trial.recompute.r import Model, ask, is_present, why_not
from trial.study.agreement import NOT_RECOMPUTED

ABSENT = "R not present: Rscript with the packages nlme and emmeans is needed"


def compare_with_r(spec: AgreementSpec, sources: Sources, rows: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Return the findings of every endpoint; without R each says that it is not present."""
    checkers = {
        one.paramcd: Checker(spec, one, sources, rows[one.paramcd]) for one in spec.endpoints if spec.model
    }
    if not is_present():
        return [one.nowhere(R, NOT_RECOMPUTED, ABSENT) for one in checkers.values()]
    models: dict[str, Model] = {}
    reasons: dict[str, str] = {}
    for code, checker in checkers.items():
        found = _model(checker)
        if isinstance(found, str):
            reasons[code] = found
        else:
            models[code] = found
    answers = ask(models) | reasons
    return [
        finding
        for code, checker in checkers.items()
        for finding in checker.compare_peers(checker.rows, R, answers[code])
    ]


def _model(checker: Checker) -> Model | str:
    labels = method_labels(checker.rows)
    if len(labels) != 1:
        return "no model was fitted"
    try:
        method, computed = checker.compute(labels.pop(), "")
    except RecomputeError as error:
        return f"the independent computation has no result: {error}"
    return why_not(computed.design, method) or Model(computed.design, method, computed.numbers)
