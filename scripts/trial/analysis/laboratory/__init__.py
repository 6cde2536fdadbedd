"""The safety laboratory counted: values by visit, shifts, grades, marked limits, peaks of liver tests."""
