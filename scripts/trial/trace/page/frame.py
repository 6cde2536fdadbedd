"""The page of the trace: a frame without data, which its program fills."""

from markupsafe import Markup

from trial.display.pages.frame import Frame, wrap_page
from trial.trace.files import load_asset
from trial.trace.shards import PAGE, PROGRAM, STYLE

HERE = "trace.html"


def write_trace(frame: Frame) -> str:
    """Return the page."""
    return wrap_page(
        frame,
        Markup(load_asset("trace.html")),
        "Trace",
        HERE,
        scripts=(f"{PAGE}/{PROGRAM}",),
        styles=(f"{PAGE}/{STYLE}",),
    )
