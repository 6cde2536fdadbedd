"""What a study or an extension changes: configuration alone, or one new file and one line."""

import pandas as pd
import pytest

from trial.plan.jobs import analysis_jobs, output_jobs
from trial.plan.load import load_study
from trial.study.load import read_yaml
from workflow.conftest import ROOT, copy_code, copy_study, snakemake

MINI = ROOT / "tests" / "studies" / "mini" / "config.yaml"


def second_analysis(content, **changes):
    primary = content["analyses"]["PRIMARY"]
    content["analyses"]["SENS"] = primary | {"primary": False, "label": "Sensitivity"} | changes


def add_endpoint(content):
    source = content["endpoints"]["HBA1C"]["source"] | {"analyte": "GLUC"}
    content["endpoints"]["FPG"] = content["endpoints"]["HBA1C"] | {
        "number": 9, "label": "Glucose", "unit": "mmol/L", "unit_label": "mmol/L", "source": source,
    }  # fmt: skip


def add_visit(content):
    last = content["visits"][-1]
    content["visits"].append(
        last | {"code": "V9", "label": "Week 52", "number": 9, "target_day": 365, "window": [300, 400]}
    )


def add_arm(content):
    content["arms"].append(content["arms"][0] | {"code": "NEW", "label": "New", "site_texts": ["New arm"]})


def add_covariate(content):
    content["analyses"]["PRIMARY"]["covariates"].append(
        {"variable": "AGE", "kind": "numeric", "by_visit": False}
    )


def add_population(content):
    condition = {"variable": "AGE", "at_least": 45, "if_missing": "fails", "otherwise": "younger than 45"}
    content["populations"]["OLDFL"] = {"label": "45 and older", "conditions": [condition]}
    second_analysis(content, population="OLDFL")


def add_sensitivity(content):
    second_analysis(content, response="value")
    row = next(row for row in content["outputs"] if row["template"] == "model_table")
    content["outputs"].append(
        row | {"id": "t14-2-{number}-9", "analyses": row["analyses"] | {"model": ["SENS"]}}
    )


def change_ladder(content):
    content["analyses"]["PRIMARY"]["covariance_ladder"] = ["toeph", "ancova"]


def add_unit(content):
    content["units"]["mmol/mol"] = ["mmol/mol Hb"]


def add_footnote(content):
    content["outputs"][0]["footnotes"] = ["A footnote of the study."]


def add_estimand(content):
    """Values after an adverse event of one term are set aside; its analysis stands in a panel."""
    content["intercurrent_events"]["FRACTURE"] = {
        "label": "Fracture", "data": "adae", "where": {"AEDECOD": ["Forearm fracture"]}, "date": "ASTDT",
        "days": None, "endpoints": ["HBA1C"],
    }  # fmt: skip
    first = content["estimands"]["TREATMENT_POLICY"]
    first["intercurrent_events"] = {"FRACTURE": "treatment policy"}
    content["estimands"]["IF_NONE"] = first | {
        "label": "As if no fracture", "intercurrent_events": {"FRACTURE": "hypothetical"},
    }  # fmt: skip
    primary = content["analyses"]["PRIMARY"]
    content["analyses"]["IF_NONE"] = primary | {"primary": False, "label": "If none", "estimand": "IF_NONE"}
    common = {name: primary[name] for name in ("population", "treatment")}
    content["analyses"]["EVENTS"] = common | {
        "method": "intercurrent", "label": "Events", "primary": False, "endpoints": "all", "estimand": None,
    }  # fmt: skip
    row = {"endpoints": "all", "e3": "14.2", "title": None, "footnotes": []}
    panel = {"analyses": {"effect": ["PRIMARY", "IF_NONE"]}}
    content["outputs"] += [
        row | panel | {"id": "t14-2-9-2-{number}", "template": "sensitivity_table"},
        row | panel | {"id": "f14-2-9-2-{number}", "template": "sensitivity_forest"},
        row | {
            "id": "t14-2-9-6", "template": "intercurrent_table",
            "analyses": {"events": ["EVENTS"], "counts": ["POPULATION"]},
        },
    ]  # fmt: skip


