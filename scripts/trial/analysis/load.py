"""The one module of this room that opens files: the input of an analysis."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from trial.analysis.config import Analysis, AnalysisSpec
from trial.analysis.data import ENDPOINT_COLUMNS, EVENTS, AnalysisData
from trial.study.ard import ARD
from trial.study.books import ABSENCE
from trial.study.files import read_columns, read_json, read_table

DATA = "data"  # the folder of the data sets whose rows lead to raw rows


def load_data(
    spec: AnalysisSpec,
    config: Analysis,
    adsl: Path,
    records: Sequence[Path],
    absence: Iterable[Path],
    tables: Iterable[tuple[str, Path]],
    results: Iterable[Path],
) -> AnalysisData:
    """Read the input of one job of `run_analysis`.

    Parameters
    ----------
    records : sequence of Path
        Records of the analysed endpoint, where there is one, then of those whose baseline is read.
    tables : pairs of name and path
        Further data sets; the method says which columns it reads.
    results : iterable of Path
        Result rows of the analyses that the method reads.
    """
    found = [read_columns(path, ENDPOINT_COLUMNS) for path in records]
    own = found[0] if spec.endpoint else pd.DataFrame(columns=list(ENDPOINT_COLUMNS))
    kinds = {**config.tables(), "events": EVENTS}
    return AnalysisData.of(
        spec,
        config,
        read_columns(adsl, subject_columns(config)),
        own,
        dict(zip(config.baselines(), found[1:], strict=True)),
        "".join(_absence(path) for path in absence),
        {name: _with_keys(read_columns(path, kinds[name]), path) for name, path in tables},
        pd.concat([pd.DataFrame(columns=list(ARD)), *(read_table(path, ARD) for path in results)]),
    )


def load_recorded(paths: Iterable[tuple[str, Path]]) -> dict[str, Any]:
    """Return what other analyses recorded, by their names."""
    return {name: read_json(path) for name, path in paths}


def subject_columns(config: Analysis) -> dict[str, str]:
    """Return the columns of ADSL that an analysis reads, with their kind."""
    return {"USUBJID": "text", config.population: "text", config.treatment: "text", **config.columns()}


def _with_keys(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a data set with the key of each row, PARAMCD and ASEQ: counts say which rows they counted.

    A data set without parameters gives its own name, which no parameter has, and the row's number among those
    of its subject.
    """
    if path.parent.name != DATA or {"PARAMCD", "ASEQ"} & set(table) or "USUBJID" not in table:
        return table
    return table.assign(PARAMCD=path.stem, ASEQ=table.groupby("USUBJID").cumcount() + 1.0)


def _absence(path: Path) -> str:
    """Return what took the raw rows of an endpoint; ``""`` where it has records."""
    return "".join(read_table(path, ABSENCE)["FOUND"])
