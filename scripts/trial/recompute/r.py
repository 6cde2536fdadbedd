"""The same model by R: `nlme::gls` for deviance and covariance, `emmeans` for LS means and their differences.

R has no Kenward-Roger for `gls`, so standard errors and df are not its to confirm. It has `us`, `ar1h`,
`ar1`, `csh` and `cs`. It is no part of a run: whether it is installed may not decide which bytes a run
leaves.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import numpy as np
import pandas as pd

from trial.recompute.design import Design
from trial.recompute.numbers import Key, Method, Number, Numbers
from trial.study.files import read_table, write_table

PROGRAM = Path(__file__).with_name("gls.R")
STRUCTURES = ("us", "ar1h", "ar1", "csh", "cs")
NUMBERS = {"visit": "text", "group": "text", "statistic": "text", "value": "number"}
PROBE = 'stopifnot(requireNamespace("nlme", quietly = TRUE), requireNamespace("emmeans", quietly = TRUE))'


def is_present() -> bool:
    """Return whether R is installed with the packages that are used."""
    if which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", PROBE], capture_output=True, check=False).returncode == 0


def why_not(design: Design, method: Method) -> str:
    """Return why R is not asked about a model; ``""`` where it is."""
    if method.rung not in STRUCTURES or len(design.visits) == 1:
        return f"gls has no part of this model ({method.rung}, {len(design.visits)} visits)"
    return "gls has no covariance by arm" if design.model.sigma_by_arm else ""


@dataclass(frozen=True)
class Model:
    """What R is asked: the design, the rung, and the numbers whose scales its answers have."""

    design: Design
    method: Method
    numbers: Numbers


def ask(models: Mapping[str, Model]) -> dict[str, Numbers | str]:
    """Return what R says of the model of each endpoint, or why it says nothing; one R process for all."""
    with tempfile.TemporaryDirectory() as place:
        for code, model in models.items():
            _write(Path(place) / code, model.design, model.method)
        done = subprocess.run(
            ["Rscript", "--vanilla", str(PROGRAM), place], capture_output=True, text=True, check=False
        )
        return {
            code: _read(Path(place) / code, model) or f"R ended without a result: {done.stderr[-300:]}"
            for code, model in models.items()
        }


def _write(folder: Path, design: Design, method: Method) -> None:
    covariates = [one.variable for one in design.model.covariates]
    columns = {"USUBJID": "USUBJID", "ARM": "ARM", "AVISIT": "AVISIT", "Y": "Y"}
    table = design.rows[[*columns, *covariates]].rename(columns={name: f"X_{name}" for name in covariates})
    gaps = int(np.gcd.reduce(np.diff(design.places))) or 1
    steps = dict(zip(design.visits, [place // gaps for place in design.places], strict=True))
    table = table.assign(VISITN=[float(steps[visit] + 1) for visit in table["AVISIT"]])
    write_table(folder / "rows.csv", table, list(table.columns))
    terms = ["ARM * AVISIT"] + [
        f"X_{one.variable} * AVISIT" if one.by_visit else f"X_{one.variable}"
        for one in design.model.covariates
    ]
    model = {
        "formula": f"Y ~ {' + '.join(terms)}",
        "structure": method.rung,
        "method": "REML" if design.model.reml else "ML",
        "means": "equal" if design.model.weights == "equal" and not design.model.at else "none",
        "arms": " ".join(design.arms),
        "visits": " ".join(design.visits),
    }
    write_table(folder / "model.csv", pd.DataFrame([model]), list(model))


def _read(folder: Path, model: Model) -> Numbers | str:
    if (folder / "error.csv").is_file():
        (error,) = read_table(folder / "error.csv", {"error": "text"})["error"]
        return f"R could not fit it: {error.strip()}"
    if not (folder / "numbers.csv").is_file():
        return {}
    return dict(_named(read_table(folder / "numbers.csv", NUMBERS), model))


def _named(table: pd.DataFrame, model: Model) -> Iterator[tuple[Key, Number]]:
    """Yield R's numbers under the keys of the results; differences are made of its LS means."""
    means: dict[str, dict[str, float]] = {}
    for row in table.to_dict("records"):
        key = (str(row["visit"]), str(row["group"]), "", str(row["statistic"]))
        kind = "loose deviance" if key[3] == "deviance" else "loose"
        if key[3] == "lsmean":
            means.setdefault(key[0], {})[key[1]] = float(row["value"])
        yield key, Number(float(row["value"]), kind, model.numbers[key].scale)
    for visit, of_arm in means.items():
        for one in model.design.model.comparisons:
            key = (visit, "", one.name, "diff")
            value = sum(weight * of_arm[arm] for arm, weight in one.weights.items())
            yield key, Number(value, "loose", model.numbers[key].scale)
