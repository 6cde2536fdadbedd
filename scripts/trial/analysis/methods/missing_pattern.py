"""Which visits are missing together, and how those who left differed at baseline from those who stayed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.analysis.linear import BASE, BASE_OF
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Characteristic(Strict):
    """A variable at baseline by which those who left are compared with those who stayed."""

    variable: Text
    """BASE (the endpoint's own baseline value), BASE_ and the code of another endpoint, or a column of
    ADSL."""
    kind: Literal["numeric", "factor"]
    """numeric, or a factor of which each level is compared."""


class Config(Analysis):
    """Counts of patterns by arm; completers against drop-outs at baseline, without tests."""

    plays: ClassVar[tuple[str, ...]] = ("missing",)

    method: Literal["missing_pattern"]
    """Patterns of missing visits."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are described: all, or a list of codes."""
    covariates: Annotated[tuple[Characteristic, ...], Field(strict=False)]
    """Variables at baseline by which completers and drop-outs are compared."""

    def columns(self) -> Mapping[str, str]:
        """Return the characteristics that stand in ADSL, with the kind of their column."""
        kinds = {"numeric": "number", "factor": "text"}
        return {c.variable: kinds[c.kind] for c in self.covariates if _of_adsl(c.variable)}

    def baselines(self) -> tuple[str, ...]:
        """Return the other endpoints whose baseline is compared."""
        names = [c.variable for c in self.covariates if c.variable.startswith(BASE_OF)]
        return tuple(name.removeprefix(BASE_OF) for name in names)

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield wrong names and kinds of characteristics."""
        yield from repeated_names("covariates", [c.variable for c in self.covariates])
        known = study.subject_kinds()
        for one in self.covariates:
            if _of_adsl(one.variable):
                yield from unknown_name("covariates", one.variable, [BASE, *known])
                found = known.get(one.variable, "")
                if found == "date" or (found == "text" and one.kind == "numeric"):
                    yield f"covariates: {one.variable} is a {found} in ADSL, not {one.kind}"
            elif one.kind == "factor":
                yield f"covariates: {one.variable} is a baseline value, which is numeric"


def _of_adsl(variable: str) -> bool:
    return variable != BASE and not variable.startswith(BASE_OF)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Describe one endpoint; see `trial.analysis.missing.described.run_pattern`."""
    from trial.analysis.missing.described import run_pattern

    return run_pattern(data, config)
