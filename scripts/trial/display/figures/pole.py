"""An index against glucose: every analysed value, the zone near the pole, draws without a value."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import LABEL_SIZE, plain_ticks, set_limits, set_value_axis, set_value_label
from trial.display.figures.empty import draw_null_report
from trial.display.figures.frame import QUIET, Heading, open_canvas
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.figures.sized import sized_canvas
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number, format_plain
from trial.display.spec import Arm
from trial.display.wording import output_number, population_line

ROLE = "domain"
STABLE, UNSTABLE, UNDEFINED = "stable", "unstable", "undefined"
ZONE = "#e3e6ea"
INK = "#1b1f24"
PLOT, LABEL_WIDTH, AXIS_ROOM, SIDE = 3.4, 0.85, 0.5, 1.25  # inches
NAMED = 12  # values that the notes name one by one
NUMBERS = ("glucose", "partner", "value")
COLUMNS = ("mark", "arm", "subject", "visit", *NUMBERS, "record", "zone", "n", "n_result_id")


def pole_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data, one row per record, then the counts of zones by arm over all visits.

    Returns
    -------
    DataFrame
        ``mark`` (zone of a record, or count), ``arm, subject, visit, glucose, partner, value``; ``record``
        (parameter, subject and sequence number, joined by ``!``); of a count ``zone``, ``n`` and its
        ``n_result_id``.
    """
    (found,) = context.records[ROLE]
    code = context.endpoint.paramcd
    rows = [
        {
            "mark": one["zone"], "arm": one["arm"], "subject": one["subject"], "visit": one["visit"],
            "record": f"{code}!{one['subject']}!{format_number(one['record'], 0)}",
            **{name: one[name] for name in NUMBERS},
        }
        for one in found["points"]
    ]  # fmt: skip
    counts = [
        _count(context, arm, zone) for arm in context.spec.arms for zone in (STABLE, UNSTABLE, UNDEFINED)
    ]
    frame = pd.DataFrame([*rows, *counts] if rows else [], columns=list(COLUMNS))
    texts = [name for name in COLUMNS if name not in NUMBERS]
    frame = frame.assign(**{name: frame[name].fillna("") for name in texts})
    return frame.astype(dict.fromkeys(NUMBERS, float))


def _count(context: Context, arm: Arm, zone: str) -> dict[str, Any]:
    found = [
        context.results[ROLE].get(context.endpoint.paramcd, visit.code, arm.code, f"{zone}.n")
        for visit in context.spec.visits
    ]
    texts = [format_number(one.value, 0) for one in found if one.present]
    ids = [one.result_id for one in found if one.present]
    return {
        "mark": "count", "arm": arm.code, "zone": zone, "n": " + ".join(texts), "n_result_id": " ".join(ids)
    }  # fmt: skip


