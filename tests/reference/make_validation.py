"""Write the tables of ``workflow/docs/validation.md`` from the same checks the tests run.

Run from anywhere: ``python tests/reference/make_validation.py`` (needs the reference folder beside the
repository). The text of the page above the marker is written by hand and stays; everything below is replaced.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from reference import (  # noqa: E402
    antidepressant,
    beside,
    classic,
    classic_others,
    listings,
    own_cases,
    own_comparisons,
    own_exact,
    sas,
    sas_predictions,
    sas_weight,
    tight,
)
from reference.agreement import SHARED, Check  # noqa: E402

PAGE = ROOT / "workflow" / "docs" / "validation.md"
MARKER = "<!-- made by tests/reference/make_validation.py: do not edit below -->"
HEADINGS = ("case", "quantity", "reference program", "reference", "ours", "difference", "tolerance")
MAIN_KINDS = ("deviance", "estimate", "se", "df")
KIND_NAMES = {
    "deviance": "-2 log-likelihood",
    "estimate": "estimates and LS means",
    "se": "standard errors",
    "df": "degrees of freedom",
    "sigma": "covariance parameters",
    "covariance": "robust covariances",
    "statistic": "t and F statistics",
    "limit": "confidence limits",
    "p": "p-values",
    "information": "AIC, AICc, BIC",
}
SMALL = 1e-9  # differences below this depend on the machine


@dataclass(frozen=True)
class Outcome:
    """A check with the engine's value."""

    check: Check
    ours: float
    limit: float

    @property
    def difference(self) -> float:
        """Absolute difference."""
        return abs(self.ours - self.check.reference)

    @property
    def share(self) -> float:
        """Difference as a share of the tolerance; exact counts that agree are 0."""
        return self.difference / self.limit if self.limit else float(self.difference > 0)


SOURCES = (
    ("SAS PROC MIXED, full precision", sas.checks, None),
    ("Tight optimum of the same models", tight.checks, None),
    ("SAS PROC MIXED, WEIGHT", sas_weight.checks, None),
    ("SAS PROC MIXED, predictions", sas_predictions.checks, None),
    ("SAS PROC MIXED, antidepressant trial", antidepressant.checks, None),
    ("R, the project's own closed-form cases", own_exact.checks, None),
    ("R, the project's own comparisons of arms", own_comparisons.checks, None),
    ("R, the project's own incomplete data", own_cases.checks, MAIN_KINDS),
    ("SAS PROC MIXED, whole listings", listings.checks, MAIN_KINDS),
    ("R mmrm, classic data sets", classic.checks, MAIN_KINDS),
    ("nlme, lme4, pbkrtest, printed numbers", classic_others.checks, MAIN_KINDS),
)


def evaluate(checks: list[Check]) -> list[Outcome]:
    """The engine's value for every check."""
    return [Outcome(check, float(check.ours()), float(check.limit())) for check in checks]


def worst_of(outcomes: list[Outcome], kinds: tuple[str, ...] | None) -> list[Outcome]:
    """The largest share of its tolerance per case and kind, in order of appearance."""
    found: dict[tuple[str, str], Outcome] = {}
    for outcome in outcomes:
        key = (outcome.check.case, outcome.check.kind)
        if kinds and outcome.check.kind not in kinds:
            continue
        if key not in found or outcome.share > found[key].share:
            found[key] = outcome
    return list(found.values())


def format_difference(value: float) -> str:
    """Two digits; what depends on the machine is only bounded."""
    if value == 0:
        return "0"
    return f"{value:.1e}" if value >= SMALL else f"< {SMALL:.0e}"


def format_row(outcome: Outcome) -> str:
    """One line of an agreement table."""
    check = outcome.check
    cells = (
        check.case,
        check.quantity,
        check.program,
        f"{check.reference:.12g}",
        f"{outcome.ours:.10g}",
        format_difference(outcome.difference),
        f"{outcome.limit:.1e}" if outcome.limit else "exact",
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def format_summary(evaluated: list[tuple[str, list[Outcome]]]) -> list[str]:
    """Counts per source, and the largest share of the tolerance per kind."""
    lines = [
        "| source | numbers compared | outside tolerance | deviance above the reference |",
        "|---|---|---|---|",
    ]
    for title, outcomes in evaluated:
        outside = sum(o.share > 1 for o in outcomes)
        above = sum(
            o.check.ceiling is not None and o.ours > o.check.reference + o.check.ceiling for o in outcomes
        )
        lines.append(f"| {title} | {len(outcomes)} | {outside} | {above} |")
    total = sum(len(outcomes) for _, outcomes in evaluated)
    return [*lines, f"| all | {total} | | |"]


def format_kinds(evaluated: list[tuple[str, list[Outcome]]]) -> list[str]:
    """Numbers compared per kind."""
    everything = [outcome for _, outcomes in evaluated for outcome in outcomes]
    lines = ["| kind | numbers compared | largest difference / tolerance |", "|---|---|---|"]
    for kind, name in KIND_NAMES.items():
        own = [o for o in everything if o.check.kind == kind]
        lines.append(f"| {name} | {len(own)} | {max(o.share for o in own):.2f} |")
    return lines


def format_excluded() -> list[str]:
    """What the reference folder holds and no check compares, with reasons."""
    lines = ["| reference | not compared because |", "|---|---|"]
    for reasons in (sas.NOT_COVERED, sas.NOT_COVERED_PARTS, antidepressant.NOT_COVERED, classic.NOT_COVERED):
        lines += [f"| {name} | {reason} |" for name, reason in reasons.items()]
    return lines


def make_tables() -> str:
    """Everything below the marker."""
    evaluated = [(title, evaluate(make())) for title, make, _ in SOURCES]
    lines = [
        MARKER,
        "",
        *beside.format_page(),
        "## Summary",
        "",
        *format_summary(evaluated),
        "",
        *format_kinds(evaluated),
        "",
    ]
    lines += ["## Not compared", "", *format_excluded(), ""]
    for (title, outcomes), (_, _, kinds) in zip(evaluated, SOURCES, strict=True):
        kept = "every kind" if kinds is None else "-2 log-likelihood, estimates, standard errors and df"
        lines += [f"## {title}", "", f"Worst number of each case and kind ({kept}).", ""]
        lines += ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
        lines += [format_row(outcome) for outcome in worst_of(outcomes, kinds)]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Replace everything below the marker."""
    if not SHARED.exists():
        raise SystemExit(
            f"make_validation: expected the reference folder beside the repository at {SHARED}, found none"
        )
    text = PAGE.read_text().split(MARKER)[0]
    PAGE.write_text(text + make_tables())


if __name__ == "__main__":
    main()