CHANGES = [
    add_endpoint, add_visit, add_arm, add_covariate, add_population, add_sensitivity, change_ladder, add_unit,
    add_footnote, add_estimand,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_the_configuration_needs_no_code(change):
    content = read_yaml(MINI)
    before = load_study(read_yaml(MINI))
    change(content)
    study = load_study(content)
    assert set(analysis_jobs(before)) <= set(analysis_jobs(study))
    assert set(output_jobs(before)) <= set(output_jobs(study))


def test_a_study_with_all_of_them_runs(study):
    import yaml

    folder = study("mini")
    content = read_yaml(folder / "config.yaml")
    for change in (add_endpoint, add_covariate, add_population, add_unit, add_footnote, add_estimand):
        change(content)
    second = content["analyses"]["SENS"]
    second["comparisons"] = second["comparisons"] | {
        "averages": {"ALL": {"label": "All visits", "visits": ["V1", "V2"]}},
    }
    content["endpoints"]["HBA1C"]["decimals"] = "collected"
    (folder / "config.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    ard = pd.read_csv(folder / "results" / "ard.csv", dtype=str, keep_default_na=False)
    found = ard[(ard["analysis"] == "SENS") & (ard["statistic"] == "diff")]
    assert set(found["endpoint"]) == {"HBA1C", "HOMAIR", "FPG"}
    assert set(found["visit"]) == {"V1", "V2", "ALL"}
    members = pd.read_csv(folder / "results" / "data" / "populations.csv", dtype=str, keep_default_na=False)
    old = members[members["POPULATION"] == "OLDFL"]
    counted = ard[
        (ard["analysis"] == "SENS") & (ard["statistic"] == "n_subjects") & (ard["endpoint"] == "HBA1C")
    ]
    assert 0 < float(counted["value"].item()) <= (old["MEMBER"] == "Y").sum() < len(old)
    assert (old.loc[old["MEMBER"] == "N", "REASON"] == "younger than 45").all()
    _check_estimand(folder, ard)
    # The site writes HbA1c with one decimal, so extremes print with one and means with two.
    observed = pd.read_csv(folder / "results" / "tables" / "t14-2-1-1.csv", dtype=str, keep_default_na=False)
    value = observed.columns[2]
    assert observed.loc[observed.iloc[:, 1] == "Min, Max", value].str.fullmatch(r"\d+\.\d, \d+\.\d").all()
    assert observed.loc[observed.iloc[:, 1] == "Median", value].str.fullmatch(r"\d+\.\d\d").all()
    page = (folder / "results" / "tables" / "t14-2-0-1.html").read_text(encoding="utf-8")
    assert "A footnote of the study." in page


def _check_estimand(folder, ard):
    """The records behind the hypothetical analysis are those of the primary one without later values."""
    records = pd.read_csv(folder / "results" / "records.csv", dtype=str, keep_default_na=False)
    adlb = pd.read_csv(folder / "results" / "data" / "adlb.csv", dtype=str, keep_default_na=False)
    adae = pd.read_csv(folder / "results" / "data" / "adae.csv", dtype=str, keep_default_na=False)
    fracture = adae[adae["AEDECOD"] == "Forearm fracture"].set_index("USUBJID")["ASTDT"]
    keys = ["PARAMCD", "USUBJID", "ASEQ"]
    used = {
        name: set(map(tuple, records.loc[records["RECORDS"] == f"{name}.HBA1C.fit", keys].to_numpy()))
        for name in ("PRIMARY", "IF_NONE")
    }
    later = adlb[adlb["ADT"] > adlb["USUBJID"].map(fracture).fillna("9999")]
    later = set(map(tuple, later[keys].to_numpy())) & used["PRIMARY"]
    assert later
    lost = used["PRIMARY"] - used["IF_NONE"]
    assert later <= lost
    # Beside them only the baselines of subjects who have no other value left.
    assert {subject for _, subject, _ in lost} == {subject for _, subject, _ in later}
    diff = ard[(ard["statistic"] == "diff") & (ard["visit"] == "V2")].set_index(["analysis", "endpoint"])[
        "value"
    ]
    assert diff["IF_NONE", "HBA1C"] != diff["PRIMARY", "HBA1C"]
    assert diff["IF_NONE", "HOMAIR"] == diff["PRIMARY", "HOMAIR"]  # the event does not concern it
    counted = ard[(ard["analysis"] == "EVENTS") & (ard["statistic"] == "FRACTURE.values")]
    assert counted["value"].astype(float).sum() == len(later)
    page = (folder / "results" / "report" / "methods.html").read_text(encoding="utf-8")
    assert "hypothetical (values after the event are set aside as missing): Fracture" in page


METHOD = '''"""The number of subjects with a value at every visit."""

from typing import Literal

from trial.analysis.config import Analysis


class Config(Analysis):
    """Completers by arm."""

    method: Literal["completers"]


def run(data, config):
    """Count them."""
    from trial.analysis.outcome import Outcome, record_set

    visits = len(data.spec.visits)
    sets, rows = [], []
    for arm in data.spec.arms:
        mine = data.analysed[data.analysed["ARMCD"] == arm.code]
        whole = mine.groupby("USUBJID").filter(lambda records: len(records) == visits)
        sets.append(record_set(data.spec, arm.code, whole))
        count = float(whole["USUBJID"].nunique())
        rows.append(
            {"method": "completers", "group": arm.code, "statistic": "completers", "value": count, "n": count,
             "records": sets[-1].id}
        )
    return Outcome.of(data.spec, rows, {}, sets)
'''


def test_a_method_is_one_file_and_one_line(tmp_path):
    code, folder = copy_code(tmp_path / "code"), copy_study("mini", tmp_path / "study")
    (code / "scripts" / "trial" / "analysis" / "methods" / "completers.py").write_text(METHOD)
    registry = code / "scripts" / "trial" / "analysis" / "registry.py"
    text = registry.read_text(encoding="utf-8")
    assert text.count('    "population",\n') == 1
    registry.write_text(text.replace('    "population",\n', '    "population",\n    "completers",\n'))
    config = folder / "config.yaml"
    analysis = "  WHOLE: {method: completers, label: Completers, primary: false, endpoints: [HBA1C], population: FASFL, treatment: TRT01P, estimand: null}\n"
    config.write_text(config.read_text(encoding="utf-8").replace("analyses:\n", "analyses:\n" + analysis, 1))
    done = snakemake(folder, "results/analyses/WHOLE/HBA1C/rows.csv", code=code)
    assert done.returncode == 0, done.text
    rows = pd.read_csv(folder / "results" / "analyses" / "WHOLE" / "HBA1C" / "rows.csv")
    assert rows["result_id"].tolist() == [
        "HBA1C.WHOLE.all.ACT.completers",
        "HBA1C.WHOLE.all.REF.completers",
        "HBA1C.WHOLE.all.all.decimals",  # of every analysis of an endpoint
    ]
    assert (rows["value"] > 0).all()
