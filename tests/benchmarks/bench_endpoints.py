"""Benchmark of the endpoint records: N subjects, four visits, two indices of the same draws.

    python tests/benchmarks/bench_endpoints.py --subjects 1000

Writes the labs of N subjects (glucose, insulin and C-peptide at four visits; most pair by accession, the
others by time or not at all), then runs the programs as the workflow does: `derive_endpoint` for each index
and `collect_adlb`. Times are processor time in units of `python -c "import pandas"` of the same run, since
machines differ; the bar is 10 of them for 1,000 subjects, and time must grow no faster than the number of
subjects. Each time is the smallest of three.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from trial.endpoints.config import (  # noqa: E402
    BelowLimit,
    DeriveEndpointSpec,
    FromIndex,
    IndexRules,
)
from trial.endpoints.config_plan import CollectAdlbSpec, CollectedEndpoint  # noqa: E402
from trial.endpoints.config_visits import Selection, Window  # noqa: E402
from trial.labs.schema import LABS  # noqa: E402
from trial.study.books import QUERIES  # noqa: E402
from trial.study.files import json_text, write_table, write_text  # noqa: E402
from trial.subjects.schema import ADSV  # noqa: E402

BAR, FULL, REPEATS = 10.0, 1000, 3
DAYS = (-3, 30, 90, 180)
WINDOWS = ((-28, 0), (15, 59), (60, 134), (135, 225))
INDICES = {"HOMAIR": "HOMA1_IR", "HOMAB": "HOMA1_B"}
FLAGS = ("FASFL",)


def make_labs(subjects: int) -> pd.DataFrame:
    """Return usable results: draws at seven in the morning, tubes up to 40 minutes apart."""
    rng = np.random.default_rng(20190424)
    draws = np.arange(subjects * len(DAYS))
    day = np.datetime64("2020-01-31") + np.asarray(DAYS)[draws % len(DAYS)]
    parts = []
    for order, (analyte, centre) in enumerate((("GLUC", 8.0), ("INS", 10.0), ("CPEP", 2.0))):
        minute = 420 + rng.integers(0, 40, len(draws))
        times = (day.astype("datetime64[m]") + minute).astype(str)
        tube = np.where(rng.random(len(draws)) < 0.7, np.char.add("A", draws.astype(str)), "")
        parts.append(pd.DataFrame({
            "USUBJID": np.char.add("S", (draws // len(DAYS)).astype(str)), "ANALYTE": analyte,
            "VALUE": centre * np.exp(0.25 * rng.standard_normal(len(draws))), "COLLECTED": times,
            "ACCESSION": tube, "FILE": "f.csv", "ROW": (len(draws) * order + draws).astype(str),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).reindex(columns=list(LABS))


def write_study(folder: Path, subjects: int) -> None:
    """Write labs, ADSL, ADSV and the slices below `folder`."""
    write_table(folder / "labs.csv", make_labs(subjects), list(LABS))
    adsl = pd.DataFrame({"USUBJID": [f"S{number}" for number in range(subjects)]})
    adsl = adsl.assign(ARMCD="A", TRT01P="A", TRT01A="A", FASFL="Y", INDEXDT="2020-01-31", DISCDT="")
    write_table(folder / "adsl.csv", adsl, list(adsl.columns))
    write_table(folder / "asked.csv", pd.DataFrame(columns=list(QUERIES)), list(QUERIES))
    write_table(folder / "adsv.csv", pd.DataFrame(columns=list(ADSV)), list(ADSV))
    for paramcd, index in INDICES.items():
        write_text(folder / f"{paramcd}.json", json_text(_spec(paramcd, index).model_dump(mode="json")))
    endpoints = tuple(
        CollectedEndpoint(paramcd=code, number=at, param=code, unit_label="")
        for at, code in enumerate(INDICES, 1)
    )
    collected = CollectAdlbSpec(endpoints=endpoints, flags=FLAGS, population="FASFL")
    write_text(folder / "collect.json", json_text(collected.model_dump(mode="json")))


def _spec(paramcd: str, index: str) -> DeriveEndpointSpec:
    source = FromIndex(
        index=index,
        inputs={"glucose": "GLUC", "insulin": "INS"},
        fasting="not contradicted",
        specimens=("SERUM", "PLASMA", "BLOOD", "CAPILLARY"),
    )
    visits = [
        Window(code=f"V{at}", number=at, target_day=day, window=window, baseline=at == 0)
        for at, (day, window) in enumerate(zip(DAYS, WINDOWS, strict=True))
    ]
    return DeriveEndpointSpec(
        paramcd=paramcd,
        unit="1",
        source=source,
        visits=tuple(visits),
        selection=Selection(
            after_baseline="closest to target day", tie="later", baseline="last on or before index date"
        ),
        fasting_hours=8.0,
        indices=IndexRules(pairing_minutes=30, homa_b_undefined_at=3.5, homa_b_unstable_below=4.0),
        below_limit=BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50),
        flags=FLAGS,
    )


def seconds(commands: list[list[str]]) -> float:
    """Return the processor time of the commands, one after another; the smallest of `REPEATS` rounds."""
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    rounds = []
    for _ in range(REPEATS):
        before = _children()
        for command in commands:
            subprocess.run([sys.executable, *command], check=True, env=alone)
        rounds.append(_children() - before)
    return min(rounds)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def derive(folder: Path) -> float:
    """Return the processor time of the programs on the study below `folder`."""
    inputs = [f"--{name}={folder / name}.csv" for name in ("labs", "adsl", "adsv", "asked")]
    commands = []
    for code in INDICES:
        outputs = [
            f"--{n}={folder / 'endpoints' / code / n}.csv" for n in ("adlb", "lineage", "queries", "absence")
        ]
        program = str(ROOT / "scripts" / "derive_endpoint.py")
        commands.append([program, f"--spec={folder / code}.json", *inputs, *outputs])
    program = str(ROOT / "scripts" / "collect_adlb.py")
    given = [f"--spec={folder / 'collect.json'}", f"--adsl={folder / 'adsl.csv'}"]
    outputs = [f"--{name}={folder / name}.csv" for name in ("adlb", "lineage", "queries")]
    return seconds([*commands, [program, *given, f"--endpoints={folder / 'endpoints'}", *outputs]])


def main() -> None:
    """Derive N and 3 N subjects, print both times, fail above the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=FULL)
    small = parser.parse_args().subjects
    unit = seconds([["-c", "import pandas"]])
    found = {}
    for subjects in (small, 3 * small):
        with tempfile.TemporaryDirectory() as name:
            write_study(Path(name), subjects)
            found[subjects] = derive(Path(name))
            records = sum(1 for _ in (Path(name) / "adlb.csv").open()) - 1
        print(
            f"{subjects} subjects, {records} records: {found[subjects]:.2f} s, {found[subjects] / unit:.1f} units"
        )
    print(f"one unit (import pandas): {unit:.2f} s")
    if found[small] / unit > BAR * max(small / FULL, 1.0) or found[3 * small] > 3 * found[small]:
        sys.exit(f"above the bars: {BAR:.0f} units for {FULL} subjects, linear growth")


if __name__ == "__main__":
    main()
