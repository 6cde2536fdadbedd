"""Date texts by declared formats; ISO output, local time of the study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from trial.labs.config import Dates
from trial.labs.text import clean_text
from trial.study.date_formats import ISO, compile_pattern, month_of

# A typed time cell beside a typed date cell: `08:30:00`, or the fraction of a day.
TYPED_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00)? (\d\d:\d\d:\d\d)$")
SERIAL_DAY = re.compile(r"(\d{4,6}) (?:(0[.,]\d+)|(\d\d?:\d\d(?::\d\d)?))$")
SERIAL = re.compile(r"(\d{4,6})(?:[.,](\d+))?$")
PARTIAL = {"ISO": r"\d{4}(?:-(?:0?[1-9]|1[0-2]))?", "HL7": r"\d{4}(?:0[1-9]|1[0-2])?"}
SPREADSHEET_EPOCH = datetime(1899, 12, 30)


@dataclass(frozen=True)
class Moment:
    """A date, with time when the text gives one: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`; or the rule it breaks.

    `swapped` is true where the date does not exist as declared, but does with day and month exchanged.
    """

    text: str = ""
    rule: str = ""
    swapped: bool = False


class DateReader:
    """Reads the date texts of one source."""

    def __init__(self, dates: Dates) -> None:
        self._formats = [None if text == "excel" else compile_pattern(text) for text in dates.formats]
        # A year or a month alone, in a form that may end there.
        ends = [PARTIAL[text] for text in dates.formats if text in PARTIAL]
        self._partial = re.compile("|".join(ends) or "(?!)")
        self._zone = _zone(dates.zone)
        self._first_year = dates.first_year
        self._earliest, self._latest = dates.earliest.isoformat(), dates.latest.isoformat()

    def read(self, text: str) -> Moment:
        """Return the moment of a text; empty text gives an empty moment."""
        clean = clean_text(text)
        if not clean:
            return Moment()
        for pattern in self._formats:
            if pattern is None:
                if (moment := self._read_spreadsheet(clean)) is not None:
                    return moment
            elif (found := pattern.match(clean)) and (parts := self._plain(found)) is not None:
                return self._moment(parts)
        return Moment(rule="PARTIAL_DATE" if self._partial.fullmatch(clean) else "DATE_FORMAT")

    def read_collected(self, text: str) -> Moment:
        """Return the moment of a collection date, which must exist and lie inside the study."""
        moment = self.read(text)
        if moment.rule:
            return moment
        if not moment.text:
            return Moment(rule="NO_DATE")
        if not self._earliest <= moment.text[:10] <= self._latest:
            return Moment(moment.text, "DATE_OUT_OF_STUDY")
        return moment

    def _plain(self, found: re.Match[str]) -> dict[str, str | None] | None:
        """Return year, month, day and clock in digits; None where a name is no month or an hour is none."""
        parts = found.groupdict()
        if name := parts.get("name"):
            month = month_of(name)
            if not month:
                return None
            parts["m"] = str(month)
        if (short := parts.get("yy")) is not None:
            assert self._first_year is not None
            parts["y"] = str(self._first_year + (int(short) - self._first_year) % 100)
        if (hour := parts.get("h")) is not None:
            if not 1 <= int(hour) <= 12:
                return None
            after = (parts["half"] or "").upper().startswith(("P", "CH"))
            parts["H"] = str(int(hour) % 12 + 12 * after)
        return parts

    def _moment(self, parts: dict[str, str | None], typed: bool = False) -> Moment:
        """Return the moment; `typed` dates of a spreadsheet at midnight have no time."""
        year, month, day = int(parts["y"] or 0), int(parts["m"] or 0), int(parts["d"] or 0)
        given = parts.get("H")
        hour, minute, second = int(given or 0), int(parts.get("M") or 0), int(parts.get("S") or 0)
        # 24:00 is the end of the day (ISO 8601).
        end = hour == 24 and not minute and not second
        try:
            moment = datetime(year, month, day, 0 if end else hour, minute, second)
            if end:
                moment += timedelta(days=1)
            if zone := parts.get("zone"):
                moment = moment.replace(tzinfo=_zone(zone)).astimezone(self._zone).replace(tzinfo=None)
        except (ValueError, OverflowError):
            swapped = not _exists(year, month, day) and _exists(year, day, month)
            return Moment(rule="IMPOSSIBLE_DATE", swapped=swapped)
        timed = given is not None and not (typed and hour == minute == 0)
        text = moment.isoformat(timespec="minutes")
        return Moment(text if timed else text[:10])

    def _read_spreadsheet(self, clean: str) -> Moment | None:
        """Return a typed date cell (ISO text without a zone) or a serial day number of the 1900 system."""
        if found := TYPED_DAY.match(clean):
            clean = f"{found.group(1)}T{found.group(2)}"
            return self._moment(_iso_parts(clean))
        if (parts := _iso_parts(clean)) and parts["zone"] is None:
            return self._moment(parts, typed=True)
        if found := SERIAL_DAY.match(clean):
            day = f"{SPREADSHEET_EPOCH + timedelta(days=int(found.group(1))):%Y-%m-%d}"
            if found.group(3):
                return self._moment(_iso_parts(f"{day}T{found.group(3)}"))
            clean = f"{found.group(1)}{found.group(2)[1:]}"
        if found := SERIAL.match(clean):
            moment = SPREADSHEET_EPOCH + timedelta(days=int(found.group(1)))
            if not found.group(2):
                return Moment(f"{moment:%Y-%m-%d}")
            seconds = round(float(f"0.{found.group(2)}") * 86400)
            return Moment(f"{moment + timedelta(seconds=seconds):%Y-%m-%dT%H:%M}")
        return None


def _iso_parts(text: str) -> dict[str, str | None]:
    found = ISO.match(text)
    return found.groupdict() if found else {}


def _zone(text: str) -> timezone | ZoneInfo:
    """Return a time zone: `Z`, an offset (`+07:00`, `-0500`, `+07`) or a name of the IANA database."""
    if text in ("Z", "z"):
        return UTC
    if text[0] not in "+-":
        return ZoneInfo(text)
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if text[0] == "-" else size)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime(year, month, day)
    except ValueError:
        return False
    return True


def declared_examples(formats: Sequence[str]) -> str:
    """Return the declared formats as error messages show them."""
    return " or ".join(f"'{text}'" for text in formats)
