"""The N of column headings."""

from trial.display.numbers import format_number
from trial.display.results import Results
from trial.display.spec import Arm
from trial.study.errors import DataError


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
