"""Conditions on subjects: what holds, for which value, and what is said where a value is missing."""

import math

import pandas as pd
import pytest
from pydantic import ValidationError

from trial.subjects.conditions import derive_populations, judge_condition
from trial.subjects.config import Condition, Population, check_condition

SUBJECTS = pd.DataFrame({
    "USUBJID": ["S1", "S2", "S3"],
    "AGE": [18.0, 70.5, math.nan],
    "SEX": ["F", "M", ""],
    "ALLOCDT": ["2019-06-10", "2019-06-11", ""],
    "TRTSDT": ["2019-06-10", "2019-06-10", "2019-06-10"],
})  # fmt: skip
KINDS = {"USUBJID": "text", "AGE": "number", "SEX": "text", "ALLOCDT": "date", "TRTSDT": "date"}


def condition(**parts):
    return Condition.model_validate({"otherwise": "no"} | parts)


def judge(**parts):
    return judge_condition(SUBJECTS, condition(**parts))


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ({"variable": "AGE", "at_least": 18}, [True, True, None]),
        ({"variable": "AGE", "at_least": 18.5}, [False, True, None]),
        ({"variable": "AGE", "at_most": 70.5}, [True, True, None]),
        ({"variable": "AGE", "equals": 18}, [True, False, None]),
        ({"variable": "AGE", "one_of": [18, 19]}, [True, False, None]),
        ({"variable": "SEX", "equals": "F"}, [True, False, None]),
        ({"variable": "SEX", "one_of": ["F", "M"]}, [True, True, None]),
        ({"variable": "ALLOCDT", "at_most": "2019-06-10"}, [True, False, None]),
        ({"variable": "ALLOCDT", "at_least": "2019-06-11"}, [False, True, None]),
        ({"variable": "ALLOCDT", "at_most": {"variable": "TRTSDT"}}, [True, False, None]),
        ({"variable": "TRTSDT", "at_least": {"variable": "ALLOCDT"}}, [True, False, None]),
    ],
)
@pytest.mark.parametrize("if_missing", ["holds", "fails"])
def test_comparisons_and_missing_values(parts, holds, if_missing):
    expected = [(if_missing == "holds") if one is None else one for one in holds]
    found = judge(if_missing=if_missing, **parts)
    assert found["HOLDS"].tolist() == expected
    assert (found["REASON"] == "").tolist() == expected


def test_presence_asks_whether_there_is_a_value():
    assert judge(variable="AGE", **{"is": "present"})["HOLDS"].tolist() == [True, True, False]
    assert judge(variable="ALLOCDT", **{"is": "missing"})["HOLDS"].tolist() == [False, False, True]


def test_a_reason_says_which_value_is_missing_and_the_value_is_shown():
    both = pd.DataFrame({"A": [math.nan, 1.0], "B": [math.nan, 2.0]})
    two = judge_condition(both, condition(variable="A", equals={"variable": "B"}, if_missing="fails"))
    assert two["REASON"].tolist() == ["no (A, B is missing)", "no"]
    found = judge(variable="TRTSDT", at_least={"variable": "ALLOCDT"}, if_missing="fails", otherwise="early")
    assert found["REASON"].tolist() == ["", "early", "early (ALLOCDT is missing)"]
    assert judge(variable="AGE", at_least=18, if_missing="fails")["VALUE"].tolist() == ["18.0", "70.5", ""]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"variable": "AGE"}, "exactly one of is, equals, one_of, at_least, at_most"),
        ({"variable": "AGE", "at_least": 1, "at_most": 2, "if_missing": "fails"}, "exactly one of"),
        ({"variable": "AGE", "at_least": 1}, "if_missing"),
        ({"variable": "AGE", "is": "present", "if_missing": "fails"}, "if_missing"),
        (
            {"variable": "AGE", "equals": True, "if_missing": "fails"},
            "expected a number, a date, a text in quotes",
        ),
        ({"variable": "AGE", "equals": {"column": "BMI"}, "if_missing": "fails"}, "or {variable: NAME}"),
        (
            {"variable": "age", "is": "present"},
            "variable Value error, expected the name of a column: a capital",
        ),
        ({"variable": "TOOLONGNAME", "is": "present"}, "up to 7 capital letters, digits or _"),
    ],
)
def test_conditions_that_are_none(parts, message):
    with pytest.raises(ValidationError) as error:
        condition(**parts)
    (one,) = error.value.errors()
    assert message in f"{'.'.join(map(str, one['loc']))} {one['msg']}"


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({"variable": "AGEE", "is": "present"}, "c.variable: 'AGEE' is not one of USUBJID, AGE, SEX, ALLOCDT, TRTSDT; did you mean 'AGE'?"),
        ({"variable": "AGE", "equals": {"variable": "AGES"}, "if_missing": "fails"}, "c.equals.variable: 'AGES' is not one of"),
        ({"variable": "SEX", "at_least": "F", "if_missing": "fails"}, "c.at_least: SEX is text, which has no order"),
        ({"variable": "AGE", "at_least": "18", "if_missing": "fails"}, "c.at_least: AGE is a number, found '18'"),
        ({"variable": "SEX", "equals": 1, "if_missing": "fails"}, "c.equals: SEX is a text, found 1"),
        ({"variable": "ALLOCDT", "at_least": "10/06/2019", "if_missing": "fails"}, "c.at_least: ALLOCDT is a date, found '10/06/2019', no date YYYY-MM-DD"),
        ({"variable": "ALLOCDT", "at_least": 2019, "if_missing": "fails"}, "no date YYYY-MM-DD"),
        ({"variable": "ALLOCDT", "at_least": {"variable": "AGE"}, "if_missing": "fails"}, "c.at_least: ALLOCDT is a date, found AGE, a number"),
        ({"variable": "SEX", "one_of": ["F", 2], "if_missing": "fails"}, "c.one_of: SEX is a text, found 2"),
    ],
)  # fmt: skip
def test_a_condition_fits_the_kinds_of_its_columns(parts, line):
    (found,) = check_condition("c", condition(**parts), KINDS)
    assert line in found


def test_a_date_of_the_configuration_may_stand_without_quotes(tmp_path):
    import yaml

    found = condition(**yaml.safe_load("{variable: ALLOCDT, at_least: 2019-06-11, if_missing: fails}"))
    assert check_condition("c", found, KINDS) == []
    assert judge_condition(SUBJECTS, found)["HOLDS"].tolist() == [False, True, False]
    assert Condition.model_validate_json(found.model_dump_json()) == found


def population(*conditions):
    return Population.model_validate({"label": "P", "conditions": list(conditions)})


def test_a_population_may_stand_on_another_in_any_order():
    women = {"variable": "SEX", "equals": "F", "if_missing": "fails", "otherwise": "no woman"}
    adults = {"variable": "AFL", "is": "present", "otherwise": "not in AFL"}
    for names in (("ZFL", "AFL"), ("AFL", "ZFL")):
        content = {"ZFL": population(adults), "AFL": population(women)}
        adsl, members = derive_populations(SUBJECTS, {name: content[name] for name in names})
        assert adsl[["AFL", "ZFL"]].to_numpy().tolist() == [["Y", "Y"], ["", ""], ["", ""]]
        assert members["POPULATION"].tolist() == ["AFL", "ZFL"] * 3
        assert members["REASON"].tolist()[2:4] == ["no woman", "not in AFL"]
