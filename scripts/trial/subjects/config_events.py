"""The section `intercurrent_events`: what may happen to a subject and change what later values mean."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from trial.study.base import Code, Strict, listed
from trial.study.names import unknown_name
from trial.subjects.config_edc import ColumnName, Label
from trial.subjects.schema import ADAE, ADCM

# The file of the EDC that each data set of events is made of.
FILES = {"adcm": "medications", "adae": "adverse_events"}


class IntercurrentEvent(Strict):
    """One kind of event: which rows of which data set it is, its date, and how long it acts on values.

    An event that acts for good (`days` null) counts from time zero on, and acts on values of later days: a
    sample of the day itself is drawn before a medicine is prescribed. One that passes acts on the values of
    its own day and of the days after it, wherever time zero is.
    """

    label: Label
    """Name of the event as printed, at most 40 characters."""
    data: Literal["adsl", "adcm", "adae"]
    """Where it is read: subjects (adsl), medicines (adcm), adverse events (adae)."""
    where: Annotated[dict[ColumnName, listed(str)], Field(min_length=1)]  # type: ignore[valid-type]
    """By column, the texts that make a row this event ("" for an empty cell); case does not count."""
    date: ColumnName
    """Column with the date of the event."""
    days: Annotated[int, Field(ge=0, le=3660)] | None
    """Days after the event on which it acts on values; null: from then on."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints whose values it acts on: all, or a list of codes."""

    def concerns(self, paramcd: str) -> bool:
        """Return whether the event acts on an endpoint."""
        return self.endpoints == "all" or paramcd in self.endpoints


class EventRule(Strict):
    """What `derive_subjects` needs to know of an event: no label and no endpoint changes its rows."""

    data: Literal["adsl", "adcm", "adae"]
    where: dict[ColumnName, listed(str)]  # type: ignore[valid-type]
    date: ColumnName
    days: int | None


def event_rules(study: Any) -> dict[str, EventRule]:
    """Return the rule of each declared event."""
    return {
        code: EventRule(data=event.data, where=event.where, date=event.date, days=event.days)
        for code, event in study.intercurrent_events.items()
    }


def check_events(study: Any) -> list[str]:
    """Return what the section contradicts in its data sets and in the endpoints of the study."""
    kinds = {"adsl": study.subject_kinds(), "adcm": dict(ADCM), "adae": dict(ADAE)}
    return [
        f"intercurrent_events.{code}{line}"
        for code, event in study.intercurrent_events.items()
        for line in _check(event, kinds[event.data], study)
    ]


def _check(event: IntercurrentEvent, kinds: Mapping[str, str], study: Any) -> Iterator[str]:
    kind = FILES.get(event.data)
    if kind and not getattr(study.edc, kind):
        yield f".data: {event.data} is made of edc.{kind}, which is null"
    for name in event.where:
        yield from unknown_name(".where", name, kinds)
        if kinds.get(name, "text") != "text":
            yield f".where.{name}: a {kinds[name]}; only text is compared"
    yield from unknown_name(".date", event.date, [name for name, of in kinds.items() if of == "date"])
    for code in () if event.endpoints == "all" else event.endpoints:
        yield from unknown_name(".endpoints", code, study.endpoints)
