"""The templates, one line each; a catalogue row names them by these words.

Read by the plan only: a job loads the one template that its slice names, so that a new or changed template
redraws nothing of the others.
"""

from types import ModuleType

from trial.display.templates import (
    accounting_listing,
    descriptive_table,
    forest,
    key_results,
    lsmean_profile,
    model_table,
    quality_listing,
    queries_listing,
    records_listing,
    spaghetti,
)

TEMPLATES: dict[str, ModuleType] = {
    "key_results": key_results,
    "forest": forest,
    "lsmean_profile": lsmean_profile,
    "model_table": model_table,
    "spaghetti": spaghetti,
    "descriptive_table": descriptive_table,
    "queries_listing": queries_listing,
    "accounting_listing": accounting_listing,
    "quality_listing": quality_listing,
    "records_listing": records_listing,
}
