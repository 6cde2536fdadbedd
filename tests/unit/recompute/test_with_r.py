"""The comparison with R: it agrees where R is installed, and never where it is not."""

import pandas as pd
import pytest

from trial.recompute import with_r
from trial.recompute.agreement import Checker, R, method_labels, refuse_differences, require_agreement
from trial.recompute.observations import EVENT_COLUMNS, Sources
from trial.recompute.r import Model, ask, is_present
from trial.recompute.with_r import compare_with_r
from trial.study.agreement import AGREES, DIFFERS, NOT_RECOMPUTED
from trial.study.errors import DataError
from unit.analysis import build
from unit.recompute.build import declared, longer

AGE = {"variable": "AGE", "kind": "numeric", "by_visit": False}
SEX = {"variable": "SEX", "kind": "factor", "by_visit": True}


def results(rung):
    """Return slice, sources and production results of a model of one rung."""
    config = build.mmrm_config(covariance_ladder=[rung], covariates=[build.BASELINE, AGE, SEX])
    data, adsl = longer(per_arm=20)
    sources = Sources(adsl, {"FPG": data}, pd.DataFrame(columns=list(EVENT_COLUMNS)))
    return declared(config), sources, build.run(data, config, adsl=adsl).rows


def test_gls_and_emmeans_find_the_same_and_contradict_a_wrong_number():
    if not is_present():
        pytest.skip("R with nlme and emmeans is not installed")
    checkers, models = {}, {}
    for rung in ("us", "csh"):
        spec, sources, rows = results(rung)
        checkers[rung] = Checker(spec, spec.endpoints[0], sources, rows)
        method, computed = checkers[rung].compute(method_labels(rows).pop(), "")
        models[rung] = Model(computed.design, method, computed.numbers)
    answers = ask(models)
    for rung, checker in checkers.items():
        findings = list(checker.compare_peers(checker.rows, R, answers[rung]))
        assert {one.verdict for one in findings} == {AGREES}
        names = {one.place["statistic"] for one in findings}
        assert names == {"deviance", "cov.M1.M1", "cov.M1.M3", "cov.M3.M3", "lsmean", "diff"}
        wrong = checker.rows.assign(
            value=checker.rows["value"] + 1e-3 * (checker.rows["statistic"] == "diff")
        )
        findings = list(checker.compare_peers(wrong, R, answers[rung]))
        assert {one.place["statistic"] for one in findings if one.verdict == DIFFERS} == {"diff"}
        with pytest.raises(DataError, match=r"independently .* \(R\)"):
            refuse_differences(findings, "somewhere")


@pytest.mark.parametrize(
    ("present", "reason"),
    [(True, "gls has no part of this model (toeph, 2 visits)"), (False, with_r.ABSENT)],
)
def test_without_r_or_its_structure_nothing_agrees(monkeypatch, present, reason):
    monkeypatch.setattr(with_r, "is_present", lambda: present)
    monkeypatch.setattr(with_r, "ask", lambda models: dict.fromkeys(models, "asked"))
    spec, sources, rows = results("toeph")
    (finding,) = findings = compare_with_r(spec, sources, {"FPG": rows})
    assert (finding.source, finding.verdict, finding.reason) == (R, NOT_RECOMPUTED, reason)
    with pytest.raises(DataError, match="nothing was compared"):
        require_agreement(findings, "somewhere")
