"""The engine against R mmrm, nlme, lme4, pbkrtest and printed numbers on classic data sets."""

import pytest

from reference import classic, classic_others
from reference.agreement import ABSENT, Check, parametrise, verify


@parametrise(classic.checks())
def test_against_r_mmrm(check: Check):
    verify(check)


@parametrise(classic_others.checks())
def test_against_others(check: Check):
    verify(check)


def test_every_record_is_covered_or_named():
    records = classic.read("recomputed_R.json")
    if not records:
        pytest.skip(ABSENT)
    checks = classic.checks() + classic_others.checks()
    covered = {check.case.split(".")[0] for check in checks} | {check.case for check in checks}
    assert {name for name in records if name not in covered} == {"sleepstudy_randomslope", "bodyweight_lme"}
