"""The sensitivity panel: several analyses of one endpoint, each answer to the same contrast in one row."""

from collections.abc import Iterator
from dataclasses import dataclass

from trial.display.context import Context
from trial.display.results import Results, Statistic
from trial.display.spec import Arm, Endpoint, OutputSpec, ShownAnalysis, Visit
from trial.display.wording import direction_sentence, level_text

ROLE = "effect"


@dataclass(frozen=True)
class PanelRow:
    """One analysis of the panel at the primary visit: its comparison on the scale that is printed."""

    analysis: ShownAnalysis
    arm: Arm
    estimate: Statistic
    se: Statistic
    lower: Statistic
    upper: Statistic
    p_value: Statistic
    n: Statistic
    warnings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether there is an estimate with its limits."""
        return all(one.present for one in (self.estimate, self.lower, self.upper))


def panel_rows(context: Context, at: Visit | None = None) -> Iterator[PanelRow]:
    """Yield the rows of the panel at a visit (the primary one), by compared arm, in the catalogue's order."""
    spec, endpoint = context.spec, context.endpoint
    visit = at or spec.primary_visit(endpoint)
    for arm in spec.active_arms:
        for analysis, results in context.panels[ROLE]:
            yield _row(context, visit.code, arm, analysis, results)


def _row(context: Context, visit: str, arm: Arm, analysis: ShownAnalysis, results: Results) -> PanelRow:
    spec, endpoint = context.spec, context.endpoint
    scale = "gmr" if endpoint.is_log else "diff"

    def get(name: str) -> Statistic:
        return results.get(endpoint.paramcd, visit, spec.comparison(arm), name)

    return PanelRow(
        analysis, arm, get(scale), get("diff.se"), get(f"{scale}.lower"), get(f"{scale}.upper"),
        get("diff.pvalue"), results.get(endpoint.paramcd, "", "", "n_subjects"),
        tuple(results.warnings(endpoint.paramcd)),
    )  # fmt: skip


def estimands_of(spec: OutputSpec) -> tuple[str, ...]:
    """Return the labels of the estimands in the panel, in the order in which they first stand."""
    return tuple(dict.fromkeys(shown.estimand or "none" for shown in spec.roles[ROLE]))


def reference_estimand(spec: OutputSpec) -> str | None:
    """Return the estimand that the panel is about: that of the primary analysis, else of its first row."""
    shown = spec.roles[ROLE]
    return next((one.estimand for one in shown if one.primary), shown[0].estimand)


def visit_of(spec: OutputSpec, endpoint: Endpoint) -> Visit:
    """Return the visit of the panel."""
    return spec.primary_visit(endpoint)


def panel_title(context: Context) -> str:
    """Return the usual title of table and figure."""
    spec, endpoint = context.spec, context.endpoint
    return f"{endpoint.title} at {visit_of(spec, endpoint).label}: the comparison under every analysis"


def panel_notes(context: Context) -> list[str]:
    """Return what table and figure say: the scale, and which rows answer another question."""
    spec, endpoint = context.spec, context.endpoint
    what = "geometric mean ratio (GMR)" if endpoint.is_log else "difference of changes from baseline"
    notes = [f"Estimate: {what} with {level_text(spec)}. {direction_sentence(spec, endpoint)}."]
    main = reference_estimand(spec)
    others = [label for label in estimands_of(spec) if label != (main or "none")]
    if others:
        notes.append(
            f"Estimand of the primary analysis: {main}. Rows of another estimand ({'; '.join(others)}) "
            "answer another question: they need not agree."
        )
    if named := [
        f"{one.label} ({one.population.label})"
        for one in spec.roles[ROLE]
        if one.population != spec.population
    ]:
        notes.append(f"Of another population than the {spec.population.label.lower()}: {'; '.join(named)}.")
    return notes
