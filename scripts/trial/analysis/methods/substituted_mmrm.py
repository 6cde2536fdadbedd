"""The mixed model with another number in the place of values below the limit: a sensitivity analysis."""

from typing import TYPE_CHECKING, Literal

from trial.analysis.mixed import MixedModel, run_mixed

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(MixedModel):
    """The mixed model as `mmrm` has it, after one substitution at every visit, the baseline among them."""

    method: Literal["substituted_mmrm"]
    """The mixed model for repeated measures, with a substitution of its own below the limit."""
    substitute: Literal["LLOQ", "LLOQ/2", "LLOQ/sqrt 2"]
    """What stands for a value below its limit of quantification."""


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Substitute and fit one endpoint; see `trial.analysis.model.run_model`."""
    from trial.analysis.censored.substitution import substituted

    return run_mixed(substituted(data, config.substitute), config)
