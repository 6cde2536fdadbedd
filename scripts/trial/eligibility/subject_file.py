"""All that is known of one subject where eligibility is judged: a view of the data sets by subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from trial.eligibility.periods import Day, days_before, read_known

# One row of a data set; columns are texts, though pandas says that they may be anything.
Record = Mapping[Any, Any]


@dataclass(frozen=True)
class SubjectFile:
    """One subject's records by data set, each in the order of its data set.

    Attributes
    ----------
    adsl : mapping
        The subject's row of ADSL with its place in the subjects file.
    reference : datetime.date
        The day from which the criterion counts.
    days : tuple of int
        Days around it in which laboratory results and serology count.
    """

    adsl: Record
    reference: date
    days: tuple[int, int]
    labs: tuple[Record, ...] = ()
    medicines: tuple[Record, ...] = ()
    history: tuple[Record, ...] = ()
    serology: tuple[Record, ...] = ()
    form: tuple[Record, ...] = ()

    @property
    def near(self) -> tuple[date, date]:
        """The first and the last day of the laboratory results that count."""
        return days_before(self.reference, -self.days[0]), days_before(self.reference, -self.days[1])

    def is_near(self, day: str) -> bool:
        """Return whether an ISO day, or day and time, lies among those days."""
        first, last = self.near
        return bool(day) and first.isoformat() <= day[:10] <= last.isoformat()

    def since(self, name: str) -> Day:
        """Return what is known of a date of ADSL, or of a year that stands there as a number."""
        found = self.adsl[name]
        if isinstance(found, float):
            found = "" if found != found else f"{found:04.0f}"
        return read_known(str(found))


def by_subject(table: pd.DataFrame) -> dict[str, tuple[Record, ...]]:
    """Return the records of each subject in the order of the table."""
    found: dict[str, list[Record]] = {}
    for record in table.to_dict("records"):
        found.setdefault(str(record["USUBJID"]), []).append(record)
    return {subject: tuple(records) for subject, records in found.items()}
