"""Date texts by declared formats; ISO output, local time of the study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trial.labs.config import Dates
from trial.labs.text import clean_text

TOKENS = {"yyyy": r"(?P<y>\d{4})", "mm": r"(?P<m>\d{1,2})", "dd": r"(?P<d>\d{1,2})",
          "HH": r"(?P<H>\d{1,2})", "MM": r"(?P<M>\d{2})", "SS": r"(?P<S>\d{2})"}  # fmt: skip
ISO = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[T ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:\.\d+)?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?$"
)
SERIAL = re.compile(r"(\d{4,6})(?:[.,](\d+))?$")
SPREADSHEET_EPOCH = datetime(1899, 12, 30)
PACKED = re.compile(r"^(?:yyyy|mm|dd|HH|MM|SS)+$")


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
        self._formats = [_compile(text) for text in dates.formats]
        self._zone = _offset(dates.zone)
        self._earliest, self._latest = dates.earliest.isoformat(), dates.latest.isoformat()

    def read(self, text: str) -> Moment:
        """Return the moment of a text; empty text gives an empty moment."""
        clean = clean_text(text)
        if not clean:
            return Moment()
        for pattern in self._formats:
            if pattern is None:
                if (moment := _read_spreadsheet(clean)) is not None:
                    return moment
            elif found := pattern.match(clean):
                return self._moment(found.groupdict())
        return Moment(rule="DATE_FORMAT")

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

    def _moment(self, parts: dict[str, str | None]) -> Moment:
        year, month, day = (int(parts[name] or 0) for name in "ymd")
        clock = [parts.get(name) for name in "HMS"]
        hour, minute, second = (int(part or 0) for part in clock)
        try:
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:
            return Moment(rule="IMPOSSIBLE_DATE", swapped=_exists(year, day, month))
        if zone := parts.get("zone"):
            try:
                moment += self._zone - _offset(zone)
            except OverflowError:
                return Moment(rule="IMPOSSIBLE_DATE")
        return Moment(f"{moment:%Y-%m-%dT%H:%M}" if clock[0] is not None else f"{moment:%Y-%m-%d}")


def _compile(text: str) -> re.Pattern[str] | None:
    """Return the pattern of a declared format; None stands for the spreadsheet's own dates."""
    if text == "excel":
        return None
    if text == "ISO":
        return ISO
    # Without marks between them, day and month need both digits.
    tokens = (
        {key: value.replace("{1,2}", "{2}") for key, value in TOKENS.items()}
        if PACKED.match(text)
        else TOKENS
    )
    pattern = "".join(
        tokens.get(part) or (r"\s+" if part == " " else re.escape(part))
        for part in re.findall(r"yyyy|mm|dd|HH|MM|SS|.", text)
    )
    return re.compile(rf"{pattern}$")


def _read_spreadsheet(clean: str) -> Moment | None:
    """Return a typed date cell (ISO text) or a serial day number of the 1900 system."""
    if found := ISO.match(clean):
        parts = found.groupdict()
        whole = parts["H"] is None or (parts["H"], parts["M"]) == ("00", "00")
        try:
            datetime.fromisoformat(clean[:10])
        except ValueError:
            return Moment(rule="IMPOSSIBLE_DATE")
        return Moment(clean[:10] if whole else f"{clean[:10]}T{clean[11:16]}")
    if found := SERIAL.match(clean):
        moment = SPREADSHEET_EPOCH + timedelta(days=int(found.group(1)))
        if not found.group(2):
            return Moment(f"{moment:%Y-%m-%d}")
        seconds = round(float(f"0.{found.group(2)}") * 86400)
        return Moment(f"{moment + timedelta(seconds=seconds):%Y-%m-%dT%H:%M}")
    return None


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta(0)
    digits = zone.replace(":", "")
    size = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return -size if zone[0] == "-" else size


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime(year, month, day)
    except ValueError:
        return False
    return True


def declared_examples(formats: Sequence[str]) -> str:
    """Return the declared formats as error messages show them."""
    return " or ".join(f"'{text}'" for text in formats)
