"""The page of the trace: a frame without data, which its program fills."""

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from trial.display.provenance import SYNTHETIC_MARK, Stamp
from trial.trace.files import load_asset

PROGRAM = "trace.js"


def write_page(stamp: Stamp) -> str:
    """Return the page."""
    environment = Environment(
        loader=FunctionLoader(load_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["synthetic_mark"] = SYNTHETIC_MARK
    # The style sheet is ours, and quotes in it must not be escaped.
    environment.globals["style"] = Markup(load_asset("trace.css"))
    return environment.get_template("trace.html.j2").render(stamp=stamp)
