"""One module per method: `Config`, its part of the configuration, and `run`, analysis data to result rows.

Their imports of numpy, pandas and the engine stand inside functions: the plan reads every `Config` at each
start and must not wait for them.
"""
