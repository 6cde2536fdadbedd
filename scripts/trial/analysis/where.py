"""Rows of a data set described in the configuration, by the texts of their columns."""

from typing import Annotated

from pydantic import Field

from trial.subjects.config_edc import ColumnName

# One text or more of a column.
Texts = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
# By column, the texts that make a row such an event: all columns must match; case does not count.
Where = Annotated[dict[ColumnName, Texts], Field(min_length=1)]
# What the dose of medicines is read from (`trial.analysis.doses`).
DOSE_COLUMNS = ("USUBJID", "CMTRT", "CMDOSE", "CMDOSU", "CMSTDTC", "ASTDT", "CMENDTC", "AENDT")
