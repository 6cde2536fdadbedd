"""Responders by a composite: a value below a threshold, and a dose that has fallen far enough."""

import math

import numpy as np
import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import responders
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import spec, subjects
from unit.analysis.test_doses import medicine
from unit.analysis.test_responders import BELOW, CONFIG, DAY0, study
from unit.subjects.test_books import ROOT

DOSE = {"where": {"CMCLASS": ["insulin"]}, "unit": "U", "share": 0.5}
COMPOSITE = {"code": "BOTH", "label": "Both", "kind": "composite", "amount": 7.0, "dose": DOSE}
BASE_DAY, VISIT_DAY, TARGET_DAY = "2020-01-01", "2020-03-31", "2020-03-31"  # of baseline, of M3, day 90
IMPUTATION = {"strategy": "MAR", "imputation_reference": "REF", "sigma_by_arm": False, "draws": "posterior",
              "imputations": 20, "seed": 1}  # fmt: skip


def run(values, rows, **changes):
    """Return the responders at M3 by subject and rule, of a composite, with medicines as given."""
    data = study(values)
    config = responders.Config.model_validate(CONFIG | {"definitions": [BELOW, COMPOSITE]} | changes)
    tables = {"adcm": pd.DataFrame(rows, columns=list(medicine(1, "2020-01-01")))}
    adsl = subjects(pd.DataFrame({"USUBJID": list(values)}), INDEXDT=DAY0)
    described = spec(name="RESPONDERS")
    outcome = responders.run(AnalysisData.of(described, config, adsl, data, {}, "", tables), config)
    rows = outcome.rows
    at = rows[rows["visit"].isin(["M3"]) & (rows["group"] != "")]
    return dict(zip(zip(at["group"], at["statistic"], strict=True), at["value"], strict=True)), outcome


def status(base_dose, visit_dose, value=6.5):
    """Return the responders and the N of the observed rule for one subject with these doses."""
    rows = [medicine(base_dose, "2019-01-01", USUBJID="ACT1")] if base_dose is not None else []
    rows += [medicine(visit_dose, "2020-02-01", USUBJID="ACT1")] if visit_dose is not None else []
    found, _ = run({"ACT1": (8.0, value), "REF1": (8.0, 8.0)}, rows)
    return found["ACT", "BOTH.observed.responders"], found["ACT", "BOTH.observed.N"]


@pytest.mark.parametrize(
    ("base", "visit", "responds"),
    [(20, 10, 1), (20, 10.1, 0), (20, 9.9, 1), (20, None, 0), (None, None, 1), (None, 2, 0), (20, 0, 1)],
)
def test_the_dose_is_at_most_the_share_and_without_any_at_baseline_there_is_none(base, visit, responds):
    """A row that nothing ends goes on: 20 U without a change are 20 U at the visit."""
    assert status(base, visit) == (responds, 1)


def test_the_value_must_be_low_as_well():
    assert status(20, 10, value=7.0) == (0, 1)
    assert status(None, None, value=7.0) == (0, 1)


def test_a_value_that_is_too_high_decides_where_the_dose_is_not_known():
    assert status(20, math.nan, value=7.5) == (0, 1)
    assert status(20, math.nan, value=6.5) == (0, 0)  # not known, so not among the observed
    assert status(math.nan, 10, value=6.5) == (0, 0)


def test_without_a_value_the_subject_is_a_failure_or_not_counted():
    values = {"ACT1": (8.0, None), "REF1": (8.0, 6.0)}
    found, _ = run(values, [])
    assert (found["ACT", "BOTH.observed.N"], found["ACT", "BOTH.non-responder.N"]) == (0, 1)
    assert found["ACT", "BOTH.non-responder.responders"] == 0
    assert found["REF", "BOTH.non-responder.responders"] == 1


def test_other_definitions_stay_as_they_are():
    values = {"ACT1": (8.0, 6.0), "ACT2": (8.0, 6.0), "REF1": (8.0, 6.0)}
    found, _ = run(values, [medicine(5, "2020-02-01", USUBJID="ACT1")])
    assert [found["ACT", f"{name}.observed.responders"] for name in ("BELOW7", "BOTH")] == [2, 1]


def test_imputation_takes_the_value_as_imputed_and_the_dose_as_recorded():
    """Two subjects without a value: of both it would be low for certain; one takes insulin on the target day."""
    rng = np.random.default_rng(2)
    values = {f"{arm}{n}": (8.0 + rng.normal(0, 0.3), 5.0 + rng.normal(0, 0.2)) for arm in ("ACT", "REF")
              for n in range(10, 22)}  # fmt: skip
    values |= {"ACT10": (8.0, None), "ACT11": (8.0, None)}
    for day, expected in ((TARGET_DAY, 11.0), ("2020-04-01", 12.0)):
        found, outcome = run(
            values, [medicine(5, day, USUBJID="ACT10")], missing=["observed", "imputed"], imputation=IMPUTATION,
            covariates=[{"variable": "BASE", "kind": "numeric"}],
        )  # fmt: skip
        assert found["ACT", "BELOW7.imputed.responders"] == 12
        # All respond in both arms in each imputation: a difference of 0 without an error, and no test of it.
        rows = outcome.rows.set_index(["comparison", "visit", "statistic"])
        row = rows.loc[("ACT-REF", "M3", "BELOW7.imputed.rd.pvalue")]
        assert math.isnan(row["value"]) and row["error"].startswith(
            "every imputation has the same responders"
        )
        assert found["ACT", "BOTH.imputed.responders"] == expected
    assert outcome.record["definitions"][1]["dose"] == DOSE


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (BELOW | {"dose": DOSE}, "BELOW7: dose goes with the kind composite"),
        (COMPOSITE | {"dose": None}, "BOTH: dose goes with the kind composite"),
        (
            COMPOSITE | {"dose": DOSE | {"where": {"CMKIND": ["x"]}}},
            "BOTH: dose.where: 'CMKIND' is not one of",
        ),
        (COMPOSITE | {"dose": DOSE | {"share": 1.0}}, "definitions.0.dose.share"),
    ],
)
def test_what_the_configuration_contradicts_is_told(definition, told):
    content = read_yaml(ROOT / "config.yaml")
    for name in ("RESPONDERS", "RESPONDERS_RESC"):
        content["analyses"][name]["definitions"] = [definition]
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert told in error.value.text()


def test_only_a_composite_reads_medicines():
    for definitions, tables in (([BELOW], set()), ([COMPOSITE], {"adcm"})):
        config = responders.Config.model_validate(CONFIG | {"definitions": definitions})
        assert set(config.tables()) == tables
