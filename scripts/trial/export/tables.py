"""The records of the exported data sets, as the pipeline's files hold them but for the stated conversions."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trial.export.datasets import Column, Exported
from trial.study.files import read_table

if TYPE_CHECKING:
    import pandas as pd


def read_records(results: Path, dataset: Exported) -> "pd.DataFrame":
    """Return the records of a data set under its exported names, ordered by its keys.

    Returns
    -------
    DataFrame
        Text as `str`, missing empty; numbers float64, missing NaN; dates as ISO text.

    Raises
    ------
    DataError
        If the file has not the declared columns, or a number does not parse.
    """
    import pandas as pd

    found = read_table(results / dataset.file, dataset.dataset)
    columns = {column.name: _values(found, column) for column in dataset.columns}
    table = pd.DataFrame(columns, index=found.index)
    return table.sort_values(list(dataset.keys), kind="stable", ignore_index=True, na_position="first")


def _values(table: "pd.DataFrame", column: Column) -> "pd.Series":
    import pandas as pd

    if column.conversion == "constant":
        return pd.Series(column.constant, index=table.index, dtype=object)
    if column.conversion == "sequence":
        # By the same numbers `records.csv` names the rows behind a result.
        return table.groupby("USUBJID").cumcount().astype(float) + 1.0
    values = table[column.source]
    if column.conversion == "day":
        return values.where(values < 0, values + 1.0)
    if column.conversion == "member":
        return values.replace("", "N")
    return values


def with_records(results: Path, datasets: Sequence[Exported]) -> dict[str, "pd.DataFrame"]:
    """Return the records of each data set that has any; one without records does not leave."""
    tables = {dataset.name: read_records(results, dataset) for dataset in datasets}
    return {name: table for name, table in tables.items() if len(table)}
