"""The LS-mean profile: estimate with confidence interval by arm over time, and n under the axis."""

import math

import pandas as pd
from matplotlib.figure import Figure

from trial.display.comparisons import (
    arm_statistic,
    baseline_notes,
    observed_baseline,
    stable_notes,
)
from trial.display.context import Context
from trial.display.figures.arms import dodge
from trial.display.figures.axes import smallest_gap, visit_span
from trial.display.figures.frame import Heading
from trial.display.figures.lines import Lines, draw_lines
from trial.display.notes import assemble_notes, estimate_notes
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint, OutputSpec, Visit
from trial.display.wording import estimate_name, level_text, output_number, population_line


def profile_frame(spec: OutputSpec, endpoint: Endpoint, model: Results, observed: Results) -> pd.DataFrame:
    """Return the plotted data of the profile, one row per arm and visit.

    Returns
    -------
    DataFrame
        ``arm, visit, day, x`` (where the mark stands), ``estimate, lower, upper, n``, each with its
        result_id, ``detectability`` (why an endpoint is that only). On the log
        scale estimates are geometric mean ratios to baseline, or geometric means. Baseline rows: n only.
    """
    shifts = dodge(len(spec.arms), smallest_gap(spec.visits), visit_span(spec.visits))
    rows = [
        _profile_row(arm, visit, shift, endpoint, arm_statistic(spec, endpoint), (model, observed))
        for arm, shift in zip(spec.arms, shifts, strict=True)
        for visit in spec.visits
    ]
    return pd.DataFrame(rows)


def draw_profile(spec: OutputSpec, endpoint: Endpoint, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the profile from its data."""
    shown = Lines(frame, _value_text(spec, endpoint), _no_change(spec, endpoint))
    return draw_lines(spec, endpoint, shown, heading)


def _no_change(spec: OutputSpec, endpoint: Endpoint) -> tuple[float, ...]:
    """Return where no change lies on the value axis; nowhere where the response is the value itself."""
    if spec.model(endpoint).response == "value":
        return ()
    return (1.0,) if endpoint.is_log else (0.0,)


def profile_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the profile."""
    spec, endpoint = context.spec, context.endpoint
    interval, name = level_text(spec), estimate_name(spec, endpoint)
    subject = f"{name}, log axis" if endpoint.is_log else name
    marks = (
        f"Marks: {subject}; bars: {interval} from the model below (not SE, not SD). "
        f"Marks stand side by side so that bars do not overlap."
    )
    model = context.results["model"]
    frame = profile_frame(spec, endpoint, model, context.results["observed"])
    if (frame["detectability"] != "").any():
        marks += " Open grey marks: detectability only; see the warning."
    marks += "".join(f" Line at {value:.0f}: no change." for value in _no_change(spec, endpoint))
    counts = "n: subjects in the model with a value at the visit; at baseline: with an observed baseline."
    notes = assemble_notes(
        context,
        abbreviations=["CI", "LS", "SD", "SE"],
        model=(marks, context.specification("model"), *baseline_notes(spec, endpoint, model)),
        denominators=(
            *observed_baseline(spec, endpoint, context.results["observed"]),
            counts,
            *stable_notes(spec, endpoint, model),
        ),
        warnings=estimate_notes(spec, endpoint, model),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def _profile_row(
    arm: Arm, visit: Visit, shift: float, endpoint: Endpoint, name: str, results: tuple[Results, Results]
) -> dict[str, object]:
    model, observed = results
    row: dict[str, object] = {
        "arm": arm.code, "visit": visit.code, "day": visit.day, "x": visit.day + shift
    }  # fmt: skip
    if visit.baseline:
        count = observed.get(endpoint.paramcd, visit.code, arm.code, "AVAL.n")
        found = {"estimate": None, "lower": None, "upper": None, "n": count}
    else:
        names = {"estimate": name, "lower": f"{name}.lower", "upper": f"{name}.upper", "n": "n"}
        found = {
            column: model.get(endpoint.paramcd, visit.code, arm.code, statistic)
            for column, statistic in names.items()
        }
    for column, statistic in found.items():
        row[column] = statistic.value if statistic and statistic.present else math.nan
    row["detectability"] = found["estimate"].detectability if found["estimate"] else ""
    for column, statistic in found.items():
        row[f"{column}_result_id"] = statistic.result_id if statistic else ""
    return row


def _value_text(spec: OutputSpec, endpoint: Endpoint) -> str:
    is_ratio = arm_statistic(spec, endpoint) == "ratio"
    name = endpoint.difference_unit if spec.model(endpoint).response == "change" else endpoint.unit_label
    unit = f" ({name})" if name and not is_ratio else ""
    return f"{endpoint.label}: {estimate_name(spec, endpoint)}{unit}, {level_text(spec)}"
