"""What the laboratory measured: the values of the truth at each draw, plus safety chemistry."""

import math
from dataclasses import dataclass

from numpy.random import Generator

from simulation.parameters import Design
from simulation.people import Draw, Person
from simulation.truth import Truth, stream

Values = dict[tuple[str, str, str], float]


@dataclass(frozen=True)
class Safety:
    """A safety or eligibility analyte: log-normal around its median, with its printed decimals."""

    median: float
    sdlog: float
    decimals: int
    unit: str
    visits: tuple[str, ...]


# Typical adult values; upper limits as the exports print them stand in the writers.
SAFETY = {
    "AST": Safety(24.0, 0.30, 1, "U/L", ("SCR", "M1", "M6")),
    "ALT": Safety(26.0, 0.38, 1, "U/L", ("SCR", "M1", "M6")),
    "CREA": Safety(76.0, 0.18, 1, "umol/L", ("SCR", "M1", "M6")),
    "BILI": Safety(10.5, 0.30, 1, "umol/L", ("SCR", "M1", "M6")),
    "TG": Safety(2.1, 0.45, 2, "mmol/L", ("SCR", "M6")),
    "CHOL": Safety(5.1, 0.18, 2, "mmol/L", ("SCR", "M6")),
    "UREA": Safety(5.4, 0.22, 2, "mmol/L", ("SCR",)),
    "HGB": Safety(138.0, 0.08, 0, "g/L", ("SCR", "M1", "M6")),
}
# Marrow aspiration costs blood: the treated arm's haemoglobin at month 1.
MARROW_LOSS = 0.96


def measure(design: Design, people: list[Person], truth: Truth, draws: dict[tuple[str, str], Draw]) -> Values:
    """Return the efficacy values of every attended visit, by subject, visit and analyte."""
    codes = (design.baseline, *(visit.code for visit in design.visits))
    return {
        (person.usubjid, code, variable.name): float(truth.values[row, at, k])
        for row, person in enumerate(people)
        for at, code in enumerate(codes)
        if (person.usubjid, code) in draws
        for k, variable in enumerate(design.variables)
    }


def measure_screening(design: Design, people: list[Person], truth: Truth, seed: int) -> Values:
    """Return screening values: the baseline with a few weeks' variation, still inside the entry bounds."""
    rng = stream(seed, "screening")
    values: Values = {}
    for row, person in enumerate(people):
        for k, variable in enumerate(design.variables):
            if variable.name not in ("HBA1C", "GLUC", "CPEP"):
                continue
            value = -1.0
            while not variable.low < value <= variable.high:
                value = round(
                    float(truth.values[row, 0, k]) * math.exp(rng.normal(0, 0.05)), variable.decimals
                )
            values[person.usubjid, "SCR", variable.name] = value
    return values


def measure_safety(people: list[Person], draws: dict[tuple[str, str], Draw], seed: int) -> Values:
    """Return safety chemistry and blood count of screening and follow-up."""
    rng = stream(seed, "safety")
    values: Values = {}
    for person in people:
        for analyte, item in SAFETY.items():
            own = item.median * _sex_factor(analyte, person.sex) * math.exp(rng.normal(0, item.sdlog))
            for visit in item.visits:
                value = own * math.exp(rng.normal(0, item.sdlog / 3))
                if analyte == "HGB" and visit == "M1" and person.infused:
                    value *= MARROW_LOSS
                if (person.usubjid, visit) in draws:
                    values[person.usubjid, visit, analyte] = round(value, item.decimals)
    return values


def plate_factor(rng: Generator, sd: float) -> float:
    """Return the multiplicative effect of one plate."""
    return math.exp(rng.normal(0, sd))


def _sex_factor(analyte: str, sex: str) -> float:
    if analyte == "HGB":
        return 1.05 if sex == "M" else 0.95
    if analyte == "CREA":
        return 1.12 if sex == "M" else 0.88
    return 1.0
