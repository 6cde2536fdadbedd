"""The rooms whose declarations make up a study: each brings `check` and `slices` in its `config` module."""

from trial.analysis import config as analysis
from trial.display import config as display
from trial.endpoints import config as endpoints
from trial.labs import config as labs
from trial.subjects import config as subjects

ROOMS = (labs, subjects, endpoints, analysis, display)
