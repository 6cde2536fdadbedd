"""The frame of every review page: landmarks, skip link, banner, the way to the other pages, the lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from trial.display.files import load_asset
from trial.display.pages.html_writer import page_environment
from trial.display.provenance import Stamp
from trial.study.base import Identity

BASE = "base.html.j2"
STYLE, KEYS = "report.css", "keys.js"


@dataclass(frozen=True)
class Frame:
    """What all pages of one report have in common."""

    study: Identity
    stamp: Stamp


def write_page(
    frame: Frame,
    template: str,
    title: str,
    here: str,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    root: str = "",
    **content: Any,
) -> str:
    """Return one page of the report.

    Parameters
    ----------
    template : str
        A template of this folder that fills the block `main` of `base.html.j2`; or `base.html.j2` itself,
        which shows `content`, markup that its maker has escaped.
    title : str
        Of the browser's tab; the page's own heading is the template's.
    here : str
        File name of the page, by which the way to the other pages marks where the reader is.
    scripts, styles : sequence of str
        Files beside the first page that it loads; style sheets after that of all pages.
    root : str
        The way from the page's folder to that of the first page, as links begin: empty, or ``../``.
    """
    environment = page_environment()
    return environment.get_template(template).render(
        study=frame.study,
        stamp=frame.stamp,
        title=title,
        here=here,
        scripts=scripts,
        styles=styles,
        root=root,
        **content,
    )


def wrap_page(
    frame: Frame,
    content: Markup,
    title: str,
    here: str,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
) -> str:
    """Return a page of the report with content that its maker has escaped."""
    return write_page(frame, BASE, title, here, scripts, styles, content=content)


def page_style() -> str:
    """Return the one style sheet of all pages: that of tables, then that of the frame."""
    return load_asset("pages/page.css") + load_asset("pages/report.css")
