"""Values close to the pole of an index: used, warned of, and their effect on the comparison; visits of nobody."""

import numpy as np
import pytest

from trial.analysis.collected import with_decimals
from trial.analysis.data import AnalysisData
from trial.analysis.methods import mmrm
from trial.analysis.unstable import without_unstable
from unit.analysis.build import describe_config, mmrm_config, records, run, spec, subjects


def flagged(value=40.0):
    """Return records in which one value of month 3 is unstable and far too high."""
    data = records()
    at = data.index[(data["USUBJID"] == "ACT03") & (data["AVISIT"] == "M3")]
    data.loc[at, ["AVAL", "REASON"]] = [value, "HOMA_B_UNSTABLE"]
    data["CHG"] = (data["AVAL"] - data["BASE"]).where(data["ABLFL"] == "")
    return data


def of(outcome, visit, statistic, comparison=""):
    rows = outcome.rows
    chosen = (rows["visit"] == visit) & (rows["statistic"] == statistic)
    return rows[chosen & (rows["comparison"] == comparison)]


def test_an_unstable_value_warns_in_its_cell_and_nowhere_else():
    outcome = run(flagged(), describe_config(), spec("log"))
    warned = outcome.rows[outcome.rows["warning"] != ""]
    assert set(zip(warned["visit"], warned["group"], strict=True)) == {("M3", "ACT")}
    assert (
        warned["warning"].str.startswith("1 of the values is unstable: computed from a glucose close").all()
    )
    assert not warned["statistic"].str.endswith(".n").any()


def test_the_model_says_how_many_and_what_the_comparison_is_without_them():
    data = flagged()
    outcome = run(data, mmrm_config(), spec("log"))
    totals = outcome.rows[outcome.rows["statistic"] == "n_obs"]
    assert "1 analysed value is unstable (Month 3, Act: 1): computed from" in totals["warning"].iloc[0]
    with_all, without = (
        of(outcome, "M3", name, "ACT-REF")["value"].iloc[0] for name in ("gmr", "stable.gmr")
    )
    # One wild value of twelve: without it the ratio is that of the model of the other records.
    alone = run(data[data["REASON"] == ""], mmrm_config(), spec("log"))
    assert without == pytest.approx(of(alone, "M3", "gmr", "ACT-REF")["value"].iloc[0], rel=1e-9)
    assert abs(np.log(with_all) - np.log(without)) > 0.05
    assert len(of(outcome, "M3", "stable.diff.pvalue", "ACT-REF")) == 1


def test_a_model_without_unstable_values_is_fitted_once():
    outcome = run(records(), mmrm_config(), spec("log"))
    assert not outcome.rows["statistic"].str.startswith("stable.").any()
    assert not any("unstable" in text for text in outcome.record["warnings"])


def test_subjects_of_an_unstable_baseline_have_no_change_without_it():
    data = records()
    at = data.index[(data["USUBJID"] == "REF02") & (data["ABLFL"] == "Y")]
    data.loc[at, "REASON"] = "HOMA_B_UNSTABLE"
    config = mmrm_config()
    given = AnalysisData.of(spec("log"), config, subjects(data), data, {})
    calm = without_unstable(given).records
    assert len(calm) == len(data) - 1
    assert calm.loc[calm["USUBJID"] == "REF02", ["BASE", "CHG", "PCHG"]].isna().all(axis=None)
    assert calm.loc[calm["USUBJID"] != "REF02", "BASE"].notna().all()


def test_a_visit_without_any_value_has_nobody_in_it():
    data = records()
    outcome = run(data[data["AVISIT"] != "M1"], mmrm_config())
    counts = of(outcome, "M1", "n")
    assert dict(zip(counts["group"], counts["value"], strict=True)) == {"ACT": 0.0, "REF": 0.0}
    assert of(outcome, "M1", "lsmean").empty


def test_every_analysis_of_an_endpoint_says_with_how_many_decimals_it_was_collected():
    data = records().assign(DECIMALS=2.0)
    given = AnalysisData.of(spec(), mmrm_config(), subjects(data), data, {})
    outcome = mmrm.run(given, mmrm_config())
    once = outcome.rows[outcome.rows["statistic"] == "decimals"]
    assert len(once) == 1
    assert with_decimals(outcome, given) is outcome
    kept = outcome.rows["statistic"] != "decimals"
    named = outcome.records["RECORDS"] != once["records"].iloc[0]
    bare = type(outcome)(outcome.rows[kept], outcome.record, outcome.records[named])
    full = with_decimals(bare, given)
    (row,) = full.rows[full.rows["statistic"] == "decimals"].to_dict("records")
    assert row["value"] == 2.0 and row["records"] in set(full.records["RECORDS"])
