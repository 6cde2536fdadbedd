"""The methods of analysis, one line each; a configuration names them by these words.

Read by the plan only: a job loads the one method that its slice names, so that a new or changed method
reruns nothing of the others.
"""

from trial.analysis.config import Analysis
from trial.analysis.methods import ancova, descriptive, mmrm, population

METHODS: dict[str, type[Analysis]] = {
    "mmrm": mmrm.Config,
    "ancova": ancova.Config,
    "descriptive": descriptive.Config,
    "population": population.Config,
}