def pole_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the figure."""
    spec = context.spec
    lines = assemble_notes(
        context,
        denominators=_definitions(context, frame) if len(frame) else (),
        warnings=context.results["observed"].warnings(context.endpoint.paramcd),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(line.printed for line in lines),
        context.stamp,
    )


def _definitions(context: Context, frame: pd.DataFrame) -> list[str]:
    (found,) = context.records[ROLE]
    glucose, partner = _words(found)
    low, high = format_plain(found["undefined_at"]), format_plain(found["unstable_below"])
    unit = found["inputs"]["glucose"]["unit"]
    texts = [
        f"{context.endpoint.label} = {found['formula']}, with {glucose} and {partner} of one draw "
        f"(replicates averaged). At glucose of {low} {unit} or less it has no value; below {high} {unit} "
        "a small error of glucose changes it greatly: such values are analysed as they are, and marked. "
        "Nothing is clamped.",
        f"Marks: analysed records of all visits{', log axis' * _is_log(frame)}. {_counts(context, frame)}.",
    ]
    if found["curves"]:
        texts.append(f"Thin curves: {context.endpoint.label} at the same {_inline(_partner(found))}.")
    return [*texts, *_named(context, frame), *_effect(context)]


def _words(found: Mapping[str, Any]) -> tuple[str, str]:
    texts = {role: f"{_inline(one)} in {one['unit']}" for role, one in found["inputs"].items()}
    glucose = texts.pop("glucose")
    (partner,) = texts.values()
    return glucose, partner


def _inline(analyte: Mapping[str, str]) -> str:
    """Return the label of an input as it stands within a sentence: glucose, but C-peptide."""
    label = analyte["label"]
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _is_log(frame: pd.DataFrame) -> bool:
    """Return whether every value has a logarithm."""
    return bool((frame["value"].dropna() > 0).all())


def _partner(found: Mapping[str, Any]) -> Mapping[str, str]:
    partner: Mapping[str, str]
    (partner,) = (one for role, one in found["inputs"].items() if role != "glucose")
    return partner


def pole_text(context: Context, frame: pd.DataFrame) -> str:
    """Return counts, unstable values and their effect in words, for the alternative text."""
    texts = [f"{_counts(context, frame)}.", *_named(context, frame), *_effect(context)]
    return " ".join(texts)


def _counts(context: Context, frame: pd.DataFrame) -> str:
    """Return the counts of each zone by arm, visit by visit."""
    visits = ", ".join(visit.label for visit in context.spec.visits)
    counts = frame[frame["mark"] == "count"].set_index(["arm", "zone"])["n"]
    names = {STABLE: "stable", UNSTABLE: "unstable", UNDEFINED: "without a value"}
    arms = [
        f"{arm.label}: {', '.join(f'{names[zone]} {counts[arm.code, zone]}' for zone in names)}"
        for arm in context.spec.arms
    ]
    return f"Records at {visits}: {'; '.join(arms)}"


def _named(context: Context, frame: pd.DataFrame) -> list[str]:
    """Return the unstable values one by one, the nearest to the limit first."""
    rows = frame[frame["mark"] == UNSTABLE].sort_values(["glucose", "subject"])
    if rows.empty:
        return []
    (found,) = context.records[ROLE]
    unit = found["inputs"]["glucose"]["unit"]
    places = context.spec.decimals(context.endpoint).extreme
    own = f" {context.endpoint.unit_label}".rstrip()
    texts = [
        f"{row['subject']} {context.spec.visit(row['visit']).label} "
        f"{format_number(row['value'], places)}{own} at "
        f"{format_plain(row['glucose'])} {unit}"
        for row in rows.head(NAMED).to_dict("records")
    ]
    more = f"; and {len(rows) - NAMED} more in the data of this figure" if len(rows) > NAMED else ""
    return [f"Unstable: {'; '.join(texts)}{more}."]


def _effect(context: Context) -> list[str]:
    """Return what the unstable values do to the geometric means of their arms and visits."""
    spec, endpoint = context.spec, context.endpoint
    places, texts = spec.decimals(endpoint).location, []
    for visit in spec.visits:
        for arm in spec.arms:
            place = (endpoint.paramcd, visit.code, arm.code)
            without = context.results[ROLE].get(*place, "stable.geomean")
            whole = context.results["observed"].get(*place, "AVAL.geomean")
            if without.present and whole.present:
                numbers = [format_number(one.value, places) for one in (whole, without)]
                texts.append(f"{arm.label}, {visit.label}: {numbers[0]}, without them {numbers[1]}")
    return [f"Observed geometric mean with unstable values: {'; '.join(texts)}."] if texts else []


def effect_ids(context: Context) -> str:
    """Return the results that the note about the geometric means prints."""
    spec, code = context.spec, context.endpoint.paramcd
    found = [
        (context.results[ROLE].get(code, visit.code, arm.code, "stable.geomean"),
         context.results["observed"].get(code, visit.code, arm.code, "AVAL.geomean"))
        for visit in spec.visits
        for arm in spec.arms
    ]  # fmt: skip
    return " ".join(one.result_id for pair in found if all(s.present for s in pair) for one in pair)


def draw_pole(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the index against glucose."""
    if frame.empty:
        return draw_null_report(heading)
    (found,) = context.records[ROLE]
    probe, entries = open_canvas(heading), _legend_entries(context, found, frame)
    left, right = probe.left + LABEL_WIDTH, probe.right - (SIDE if found["curves"] else 0.0)
    legend = plan_legend(probe.figure, list(entries), probe.right - left)
    canvas = sized_canvas(heading, PLOT + AXIS_ROOM + legend.height)
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, right, canvas.top - legend.height)
    _set_axes(axis, context, found, frame)
    _draw_zone(axis, found)
    _draw_curves(axis, found)
    for arm in context.spec.arms:
        _draw_arm(axis, context, arm, frame[frame["arm"] == arm.code])
    place_legend(axis, legend, list(entries.values()))
    return canvas.figure


