"""The methods of analysis, one line each; a configuration names them by these words.

A method is the module of that name in `trial.analysis.methods`. Read by the plan only: a job loads the one
method that its slice names, so that a new or changed method reruns nothing of the others.
"""

from importlib import import_module

from trial.analysis.config import Analysis

NAMES = (
    "mmrm",
    "ancova",
    "censored_mmrm",
    "censored_imputation",
    "substituted_mmrm",
    "detectability",
    "descriptive",
    "population",
    "balance",
    "weighted_mmrm",
    "aipw",
    "change_scores",
    "evalue",
    "intercurrent",
    "responders",
    "multiplicity",
    "subgroups",
    "influence",
    "diagnostics",
    "correlation",
    "adverse_events",
    "hypoglycaemia",
    "history",
    "medicines",
    "exposure",
    "laboratory",
    "imputation",
    "tipping",
    "missing_pattern",
    "eligibility",
    "deviations",
    "disposition",
    "visit_completion",
    "baseline",
    "index_domain",
)
METHODS: dict[str, type[Analysis]] = {
    name: import_module(f"trial.analysis.methods.{name}").Config for name in NAMES
}
