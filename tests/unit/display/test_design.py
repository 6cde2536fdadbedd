"""The outputs of the design stage and of E-values: what is printed, traced, and said of what is absent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.analysis.config import AnalysisSpec
from trial.analysis.data import AnalysisData
from trial.analysis.design.stage import weigh_subjects
from trial.analysis.methods import balance
from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.results import Results
from trial.display.templates import balance_table, bootstrap_table, evalue_table, love_plot, overlap
from trial.study.errors import DataError
from unit.display import study_rows as rows
from unit.propensity.stage import analysis_spec, covariates, run, weigh_spec

NAMES = {"AGE": "Age (years)", "SEX": "Sex", "BMI": "BMI", "DIABDUR": "Duration", "BASE_HBA1C": "HbA1c (%)"}
IDS = {"balance_table": "t14-1-6", "love_plot": "f14-1-6", "overlap": "f14-1-7"}
CONFIG = balance.Config.model_validate(
    {
        "method": "balance", "label": "Balance", "primary": False, "endpoints": None, "population": "FASFL",
        "treatment": "TRT01P", "estimand": None, "names": NAMES | {"SITE": "Site"},
    }
)  # fmt: skip


def stage(**changes):
    names = changes.pop("names", ("AGE", "DIABDUR", "BMI", "BASE_HBA1C", "SEX"))
    return weigh_subjects(covariates(**changes), weigh_spec(names))


def context(template, made=None, **changes):
    """Return what a template of the design stage is given, from a real run of the stage."""
    made = made or stage()
    arms = [{"code": "CELL", "label": "Cells"}, {"code": "STD", "label": "Standard"}]
    whole = analysis_spec("balance")
    spec = AnalysisSpec.model_validate(whole.model_dump() | {"endpoint": None, "id": "BALANCE"})
    adsl = covariates().rename(columns={"ARMCD": "TRT01P"}).assign(FASFL="Y")
    tables = {"balance": made.balance, "weights": made.weights}
    outcome = balance.run(AnalysisData.of(spec, CONFIG, adsl, pd.DataFrame(), {}, tables=tables), CONFIG)
    shown = rows.shown_analysis("counts", [], id="BALANCE", method="balance")
    described = rows.output_spec(template, id=IDS[template]).model_copy(
        update={
            "arms": tuple(rows.Arm.model_validate(arm) for arm in arms),
            "reference_arm": "STD",
            "endpoints": (),
            "endpoint": None,
            "roles": {"balance": (shown,)},
        }
    )
    return Context(
        spec=described,
        stamp=rows.stamp_of(described.study, synthetic=False),
        results={"balance": Results(outcome.rows, {"": "BALANCE"})},
        panels={},
        records={"balance": (outcome.record,)},
        data={"weights": made.weights},
    )


def texts(table):
    return {block.heading: {row.cells[0].text: [c.printed for c in row.cells[1:]] for row in block.rows}
            for block in table.blocks}  # fmt: skip


def test_the_balance_table_prints_raw_and_weighted_beside_each_other():
    table = balance_table.build(context("balance_table"))
    found = texts(table)
    assert list(found) == [
        "Overlap weights (ATO)", "Inverse probability weights, stabilised (ATE)", "Weights of the treated (ATT)",
    ]  # fmt: skip
    age = found["Overlap weights (ATO)"]["Age (years)"]
    assert age[2] == "−0.527" and age[3] == "0.87" and age[6] == "0.000" and age[7] == "0.90"
    assert found["Overlap weights (ATO)"]["ESS"][4:6] == ["21.8", "20.2"]
    assert found["Weights of the treated (ATT)"]["Overlap of the arms"][4].startswith("Fail [")
    notes = " ".join(note.printed for note in table.notes)
    assert "sqrt((s₁² + s₀²) / 2), s² the unweighted variances" in notes
    assert "truncation changed the weights of 2 subjects" in notes
    assert table.result_ids and all(".BALANCE." in name for name in table.result_ids)


def test_a_factor_of_three_levels_has_one_difference_and_a_row_per_level():
    made = stage(SITE=[["A", "B", "C"][i % 3] for i in range(60)], names=("AGE", "SITE"))
    found = texts(balance_table.build(context("balance_table", made)))["Overlap weights (ATO)"]
    assert found["Site: A (%)"][2] != "" and found["Site: B (%)"][2] == "" == found["Site: C (%)"][2]


def test_what_cannot_be_balanced_prints_its_reason():
    made = stage(SEX=np.where(covariates()["ARMCD"] == "CELL", "M", "F"))
    table = balance_table.build(context("balance_table", made))
    notes = " ".join(note.printed for note in table.notes)
    assert "NE: neither arm varies, and they differ" in notes
    assert "Firth's penalised likelihood" in notes
    plot = love_plot.build(context("love_plot", made))
    assert "Sex: M not estimable" in plot.alt and "NE: not estimable" in " ".join(plot.heading.notes)


def test_the_love_plot_draws_absolute_differences_of_every_kind():
    plot = love_plot.build(context("love_plot"))
    raw = plot.frame[plot.frame["kind"] == "NONE"].set_index("variable")["x"]
    assert raw["AGE"] == pytest.approx(0.5270263503)
    assert (plot.frame["x"] >= 0).all() and len(plot.frame) == 20
    assert "Unweighted: Age (years) 0.53" in plot.alt
    assert {"HbA1c (%)", "Sex: M"} <= set(plot.frame["label"])
    assert plot.draw().get_axes()


def test_the_figure_of_overlap_counts_every_subject_once_and_states_the_verdict(tmp_path):
    plot = overlap.build(context("overlap"))
    bars = plot.frame[plot.frame["mark"] == "bar"].groupby("arm")["count"].sum()
    assert bars.to_dict() == {"CELL": 33, "STD": 27}
    notes = " ".join(plot.heading.notes)
    assert "ESS Cells 21.8, Standard 20.2" in notes and "overlap fail" in notes
    assert set(plot.result_ids) >= {"all.BALANCE.all.CELL.ATO.ess"}
    for name in "ab":
        plot.save(Path(tmp_path) / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_e_values_of_another_analysis_than_the_one_beside_them_are_refused():
    shown = {"effect": (rows.shown_analysis("model", ["HBA1C"]),)}
    spec = rows.output_spec("evalue_table", id="t14-2-9-5", roles=shown)
    given = Context(spec, None, {}, {}, {"evalue": ({"of": "OTHER"},)}, {})
    with pytest.raises(DataError, match="found those of OTHER"):
        evalue_table.build(given)


def effects(template, role, **changes):
    """Return what a template of comparisons is given: the weighted analysis of HbA1c, and its E-values."""
    found, outcome = run("weighted_mmrm", **changes)
    shown = rows.shown_analysis("model", ["HBA1C"], id="WEIGHTED_MMRM", label="Weighted", primary=False)
    spec = rows.output_spec(
        template, id="t14-2-9-7", endpoints=(rows.endpoint_spec("HBA1C"),), roles={role: (shown,)}
    )
    results = Results(outcome.rows, {"HBA1C": "WEIGHTED_MMRM"})
    stamp = rows.stamp_of(spec.study, synthetic=False)
    return found, shown, results, Context(spec, stamp, {}, {}, {role: (outcome.record,)}, {})


def test_the_bootstrap_stands_beside_the_sandwich_with_what_it_lost():
    settings = {"bootstrap": {"replicates": 100, "seed": 5}}
    found, shown, results, given = effects("bootstrap_table", "bootstrap", **settings)
    table = bootstrap_table.build(replace(given, panels={"bootstrap": ((shown, results),)}))
    (cells,) = texts(table)["Weighted"].values()
    assert cells[0] == "−1.51" and cells[1] == "0.400"
    assert cells[3] == format_number(found["M6", "boot.se"]["value"], 3)
    assert cells[5] == "0 of 100"
    assert "WEIGHTED_MMRM" in table.result_ids[0]


def test_a_weighted_analysis_without_a_bootstrap_says_so():
    _, shown, results, given = effects("bootstrap_table", "bootstrap")
    table = bootstrap_table.build(replace(given, panels={"bootstrap": ((shown, results),)}))
    (cells,) = texts(table)["Weighted"].values()
    assert cells[0] == "−1.51" and cells[3].startswith("NE [")


def test_warnings_of_the_estimate_reach_the_tables_of_its_companions():
    thin = weigh_subjects(
        covariates(AGE=40 + 20.0 * (covariates()["ARMCD"] == "CELL") + np.arange(60) / 60), weigh_spec()
    )
    _, shown, results, given = effects("bootstrap_table", "bootstrap", stage=thin, weights="ATE")
    table = bootstrap_table.build(replace(given, panels={"bootstrap": ((shown, results),)}))
    assert "must not be relied on" in " ".join(note.printed for note in table.notes)
    (row,) = table.blocks[0].rows
    assert row.cells[0].marks and row.cells[1].marks
