"""How far the imputed values of an arm must be shifted before the conclusion at a visit flips."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.missing.settings import MultipleImputation
from trial.study.base import Code, listed
from trial.study.names import unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(MultipleImputation):
    """A shift added to every imputed value of an arm at the visit: of the compared arm alone, and of both."""

    plays: ClassVar[tuple[str, ...]] = ("tipping",)

    method: Literal["tipping"]
    """Delta-adjusted multiple imputation and its tipping point."""
    visit: Code
    """The visit whose comparison is examined."""
    shifts: Annotated[listed(float), Field(max_length=99)]  # type: ignore[valid-type]
    """Shifts of the grid in units of the imputation model's SD at the visit, rising, 0 among them."""

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what the imputation model does, a wrong visit, and shifts that are no grid."""
        yield from super().check(study, paramcds)
        later = [visit.code for visit in study.visits if not visit.baseline]
        yield from unknown_name("visit", self.visit, later)
        if list(self.shifts) != sorted(set(self.shifts)) or 0 not in self.shifts:
            yield "shifts: rising numbers, each once, with 0 among them"
        if self.comparisons.averages or self.comparisons.contrasts:
            yield "comparisons: a tipping point is that of two arms at a visit; averages and contrasts are {}"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Examine one endpoint; see `trial.analysis.missing.shifted.run_tipping`."""
    from trial.analysis.missing.shifted import run_tipping

    return run_tipping(data, config)
