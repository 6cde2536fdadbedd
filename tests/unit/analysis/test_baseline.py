"""Characteristics at baseline: statistics by arm and in total, and the standardised differences."""

from math import exp, isnan, log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import baseline
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, records, spec

ROOT = Path(__file__).parents[3]
NUMERIC = {"variable": "AGE", "label": "Age", "kind": "numeric", "decimals": 0, "levels": None}
FACTOR = {
    "variable": "SEX", "label": "Sex", "kind": "factor", "decimals": None,
    "levels": [{"value": "M", "label": "Male"}, {"value": "F", "label": "Female"}],
}  # fmt: skip
CONFIG = COMMON | {
    "method": "baseline", "primary": False, "endpoints": None, "characteristics": [NUMERIC, FACTOR],
    "baseline_of": "all",
}  # fmt: skip
AGES = {"ACT": [40.0, 50.0, 60.0, np.nan], "REF": [55.0, 65.0]}
SEXES = {"ACT": ["F", "F", "M", ""], "REF": ["M", "M"]}


def described(values=(), scale="identity", ages=AGES, sexes=SEXES, codes=("ACT", "REF"), **changes):
    """Return the numbers by (arm or comparison, statistic), the reasons of absent ones, and the outcome."""
    config = baseline.Config.model_validate(CONFIG | changes)
    rows = [
        (f"{arm}{at}", arm, age, sex)
        for arm in codes
        for at, (age, sex) in enumerate(zip(ages[arm], sexes[arm], strict=True))
    ]
    adsl = pd.DataFrame(rows, columns=["USUBJID", "TRT01P", "AGE", "SEX"]).assign(FASFL="Y")
    adlb = pd.DataFrame(list(values), columns=["USUBJID", "AVAL", "CENSOR", "LLOQ"])
    adlb = adlb.assign(PARAMCD="FPG", ABLFL="Y", ANL01FL="Y", ASEQ=1.0, DECIMALS=1.0)
    facts = {"endpoints": {"FPG": {"scale": scale, "unit": "mmol/L"}}}
    about = spec(name="BASE", codes=codes).model_copy(update={"endpoint": None, "facts": facts})
    data = AnalysisData.of(about, config, adsl, records().iloc[:0], {}, tables={"adlb": adlb})
    outcome = baseline.run(data, config)
    table = outcome.rows.assign(who=outcome.rows["group"] + outcome.rows["comparison"])
    keys = list(zip(table["who"], table["statistic"], strict=True))
    return dict(zip(keys, table["value"], strict=True)), dict(zip(keys, table["error"], strict=True)), outcome


def test_statistics_are_of_those_with_a_value():
    found, _, _ = described()
    assert [found["ACT", f"AGE.{name}"] for name in ("n", "missing", "mean", "sd", "min", "max")] == [
        3, 1, 50.0, 10.0, 40.0, 60.0,
    ]  # fmt: skip
    assert (found["", "AGE.n"], found["", "AGE.mean"]) == (5, 54.0)
    # Quartiles as SAS's PCTLDEF=5: the usual type 7 would give 45 and 55.
    assert [found["ACT", f"AGE.{name}"] for name in ("q1", "median", "q3")] == [40.0, 50.0, 60.0]


def test_a_factor_has_its_declared_levels_then_those_of_the_data():
    found, _, outcome = described(sexes={"ACT": ["F", "F", "X", ""], "REF": ["F", "F"]})
    (_, sex) = outcome.record["characteristics"]
    assert [level["label"] for level in sex["levels"]] == ["Male", "Female", "X"]
    assert [found["ACT", f"SEX.level.{code}.n"] for code in ("M", "F", "X")] == [0, 2, 1]
    assert found["ACT", "SEX.level.F.pct"] == pytest.approx(200 / 3)  # of the three with an answer
    assert found["ACT", "SEX.missing"] == 1


def test_differences_are_by_the_definition_of_the_design_stage():
    found, errors, _ = described()
    # (50 - 60) / sqrt((100 + 50) / 2); with pooled variance it would be another number.
    assert found["ACT-REF", "AGE.smd"] == pytest.approx(-10 / sqrt(75))
    # Of two levels the second in order of name, M: 1/3 against 1; p (1 - p) of REF is 0.
    assert found["ACT-REF", "SEX.smd"] == pytest.approx((1 / 3 - 1) / sqrt((2 / 9 + 0) / 2))
    found, errors, _ = described(ages={"ACT": [50.0] * 4, "REF": [60.0] * 2})
    assert isnan(found["ACT-REF", "AGE.smd"])
    assert errors["ACT-REF", "AGE.smd"] == "neither arm varies, and they differ"


