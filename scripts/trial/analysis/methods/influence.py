"""Influence: the treatment effect without each subject in turn, and the subjects that move it most."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from trial.analysis.mixed import MixedModel

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(MixedModel):
    """The keys of the MMRM whose effect it is, and how many subjects are named."""

    plays: ClassVar[tuple[str, ...]] = ("influence",)

    method: Literal["influence"]
    """Change of the treatment effect without each subject in turn."""
    largest: Annotated[int, Field(ge=1)]
    """How many subjects are named, those that move the effect most."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Refit one endpoint without each subject; see `trial.analysis.influence.analyse.leave_out_each`."""
    from trial.analysis.influence.analyse import leave_out_each

    return leave_out_each(data, config)
