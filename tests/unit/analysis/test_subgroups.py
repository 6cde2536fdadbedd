"""Effects in subgroups: identities with separate analyses, small cells, and what cannot be estimated."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from pydantic import ValidationError

from trial.analysis.data import AnalysisData
from trial.analysis.methods import subgroups
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import MMRM, comparisons, records, run, spec, subjects
from unit.subjects.test_books import ROOT

SEX = {
    "code": "SEX", "label": "Sex", "variable": "SEX", "cut": None,
    "levels": [{"value": "F", "label": "Female"}, {"value": "M", "label": "Male"}],
}  # fmt: skip
BASE = {"code": "BASE", "label": "Baseline", "variable": "BASE", "cut": 8.0, "levels": None}
CONFIG = MMRM | {"method": "subgroups", "primary": False, "subgroups": [SEX], "smallest_cell": 2}


def adsl_of(data, every=2):
    """Return ADSL with a sex that alternates within each arm."""
    adsl = subjects(data)
    number = adsl["USUBJID"].str[-2:].astype(int)
    return adsl.assign(SEX=np.where(number % every == 0, "F", "M"))


def fit(data, adsl=None, described=None, **changes):
    config = subgroups.Config.model_validate(CONFIG | changes)
    described = described or spec(name="SUBGROUPS")
    adsl = adsl_of(data) if adsl is None else adsl
    others = dict.fromkeys(config.baselines(), data)
    return subgroups.run(AnalysisData.of(described, config, adsl, data, others), config)


def get(outcome, statistic, visit="M3", who="", column="value"):
    rows = outcome.rows
    found = rows[(rows["statistic"] == statistic) & (rows["visit"] == visit)]
    found = found[found["group"].eq(who) | found["comparison"].eq(who)] if who else found
    assert len(found) == 1, statistic
    return found.iloc[0][column]


def rows_at(data, adsl, visit):
    here = data[data["AVISIT"] == visit].merge(adsl, on="USUBJID")
    return here.assign(ARM=pd.Categorical(here["TRT01P"], ["REF", "ACT"]), Y=here["CHG"])


@pytest.mark.parametrize("visit", ["M1", "M3"])
def test_complete_data_reproduce_the_regression_with_interaction(visit):
    data = records(per_arm=20, seed=5)
    adsl = adsl_of(data, every=3)
    outcome = fit(data, adsl)
    ols = smf.ols("Y ~ BASE + ARM * C(SEX)", rows_at(data, adsl, visit)).fit()
    female, gap = "ARM[T.ACT]", "ARM[T.ACT]:C(SEX)[T.M]"
    assert get(outcome, "SEX.1.diff", visit) == pytest.approx(ols.params[female], abs=1e-8)
    assert get(outcome, "SEX.1.diff.se", visit) == pytest.approx(ols.bse[female], abs=1e-8)
    assert get(outcome, "SEX.1.diff.pvalue", visit) == pytest.approx(ols.pvalues[female], abs=1e-7)
    assert get(outcome, "SEX.2.diff", visit) == pytest.approx(ols.params[[female, gap]].sum(), abs=1e-8)
    assert get(outcome, "SEX.interaction.pvalue", visit) == pytest.approx(ols.pvalues[gap], abs=1e-7)
    # An analysis of the level alone has another slope and variance.
    alone = smf.ols("Y ~ BASE + ARM", rows_at(data, adsl[adsl["SEX"] == "F"], visit)).fit()
    assert get(outcome, "SEX.1.diff.se", visit) != pytest.approx(alone.bse[female], abs=1e-6)


def test_three_levels_have_one_joint_test():
    data = records(per_arm=24, seed=6)
    adsl = adsl_of(data)
    number = adsl["USUBJID"].str[-2:].astype(int)
    adsl["SEX"] = np.array(["A", "B", "C"])[number % 3]
    levels = [{"value": value, "label": value} for value in "ABC"]
    outcome = fit(data, adsl, subgroups=[SEX | {"levels": levels}])
    ols = smf.ols("Y ~ BASE + ARM * C(SEX)", rows_at(data, adsl, "M3")).fit()
    wald = ols.f_test("ARM[T.ACT]:C(SEX)[T.B] = 0, ARM[T.ACT]:C(SEX)[T.C] = 0")
    assert get(outcome, "SEX.interaction.pvalue") == pytest.approx(float(wald.pvalue), abs=1e-6)


def test_a_covariate_that_is_the_subgroup_stands_once():
    data = records(per_arm=20, seed=5)
    sex = {"variable": "SEX", "kind": "factor", "by_visit": True}
    plain, twice = fit(data), fit(data, covariates=[*CONFIG["covariates"], sex])
    assert get(plain, "SEX.1.diff") == pytest.approx(get(twice, "SEX.1.diff"), abs=1e-8)


def test_a_cut_parts_below_from_at_or_above():
    data = records()
    bases = data.drop_duplicates("USUBJID").set_index("USUBJID")["BASE"]
    cut = float(bases["ACT03"])
    outcome = fit(data, subgroups=[BASE | {"cut": cut}])
    below = (bases.filter(like="ACT") < cut).sum()
    assert get(outcome, "BASE.1.n", who="ACT") == below
    assert get(outcome, "BASE.2.n", who="ACT") == 12 - below
    # The binary noise of a conversion does not move a value off the cut.
    noisy = fit(data, subgroups=[BASE | {"cut": cut + 1e-12}])
    assert get(noisy, "BASE.1.n", who="ACT") == below


def test_a_cut_is_in_the_unit_of_the_value_also_on_the_log_scale():
    data = records()
    for code, name in (("BASE", "BASE"), ("OTHER", "BASE_FPG")):
        one = BASE | {"code": code, "variable": name}
        linear = fit(data, described=spec(others={"FPG": "identity"}), subgroups=[one])
        log = fit(data, described=spec("log", others={"FPG": "log"}), subgroups=[one])
        assert get(linear, f"{code}.1.n", who="ACT") == get(log, f"{code}.1.n", who="ACT") > 0
    assert get(log, "OTHER.1.gmr") == pytest.approx(np.exp(get(log, "OTHER.1.diff")))


def test_below_the_smallest_cell_the_p_value_is_withheld_and_the_limits_stay():
    data = records(per_arm=20)
    outcome = fit(data, adsl_of(data, every=5), smallest_cell=10)
    assert get(outcome, "SEX.1.n", who="ACT") == 4
    assert np.isnan(get(outcome, "SEX.1.diff.pvalue"))
    assert get(outcome, "SEX.1.diff.pvalue", column="error").startswith("descriptive: fewer than 10")
    assert get(outcome, "SEX.1.diff.lower") < get(outcome, "SEX.1.diff.upper")
    assert get(outcome, "SEX.1.diff", column="error") == ""
    assert get(outcome, "SEX.2.diff.pvalue") <= 1
    assert get(outcome, "SEX.interaction.pvalue", column="error").startswith("descriptive")


def test_a_cell_of_just_the_smallest_size_is_tested():
    data = records(per_arm=20)
    outcome = fit(data, smallest_cell=10)
    assert get(outcome, "SEX.1.n", who="ACT") == 10
    assert get(outcome, "SEX.interaction.pvalue") <= 1


def test_one_level_has_the_primary_effect_and_no_interaction():
    data = records()
    outcome = fit(data, adsl_of(data, every=1))
    assert get(outcome, "SEX.1.diff") == pytest.approx(
        run(data).rows.query("visit == 'M3' and statistic == 'diff'")["value"].item(), abs=1e-8
    )
    assert "an arm has no subject in this level" in get(outcome, "SEX.2.diff", column="error")
    assert "nothing to compare" in get(outcome, "SEX.interaction.pvalue", column="error")


def test_a_level_with_an_empty_arm_is_described_by_its_counts():
    data = records()
    adsl = adsl_of(data)
    adsl.loc[(adsl["TRT01P"] == "REF"), "SEX"] = "F"
    outcome = fit(data, adsl)
    assert (get(outcome, "SEX.2.n", who="ACT"), get(outcome, "SEX.2.n", who="REF")) == (6, 0)
    assert np.isnan(get(outcome, "SEX.2.diff"))
    assert get(outcome, "SEX.1.diff.se") > 0


def test_subjects_in_no_level_are_left_out_and_counted():
    data = records()
    adsl = adsl_of(data)
    adsl.loc[adsl["USUBJID"].isin(["ACT00", "REF01"]), "SEX"] = ""
    outcome = fit(data, adsl)
    assert get(outcome, "SEX.n_subjects", "") == 22
    assert "2 subjects are in no level of Sex" in get(outcome, "SEX.n_subjects", "", column="warning")


def test_nobody_in_any_level_and_nothing_measured_are_outcomes():
    data = records()
    nobody = fit(data, subjects(data).assign(SEX=""))
    assert "no level has subjects of every arm" in get(nobody, "SEX.1.diff", column="error")
    nothing = fit(data[data["ABLFL"] == "Y"], adsl_of(data))
    assert get(nothing, "n_subjects", "") == 0
    arm = fit(data, described=spec(codes=("ACT", "NEW", "REF"), name="SUBGROUPS"))
    assert "an arm has no record to analyse: New" in get(arm, "n_obs", "", column="warning")


def test_every_arm_is_compared():
    codes = ("LOW", "HIGH", "PBO")
    outcome = fit(records(codes), described=spec(codes=codes, name="SUBGROUPS"), comparisons=comparisons())
    found = outcome.rows[outcome.rows["statistic"] == "SEX.2.diff"]
    assert set(found["comparison"]) == {"LOW-PBO", "HIGH-PBO"}
    assert get(outcome, "SEX.interaction.pvalue") <= 1


@pytest.mark.parametrize(
    "change",
    [{"cut": 3.0}, {"levels": None}, {"levels": SEX["levels"][:1]}, {"levels": [SEX["levels"][0]] * 2}],
)
def test_a_subgroup_has_a_cut_or_two_different_levels(change):
    with pytest.raises(ValidationError, match=r"cut or levels|at least two"):
        subgroups.Config.model_validate(CONFIG | {"subgroups": [SEX | change]})


@pytest.mark.parametrize(
    ("place", "change", "text"),
    [
        (0, {"variable": "DIABETES"}, "'DIABETES' is not one of"),
        (2, {"cut": 1.0, "levels": None}, "SEX is a text in ADSL; it needs levels"),
        (1, {"cut": None, "levels": SEX["levels"]}, "BMI is a number in ADSL; it needs a cut"),
        (4, {"variable": "BASE_HBA1"}, "'HBA1' is not one of"),
        (1, {"code": "SEX"}, "'SEX' stands 2 times"),
    ],
)
def test_what_the_study_does_not_have_is_refused(place, change, text):
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["SUBGROUPS"]["subgroups"][place].update(change)
    with pytest.raises(ConfigError) as caught:
        load_study(content, "config.yaml")
    assert text in str(caught.value)
