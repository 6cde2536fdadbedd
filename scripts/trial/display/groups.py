"""The columns of counts: each arm and all together, with their N from the population."""

from dataclasses import dataclass
from functools import partial

from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.sizes import arm_size
from trial.display.wording import arm_heading

TOTAL = ""  # the arm of results of all arms together
count = partial(format_number, decimals=0)


@dataclass(frozen=True)
class Group:
    """A group of columns: the code of its arm (or `TOTAL`) and its heading."""

    code: str
    heading: str


def column_groups(context: Context) -> list[Group]:
    """Return the arms and the total with their N, which comes from the population."""
    spec, counts = context.spec, context.results["counts"]
    sizes = [counts.get("", "", arm.code, "N").value for arm in spec.arms]
    arms = [Group(arm.code, arm_heading(arm, arm_size(counts, arm))) for arm in spec.arms]
    return [*arms, Group(TOTAL, f"Total\n(N={count(sum(sizes))})")]
