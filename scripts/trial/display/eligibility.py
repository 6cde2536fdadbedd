"""What the listings of eligibility and deviations share: subjects by arm, and raw records in words."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trial.display.context import Context
from trial.display.table import Block, Cell, Row

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[Hashable, Any]
NO_TREATMENT = "No treatment"


def blocks_by_arm(
    context: Context, found: "pd.DataFrame", texts: Callable[[Record], Sequence[str]]
) -> Iterator[Block]:
    """Yield the rows of each arm by the treatment of the output; rows keep their order."""
    subjects = context.data["adsl"].set_index("USUBJID")[context.spec.treatment]
    arms = found["USUBJID"].map(subjects)
    for code, label in [*((arm.code, arm.label) for arm in context.spec.arms), ("", NO_TREATMENT)]:
        rows = [Row(tuple(map(Cell, texts(record)))) for record in found[arms == code].to_dict("records")]
        if rows:
            yield Block(label, tuple(rows))


def raw_record(record: Record) -> str:
    """Return where a raw record stands, in words."""
    words = (("FILE", ""), ("SHEET", "sheet "), ("ROW", "row "), ("COLUMN", "column "))
    return ", ".join(f"{word}{record[name]}" for name, word in words if record[name])
