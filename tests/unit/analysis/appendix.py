"""A model, the influence of its subjects and its diagnostics, run one on the other as their jobs are."""

import json
from dataclasses import replace

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.methods import diagnostics, influence
from trial.study.files import json_text
from unit.analysis.build import COMMON, MMRM, mmrm_config, run, spec, subjects

INFLUENCE = MMRM | {"method": "influence", "primary": False, "largest": 3}
DIAGNOSTICS = COMMON | {
    "method": "diagnostics",
    "primary": False,
    "of": "PRIMARY",
    "influence": "INFLUENCE",
    "level": 0.95,
}


def recorded(outcome):
    """Return the record of an analysis as another one reads it from its file."""
    return json.loads(json_text(outcome.record))


def model(data, described=None, **changes):
    """Return the outcome of the model."""
    return run(data, mmrm_config(**changes), described or spec())


def leave_out(data, described=None, **changes):
    """Return the outcome of the analysis of influence of the same model."""
    config = influence.Config.model_validate(INFLUENCE | changes)
    given = (described or spec()).model_copy(update={"id": "INFLUENCE"})
    return influence.run(AnalysisData.of(given, config, subjects(data), data, {}), config)


def diagnose(data, described=None, level=0.95, without=False, **changes):
    """Return the diagnostics of the model, the model, and the influence (None if asked to go without)."""
    config = diagnostics.Config.model_validate(
        DIAGNOSTICS | {"level": level} | ({"influence": None} if without else {})
    )
    fitted = model(data, described, **changes)
    sources = {"PRIMARY": fitted}
    if not without:
        sources["INFLUENCE"] = leave_out(data, described, **changes)
    given = (described or spec()).model_copy(update={"id": "DIAGNOSTICS"})
    rows = pd.concat([each.rows for each in sources.values()], ignore_index=True)
    read = AnalysisData.of(given, config, subjects(data), data, {}, results=rows)
    read = replace(read, recorded={name: recorded(each) for name, each in sources.items()})
    return diagnostics.run(read, config), fitted, sources.get("INFLUENCE")


def value(outcome, statistic, visit="", who=""):
    """Return one number of an outcome; `who` is an arm, a comparison or a rung."""
    rows = outcome.rows
    mine = (rows["statistic"] == statistic) & (rows["visit"] == visit)
    (found,) = rows.loc[mine & ((rows["group"] == who) | (rows["comparison"] == who) & (who != "")), "value"]
    return float(found)
