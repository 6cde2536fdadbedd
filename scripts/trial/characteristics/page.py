"""The page of the operating characteristics: what was simulated and what it shows, with errors."""

from collections.abc import Callable, Iterator

import pandas as pd

from trial.characteristics.config import BASE, Simulation
from trial.characteristics.reading import Cells, Row, read
from trial.characteristics.registry import METHODS, NOT_SIMULATED, PANEL, target

Lines = Iterator[str]


def _with_error(column: str, error: str, places: int) -> Callable[[Row], str]:
    return lambda row: f"{_tidy(row[column], places)} ({row[error]:.{places}f})"


def _ratio(row: Row) -> str:
    return f"{row['MEAN_SE'] / row['EMPIRICAL_SD']:.2f}"


# What is shown of each effect: title, and the text of a cell.
SHOWN: dict[str, Callable[[Row], str]] = {
    "Rejection of no difference, %": _with_error("REJECTED_PCT", "REJECTED_MCSE", 1),
    "Coverage, %": _with_error("COVERAGE_PCT", "COVERAGE_MCSE", 1),
    "Bias": _with_error("BIAS", "BIAS_MCSE", 3),
    "Mean standard error over empirical SD": _ratio,
}


def write_page(table: pd.DataFrame, plan: Simulation, command: str) -> Lines:
    """Yield the lines of the page.

    Parameters
    ----------
    table : DataFrame
        As `trial.characteristics.tabulate.tabulate` returns it.
    plan : Simulation
    command : str
        What makes the page.
    """
    rows: list[Row] = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    cells: Cells = {(row["EFFECT"], row["DESIGN"], row["METHOD"]): row for row in rows}
    yield from ("# Operating characteristics", "")
    yield f"Made by `{command}`, not by hand. Seed {plan.seed}; in brackets: Monte-Carlo errors."
    yield from ("", "## What it shows", "", *read(cells, plan))
    yield from ("", "## What was simulated", "", *_designs(cells, plan), "", *describe_settings(plan))
    yield from ("", "## What each estimate is held against", "", *_targets(cells, plan))
    for effect, truth in plan.effects.items():
        kind = "type I error" if plan.is_null(effect) else "power"
        yield from ("", f"## Effect {effect.lower()} ({truth[-1]:g} at the last visit): {kind}")
        for title, text in SHOWN.items():
            yield from ("", *_matrix(cells, plan, effect, title, text))
    yield from ("", "† no row of the panel: a neighbour for comparison.")
    yield from ("", "## Fits that failed, separation, resamples lost", "", *_losses(rows, plan))


def _designs(cells: Cells, plan: Simulation) -> Lines:
    yield (
        "| design | subjects | SD ratio | arms differ by (SD) | bears on the outcome | changes the effect "
        f"| left before the end, % ({_effect_names(plan)}) |"
    )
    yield "|---|---|---|---|---|---|---|"
    first = next(iter(plan.methods))
    for code, of in plan.designs.items():
        shift = ", ".join(f"{name} {value:+g}" for name, value in of.treated_shift.items())
        bears = ", ".join([BASE, *of.prognosis])
        changes = ", ".join(f"{name} × {value:g}" for name, value in of.modification.items())
        gone = " / ".join(f"{cells[effect, code, first]['MISSING_PCT']:.0f}" for effect in plan.effects)
        yield (
            f"| {code}: {of.label} | {of.treated} / {of.control} | {of.treated_sd_ratio:g} | {shift or '–'} "
            f"| {bears} | {changes or '–'} | {gone} |"
        )


