"""Pages of the export: self-contained, in the look of the review pages, for screens and for print."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader

from trial.display.pages.html_writer import page_environment


@cache
def _environment() -> Environment:
    pages = page_environment()
    own: list[BaseLoader] = [PackageLoader("trial.export", ".")]
    return pages.overlay(loader=ChoiceLoader([*own, *([pages.loader] if pages.loader else [])]))


def render(template: str, title: str, marks: Sequence[str], **shown: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        A file of this folder that fills `export_base.html.j2`.
    marks : sequence of str
        What every output says of the data (synthetic data).
    """
    return _environment().get_template(template).render(title=title, marks=tuple(marks), **shown)
