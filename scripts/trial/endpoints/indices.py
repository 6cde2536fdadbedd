"""Indices of insulin resistance and beta-cell function from one fasting draw.

All take glucose in mmol/L, insulin in microunits/mL, C-peptide in ng/mL and triglycerides in mmol/L,
as arrays of one length, and return an array; outside an index's domain the value is NaN.
Constants are those of the sources, except one: indices in mg/dL take glucose back by the factor that
brought it to mmol/L, so that a printed 92 mg/dL is 92 again (workflow/docs/divergences.md).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from trial.endpoints.inputs import HOMA_B_POLE, POLE_FORMULAS
from trial.labs.units import shipped_conversions

Array = NDArray[np.float64]

_GLUCOSE = shipped_conversions().find("glucose", "mmol/L", "mg/dL")
assert _GLUCOSE is not None
MG_DL_GLUCOSE = _GLUCOSE.slope  # the one glucose factor of the project, 18.0156
MG_DL_TRIGLYCERIDES = 88.57
PMOL_INSULIN = 6.0  # pmol/L per microunit/mL (Voelund 1993)
PMOL_C_PEPTIDE = 331.09  # pmol/L per ng/mL, molar mass 3020.29

# SPINA Carb (Dietrich 2022, 10.1038/s41598-022-22531-3), SI units: mol/L, pmol/s, mol/s.
_ALPHA_I, _BETA_I, _D_BETA = 0.2, 3.4e-3, 7e-3
_ALPHA_G, _BETA_G, _P0, _D_R, _G_E = 0.11, 7.1e-4, 150e-6, 1.6e-9, 50.0


def homa1_ir(glucose: Array, insulin: Array) -> Array:
    """HOMA1-IR = I G / 22.5 (Matthews 1985)."""
    return insulin * glucose / 22.5


def homa1_b(glucose: Array, insulin: Array) -> Array:
    """HOMA1-%B = 20 I / (G - 3.5), in percent; undefined for G <= 3.5 (Matthews 1985). Never clamped."""
    return 20.0 * insulin / _above_pole(glucose)


def homa_is(glucose: Array, insulin: Array) -> Array:
    """Insulin sensitivity 1 / HOMA1-IR."""
    return 1.0 / homa1_ir(glucose, insulin)


def homa_di(glucose: Array, insulin: Array) -> Array:
    """Fasting disposition index HOMA1-%B / HOMA1-IR."""
    return homa1_b(glucose, insulin) / homa1_ir(glucose, insulin)


def quicki(glucose: Array, insulin: Array) -> Array:
    """QUICKI = 1 / (log10 I + log10 G[mg/dL]) (Katz 2000)."""
    return 1.0 / (np.log10(insulin) + np.log10(glucose * MG_DL_GLUCOSE))


def homa_ir_cp(glucose: Array, cpeptide: Array) -> Array:
    """HOMA-IR by C-peptide = 1.5 + G CP[pmol/L] / 2800 (Li 2004)."""
    return 1.5 + glucose * cpeptide * PMOL_C_PEPTIDE / 2800.0


def homa_islet_cp(glucose: Array, cpeptide: Array) -> Array:
    """HOMA-islet by C-peptide in diabetes = 0.27 CP[pmol/L] / (G - 3.5) (Li 2004)."""
    return 0.27 * cpeptide * PMOL_C_PEPTIDE / _above_pole(glucose)


def cpep_gluc(glucose: Array, cpeptide: Array) -> Array:
    """C-peptide index = 100 CP[ng/mL] / G[mg/dL]."""
    return 100.0 * cpeptide / (glucose * MG_DL_GLUCOSE)


def tyg(glucose: Array, triglycerides: Array) -> Array:
    """TyG = ln(TG[mg/dL] G[mg/dL] / 2)."""
    return np.log(triglycerides * MG_DL_TRIGLYCERIDES * glucose * MG_DL_GLUCOSE / 2.0)


def spina_gbeta(glucose: Array, insulin: Array) -> Array:
    """SPINA-GBeta, secretory capacity of beta cells, pmol/s (SPINA Carb)."""
    g, i = glucose * 1e-3, insulin * PMOL_INSULIN * 1e-12
    return _BETA_I * i * (_D_BETA + g) / (_ALPHA_I * g) * 1e12


def spina_gr(glucose: Array, insulin: Array) -> Array:
    """SPINA-GR, gain of the insulin receptor, mol/s; negative results are 0 (SPINA Carb)."""
    g, i = glucose * 1e-3, insulin * PMOL_INSULIN * 1e-12
    gain = _ALPHA_G * _P0 * (_D_R + i) / (_BETA_G * _G_E * i * g) - _D_R / (_G_E * i) - 1.0 / _G_E
    return np.maximum(gain, 0.0)


def spina_di(glucose: Array, insulin: Array) -> Array:
    """SPINA disposition index GBeta GR (SPINA Carb)."""
    return spina_gbeta(glucose, insulin) * spina_gr(glucose, insulin)


FORMULAS: dict[str, Callable[..., Array]] = {
    "HOMA1_IR": homa1_ir,
    "HOMA1_B": homa1_b,
    "HOMA_IS": homa_is,
    "HOMA_DI": homa_di,
    "QUICKI": quicki,
    "SPINA_GBETA": spina_gbeta,
    "SPINA_GR": spina_gr,
    "SPINA_DI": spina_di,
    "HOMA_IR_CP": homa_ir_cp,
    "HOMA_ISLET_CP": homa_islet_cp,
    "CPEP_GLUC": cpep_gluc,
    "TYG": tyg,
}
# Indices with the pole of HOMA1-%B, to which the undefined and unstable zones apply.
WITH_POLE = frozenset(POLE_FORMULAS)


def _above_pole(glucose: Array) -> Array:
    """Return G - 3.5 where positive, else NaN."""
    distance = np.asarray(glucose, float) - HOMA_B_POLE
    return np.where(distance > 0.0, distance, np.nan)
