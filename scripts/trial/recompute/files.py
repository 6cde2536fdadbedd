"""What this room reads: written analysis data and result rows, through the ground floor's readers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from trial.recompute.config import AgreementSpec
from trial.recompute.observations import EVENT_COLUMNS, RECORD_COLUMNS, Sources, subject_columns
from trial.study.ard import ARD
from trial.study.errors import DataError
from trial.study.files import read_columns, read_table


def read_sources(
    spec: AgreementSpec, adsl: Path, records: Mapping[str, Path], events: Sequence[Path]
) -> Sources:
    """Read ADSL, the records of the endpoints and, where one sets values aside, the intercurrent events."""
    return Sources(
        read_columns(adsl, subject_columns(spec)),
        {code: read_columns(path, RECORD_COLUMNS) for code, path in records.items()},
        pd.concat(
            [
                pd.DataFrame(columns=list(EVENT_COLUMNS)),
                *(read_columns(path, EVENT_COLUMNS) for path in events),
            ]
        ),
    )


def read_results(path: Path) -> pd.DataFrame:
    """Read the result rows of one analysis of one endpoint."""
    return read_table(path, ARD)


def read_run(spec: AgreementSpec, results: Path) -> tuple[Sources, dict[str, pd.DataFrame]]:
    """Read the sources and result rows of a finished run, as the workflow names its files.

    Raises
    ------
    DataError
        If the run has not come so far.
    """
    codes = [*(one.paramcd for one in spec.endpoints), *spec.other_scales]
    records = {code: results / "endpoints" / code / "adlb.csv" for code in codes}
    rows = {
        one.paramcd: results / "analyses" / spec.analysis / one.paramcd / "rows.csv" for one in spec.endpoints
    }
    events = [results / "data" / "adice.csv"] if any(one.events for one in spec.endpoints) else []
    adsl = results / "data" / "adsl.csv"
    absent = [str(path) for path in (adsl, *records.values(), *rows.values(), *events) if not path.is_file()]
    if absent:
        raise DataError(
            str(results), "expected finished results, these are absent:", absent, "run make results"
        )
    return read_sources(spec, adsl, records, events), {
        code: read_results(path) for code, path in rows.items()
    }
