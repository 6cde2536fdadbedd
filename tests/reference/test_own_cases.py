"""The engine against R on the project's own data (``cases/<name>``): needs nothing outside the repository."""

from reference import own_cases, own_comparisons, own_exact
from reference.agreement import Check, parametrise, verify


@parametrise(own_exact.checks())
def test_closed_form(check: Check):
    verify(check)


@parametrise(own_cases.checks())
def test_incomplete_data(check: Check):
    verify(check)


@parametrise(own_comparisons.checks())
def test_comparisons(check: Check):
    verify(check)
