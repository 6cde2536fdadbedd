"""The data sets of the reference cases, with the factor levels in the order of their reference programs."""

from functools import cache

import pandas as pd

from reference.agreement import ROOT, SHARED

CASES = ROOT / "tests" / "reference" / "cases"

# Reference level first: patsy and R take the first level, SAS is told it by ``ref=``.
FEV = {
    "ARMCD": ["PBO", "TRT"],
    "AVISIT": ["VIS1", "VIS2", "VIS3", "VIS4"],
    "RACE": ["Asian", "Black or African American", "White"],
    "SEX": ["Male", "Female"],
}
OWN_LEVELS = {
    "unstructured": {"arm": ["PBO", "TRT"]},
    "three_arms": {"arm": ["PBO", "HIGH", "LOW"]},
    "single_visit": {"arm": ["PBO", "HIGH", "LOW"]},
    "paired": {"arm": ["ALL"], "visit": ["PRE", "POST"]},
}


def _as_factor(data: pd.DataFrame, levels: dict[str, list]) -> pd.DataFrame:
    for name, values in levels.items():
        data[name] = pd.Categorical(data[name].astype(type(values[0])), categories=values)
    return data


def _shared(path: str, **types: type) -> pd.DataFrame:
    return pd.read_csv(SHARED / path, dtype=types)


def _fev() -> pd.DataFrame:
    return _as_factor(_shared("fev/fev_data.csv"), FEV)


def _antidepressant() -> pd.DataFrame:
    data = _shared("antidepressant/antidepressant_data.csv", PATIENT=str, VISIT=str)
    return _as_factor(data, {"VISIT": ["4", "5", "6", "7"], "THERAPY": ["PLACEBO", "DRUG"]})


def _potthoff_roy() -> pd.DataFrame:
    data = _shared("classic/potthoff_roy.csv", AgeF=str)
    return _as_factor(data, {"Gender": ["M", "F"], "AgeF": ["8", "10", "12", "14"]})


def _sleepstudy() -> pd.DataFrame:
    data = _shared("classic/sleepstudy.csv", Subject=str)
    data["DF"] = data["Days"].astype(str)
    return _as_factor(data, {"DF": [str(day) for day in range(10)]})


def _bodyweight() -> pd.DataFrame:
    data = _shared("classic/bodyweight.csv", Rat=str, Diet=str, TF=str)
    times = sorted(data["TF"].unique(), key=int)
    return _as_factor(data, {"Diet": ["1", "2", "3"], "TF": times})


def _heart_rate() -> pd.DataFrame:
    data = _shared("classic/sasmixed_HR.csv", Patient=str)
    data["TF"] = data["Time"].map(lambda time: f"{time:g}")
    times = sorted(data["TF"].unique(), key=float)
    return _as_factor(data, {"Drug": ["p", "a", "b"], "TF": times})


def _shoes(balance: str) -> pd.DataFrame:
    return _as_factor(_shared(f"classic/shoes_{balance}.csv", boy=str), {"material": ["A", "B"]})


def _sleep() -> pd.DataFrame:
    data = _shared("classic/sleep_paired.csv", group=str, ID=str)
    return _as_factor(data, {"group": ["1", "2"]})


LOADERS = {
    "fev": _fev,
    "antidepressant": _antidepressant,
    "potthoff_roy": _potthoff_roy,
    "sleepstudy": _sleepstudy,
    "bodyweight": _bodyweight,
    "heart_rate": _heart_rate,
    "shoes_balanced": lambda: _shoes("balanced"),
    "shoes_imbalanced": lambda: _shoes("imbalanced"),
    "sleep": _sleep,
}


@cache
def load(name: str) -> pd.DataFrame:
    """A data set by name: a shared one, or ``own/<case>`` for one of the project's own cases."""
    if not name.startswith("own/"):
        return LOADERS[name]()
    case = name.removeprefix("own/")
    data = pd.read_csv(CASES / case / "data.csv")
    levels = {"visit": list(dict.fromkeys(data["visit"])), **OWN_LEVELS.get(case, {})}
    return _as_factor(data, levels)
