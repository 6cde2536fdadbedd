"""What a result is, in the words of the analysis results standard: operation, groups and their values."""

from collections.abc import Iterator
from dataclasses import dataclass

from trial.delivery.config import DeliverySpec
from trial.delivery.reading import Result

# The words that the name of an operation is made of; what stands before them in the name of a statistic says
# of what it is (a term, a characteristic, a definition), and is a group.
OPERATIONS = frozenset(
    word
    for line in (
        "n N n_subjects n_obs subjects events values responders below years pct",
        "mean sd se cv median q1 q3 min max geomean geocv lower upper at_most",
        "lsmean diff ratio gmr stddiff rd or rr rate marginal estimate statistic tvalue pvalue",
        "df df_num df_den newcombe mn nc wald boot deviance aic aicc bic smd vr fmi riv mcse",
        "asked dropped penalised adjusted evalue limit cov corr",
    )
    for word in line.split()
)
VISIT, COMPARISON, TERM, OF_WHAT = "VISIT", "COMPARISON", "TERM", "CHARACTERISTIC"


@dataclass(frozen=True)
class Part:
    """One group of a result: the grouping, and the group's id, or its value where the data name it."""

    grouping: str
    value: str
    declared: bool

    @property
    def group_id(self) -> str:
        """The id of a declared group."""
        return f"{self.grouping}.{self.value}"


class Parts:
    """How the results of a study are told apart.

    Parameters
    ----------
    spec : DeliverySpec
    """

    def __init__(self, spec: DeliverySpec) -> None:
        self._visits = {visit.code for visit in (*spec.visits, *spec.averages)}
        self._arms = {arm.code for arm in spec.arms}
        self._comparisons = {comparison.code for comparison in spec.comparisons}
        self._treatments = {analysis.id: analysis.treatment for analysis in spec.analyses}

    def of(self, result: Result) -> tuple[Part, ...]:
        """Return the groups of a result, in the order visit, arm or comparison, what it is of."""
        return tuple(self._of(result))

    def _of(self, result: Result) -> Iterator[Part]:
        if result.visit:
            yield Part(VISIT, result.visit, result.visit in self._visits)
        if result.group:
            known = result.group in self._arms
            yield Part(self._treatments[result.analysis] if known else TERM, result.group, known)
        if result.comparison:
            known = result.comparison in self._comparisons
            yield Part(COMPARISON if known else TERM, result.comparison, known)
        if of_what := split_statistic(result.statistic)[0]:
            yield Part(OF_WHAT, of_what, False)


def split_statistic(statistic: str) -> tuple[str, str]:
    """Return what a statistic is of (empty for nothing in particular) and the operation that gave it.

    The operation is the longest end of the name that is made of `OPERATIONS`, at least its last word.
    """
    words = statistic.split(".")
    first = len(words) - 1
    while first > 0 and words[first - 1] in OPERATIONS and words[first] in OPERATIONS:
        first -= 1
    return ".".join(words[:first]), ".".join(words[first:])
