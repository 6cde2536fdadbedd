"""The data-generating table: every number of the synthetic studies, in one place.

The anchors are published trials of mesenchymal or marrow cells in type 2 diabetes: Zang 2022
(10.1186/s13287-022-02848-6) for HbA1c, Lian 2022 (10.4239/wjd.v13.i10.877) for fasting glucose and
adverse events, Liu 2014 (scrt446) for the dip of C-peptide at one month, Wu 2014 (NCT00767260) for
marrow-site events. No trial means of the cytokines are known: those rows are proposals.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Covariate:
    """A baseline characteristic: normal, redrawn until inside its bounds.

    `shift` moves the mean of an arm; bounds shrink a shift, so those of truncated characteristics
    stand a little above the difference that is wanted between the arms.
    """

    name: str
    mean: float
    sd: float
    low: float
    high: float
    shift: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Variable:
    """A laboratory quantity: its baseline and its course in each arm.

    Parameters
    ----------
    name, unit : str
    log : bool
        True: normal on the natural-log scale, `center` is the median and changes are factors.
    center, sd : float
        Before redrawing; `sd` on the model scale.
    low, high : float
        Entry bounds on the natural scale; draws outside are redrawn.
    strict_low : bool
        The value at `low` itself is outside.
    changes : mapping of arm to tuple
        Per post-baseline visit: change (identity) or factor (log) at the centre of the baseline.
    follow_sd, follow_corr : tuple of float
        Per post-baseline visit: standard deviation, and correlation with the baseline, both before
        redrawing of the baseline. A correlation below one is what makes values return to the mean.
    decimals : int
        What the laboratory prints.
    """

    name: str
    unit: str
    log: bool
    center: float
    sd: float
    changes: Mapping[str, tuple[float, ...]]
    follow_sd: tuple[float, ...]
    follow_corr: tuple[float, ...]
    low: float = 0.0
    high: float = math.inf
    strict_low: bool = True
    decimals: int = 2
    shift: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Arm:
    """An arm: its code, how the site writes it, subjects, share with rescue medication by the last visit."""

    code: str
    text: str
    size: int
    rescue: float = 0.0
    infused: bool = False


@dataclass(frozen=True)
class Visit:
    """A planned visit: code, target day after the index date, how far real dates stray from it."""

    code: str
    day: int
    stray: int


@dataclass(frozen=True)
class Design:
    """One synthetic study.

    Parameters
    ----------
    prefix : str
        Of subject ids.
    arms, baseline, visits, covariates, variables
        `baseline` is the code of the baseline visit, `visits` are the later ones.
    correlations : mapping of pair of names to float
        Of covariates and variables at baseline; those of variables hold for later deviations too.
    time_corr : float
        Correlation of deviations one visit apart; it falls as a power of the distance.
    dropout : tuple of float
        Share of subjects gone by each visit; at random given the last `driver`.
    intermittent : float
        Share of single visits missed.
    driver, driver_slope : str, float
        The variable that drop-out and rescue depend on, and the rise of their logit per unit of it.
    lag : int
        Days from allocation to the index date of subjects without an infusion.
    """

    prefix: str
    arms: tuple[Arm, ...]
    baseline: str
    visits: tuple[Visit, ...]
    covariates: tuple[Covariate, ...]
    variables: tuple[Variable, ...]
    correlations: Mapping[tuple[str, str], float]
    time_corr: float
    dropout: tuple[float, ...]
    intermittent: float
    driver: str
    driver_slope: float
    lag: int

    def __post_init__(self) -> None:
        """Refuse a table whose rows do not have one entry per visit."""
        for variable in self.variables:
            rows = [*variable.changes.values(), variable.follow_sd, variable.follow_corr, self.dropout]
            if any(len(row) != len(self.visits) for row in rows):
                raise ValueError(f"{variable.name}: one number per post-baseline visit is needed")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of covariates and variables, in the order of drawing."""
        return tuple(item.name for item in self.variables) + tuple(item.name for item in self.covariates)


def same(value: float, visits: int = 3) -> tuple[float, ...]:
    """Return one number for every post-baseline visit."""
    return (value,) * visits


