"""The outputs of the model appendix, made from analyses of a small endpoint that were really run."""

import json

import pandas as pd

from trial.display.context import Context
from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.spec import Comparison, Endpoint
from trial.study.files import json_text
from unit.analysis import appendix
from unit.analysis import build as small
from unit.display import study_rows as rows

ARMS = {"ACT": "Active cells", "MID": "Half dose", "REF": "Standard care"}
VISITS = [("BL", "Baseline", 0), ("M1", "Month 1", 1), ("M3", "Month 3", 3)]
WORDS = {"BASE": "baseline", "AGE": "age", "SEX": "sex"}


def described(log=False, codes=("ACT", "REF"), below=False):
    return small.spec(scale="log" if log else "identity", codes=codes, below=below)


def context(template, outcome, log=False, codes=("ACT", "REF"), role="model", covariates=("BASE",), **shown):
    """Return what a template is given of the outcome of an analysis."""
    name = str(outcome.rows["analysis"].iloc[0])
    endpoint = Endpoint(
        paramcd="FPG", label="Fasting glucose", unit_label="mmol/L", decimals=1,
        scale="log" if log else "identity", benefit="lower", has_limits=False, primary_visit="M3",
    )  # fmt: skip
    pairs = [
        Comparison(code=f"{c}-{codes[-1]}", label=None, weights={c: 1.0, codes[-1]: -1.0}) for c in codes[:-1]
    ]
    analysis = rows.shown_analysis(
        "model", ["FPG"], id=name, covariates=tuple(WORDS[one] for one in covariates), comparisons=tuple(pairs),
        **shown,
    )  # fmt: skip
    spec = rows.output_spec(
        template, "FPG", [(code, ARMS[code]) for code in codes], VISITS, id="t14-2-2-4", endpoints=(endpoint,),
        roles={role: (analysis,)},
    )  # fmt: skip
    record = json.loads(json_text(outcome.record))
    return Context(
        spec=spec,
        stamp=rows.stamp_of(spec.study),
        results={role: Results(outcome.rows.reset_index(drop=True), spec.covering(role))},
        panels={},
        records={role: (record,)},
        data={},
    )


def table(template, outcome, **options):
    """Return a table of the appendix and the numbers of its results by id."""
    made = rows.build(template, context(template, outcome, **options))
    return made, dict(zip(outcome.rows["result_id"], outcome.rows["value"], strict=True))


def figure(outcome, **options):
    """Return the drawn sheet and its plot."""
    plot = rows.build(
        "diagnostics_sheet", context("diagnostics_sheet", outcome, role="diagnostics", **options)
    )
    with project_style():
        return plot.draw(), plot


def diagnosed(codes=("ACT", "REF"), log=False, data=None, **changes):
    """Return the outcome of the diagnostics of a small endpoint."""
    data = small.records(codes=codes, seed=3) if data is None else data
    outcome, _, _ = appendix.diagnose(data, described(log, codes), **changes)
    return outcome


def cells(made: "object") -> pd.DataFrame:
    """Return block, row label, heading, text and ids of every cell of a table."""
    return pd.DataFrame(
        [
            (block.heading, row.cells[0].text, column.heading, cell.printed, cell.result_ids)
            for block in made.blocks
            for row in block.rows
            for column, cell in zip(made.columns[1:], row.cells[1:], strict=True)
        ],
        columns=["block", "row", "column", "text", "ids"],
    )
