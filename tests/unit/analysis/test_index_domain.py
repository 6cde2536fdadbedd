"""The domain of an index: zones by visit and arm, the inputs of each record, means without unstable values."""

import numpy as np
import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import index_domain
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.errors import ConfigError, DataError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, finished, spec, subjects
from unit.subjects.test_books import ROOT

FACTS = {
    "undefined_at": 3.5,
    "unstable_below": 4.0,
    "indices": {
        "FPG": {
            "index": "HOMA1_B",
            "formula": "20 × insulin / (glucose − 3.5)",
            "inputs": {
                "glucose": {"analyte": "GLUC", "label": "Glucose", "unit": "mmol/L"},
                "insulin": {"analyte": "INS", "label": "Insulin", "unit": "µU/mL"},
            },
        }
    },
}
# Glucose, insulin and visit of each draw; the value follows, none at 3.5 or below.
DRAWS = [
    ("ACT00", "BL", 8.5, 10.0), ("ACT00", "M1", 3.8, 6.0), ("ACT01", "BL", 6.0, 5.0), ("ACT01", "M1", 5.5, 4.0),
    ("ACT01", "M3", 3.4, 4.0), ("REF00", "BL", 9.0, 11.0), ("REF00", "M1", 4.0, 7.0),
]  # fmt: skip


def study(draws=DRAWS, replicate=False, spoil=0.0):
    """Return records, raw results and lineage of some draws; `replicate`: each glucose is a mean of two."""
    numbers = {"BL": 0.0, "M1": 1.0, "M3": 3.0}
    table = pd.DataFrame(draws, columns=["USUBJID", "AVISIT", "G", "I"])
    value = (20 * table["I"] / (table["G"] - 3.5)).where(table["G"] > 3.5)
    table = table.assign(AVAL=value, BASE=value, ABLFL=np.where(table["AVISIT"] == "BL", "Y", ""))
    data = finished(table.assign(AVISITN=table["AVISIT"].map(numbers)))
    data["REASON"] = np.select(
        [table["G"] <= 3.5, table["G"] < 4], ["HOMA_B_UNDEFINED", "HOMA_B_UNSTABLE"], ""
    )
    data.loc[table["G"] <= 3.5, "ANL01FL"] = ""
    labs, lineage = [], []
    for at, (row, record) in enumerate(zip(table.to_dict("records"), data.to_dict("records"), strict=True)):
        shifts = (-0.1, 0.1) if replicate else (0.0,)
        for k, (role, number) in enumerate(
            [*(("GLUC", row["G"] + s + spoil) for s in shifts), ("INS", row["I"])]
        ):
            place = {"FILE": "lab.csv", "SHEET": "", "ROW": str(10 * at + k), "COLUMN": ""}
            labs.append(place | {"ANALYTE": role, "VALUE": number})
            key = {name: record[name] for name in ("PARAMCD", "USUBJID", "ASEQ")}
            lineage.append(place | key | {"ROLE": role})
    # Results of another record in the same file must not be taken for these.
    lineage.append(lineage[0] | {"PARAMCD": "OTHER"})
    return data, pd.DataFrame(labs), pd.DataFrame(lineage)


def describe(scale="log", keep=None, **how):
    data, labs, lineage = study(**how)
    adsl = subjects(data)
    data, lineage = data.iloc[:keep], lineage.iloc[:keep]
    config = index_domain.Config.model_validate(
        COMMON | {"method": "index_domain", "endpoints": ["FPG"], "primary": False}
    )
    described = spec(scale).model_copy(update={"facts": FACTS})
    tables = {"labs": labs, "lineage": lineage}
    return index_domain.run(AnalysisData.of(described, config, adsl, data, {}, "", tables), config)


def test_zones_are_counted_by_visit_and_arm_with_their_records():
    outcome = describe()
    rows = outcome.rows.set_index(["visit", "group", "statistic"])
    counts = rows["value"]
    assert [counts["BL", "ACT", f"{zone}.n"] for zone in ("stable", "unstable", "undefined")] == [2, 0, 0]
    assert [counts["M1", "ACT", f"{zone}.n"] for zone in ("stable", "unstable", "undefined")] == [1, 1, 0]
    assert [counts["M3", "ACT", f"{zone}.n"] for zone in ("stable", "unstable", "undefined")] == [0, 0, 1]
    # A glucose of exactly the limit is stable: the zone lies below it.
    assert counts["M1", "REF", "unstable.n"] == 0
    behind = outcome.records[outcome.records["RECORDS"] == rows.loc[("M1", "ACT", "unstable.n"), "records"]]
    assert behind[["USUBJID", "ASEQ"]].to_numpy().tolist() == [["ACT00", 2.0]]