HBA1C = Variable(
    "HBA1C", "%", False, 9.2, 0.85,
    {"CELL": (-0.35, -0.95, -1.05), "STD": (-0.15, -0.35, -0.40)},
    # With the baseline cut to 8..11 % these give a change with SD about 1.05 at month 6 and a
    # correlation of about 0.5 between baseline and month 6.
    follow_sd=(1.06, 1.20, 1.2845), follow_corr=(0.74, 0.635, 0.58),
    low=8.0, high=11.0, strict_low=False,
    shift={"CELL": 0.19, "STD": -0.19},
)  # fmt: skip
FPG = Variable(
    "GLUC", "mmol/L", True, 9.8, 0.25,
    {"CELL": (0.88, 0.85, 0.86), "STD": (0.97, 0.95, 0.95)},
    follow_sd=same(0.25), follow_corr=same(0.5), low=7.0,
)  # fmt: skip
INSULIN = Variable(
    "INS", "u[IU]/mL", True, 9.0, 0.55,
    {"CELL": (1.0, 0.97, 0.95), "STD": same(1.0)},
    follow_sd=same(0.55), follow_corr=same(0.6),
)  # fmt: skip
CPEPTIDE = Variable(
    "CPEP", "ng/mL", True, 1.9, 0.40,
    {"CELL": (0.97, 1.12, 1.15), "STD": same(1.0)},
    follow_sd=same(0.40), follow_corr=same(0.7), low=0.6,
)  # fmt: skip
TNFA = Variable(
    "TNFA", "pg/mL", True, 8.0, 0.5,
    {"CELL": (0.9, 0.8, 0.8), "STD": same(1.0)},
    follow_sd=same(0.5), follow_corr=same(0.65),
)  # fmt: skip
IL1B = Variable(
    "IL1B", "pg/mL", True, 1.2, 0.8,
    {"CELL": (0.9, 0.8, 0.8), "STD": same(1.0)},
    follow_sd=same(0.8), follow_corr=same(0.6),
)  # fmt: skip

# Days from allocation to infusion; controls get the middle of it as their declared lag.
INFUSION_LAG = (14, 28)
CONTROL_LAG = 21

COVARIATES = (
    Covariate("AGE", 53.0, 9.0, 19.0, 69.0, {"CELL": -1.7, "STD": 1.7}),
    Covariate("DURATION", 9.0, 4.5, 3.0, 30.0, {"CELL": -1.25, "STD": 1.25}),
    Covariate("BMI", 24.5, 2.2, 18.0, 35.0, {"CELL": -0.36, "STD": 0.36}),
)

CORRELATIONS = {
    ("HBA1C", "GLUC"): 0.55,
    ("INS", "CPEP"): 0.70,
    ("TNFA", "IL1B"): 0.50,
    ("BMI", "INS"): 0.35,
    ("BMI", "CPEP"): 0.30,
    ("BMI", "TNFA"): 0.20,
    ("DURATION", "CPEP"): -0.30,
    ("DURATION", "INS"): -0.20,
    ("DURATION", "AGE"): 0.35,
}

DEMO = Design(
    prefix="VH",
    arms=(
        Arm("CELL", "BM-MNC + UC-MSC", 30, rescue=0.07, infused=True),
        Arm("STD", "Stand medicines", 30, rescue=0.17),
    ),
    baseline="BL",
    visits=(Visit("M1", 30, 5), Visit("M3", 90, 8), Visit("M6", 180, 10)),
    covariates=COVARIATES,
    variables=(HBA1C, FPG, INSULIN, CPEPTIDE, TNFA, IL1B),
    correlations=CORRELATIONS,
    time_corr=0.6,
    dropout=(0.03, 0.06, 0.10),
    intermittent=0.02,
    driver="HBA1C",
    driver_slope=0.6,
    lag=CONTROL_LAG,
)


@dataclass(frozen=True)
class Plates:
    """The cytokine assay: limits per lot, plate-to-plate spread (SD of the log)."""

    kit: str = "HS bead 2-plex"
    plate_sd: float = 0.1
    subjects_per_plate: int = 10
    uloq: float = 500.0
    lots: tuple[tuple[str, Mapping[str, float]], ...] = (
        ("L1904A", {"TNFA": 1.0, "IL1B": 1.0}),
        ("L1911B", {"TNFA": 1.2, "IL1B": 1.1}),
    )
    first_plate_of_second_lot: int = 5


@dataclass(frozen=True)
class Events:
    """Shares of subjects with an adverse event; the first two need an infusion (Lian 2022, Wu 2014)."""

    fever: float = 0.20
    marrow_pain: float = 0.25
    hypoglycaemia: float = 0.07
    respiratory: float = 0.10


PLATES = Plates()
EVENTS = Events()

# pmol/L per µU/mL: by molar mass and activity (Völund 1993) before, as Roche Elecsys prints it after.
INSULIN_FACTOR_OLD = 6.0
INSULIN_FACTOR_NEW = 6.945
INSULIN_CHANGE = "2020-02-03"
