"""What stands in `results/` and is no result of a run: who lists, archives or compares results leaves it out.

Names below `results/`. A further thing of the kind is named here, and in `workflow/runner/complete.py`, which
imports nothing.
"""

ASIDE, EXPORT = "set_aside", "export"
# What jobs say of themselves.
TOLD = ("logs", "benchmarks")
# Made of finished results on request, or moved out of them.
LATER = ("compare", "report/compare", EXPORT, ASIDE)
# The words about the folder; the ledger, which stands in order of writing; the slices of configuration and
# code, which the manifest holds as inputs.
BESIDE = ("README.md", "written.tsv", "spec")
