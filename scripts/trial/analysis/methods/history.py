"""Medical history by organ class and term: subjects by arm."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from trial.analysis.config import Analysis

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

READ = {"USUBJID": "text", "MHBODSYS": "text", "MHDECOD": "text", "MHONGO": "text"}


class Config(Analysis):
    """Every recorded condition counts, whenever it began or ended; those that go on are counted too."""

    plays: ClassVar[tuple[str, ...]] = ("history",)

    method: Literal["history"]
    """Medical history."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of the medical history."""
        return {"admh": READ}


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return subjects by level: `<level>` with any condition, `<level>.ongoing` with one that goes on."""
    import pandas as pd

    from trial.analysis.counting import Counting
    from trial.analysis.outcome import Outcome
    from trial.analysis.terms import Group, Level, coded, term_groups

    admh = data.tables["admh"]
    mine = admh[admh["USUBJID"].isin(data.treatments.index)]
    mine = mine.assign(**coded(mine, "MHBODSYS", "MHDECOD"))
    found = [Group(Level("any", "any", "Any condition", ""), mine), *term_groups(mine, "MHBODSYS", "MHDECOD")]
    counting = Counting.of(data)
    rows: list[dict[str, object]] = []
    for group in found:
        ongoing: pd.DataFrame = group.events[group.events["MHONGO"] == "Y"]
        rows += counting.counts(group.level.key, group.events)
        rows += counting.counts(f"{group.level.key}.ongoing", ongoing)
    record = {
        "levels": [group.level.record() for group in found],
        "not_recorded": int((mine["MHONGO"] == "").sum()),
    }
    return Outcome.of(data.spec, rows, record, list(counting.sets.values()))
