"""Deaths: adverse events with fatal outcome, and subjects who died without such an event on record."""

import math
from typing import TYPE_CHECKING

from trial.display.adverse import ROLE
from trial.display.adverse_listing import DATA, listing
from trial.display.config import Template
from trial.display.context import Context
from trial.display.table import Table
from trial.study.matching import matches

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", roles=(ROLE, "counts"), data=DATA)
WITHOUT = "Death on record; no adverse event with fatal outcome"


def build(context: Context) -> Table:
    """Return one row per fatal event, and one per subject whose death has none."""
    import pandas as pd

    adae = context.data["adae"]
    (record,) = context.records[ROLE]
    fatal = adae[matches(adae, record["fatal"])].assign(INSTEAD="")
    return listing(context, "Deaths", pd.concat([fatal, _without_event(context, fatal)]))


def _without_event(context: Context, fatal: "pd.DataFrame") -> "pd.DataFrame":
    """Return a row for each subject who died without a fatal event; it starts at the discontinuation."""
    import pandas as pd

    (record,) = context.records[ROLE]
    adsl = context.data["adsl"]
    died = adsl[matches(adsl, record["death"])] if record["death"] else adsl.iloc[:0]
    died = died[~died["USUBJID"].isin(list(fatal["USUBJID"]))]
    empty = {name: math.nan if fatal[name].dtype.kind == "f" else "" for name in fatal}
    rows = [
        empty | {"USUBJID": subject, "AESTDTC": day, "INSTEAD": WITHOUT}
        for subject, day in zip(died["USUBJID"], died["DISCDT"], strict=True)
    ]
    return pd.DataFrame(rows, columns=list(fatal)).astype(fatal.dtypes.to_dict())
