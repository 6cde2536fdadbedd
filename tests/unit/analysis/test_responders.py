"""Responders of an endpoint: who counts, on both sides of a boundary, with missing values and with events."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from trial.analysis.config import ActingEvent
from trial.analysis.data import AnalysisData
from trial.analysis.methods import responders
from trial.analysis.proportions import Counts, miettinen_nurminen, newcombe
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, finished, records, spec, subjects
from unit.subjects.test_books import ROOT

BELOW = {"code": "BELOW7", "label": "Below 7", "kind": "below", "amount": 7.0}
FALL = {"code": "FALL05", "label": "Fall of 0.5", "kind": "fall", "amount": 0.5}
CONFIG = COMMON | {
    "method": "responders", "definitions": [BELOW, FALL], "missing": ["observed", "non-responder"], "imputation": None,
    "covariates": [{"variable": "BASE", "kind": "numeric"}], "level": 0.95,
}  # fmt: skip
DAY0 = "2020-01-01"


def study(values):
    """Return records of subjects with (baseline, value at M3); None where there is none."""
    rows = []
    for subject, (base, value) in values.items():
        at = [("BL", 0.0, base, "Y"), ("M3", 3.0, value, "")]
        rows += [
            (subject, visit, number, one, base, flag) for visit, number, one, flag in at if one is not None
        ]
    columns = ["USUBJID", "AVISIT", "AVISITN", "AVAL", "BASE", "ABLFL"]
    return finished(pd.DataFrame(rows, columns=columns).astype({"AVAL": float, "BASE": float}))


def run(data, everyone=None, events=None, days=None, strategy="composite", described=None, **changes):
    config = responders.Config.model_validate(CONFIG | changes)
    described = described or spec(name="RESPONDERS")
    tables = {}
    if events is not None:
        acting = tuple(
            ActingEvent(code=code, days=(days or {}).get(code), strategy=strategy)
            for code in sorted({event for _, event, _ in events} | {"RESCUE"})
        )
        described = described.model_copy(update={"events": acting})
        tables["events"] = pd.DataFrame(events, columns=["USUBJID", "EVENT", "ICEDT"])
    adsl = subjects(data if everyone is None else pd.DataFrame({"USUBJID": everyone}), INDEXDT=DAY0)
    return responders.run(AnalysisData.of(described, config, adsl, data, {}, "", tables), config)


def get(outcome, who, statistic, visit="M3", column="value"):
    rows = outcome.rows
    found = rows[
        ((rows["group"] == who) | (rows["comparison"] == who))
        & (rows["statistic"] == statistic)
        & (rows["visit"] == visit)
    ]
    assert len(found) == 1, (who, statistic)
    return found.iloc[0][column]


def shares(outcome, name, visit="M3"):
    return {
        arm: (get(outcome, arm, f"{name}.responders", visit), get(outcome, arm, f"{name}.N", visit))
        for arm in ("ACT", "REF")
    }


@pytest.mark.parametrize(
    ("value", "responds"),
    [
        (6.9, 1),
        (7.0, 0),
        (7.1, 0),
        (0.7 + 6.3, 0),
        (10 * 0.7, 0),
        (7 - 1e-12, 0),
        (6.9999, 1),
        (2.1 + 4.9, 0),
    ],
)
def test_a_value_on_the_threshold_is_not_below_it(value, responds):
    outcome = run(study({"ACT1": (8.0, value), "REF1": (8.0, 9.0)}))
    assert shares(outcome, "BELOW7.observed")["ACT"] == (responds, 1)


@pytest.mark.parametrize(
    ("base", "value", "responds"),
    [
        (8.1, 7.6, 1),
        (8.2, 7.7, 1),
        (8.7, 8.2, 1),
        (9.3, 8.8, 1),
        (8.1, 7.7, 0),
        (8.1, 7.5, 1),
        (7.3, 6.8, 1),
        (8.0, 8.6, 0),
    ],
)
def test_a_fall_of_exactly_the_amount_counts(base, value, responds):
    outcome = run(study({"ACT1": (base, value), "REF1": (8.0, 9.0)}))
    assert shares(outcome, "FALL05.observed")["ACT"] == (responds, 1)


def test_one_of_these_falls_is_smaller_in_binary():
    # A comparison without regard to decimals would lose it.
    assert 8.2 - 7.7 < 0.5


MIXED = {
    "ACT1": (8.0, 6.5), "ACT2": (8.0, None), "ACT3": (8.0, 7.8), "ACT4": (None, 6.0),
    "REF1": (8.0, 7.9), "REF2": (8.0, None), "REF3": (8.0, 6.9),
}  # fmt: skip


def test_missing_values_count_by_the_rule():
    outcome = run(study(MIXED))
    assert shares(outcome, "BELOW7.observed") == {"ACT": (2, 3), "REF": (1, 2)}
    assert shares(outcome, "BELOW7.non-responder") == {"ACT": (2, 4), "REF": (1, 3)}
    # A fall needs the baseline, which one subject lacks.
    assert shares(outcome, "FALL05.observed") == {"ACT": (1, 2), "REF": (1, 2)}
    assert shares(outcome, "FALL05.non-responder") == {"ACT": (1, 4), "REF": (1, 3)}


def test_members_without_any_record_are_members():
    outcome = run(study(MIXED), everyone=[*MIXED, "REF9"])
    assert shares(outcome, "BELOW7.non-responder")["REF"] == (1, 4)
    assert shares(outcome, "BELOW7.observed")["REF"] == (1, 2)


def test_limits_are_those_of_the_counts_in_percentage_points():
    outcome = run(study(MIXED))
    counts = Counts(2, 4, 1, 3)
    name = "BELOW7.non-responder.rd"
    assert get(outcome, "ACT-REF", name) == pytest.approx(100 * (2 / 4 - 1 / 3))
    for method, code in ((newcombe, "newcombe"), (miettinen_nurminen, "mn")):
        found = [get(outcome, "ACT-REF", f"{name}.{code}.{end}") for end in ("lower", "upper")]
        assert found == pytest.approx([100 * limit for limit in method(counts, 0.95)])


EVENTS = [
    ("ACT1", "RESCUE", "2020-02-01"),
    ("ACT2", "RESCUE", "2020-02-01"),
    ("REF3", "RESCUE", "2020-03-31"),
]


def test_a_composite_event_is_a_failure_with_and_without_a_value():
    # REF3 had its event on the day of the sample, which was drawn before it.
    outcome = run(study(MIXED), events=EVENTS)
    assert shares(outcome, "BELOW7.observed") == {"ACT": (1, 4), "REF": (1, 2)}
    assert get(outcome, "ACT", "BELOW7.observed.failed") == 2
    assert outcome.record["composite"] == ["RESCUE"]
    assert shares(outcome, "BELOW7.non-responder")["ACT"] == (1, 4)


def test_the_same_event_under_treatment_policy_changes_nothing_and_hypothetical_sets_aside():
    used, aside = (run(study(MIXED), events=EVENTS, strategy=s) for s in ("treatment policy", "hypothetical"))
    assert shares(used, "BELOW7.observed") == {"ACT": (2, 3), "REF": (1, 2)}
    assert shares(aside, "BELOW7.observed") == {"ACT": (1, 2), "REF": (1, 2)}


def test_an_event_after_the_target_day_or_one_that_passes_says_nothing_of_a_missing_value():
    late = [("ACT2", "RESCUE", "2020-04-15")]
    assert shares(run(study(MIXED), events=late), "BELOW7.observed")["ACT"] == (2, 3)
    passing = [("ACT2", "RESCUE", "2020-02-01")]
    outcome = run(study(MIXED), events=passing, days={"RESCUE": 14})
    assert shares(outcome, "BELOW7.observed")["ACT"] == (2, 3)


def test_the_standardised_difference_of_a_covariate_without_effect_is_near_the_risk_difference():
    data = records(per_arm=40, seed=4)
    median = data.loc[data["ABLFL"] == "", "AVAL"].median()
    outcome = run(data, definitions=[BELOW | {"amount": float(median)}])
    name = "BELOW7.observed"
    rd, marginal = (get(outcome, "ACT-REF", f"{name}.{one}") for one in ("rd", "marginal"))
    assert 0 < abs(rd - marginal) < 20
    assert get(outcome, "ACT-REF", f"{name}.marginal.lower") < marginal


def test_few_events_for_the_model_are_a_warning_of_its_numbers_alone():
    data = records(per_arm=12)
    median = float(data.loc[data["AVISIT"] == "M3", "AVAL"].median())
    outcome = run(data, definitions=[BELOW | {"amount": median}], covariates=CONFIG["covariates"])
    assert get(outcome, "ACT-REF", "BELOW7.observed.marginal", column="warning") == ""
    more = CONFIG["covariates"] + [{"variable": "SEX", "kind": "factor"}]
    sexes = {"SEX": np.tile(["F", "M"], 12)}
    config = responders.Config.model_validate(
        CONFIG | {"definitions": [BELOW | {"amount": median}], "covariates": more}
    )
    adsl = subjects(data, INDEXDT=DAY0, **sexes)
    outcome = responders.run(AnalysisData.of(spec(name="RESPONDERS"), config, adsl, data, {}), config)
    assert "fewer than 5 subjects" in get(outcome, "ACT-REF", "BELOW7.observed.marginal", column="warning")
    assert get(outcome, "ACT-REF", "BELOW7.observed.rd", column="warning") == ""


def test_nobody_responds_and_everybody_does():
    for amount, share in ((0.5, 0.0), (500.0, 100.0)):
        outcome = run(records(), definitions=[BELOW | {"amount": amount}])
        assert get(outcome, "ACT", "BELOW7.observed.pct") == share
        assert get(outcome, "ACT-REF", "BELOW7.observed.rd") == 0
        assert get(outcome, "ACT-REF", "BELOW7.observed.rd.mn.upper") > 0
        assert "an arm has" in get(outcome, "ACT-REF", "BELOW7.observed.marginal", column="error")


def test_an_arm_without_members_or_values_has_no_difference_but_says_so():
    one_arm = run(study({"ACT1": (8.0, 6.5), "ACT2": (8.0, 7.5)}))
    assert get(one_arm, "REF", "BELOW7.non-responder.pct", column="error") == "no subject to count"
    assert get(one_arm, "ACT-REF", "BELOW7.observed.rd", column="error") == "an arm has no subject to count"
    empty = run(study(MIXED).iloc[:0], everyone=list(MIXED))
    assert shares(empty, "BELOW7.observed") == {"ACT": (0, 0), "REF": (0, 0)}
    assert shares(empty, "BELOW7.non-responder") == {"ACT": (0, 4), "REF": (0, 3)}


def test_a_definition_is_in_the_unit_of_the_endpoint_also_on_the_log_scale():
    linear, log = (run(study(MIXED), described=spec(scale)) for scale in ("identity", "log"))
    assert shares(linear, "FALL05.observed") == shares(log, "FALL05.observed")


def test_row_order_changes_nothing():
    data = study(MIXED)
    shuffled = run(data.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.rows, run(data).rows, check_exact=True)


@pytest.mark.parametrize(
    "changes",
    [{"definitions": []}, {"missing": ["LOCF"]}, {"level": 1.0}, {"definitions": [BELOW | {"kind": "rise"}]}],
)
def test_bad_keys_are_refused(changes):
    with pytest.raises(ValidationError):
        responders.Config.model_validate(CONFIG | changes)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda a: a["definitions"].append(a["definitions"][0]), "'BELOW7' stands 2 times"),
        (lambda a: a["definitions"][1].update(amount=-0.5), "FALL05: a fall is above 0"),
        (lambda a: a["covariates"][1].update(variable="AGES"), "'AGES' is not one of"),
        (lambda a: a["covariates"][2].update(kind="numeric"), "SEX is a text in ADSL"),
        (lambda a: a["covariates"][0].update(kind="factor"), "a baseline value is numeric"),
    ],
)
def test_what_the_study_does_not_have_is_refused(change, text):
    content = read_yaml(ROOT / "config.yaml")
    analysis = content["analyses"]["RESPONDERS"]
    change(analysis)
    with pytest.raises(ConfigError) as caught:
        load_study(content, "config.yaml")
    assert text in str(caught.value)
