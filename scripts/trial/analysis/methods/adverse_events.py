"""Treatment-emergent adverse events: subjects, events, rates and risk differences by arm."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from trial.analysis.config import Analysis
from trial.analysis.where import Where
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.config_edc import ColumnName
from trial.subjects.schema import ADAE, ADSV

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

READ = (
    "USUBJID", "AEBODSYS", "AEDECOD", "AESTDTC", "ASTDT", "TRTEMFL", "AESEV", "AESER", "AERELPROD",
    "AERELPROC",
)  # fmt: skip
# What is read of infusions, for events within hours of one.
INFUSIONS = {"USUBJID": "text", "EXSTDTC": "text", "EXENDTC": "text"}


def _rising(days: tuple[int, int]) -> tuple[int, int]:
    if days[0] > days[1]:
        raise ValueError(f"the first day {days[0]} lies after the last {days[1]}")
    return days


class Onset(Strict):
    """Days on which an event must start, counted from a date of the subject."""

    after: ColumnName
    """Date column of ADSL from which days are counted; the day itself is day 0."""
    days: Annotated[tuple[int, int], Field(strict=False), AfterValidator(_rising)]
    """First and last day, ends included. Without times of day, within 24 hours is [0, 1]."""
    hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    """Where the event and an infusion of the exposure file have times of day: from the start of the infusion
    to so many hours after its end, instead of the days; null: days alone."""


class SpecialInterest(Strict):
    """A group of events of special interest: terms, organ classes, or any other texts of ADAE."""

    code: Code
    """Code of the group in results."""
    label: Text
    """Its name as printed."""
    any_of: listed(Where)  # type: ignore[valid-type]
    """The descriptions of which one at least holds: {column: [texts]}, all columns of one must match."""
    onset: Onset | None
    """Days on which it must start; null for any."""


class Config(Analysis):
    """Counts by arm and in total, by organ class and term, by greatest severity and by relation.

    An answer that was not recorded (serious, related) counts as yes: safety errs on the side of reporting.
    """

    plays: ClassVar[tuple[str, ...]] = ("adverse",)

    method: Literal["adverse_events"]
    """Treatment-emergent adverse events."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described; limits of risk differences belong to no estimand."""
    severity: listed(Text)  # type: ignore[valid-type]
    """Codes of AESEV from the mildest to the gravest."""
    discontinuation: Where
    """What makes an event one that led to discontinuation, by column of ADAE."""
    fatal: Where
    """What makes an event one with fatal outcome, by column of ADAE."""
    death: Where | None = None
    """What says that a subject died, by text column of ADSL, with or without an event; null: events alone."""
    special_interest: Annotated[tuple[SpecialInterest, ...], Field(strict=False)]
    """Events of special interest, in the order of the outputs; [] for none."""
    level: Annotated[float, Field(gt=0, lt=1)]
    """Confidence level of rates and risk differences."""

    def columns(self) -> Mapping[str, str]:
        """Return the dates of ADSL that are read."""
        onsets = [item.onset.after for item in self.special_interest if item.onset]
        return dict.fromkeys(self.death or (), "text") | dict.fromkeys(("TRTEMDT", "DISCDT", *onsets), "date")

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of adverse events and of visits."""
        asked = [name for where in self._described() for name in where if name in ADAE]
        timed = any(item.onset and item.onset.hours for item in self.special_interest)
        return {
            "adae": ADAE.only(*dict.fromkeys((*READ, *asked))),
            "adsv": ADSV.only("USUBJID", "SVDT", "DONE"),
            **({"adex": INFUSIONS} if timed else {}),
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield unknown severities, columns and dates."""
        spelled = study.edc.spellings.get("AESEV") if hasattr(study, "edc") else None
        codes = list(dict.fromkeys(spelled.values())) if spelled else []
        yield from repeated_names("severity", self.severity)
        yield from repeated_names("special_interest.code", [item.code for item in self.special_interest])
        for code in self.severity if codes else ():
            yield from unknown_name("severity", code, codes)
        for code in codes:
            if code not in self.severity:
                yield f"severity: {code} of edc.spellings.AESEV has no place"
        texts = [name for name, kind in ADAE.items() if kind == "text"]
        for where in self._described():
            for name in where:
                yield from unknown_name("where", name, texts)
        kinds = study.subject_kinds()
        for name in self.death or ():
            yield from unknown_name("death", name, [one for one, kind in kinds.items() if kind == "text"])
        dates = [name for name, kind in kinds.items() if kind == "date"]
        for item in self.special_interest:
            if item.onset:
                yield from unknown_name(f"special_interest.{item.code}.onset.after", item.onset.after, dates)

    def _described(self) -> Iterator[Mapping[str, tuple[str, ...]]]:
        yield from (self.discontinuation, self.fatal)
        yield from (where for item in self.special_interest for where in item.any_of)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return counts, percentages, rates and risk differences; the record names the levels in words."""
    from trial.analysis.adverse_events import count_adverse_events

    return count_adverse_events(data, config)
