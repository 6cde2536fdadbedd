"""One module per template of table, listing or figure: `TEMPLATE` says what it needs, `build` makes it.

The plan reads every `TEMPLATE` at each start: what draws and what reads data is imported inside functions.
"""
