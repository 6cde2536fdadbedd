"""What a formula's names mean: columns may be called like functions, and nothing that cannot be read runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmError, MmrmFit, RequestError
from unit.mmrm.cases import simulate_trial

FRAME = simulate_trial(n_per_arm=15, seed=6)


def _fit(formula: str, frame: pd.DataFrame = FRAME, **options: Any) -> MmrmFit:
    return MMRM.from_formula(formula, frame, "ID", "VISIT", **options).fit()


def _same_values(one: MmrmFit, two: MmrmFit) -> None:
    np.testing.assert_allclose(one.params, two.params, rtol=1e-12)
    np.testing.assert_allclose(one.type3()["statistic"], two.type3()["statistic"], rtol=1e-9)
    for weights in ("equal", "proportional", "counterfactual"):
        means = [
            fit.lsmeans(next(iter(fit.prepared.factors)), weights=weights)["estimate"] for fit in (one, two)
        ]
        np.testing.assert_allclose(means[0], means[1], rtol=1e-10)


NAMES = [
    "C",
    "Q",
    "I",
    "Treatment",
    "Sum",
    "np",
    "center",
    "bs",
    "te",
    "class",
    "lambda",
    "x.1",
    "if",
    "a b",
    "None",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_covariate_of_any_name(name: str) -> None:
    frame = FRAME.rename(columns={"BASE": name})
    word = name if name not in ("a b", "None") else f'Q("{name}")'
    _same_values(_fit(f"Y ~ ARM * VISIT + {word}", frame), _fit("Y ~ ARM * VISIT + BASE"))


@pytest.mark.parametrize("name", ["C", "Q", "I", "Treatment", "np", "a b"])
def test_a_factor_of_any_name_in_any_function(name: str) -> None:
    frame = FRAME.rename(columns={"ARM": name})
    quoted = f'Q("{name}")'
    for template in ("C({0}, Treatment('TRT')) * VISIT", "C({0}, Sum) * VISIT", "C({0}, Helmert)*VISIT"):
        _same_values(_fit(f"Y ~ {template.format(quoted)}", frame), _fit(f"Y ~ {template.format('ARM')}"))


def test_a_column_treatment_inside_its_namesake() -> None:
    frame = FRAME.rename(columns={"ARM": "Treatment"})
    for contrast in ("Treatment('TRT')", "Treatment"):
        found = _fit(f"Y ~ VISIT * C(Treatment, {contrast})", frame)
        _same_values(found, _fit(f"Y ~ VISIT * C(ARM, {contrast})"))
    assert found.contrasts("Treatment", by="VISIT", reference="CTL")["estimate"].notna().all()


def test_names_that_differ_by_a_space_are_two_columns() -> None:
    frame = FRAME.assign(**{"BA SE": 1.0})
    np.testing.assert_array_equal(_fit("Y ~ BASE + VISIT", frame).params, _fit("Y ~ BASE + VISIT").params)
    with pytest.raises(DataError, match="no column 'AGE'"):
        _fit("Y ~ AGE + VISIT", FRAME.assign(**{"A GE": FRAME["BASE"]}))


def test_a_column_that_no_term_reads_is_not_looked_at() -> None:
    clean = _fit("Y ~ C(ARM) * VISIT + I(BASE**2) + np.log(BASE)")
    dirty = FRAME.assign(C=np.nan, I=None, np="text", Q=[[]] * len(FRAME))
    np.testing.assert_array_equal(
        _fit("Y ~ C(ARM) * VISIT + I(BASE**2) + np.log(BASE)", dirty).params, clean.params
    )


def test_one_column_as_levels_and_as_a_number() -> None:
    """``C(Q)`` shows integers as levels, while ``Q`` in a product is the number, not an eight-bit one."""
    frame = FRAME.assign(Q=(FRAME["BASE"].rank(method="dense").astype(int) % 4 * 60).astype("uint8"))
    fit = _fit("Y ~ C(Q) + I(Q * 2 * BASE) + VISIT", frame)
    assert fit.names[1:4] == ["C(Q)[T.60]", "C(Q)[T.120]", "C(Q)[T.180]"]
    wide = _fit("Y ~ C(Q) + I(Q * 2 * BASE) + VISIT", frame.astype({"Q": "int64"}))
    np.testing.assert_array_equal(fit.params, wide.params)


@pytest.mark.parametrize(
    ("formula", "error", "words"),
    [
        ("Y ~ .", RequestError, "cannot read '.'"),
        ("Y ~ BASE.", RequestError, "cannot read"),
        ("Y ~ [z for z in BASE]", DataError, "no column 'z'"),
        ("Y ~ log(BASE)", RequestError, r"np\.log"),
        ("Y ~ np.nope(BASE)", DataError, "nope"),
        ("Y ~ Q(BASE)", RequestError, "name of a column"),
        ("Y ~ Q('BASSE')", DataError, "did you mean 'BASE'"),
        ("Y ~ C(ARM, Treatment('no'))", DataError, "'no' not found"),
        ("Y ~ BASE[0]", DataError, "rows mismatch"),
        ("Y ~ I(1/0)", DataError, "division by zero"),
        ("Y ~ BASE @ BASE", DataError, "cannot be evaluated"),
        ("Y ~ (BASE", RequestError, "expected 'response ~ terms'"),
        ("Y ~ 0", RequestError, "at least one fixed effect"),
        ("Y", RequestError, "one response"),
        ("Y + BASE ~ VISIT", RequestError, "one response"),
        ("1 ~ VISIT", RequestError, "one response"),
        ("np.ones(3) ~ VISIT", RequestError, "a column of the data on the left"),
        (None, RequestError, "expected a text"),
        (3, RequestError, "expected a text"),
    ],
)
def test_what_cannot_be_read_is_named(formula: Any, error: type[MmrmError], words: str) -> None:
    with pytest.raises(error, match=words):
        _fit(formula)


def test_messages_speak_of_columns_not_of_references() -> None:
    with pytest.raises(DataError) as caught:
        _fit("Y ~ ARM.nope + VISIT")
    assert "_label_" not in str(caught.value) and "_value_" not in str(caught.value)


def test_outside_the_knots_of_a_spline() -> None:
    fit = _fit("Y ~ bs(BASE, df=4) + ARM * VISIT")
    assert fit.lsmeans("ARM", at={"BASE": 8.5})["estimate"].notna().all()
    with pytest.raises(RequestError, match=r"at the values asked for.*outermost knots"):
        fit.lsmeans("ARM", at={"BASE": 99.0})


def test_an_intercept_alone() -> None:
    fit = _fit("Y ~ 1")
    assert fit.names == ["Intercept"] and fit.type3().empty and "Intercept" in fit.summary()


def test_methods_of_a_column_and_stateful_functions() -> None:
    one, two = _fit("Y ~ BASE.abs() + ARM * VISIT"), _fit("Y ~ BASE + ARM * VISIT")
    np.testing.assert_allclose(one.params, two.params, rtol=1e-10)
    np.testing.assert_allclose(one.lsmeans("ARM")["estimate"], two.lsmeans("ARM")["estimate"], rtol=1e-10)
    centred = _fit("Y ~ center(BASE) + ARM * VISIT")
    np.testing.assert_allclose(centred.lsmeans("ARM")["estimate"], two.lsmeans("ARM")["estimate"], rtol=1e-10)
