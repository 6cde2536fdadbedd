"""Single subjects of an endpoint by arm: baseline to the primary visit, and their sorted changes."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.results import Statistic
from trial.display.spec import Arm
from trial.display.wording import NULL_REPORT, benefit_text

if TYPE_CHECKING:
    import pandas as pd

    from trial.display.figures.outputs import Plot

TEMPLATE = Template(
    "figure", "endpoint", roles=("observed", "counts", "events"), data=("adlb",), optional=("events",)
)


def build(context: Context) -> "Plot":
    """Return slopes and waterfall of one endpoint."""
    from trial.display.figures.changes import change_frame
    from trial.display.figures.individual import change_words, draw_individual, individual_heading
    from trial.display.figures.outputs import Plot

    spec, endpoint = context.spec, context.endpoint
    visit = spec.primary_visit(endpoint).label
    title = context.title(
        f"{endpoint.title}: each subject at baseline and {visit}, and its {change_words(endpoint)}"
    )
    frame = change_frame(context)
    frame = frame.assign(middle_result_id=" ".join(_middle(context, arm).result_id for arm in spec.arms))
    heading = individual_heading(context, title, frame)
    return Plot(heading, frame, lambda: draw_individual(context, frame, heading), _alt(context, title, frame))


def _alt(context: Context, title: str, frame: "pd.DataFrame") -> str:
    """Return n and the middle of the change of each arm."""
    if frame.empty:
        return f"{title}. {NULL_REPORT}"
    spec = context.spec
    arms = [
        f"{spec.arm(row['arm']).label}: {row['n']} of {row['of']} subjects, "
        f"{_middle_text(context, spec.arm(row['arm']))}"
        for row in frame[frame["mark"] == "size"].to_dict("records")
    ]
    return f"{title}, {benefit_text(context.endpoint)}; one panel per arm. {'. '.join(arms)}."


def _middle(context: Context, arm: Arm) -> Statistic:
    """Return the median change of an arm, or the geometric mean ratio on the log scale, as observed."""
    endpoint, results = context.endpoint, context.results["observed"]
    name = "RATIO.geomean" if endpoint.is_log else "CHG.median"
    return results.get(endpoint.paramcd, endpoint.primary_visit, arm.code, name)


def _middle_text(context: Context, arm: Arm) -> str:
    endpoint, statistic = context.endpoint, _middle(context, arm)
    words = "geometric mean ratio to baseline" if endpoint.is_log else "median change"
    if not statistic.present:
        return f"{words} {'withheld' if statistic.withheld else 'not estimable'}"
    decimals = context.spec.decimals(endpoint)
    return (
        f"{words} {format_number(statistic.value, decimals.ratio if endpoint.is_log else decimals.location)}"
    )