def test_a_baseline_on_the_log_scale_has_geometric_statistics_and_a_difference_of_logarithms():
    values = [
        ("ACT0", 2.0, "", None),
        ("ACT1", 8.0, "", None),
        ("REF0", 4.0, "", None),
        ("REF1", 16.0, "", None),
    ]
    found, _, _ = described(values, scale="log")
    assert found["ACT", "BASE_FPG.geomean"] == pytest.approx(4.0)
    spread = log(8 / 2) ** 2 / 2
    assert found["ACT", "BASE_FPG.geocv"] == pytest.approx(100 * sqrt(exp(spread) - 1))
    assert found["ACT-REF", "BASE_FPG.smd"] == pytest.approx(-log(2) / sqrt(spread))
    plain, _, _ = described(values)
    assert plain["ACT-REF", "BASE_FPG.smd"] == pytest.approx(-5 / sqrt((18 + 72) / 2))
    assert ("ACT", "BASE_FPG.geomean") not in plain


def test_values_below_their_limit_leave_a_bound_of_what_they_may_decide():
    values = [
        (f"ACT{at}", value, sign, 1.0) for at, (value, sign) in enumerate([(0.5, "<"), (3.0, ""), (5.0, "")])
    ]
    found, errors, _ = described(values, scale="log")
    assert isnan(found["ACT", "BASE_FPG.min"]) and found["ACT", "BASE_FPG.min.below"] == 1.0
    assert found["ACT", "BASE_FPG.median"] == 3.0
    assert found["ACT", "BASE_FPG.geomean"] == pytest.approx((0.5 * 3 * 5) ** (1 / 3))
    assert errors["ACT-REF", "BASE_FPG.smd"] == "no values"  # nobody of the reference arm
    # More than half of them below: a mean would be one of substitutes.
    found, errors, _ = described([(f"ACT{at}", 0.5, "<", 1.0) for at in range(2)], scale="log")
    assert isnan(found["ACT", "BASE_FPG.mean"])
    assert errors["ACT", "BASE_FPG.geomean"].startswith("Detectability only: 100% of values")


def test_each_of_several_arms_is_compared_with_the_reference():
    ages = {"LOW": [50.0, 60.0], "HIGH": [40.0, 50.0], "PBO": [45.0, 55.0]}
    sexes = {arm: ["F", "M"] for arm in ages}
    found, _, _ = described(ages=ages, sexes=sexes, codes=("LOW", "HIGH", "PBO"))
    spread = sqrt(50)
    assert found["LOW-PBO", "AGE.smd"] == pytest.approx(5 / spread)
    assert found["HIGH-PBO", "AGE.smd"] == pytest.approx(-5 / spread)
    assert found["LOW-PBO", "SEX.smd"] == 0.0


def test_a_subject_without_any_answer_makes_no_failure():
    found, errors, _ = described(ages={"ACT": [np.nan], "REF": [np.nan]}, sexes={"ACT": [""], "REF": [""]})
    assert found["ACT", "AGE.n"] == 0 and errors["ACT", "AGE.mean"] == "no values"
    assert errors["ACT", "SEX.level.F.pct"] == "no values"
    assert errors["ACT-REF", "SEX.smd"] == "no values"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"characteristics": [FACTOR]},
            "characteristics: required is AGE, a covariate of the section design",
        ),
        ({"baseline_of": ["FPG"]}, "baseline_of: required is HBA1C, a covariate of the section design"),
        ({"characteristics": [NUMERIC | {"variable": "SEX"}]}, "characteristics: SEX is a text in ADSL"),
        ({"characteristics": [FACTOR | {"variable": "AGE"}]}, "characteristics: AGE is a number in ADSL"),
        ({"characteristics": [NUMERIC | {"variable": "WAIST"}]}, "'WAIST' is not one of"),
        ({"characteristics": [NUMERIC | {"decimals": None}]}, "decimals are of a numeric characteristic"),
    ],
)
def test_a_wrong_section_is_refused_by_its_key(changes, message):
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["CHARACTERISTICS"] |= changes
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert message in str(error.value)
