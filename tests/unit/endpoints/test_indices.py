"""Indices against published worked examples and test vectors."""

import numpy as np
import pytest

from trial.endpoints import indices
from trial.endpoints.inputs import INPUTS
from trial.labs.units import shipped_conversions

# FPG 9.5 mmol/L, insulin 10 microunits/mL, C-peptide 600 pmol/L, TG 150 mg/dL.
GLUCOSE, INSULIN = np.array([9.5]), np.array([10.0])
C_PEPTIDE = np.array([600.0 / indices.PMOL_C_PEPTIDE])
TRIGLYCERIDES = np.array([150.0 / indices.MG_DL_TRIGLYCERIDES])


@pytest.mark.parametrize(
    ("name", "other", "printed"),
    [
        ("HOMA1_IR", INSULIN, "4.222"),
        ("HOMA1_B", INSULIN, "33.33"),
        ("HOMA_IR_CP", C_PEPTIDE, "3.536"),
        ("HOMA_ISLET_CP", C_PEPTIDE, "27.0"),
        ("QUICKI", INSULIN, "0.3093"),
        ("SPINA_GBETA", INSULIN, "1.772"),
        ("SPINA_GR", INSULIN, "0.800"),
    ],
)
def test_worked_example(name, other, printed):
    digits = len(printed.split(".")[1])
    value = indices.FORMULAS[name](GLUCOSE, other)[0]
    assert f"{value:.{digits}f}" == printed


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("TYG", TRIGLYCERIDES, np.log(150.0 * 171.0 / 2.0)),  # 9.459 as printed
        ("QUICKI", INSULIN, 1.0 / (np.log10(10.0) + np.log10(171.0))),
        ("CPEP_GLUC", C_PEPTIDE, 100.0 * C_PEPTIDE[0] / 171.0),
    ],
)
def test_a_glucose_printed_in_mg_dl_is_that_number_again(name, other, expected):
    """One factor there and back; with 18 on the way back 171 mg/dL would be 170.85."""
    glucose = np.array([shipped_conversions().find("glucose", "mg/dL", "mmol/L").apply(171.0)])
    assert indices.FORMULAS[name](glucose, other)[0] == pytest.approx(expected, rel=1e-13)


# SPINA Carb's own vectors: glucose mg/dL, insulin mIU/L, GBeta, GR, HOMA-B, HOMA-IR and the tolerance of GR.
# Rows 2-4 of GR are published 0.020 (= 1/GE) above the formula; row 4 therefore has a 10 % tolerance.
VECTORS = [
    (594, 111, 13.73, 0, 75.3, 162.6, 0.01),
    (92, 1.2, 0.290, 15.855, 14.897, 0.273, 0.01),
    (85, 0.5, 0.127, 41.926, 8.182, 0.105, 0.01),
    (89, 10.7, 2.637, 1.938, 148.154, 2.351, 0.10),
    (108, 29.6, 6.54, 0.58, 237.4, 7.9, 0.01),
    (123, 122.8, 25.357, 0.16, 736.8, 37.295, 0.10),
]


@pytest.mark.parametrize(("mg_dl", "insulin", "gbeta", "gr", "homa_b", "homa_ir", "gr_tolerance"), VECTORS)
def test_spina_vectors(mg_dl, insulin, gbeta, gr, homa_b, homa_ir, gr_tolerance):
    glucose, insulin = np.array([mg_dl / indices.MG_DL_GLUCOSE]), np.array([float(insulin)])
    assert indices.spina_gbeta(glucose, insulin)[0] == pytest.approx(gbeta, rel=0.01)
    assert indices.spina_gr(glucose, insulin)[0] == pytest.approx(gr, rel=gr_tolerance)
    assert indices.homa1_b(glucose, insulin)[0] == pytest.approx(homa_b, rel=0.01)
    assert indices.homa1_ir(glucose, insulin)[0] == pytest.approx(homa_ir, rel=0.01)


@pytest.mark.parametrize(
    ("mmol", "pmol", "gbeta", "gr"),
    [(4.34, 63.01, 2.8, 2.3), (8.18, 88.77, 2.8, 0.7), (9.51, 20.33, 0.6, 2.3)],
)
def test_spina_vectors_in_si_units(mmol, pmol, gbeta, gr):
    insulin = np.array([pmol / indices.PMOL_INSULIN])
    assert round(indices.spina_gbeta(np.array([mmol]), insulin)[0], 1) == gbeta
    assert round(indices.spina_gr(np.array([mmol]), insulin)[0], 1) == gr


def test_reference_subject_has_homa_ir_one():
    assert indices.homa1_ir(np.array([4.5]), np.array([5.0]))[0] == 1.0


@pytest.mark.parametrize("name", sorted(indices.WITH_POLE))
@pytest.mark.parametrize("glucose", [3.5, 3.4, 1.0])
def test_no_value_at_or_below_the_pole(name, glucose):
    assert np.isnan(indices.FORMULAS[name](np.array([glucose]), np.array([13.0]))[0])


def test_just_above_the_pole_is_computed_not_clamped():
    # 65 mg/dL with 13 mIU/L: 2340 % with factor 18 (a floor under G - 3.5 would give another number).
    assert indices.homa1_b(np.array([65 / 18.0]), np.array([13.0]))[0] == pytest.approx(2340, rel=1e-9)


def test_every_index_of_the_configuration_has_a_formula():
    assert set(indices.FORMULAS) == set(INPUTS)
    assert set(INPUTS) >= indices.WITH_POLE
