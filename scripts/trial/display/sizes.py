"""The N of column headings."""

from dataclasses import dataclass

from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.results import Results
from trial.display.spec import Arm
from trial.display.wording import arm_heading
from trial.study.errors import DataError

TOTAL = ""  # the arm of results of all arms together


@dataclass(frozen=True)
class Group:
    """A group of columns: the code of its arm (or `TOTAL`) and its heading."""

    code: str
    heading: str


def arm_size(counts: Results, arm: Arm) -> str:
    """Return the printed N of an arm, from the population and never from the rows of an analysis.

    Raises
    ------
    DataError
        If the population holds no N for the arm.
    """
    size = counts.get("", "", arm.code, "N")
    if not size.present:
        raise DataError("population", f"expected N of arm {arm.code}, found none: {size.reason}")
    return format_number(size.value, 0)


def column_groups(context: Context) -> list[Group]:
    """Return the arms and the total with their N, which comes from the population."""
    spec, counts = context.spec, context.results["counts"]
    arms = [Group(arm.code, arm_heading(arm, arm_size(counts, arm))) for arm in spec.arms]
    total = sum(counts.get("", "", arm.code, "N").value for arm in spec.arms)
    return [*arms, Group(TOTAL, f"Total\n(N={format_number(total, 0)})")]