def describe_settings(plan: Simulation) -> Lines:
    """Yield effects, covariates, and how often each method is tried."""
    effects = "; ".join(
        f"{name.lower()} {', '.join(f'{e:g}' for e in at)}" for name, at in plan.effects.items()
    )
    yield (
        f"Effects at {', '.join(plan.drawing.visits)}: {effects}. Who leaves depends on the change seen last "
        f"(missing at random). Covariates beside baseline, drawn in every design: "
        f"{', '.join(plan.drawing.covariates)}. In each trial multiple imputation has {plan.imputations} "
        f"imputations, the bootstrap of augmented weighting {plan.resamples} resamples."
    )
    sizes: dict[tuple[int, ...], list[str]] = {}
    for code in plan.methods:
        sizes.setdefault(tuple(plan.trials(code, effect) for effect in plan.effects), []).append(code)
    words = "; ".join(
        f"{' / '.join(map(str, trials))} ({', '.join(codes)})"
        for trials, codes in sorted(sizes.items(), reverse=True)
    )
    names = _effect_names(plan)
    yield from ("", f"Trials per design ({names}): {words}. Methods share trials, effects share errors.")
    yield from ("", "| code | method |", "|---|---|")
    yield from (f"| {code} | {METHODS[code].label} |" for code in plan.methods)
    missed = "; ".join(f"{name}: {why}" for name, why in NOT_SIMULATED.items())
    yield from ("", f"Rows of the panel that are not simulated: {missed}.")


def _targets(cells: Cells, plan: Simulation) -> Lines:
    """Yield the truths: one row per target, one column per design, the effects in order."""
    yield (
        f"The true difference at the last visit ({_effect_names(plan)}), from all subjects of a large sample "
        "followed in both arms. A method that assumes one effect for all is held against that of all."
    )
    by_target: dict[str, list[str]] = {}
    for code in plan.methods:
        by_target.setdefault(target(METHODS[code]), []).append(code)
    yield from ("", f"| target | methods | {' | '.join(plan.designs)} |")
    yield f"|---|---|{'---|' * len(plan.designs)}"
    for words, codes in by_target.items():
        truths = [
            " / ".join(_tidy(cells[effect, design, codes[0]]["TRUTH"], 3) for effect in plan.effects)
            for design in plan.designs
        ]
        yield f"| {words} | {', '.join(codes)} | {' | '.join(truths)} |"


def _matrix(cells: Cells, plan: Simulation, effect: str, title: str, text: Callable[[Row], str]) -> Lines:
    yield f"| {title} | {' | '.join(plan.designs)} |"
    yield f"|---|{'---|' * len(plan.designs)}"
    for code in plan.methods:
        values = [text(cells[effect, design, code]) for design in plan.designs]
        yield f"| {METHODS[code].label}{'' if code in PANEL else ' †'} | {' | '.join(values)} |"


def _losses(rows: list[Row], plan: Simulation) -> Lines:
    """Yield what had no answer or another than its name says, by method over all designs and effects."""
    yield "| method | trials | failed | arms separated | resamples lost, % |"
    yield "|---|---|---|---|---|"
    for code in plan.methods:
        mine = [row for row in rows if row["METHOD"] == code]
        total = sum(row["TRIALS"] for row in mine)
        lost = sum(row["LOST_PCT"] * row["TRIALS"] for row in mine) / total
        counts = [sum(row[name] for row in mine) for name in ("TRIALS", "FAILED", "SEPARATED")]
        yield f"| {METHODS[code].label} | {' | '.join(f'{count:.0f}' for count in counts)} | {lost:.2f} |"
    places = [
        f"{row['DESIGN']}, {row['EFFECT'].lower()}, {row['METHOD']}: {row['FAILED']:.0f} failed, "
        f"{row['SEPARATED']:.0f} separated"
        for row in rows
        if row["FAILED"] or row["SEPARATED"]
    ]
    yield ""
    yield (
        "A failed fit is in no rate; where an unstructured fit fails the panel would take the next rung of "
        "its ladder. Where the covariates separate the arms, Firth's likelihood makes the propensities, here "
        "as there."
    )
    yield from ("", f"Where: {'; '.join(places)}." if places else "No fit failed and no trial was separated.")


def _effect_names(plan: Simulation) -> str:
    return " / ".join(name.lower() for name in plan.effects)


def _tidy(value: float, places: int) -> str:
    """Return a number without the sign of a zero."""
    return f"{round(value, places) + 0.0:.{places}f}"
