"""The covariance ladder of an endpoint's model: every rung in its order, and why it was used or not."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_number, format_significant
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

ROLE = "model"
TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,))
# Statistic, heading and form of each number of a rung.
NUMBERS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("deviance", "−2 log-likelihood", partial(format_number, decimals=2)),
    ("n_parameters", "Parameters", partial(format_number, decimals=0)),
    ("aic", "AIC", partial(format_number, decimals=2)),
    ("aicc", "AICc", partial(format_number, decimals=2)),
    ("bic", "BIC", partial(format_number, decimals=2)),
    ("sigma_min_eigenvalue", "Smallest eigenvalue", partial(format_significant, digits=3)),
    ("gradient", "Scaled gradient", partial(format_significant, digits=2)),
)
LEGEND = (
    "The structures were tried in the order of the plan; the first whose fit passes its verdict is used, "
    "whatever its criteria: these are for the reader and choose nothing. Rungs after it are not tried. A "
    "rung that failed before it had a likelihood has no numbers, nor has an ANCOVA of each visit, which has "
    "no likelihood over visits.",
    "−2 log-likelihood: {kind}. Parameters: of the covariance. Smallest eigenvalue: of the covariance over "
    "the visits, in squared units of the response. Scaled gradient: how far the fit stands from the maximum, "
    "in standard errors of the covariance parameters.",
)


def build(context: Context) -> Table:
    """Return one row per rung."""
    spec, endpoint, results = context.spec, context.endpoint, context.results[ROLE]
    (record,) = context.records[ROLE]
    marks = Marks(results.warnings(endpoint.paramcd))
    rows = [_row(context, rung, record["structures"], marks) for rung in record["ladder"]]
    fit = record.get("fit") or {}
    kind = "full" if fit.get("reml") is False else "restricted"
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: covariance structures in the order they were tried"),),
        population=population_line(spec),
        columns=(
            Column("Structure", width=2.0, align="left"),
            Column("Status", width=1.1),
            *(Column(heading, width=1.3) for _, heading, _ in NUMBERS),
            Column("Reason", width=2.2, align="left"),
        ),
        blocks=(Block("", tuple(rows)),) if rows else (),
        notes=assemble_notes(
            context,
            model=(context.specification(ROLE),),
            denominators=tuple(text.format(kind=kind) for text in LEGEND),
            marks=marks,
        ),
        stamp=context.stamp,
        font_size=8,
    )


def _row(context: Context, rung: Mapping[str, Any], titles: Mapping[str, str], marks: Marks) -> Row:
    name = str(rung["structure"])
    title = titles[name]
    cells = [_cell(context, name, statistic, write, marks) for statistic, _, write in NUMBERS]
    label = Cell(f"{title[:1].upper()}{title[1:]} ({name})")
    return Row((label, Cell(str(rung["status"])), *cells, Cell(str(rung["reason"]))))


def _cell(context: Context, rung: str, statistic: str, write: Callable[[float], str], marks: Marks) -> Cell:
    """Return a number of a rung; an empty cell where the rung has none."""
    found = context.results[ROLE].get(context.endpoint.paramcd, "", rung, f"ladder.{statistic}")
    return Cell() if found.missing else make_cell(write, marks, found)
