"""The rooms whose declarations make up a study: each brings `check` and `slices` in its `config` module."""

from typing import Any

from trial.adam import config as adam
from trial.analysis import config as analysis
from trial.analysis.design import config as design
from trial.display import config as display
from trial.eligibility import config as eligibility
from trial.endpoints import config as endpoints
from trial.labs import config as labs
from trial.plan.study import AnalysedStudy, AnyStudy
from trial.recompute import config as recompute
from trial.subjects import config as subjects
from trial.trace import config as trace

RAW = (labs, subjects, eligibility, endpoints, design, analysis, recompute, display, trace)
ANALYSED = (adam, design, analysis, recompute, display, trace)


def rooms_of(model: type[AnyStudy]) -> tuple[Any, ...]:
    """Return the rooms that a study goes through."""
    return ANALYSED if issubclass(model, AnalysedStudy) else RAW
