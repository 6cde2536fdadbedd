"""How long subjects were observed: from the first day of emergent events to the last day known."""

import pandas as pd

from trial.analysis.data import AnalysisData


def observed_time(data: AnalysisData, events: pd.DataFrame) -> pd.DataFrame:
    """Return by subject FIRST (the day from which events are emergent) and DAYS, both ends counted.

    A subject is at risk until the last day on which it is known to have been observed: discontinuation, a
    visit that was done, or the start of an event, whichever is latest.
    """
    visits = data.tables["adsv"]
    seen = [
        data.subjects["DISCDT"],
        visits[visits["DONE"] != "N"].groupby("USUBJID")["SVDT"].max(),
        events.groupby("USUBJID")["ASTDT"].max(),
    ]
    index = data.subjects.index
    days = [pd.to_datetime(part.reindex(index), errors="coerce") for part in seen]
    last = pd.concat(days, axis=1).max(axis=1)
    first = pd.to_datetime(data.subjects["TRTEMDT"], errors="coerce")
    length = ((last - first).dt.days + 1).clip(lower=0).fillna(0)
    return pd.DataFrame({"FIRST": first, "DAYS": length.astype(float)}, index=index)
