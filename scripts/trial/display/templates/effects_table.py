"""Fixed effects of an endpoint's model and the type III tests of its terms."""

from functools import partial

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.model_terms import TermWords, scale_sentence
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import decimals_for, format_number, format_p_value
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import model_name, output_number, population_line

ROLE = "model"
TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,))
DIGITS = 3  # significant digits of an SE; the estimate has its decimals
LEGEND = (
    "Estimates are on the scale of the response, {scale}. SE with three significant digits, the estimate "
    "with the decimals of its SE: the units of the coefficients differ. t: estimate over SE. F: type III "
    "test, that the term has no effect under sum-to-zero coding of all factors. p-values are two-sided and "
    "nominal."
)


def build(context: Context) -> Table:
    """Return one row per coefficient, then one per term; nothing where every visit has its own analysis."""
    spec, endpoint, results = context.spec, context.endpoint, context.results[ROLE]
    marks = Marks(results.warnings(endpoint.paramcd))
    words = TermWords(context, ROLE)
    name = model_name(results.is_ancova(endpoint.paramcd), spec.model(endpoint).method)
    references = words.references()
    compared = (f"Each level is compared with: {references}.",) if references else ()
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: fixed effects and type III tests, {name}"),),
        population=population_line(spec),
        columns=(
            Column("Term", width=3.4, align="left"),
            Column("Estimate"),
            Column("SE"),
            Column("Numerator df"),
            Column("df"),
            Column("t or F"),
            Column("p-value"),
        ),
        blocks=_blocks(context, words, marks),
        notes=assemble_notes(
            context,
            model=(context.specification(ROLE),),
            denominators=(LEGEND.format(scale=scale_sentence(spec, endpoint)), *compared),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _blocks(context: Context, words: TermWords, marks: Marks) -> tuple[Block, ...]:
    effects = [_effect(context, name, words, marks) for name in _names(context, "coef.estimate")]
    tests = [_test(context, name, words, marks) for name in _names(context, "type3.statistic")]
    found = (Block("Fixed effects", tuple(effects)), Block("Type III tests", tuple(tests)))
    return tuple(block for block in found if block.rows)


def _names(context: Context, statistic: str) -> list[str]:
    """Return the coefficients or terms that the results hold, in their order."""
    rows = context.results[ROLE].rows
    here = (rows["endpoint"] == context.endpoint.paramcd) & (rows["statistic"] == statistic)
    return [str(name) for name in rows.loc[here, "comparison"]]


def _effect(context: Context, name: str, words: TermWords, marks: Marks) -> Row:
    results, place = context.results[ROLE], (context.endpoint.paramcd, "", name)
    se = results.get(*place, "coef.se")
    places = decimals_for(se.value, DIGITS) if se.present else DIGITS
    number = partial(format_number, decimals=places)
    return Row(
        (
            Cell(words.column(name)),
            find_cell(number, marks, results, place, ["coef.estimate"]),
            find_cell(number, marks, results, place, ["coef.se"]),
            Cell(),
            *_tail(context, marks, name, ("coef.df", "coef.tvalue", "coef.pvalue")),
        )
    )


def _test(context: Context, name: str, words: TermWords, marks: Marks) -> Row:
    results, place = context.results[ROLE], (context.endpoint.paramcd, "", name)
    count = partial(format_number, decimals=0)
    return Row(
        (
            Cell(words.term(name)),
            Cell(),
            Cell(),
            find_cell(count, marks, results, place, ["type3.df_num"]),
            *_tail(context, marks, name, ("type3.df_den", "type3.statistic", "type3.pvalue")),
        )
    )


def _tail(context: Context, marks: Marks, name: str, names: tuple[str, str, str]) -> list[Cell]:
    """Return degrees of freedom, statistic and p-value; where this is withheld, so is the statistic."""
    results, place = context.results[ROLE], (context.endpoint.paramcd, "", name)
    if results.get(*place, names[2]).withheld:
        names = (names[0], names[2], names[2])
    writers = (
        partial(format_number, decimals=1),
        partial(format_number, decimals=2),
        partial(format_p_value, style=context.spec.p_values),
    )
    return [
        find_cell(write, marks, results, place, [statistic])
        for write, statistic in zip(writers, names, strict=True)
    ]
