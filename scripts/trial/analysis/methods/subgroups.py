"""Subgroups: the primary model with arm x subgroup in it, the effect in each level, and their interaction."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from trial.analysis.linear import BASE, BASE_OF
from trial.analysis.mixed import MixedModel
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Level(Strict):
    """One level of a subgroup that is a text of ADSL."""

    value: Text
    """The text."""
    label: Text
    """Name for readers."""


class Subgroup(Strict):
    """Two levels by a cut of a number (below it, at or above it), or the named texts of a column."""

    code: Code
    """Stands in the results."""
    label: Text
    """Name for readers, with the unit."""
    variable: Text
    """A column of ADSL, BASE (the endpoint's own baseline value), or BASE_ and the code of an endpoint."""
    cut: float | None
    """The number that parts two levels, in the unit of the variable; null where there are levels."""
    levels: Annotated[tuple[Level, ...], Field(strict=False)] | None
    """The texts that are levels; null where there is a cut."""

    @model_validator(mode="after")
    def _one_kind(self) -> "Subgroup":
        if (self.cut is None) == (self.levels is None):
            raise ValueError("a subgroup has a cut or levels, and the other one is null")
        if self.levels is not None and len({level.value for level in self.levels}) < max(2, len(self.levels)):
            raise ValueError("levels: at least two, each once")
        return self

    @property
    def of_adsl(self) -> bool:
        """Whether its variable is a column of ADSL."""
        return self.variable != BASE and not self.variable.startswith(BASE_OF)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the levels for readers, in order."""
        if self.levels is not None:
            return tuple(level.label for level in self.levels)
        return f"< {self.cut:g}", f"≥ {self.cut:g}"


class Config(MixedModel):
    """The keys of the MMRM, the subgroups, and the smallest cell that is tested."""

    plays: ClassVar[tuple[str, ...]] = ("subgroups",)

    method: Literal["subgroups"]
    """Treatment effects in subgroups."""
    subgroups: listed(Subgroup)  # type: ignore[valid-type]
    """The subgroups, each in a model of its own."""
    smallest_cell: Annotated[int, Field(ge=2)]
    """Subjects per arm and level below which a level is described and not tested."""

    def columns(self) -> Mapping[str, str]:
        """Return the columns of ADSL of covariates and subgroups, with their kind."""
        own = {g.variable: "number" if g.levels is None else "text" for g in self.subgroups if g.of_adsl}
        return {**super().columns(), **own}

    def baselines(self) -> tuple[str, ...]:
        """Return the other endpoints whose baseline is a covariate or makes a subgroup."""
        own = [g.variable.removeprefix(BASE_OF) for g in self.subgroups if g.variable.startswith(BASE_OF)]
        return tuple(dict.fromkeys([*super().baselines(), *own]))

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what the MMRM's keys contradict, and wrong variables and kinds of subgroups."""
        yield from super().check(study, paramcds)
        yield from repeated_names("subgroups", [one.code for one in self.subgroups])
        known = study.subject_kinds()
        for one in self.subgroups:
            key = f"subgroups.{one.code}"
            if one.of_adsl:
                yield from unknown_name(f"{key}.variable", one.variable, [BASE, *known])
                found = known.get(one.variable, "number" if one.levels is None else "text")
                if found != ("number" if one.levels is None else "text"):
                    needed = "a cut" if found == "number" else "levels"
                    yield f"{key}: {one.variable} is a {found} in ADSL; it needs {needed}"
            elif one.levels is not None:
                yield f"{key}: a baseline value needs a cut"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Fit one model per subgroup; see `trial.analysis.subgroups.analyse.compare_subgroups`."""
    from trial.analysis.subgroups.analyse import compare_subgroups

    return compare_subgroups(data, config)