def _set_axes(axis: Axes, context: Context, found: Mapping[str, Any], frame: pd.DataFrame) -> None:
    endpoint, glucose = context.endpoint, frame["glucose"].dropna()
    low = min(glucose.min(), found["undefined_at"])
    margin = 0.04 * (glucose.max() - low) or 0.5
    axis.set_xlim(low - margin, glucose.max() + margin)
    is_log = _is_log(frame)
    set_limits(axis, frame["value"].dropna().tolist(), is_log, 0.08)
    set_value_axis(axis, is_log)
    axis.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]))
    axis.xaxis.set_major_formatter(plain_ticks(axis.xaxis.get_major_locator().tick_values(*axis.get_xlim())))
    one = found["inputs"]["glucose"]
    axis.set_xlabel(f"{one['label']} of the same draw ({one['unit']})", size=LABEL_SIZE)
    set_value_label(axis, f"{endpoint.title}{', log axis' * is_log}", endpoint)


def _draw_zone(axis: Axes, found: Mapping[str, Any]) -> None:
    axis.axvspan(found["undefined_at"], found["unstable_below"], facecolor=ZONE, edgecolor="none", zorder=0)
    axis.axvline(found["undefined_at"], color=INK, linewidth=1.2, linestyle="--", zorder=2, gid="pole")


def _draw_curves(axis: Axes, found: Mapping[str, Any]) -> None:
    partner = _partner(found)
    low, high = axis.get_ylim()  # the curves change no limit: those nearest to the pole leave the plot
    axis.set_autoscaley_on(False)
    right = axis.get_xlim()[1]
    for curve in found["curves"]:
        axis.plot(curve["glucose"], curve["value"], color=QUIET, linewidth=0.7, zorder=1)
        if low <= (end := curve["value"][-1]) <= high:
            text = f"{_inline(partner)} {format_plain(curve['partner'])} {partner['unit']}"
            axis.annotate(
                text, (right, end), xytext=(3, 0), textcoords="offset points", size=7.5, va="center",
                color=QUIET, annotation_clip=False,
            )  # fmt: skip


def _draw_arm(axis: Axes, context: Context, arm: Arm, rows: pd.DataFrame) -> None:
    for mark, look in _looks(context, arm).items():
        mine = rows[rows["mark"] == mark]
        if mine.empty:
            continue
        gid = f"{mark}-{arm.code}"
        if mark == UNDEFINED:
            place = axis.get_xaxis_transform()
            axis.plot(mine["glucose"], [0.025] * len(mine), transform=place, gid=gid, clip_on=False, **look)
        else:
            axis.plot(mine["glucose"], mine["value"], gid=gid, clip_on=False, **look)


def _looks(context: Context, arm: Arm) -> dict[str, dict[str, Any]]:
    """Return how the marks of an arm look: open for the reference, ringed where unstable."""
    style = arm_style(context.spec, arm)
    face = "white" if arm.code == context.spec.reference_arm else style.colour
    look: dict[str, Any] = {"linestyle": "none", "marker": style.marker, "color": style.colour}
    return {
        STABLE: look | {"markersize": 4.5, "markerfacecolor": face, "markeredgewidth": 0.9, "zorder": 4},
        UNSTABLE: look | {
            "markersize": 9, "markerfacecolor": face, "markeredgewidth": 2.0,
            "markeredgecolor": INK, "zorder": 6,
        },
        UNDEFINED: look | {
            "marker": "x", "markersize": 6.5, "color": INK, "markeredgewidth": 1.5, "zorder": 6,
        },
    }  # fmt: skip


def _legend_entries(context: Context, found: Mapping[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Return label and sample of every kind of mark that is drawn."""
    unit = found["inputs"]["glucose"]["unit"]
    low, high = (format_plain(found[name]) for name in ("undefined_at", "unstable_below"))
    entries: dict[str, Any] = {
        arm.label: Line2D([], [], **_looks(context, arm)[STABLE]) for arm in context.spec.arms
    }
    looks = _looks(context, context.spec.arms[0])
    if UNSTABLE in set(frame["mark"]):
        ringed = looks[UNSTABLE] | {"marker": "o", "markerfacecolor": "white"}
        entries["unstable value"] = Line2D([], [], **ringed)
    if UNDEFINED in set(frame["mark"]):
        entries["glucose of a draw without a value"] = Line2D([], [], **looks[UNDEFINED])
    entries[f"{low} {unit}: no value at or below"] = Line2D([], [], color=INK, linestyle="--", linewidth=1.2)
    if not math.isclose(found["undefined_at"], found["unstable_below"]):
        entries[f"unstable zone, below {high} {unit}"] = Patch(facecolor=ZONE)
    return entries