def test_the_geometric_mean_without_unstable_values_stands_where_there_are_some():
    outcome = describe()
    row = outcome.rows[outcome.rows["statistic"] == "stable.geomean"]
    assert row[["visit", "group", "n"]].to_numpy().tolist() == [["M1", "ACT", 1.0]]
    assert row["value"].item() == pytest.approx(20 * 4 / 2)  # the one stable value, of ACT01
    assert "stable.geomean" not in set(describe("identity").rows["statistic"])


@pytest.mark.parametrize("replicate", [False, True])
def test_each_point_has_the_inputs_of_its_own_draw(replicate):
    record = describe(replicate=replicate).record
    found = {(p["subject"], p["visit"]): (p["glucose"], p["partner"], p["zone"]) for p in record["points"]}
    for subject, visit, glucose, insulin in DRAWS:
        assert found[subject, visit][:2] == pytest.approx((glucose, insulin))
    assert found["ACT01", "M3"][2] == "undefined"
    (undefined,) = [p for p in record["points"] if p["zone"] == "undefined"]
    assert undefined["value"] is None
    assert (record["undefined_at"], record["unstable_below"]) == (3.5, 4.0)


def test_curves_are_the_formula_at_round_values_within_the_records():
    curves = describe().record["curves"]
    assert [curve["partner"] for curve in curves] == [5.0, 10.0]
    for curve in curves:
        glucose, value = np.array(curve["glucose"]), np.array(curve["value"])
        assert value == pytest.approx(20 * curve["partner"] / (glucose - 3.5))
        assert glucose.min() > 3.5 and glucose.max() == pytest.approx(9.0)


def test_inputs_that_do_not_give_the_value_of_a_record_are_refused():
    with pytest.raises(DataError, match="expected the raw results behind each record to give its value"):
        describe(spoil=0.01)


def test_without_a_value_there_are_zeros_and_no_curve():
    outcome = describe(draws=[("ACT00", "BL", 3.0, 5.0), ("REF00", "BL", 3.1, 5.0)])
    assert outcome.rows.loc[outcome.rows["statistic"] == "stable.n", "value"].sum() == 0
    assert outcome.record["curves"] == []
    assert {point["zone"] for point in outcome.record["points"]} == {"undefined"}


def test_an_endpoint_without_any_record_leaves_zeros():
    outcome = describe(keep=0)
    assert (outcome.rows["value"] == 0).all() and len(outcome.rows) == 2 * 3 * 3
    assert outcome.record["points"] == [] and outcome.records.empty


# ---- configuration ----------------------------------------------------------------------------------------------


def test_formula_limits_and_units_come_from_the_configuration():
    content = read_yaml(ROOT / "config.yaml")
    content["indices"]["homa_b_unstable_below"] = 4.4
    sliced = slice_study(load_study(content))["analysis.INDEX_DOMAIN.HOMAB"]
    assert index_domain.Config.model_validate(sliced.settings).covers("HOMAB")
    facts = sliced.facts
    assert (facts["undefined_at"], facts["unstable_below"]) == (3.5, 4.4)
    assert facts["indices"]["HOMAB"]["formula"] == "20 × insulin / (glucose − 3.5)"
    assert facts["indices"]["HOMAB"]["inputs"] == {
        "glucose": {"analyte": "GLUC", "label": "Glucose", "unit": "mmol/L"},
        "insulin": {"analyte": "INS", "label": "Insulin", "unit": "µU/mL"},
    }


def test_an_endpoint_without_a_pole_is_refused():
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["INDEX_DOMAIN"]["endpoints"] = ["HOMAIR", "FPG"]
    with pytest.raises(ConfigError) as error:
        load_study(content)
    for code in ("HOMAIR", "FPG"):
        assert f"analyses.INDEX_DOMAIN.endpoints: {code} is no index that divides by glucose" in str(
            error.value
        )
