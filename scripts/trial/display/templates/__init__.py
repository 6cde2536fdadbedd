"""One module per template: `TEMPLATE`, what it needs; `build`, the output; for figures `alt`, it in words.

The first line of a module says what the output is, for snakemake's own report. Imports of pandas and
matplotlib stand inside functions: the plan reads every `TEMPLATE` at each start and must not wait for them.
"""
