"""The way from a printed number to its trace: an address with the ids of its results."""

from collections.abc import Iterable
from urllib.parse import quote

TRACE = "trace.html"
# What encodeURIComponent leaves as it is, so that a script and this program write the same address.
UNRESERVED = "-_.!~*'()"


def trace_link(result_ids: Iterable[str]) -> str:
    """Return the address of the trace of one or several results."""
    return f"{TRACE}#r={','.join(map(quoted, result_ids))}"


def quoted(part: str) -> str:
    """Return one part of an address of the trace as it stands there."""
    return quote(part, safe=UNRESERVED)
