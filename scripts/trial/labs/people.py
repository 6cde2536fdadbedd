"""Who the exports may speak of in a study without hospital numbers."""

from pathlib import Path

import pandas as pd

from trial.study.errors import DataError
from trial.study.text import clean_text


def read_subjects(path: Path) -> tuple[str, ...]:
    """Return the subject ids of the subjects file (`USUBJID`).

    Raises
    ------
    DataError
        If the file cannot be read or has no such column.
    """
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise DataError(path.name, f"the subjects file cannot be read: {type(error).__name__}") from None
    columns = {clean_text(name): name for name in table.columns}
    if "USUBJID" not in columns:
        raise DataError(path.name, "expected a column USUBJID, found none", hint="mend edc.subjects")
    return tuple(text for text in map(clean_text, table[columns["USUBJID"]]) if text)
