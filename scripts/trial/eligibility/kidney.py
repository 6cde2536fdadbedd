"""Estimated glomerular filtration rate by named equations, in mL/min/1.73 m².

CKD-EPI 2009: Levey et al., Ann Intern Med 2009;150:604, without the term for race. CKD-EPI 2021: Inker et
al., N Engl J Med 2021;385:1737.
"""

from dataclasses import dataclass

UMOL_PER_MG_DL = 88.42
FEMALE, MALE = "F", "M"


@dataclass(frozen=True)
class Equation:
    """Coefficients of one equation; `kappa` (mg/dL) and `alpha` by sex."""

    scale: float
    kappa: dict[str, float]
    alpha: dict[str, float]
    steep: float
    per_year: float
    female: float


EQUATIONS = {
    "CKD-EPI 2009": Equation(
        141, {FEMALE: 0.7, MALE: 0.9}, {FEMALE: -0.329, MALE: -0.411}, -1.209, 0.993, 1.018
    ),
    "CKD-EPI 2021": Equation(
        142, {FEMALE: 0.7, MALE: 0.9}, {FEMALE: -0.241, MALE: -0.302}, -1.200, 0.9938, 1.012
    ),
}


def filtration_rate(equation: str, creatinine: float, age: float, sex: str) -> float:
    """Return the rate of one subject.

    Parameters
    ----------
    creatinine : float
        In mg/dL.
    age : float
        In years.
    sex : str
        `F` or `M`.
    """
    of = EQUATIONS[equation]
    ratio = creatinine / of.kappa[sex]
    rate: float = of.scale * min(ratio, 1) ** of.alpha[sex] * max(ratio, 1) ** of.steep * of.per_year**age
    return rate * (of.female if sex == FEMALE else 1.0)
