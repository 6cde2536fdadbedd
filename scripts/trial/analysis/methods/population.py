"""The size of an analysis population by arm: the N of column headings."""

from typing import TYPE_CHECKING, ClassVar, Literal

from trial.analysis.config import Analysis

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """An analysis of the whole study: it names no endpoints."""

    plays: ClassVar[tuple[str, ...]] = ("counts",)

    method: Literal["population"]
    """The number of subjects of a population by arm."""
    endpoints: None
    """null: it is of the whole study."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return the number of subjects of the population by arm (statistic `N`)."""
    from trial.analysis.outcome import Outcome, subject_set

    rows, sets = [], []
    for arm in data.spec.arms:
        members = data.treatments[data.treatments == arm.code].index
        sets.append(subject_set(data.spec, arm.code, members))
        rows.append(
            {
                "method": config.population,
                "group": arm.code,
                "statistic": "N",
                "value": float(len(members)),
                "n": float(len(members)),
                "records": sets[-1].id,
            }
        )
    return Outcome.of(data.spec, rows, {}, sets)
