"""The templates of tables, listings and figures, one line each; catalogue rows name them by these words.

A template is the module of that name in `trial.display.templates`. Read by the plan only: a job loads the one
that its slice names, so that a new or changed template reruns nothing of the others.
"""

from importlib import import_module

NAMES = (
    "key_results",
    "forest",
    "lsmean_profile",
    "model_table",
    "comparison_table",
    "spaghetti",
    "descriptive_table",
    "sensitivity_table",
    "sensitivity_forest",
    "sensitivity_by_visit",
    "detectability_table",
    "intercurrent_table",
    "responder_table",
    "multiplicity_table",
    "subgroup_forest",
    "influence_table",
    "ae_overview",
    "ae_terms",
    "ae_severity",
    "ae_relation",
    "ae_rates",
    "ae_risk_differences",
    "ae_listing",
    "ae_serious_listing",
    "missing_table",
    "missing_figure",
    "tipping_table",
    "tipping_figure",
    "imputation_table",
    "queries_listing",
    "accounting_listing",
    "quality_listing",
    "records_listing",
    "balance_table",
    "love_plot",
    "overlap",
    "evalue_table",
    "bootstrap_table",
    "readers_notes",
    "flow_figure",
    "flow_table",
    "populations_table",
    "completion_table",
    "baseline_table",
    "discontinued_listing",
    "excluded_listing",
    "demography_listing",
    "intercurrent_listing",
)
TEMPLATES = {name: import_module(f"trial.display.templates.{name}") for name in NAMES}
