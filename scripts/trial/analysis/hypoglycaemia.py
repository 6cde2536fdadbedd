"""Counting hypoglycaemia: rows `event.*` from adverse events, `value.*` from glucose, `worst.*` from both."""

import pandas as pd

from trial.analysis.counting import Counting
from trial.analysis.data import AnalysisData
from trial.analysis.methods.hypoglycaemia import Config
from trial.analysis.outcome import Outcome
from trial.study.matching import matches_any

UNKNOWN = "UNKNOWN"  # an event whose glucose nobody recorded: of no level that values show


def count_hypoglycaemia(data: AnalysisData, config: Config) -> Outcome:
    """Return subjects, percentages and numbers (`events`: of events or of values) by level and arm.

    `event.any`, `event.<assisted>`, `event.UNKNOWN` (all other events); `value.any` (subjects with a value at
    all) and `value.<level>`, in each level in which a subject has a value; `worst.<level>` and
    `worst.UNKNOWN`, each subject once, by the gravest that events or values show.
    """
    events, values = _events(data, config), _values(data, config)
    counting = Counting.of(data)
    codes = [level.code for level in config.levels]
    rows = [
        *counting.counts("event.any", events),
        *(row for code in (config.assisted.code, UNKNOWN)
          for row in counting.counts(f"event.{code}", events[events["LEVEL"] == code])),
        *counting.counts("value.any", values),
        *(row for code in codes for row in counting.counts(f"value.{code}", values[values["LEVEL"] == code])),
    ]  # fmt: skip
    order = [UNKNOWN, *codes, config.assisted.code]
    both = pd.concat([events, values], ignore_index=True)
    worst = _worst(both, order)
    for code in order:
        mine = both[(both["LEVEL"] == code) & both["USUBJID"].isin(worst.index[worst == code])]
        rows += counting.counts(f"worst.{code}", mine, with_events=False)
    record = {
        "levels": [level.model_dump(mode="json") for level in config.levels],
        "assisted": config.assisted.model_dump(mode="json"),
        "analyte": config.analyte,
        "without_day": int((values["DAY"] == "").sum()),
    }
    return Outcome.of(data.spec, rows, record, list(counting.sets.values()))


def _events(data: AnalysisData, config: Config) -> pd.DataFrame:
    """Return the emergent hypoglycaemias of the members with their LEVEL."""
    adae = data.tables["adae"]
    mine = adae[(adae["TRTEMFL"] == "Y") & adae["USUBJID"].isin(data.treatments.index)]
    mine = mine[matches_any(mine, config.events)]
    assisted = matches_any(mine, config.assisted.any_of)
    level = pd.Series(UNKNOWN, index=mine.index).mask(assisted, config.assisted.code)
    return mine.assign(LEVEL=level)


def _values(data: AnalysisData, config: Config) -> pd.DataFrame:
    """Return the glucose values of the members from the first emergent day on, with DAY and LEVEL.

    A value without a day, or of a subject without such a first day, counts: it may be of that time.
    """
    labs = data.tables["labs"]
    mine = labs[(labs["ANALYTE"] == config.analyte) & labs["USUBJID"].isin(data.treatments.index)]
    mine = mine[mine["VALUE"].notna() | (mine["CENSOR"] != "")]
    day = mine["COLLECTED"].str[:10]
    first = mine["USUBJID"].map(data.subjects["TRTEMDT"])
    mine = mine.assign(DAY=day)[(day == "") | (day >= first)]
    level = pd.Series("", index=mine.index, dtype="str")
    below, limit = mine["CENSOR"] == "<", mine["LIMIT"]
    for one in config.levels:
        shown = (~below & (mine["VALUE"] < one.below)) | (below & (limit <= one.below))
        level = level.mask(shown & (mine["CENSOR"] != ">"), one.code)
    return mine.assign(LEVEL=level)


def _worst(found: pd.DataFrame, order: list[str]) -> pd.Series:
    """Return by subject the gravest level; nothing for subjects with none."""
    ranks = found["LEVEL"].map({code: place for place, code in enumerate(order)}).dropna()
    worst = ranks.groupby(found["USUBJID"]).max()
    return worst.map(lambda place: order[int(place)]).astype("str")
