"""Tables as self-contained HTML pages, and as fragments for the report page."""

from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from trial.display.files import load_asset
from trial.display.table import Table
from trial.display.wording import NULL_REPORT

PAGE, TABLE = "table_page.html.j2", "table.html.j2"
# The report page takes what stands between these two lines of a table's own page.
FRAGMENT_BEGIN = "<!-- output begins -->"
FRAGMENT_END = "<!-- output ends -->"
# The pages of the report that every page leads to: file and name.
REPORT_PAGES = (
    ("index.html", "Contents"),
    ("gallery.html", "Gallery"),
    ("methods.html", "Methods"),
    ("data.html", "Data"),
    ("trace.html", "Trace"),
    ("manifest.html", "Manifest"),
    ("compare/index.html", "Comparisons"),
)


@cache
def page_environment() -> Environment:
    """Return the template environment: everything is escaped, an unknown name is an error."""
    environment = Environment(
        loader=FunctionLoader(lambda name: load_asset(f"pages/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["lines"] = break_lines
    environment.filters["css_string"] = css_string
    environment.globals["null_report"] = NULL_REPORT
    # The style sheets are ours, and quotes in them must not be escaped.
    environment.globals["style"] = Markup(load_asset("pages/page.css"))
    environment.globals["report_pages"] = REPORT_PAGES
    return environment


def compile_pages() -> None:
    """Compile the templates of a table's page, which are otherwise compiled at their first use."""
    for name in (PAGE, TABLE):
        page_environment().get_template(name)


def break_lines(text: str) -> Markup:
    """Return text escaped, its line ends as ``<br>``."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def css_string(text: str) -> Markup:
    """Return text as a string of a style sheet, in which no sign of it can end the string or the sheet."""
    safe = (c if c.isascii() and (c.isalnum() or c in " .,:-()") else f"\\{ord(c):x} " for c in text)
    return Markup(f'"{"".join(safe)}"')


def write_html(table: Table) -> str:
    """Return the whole page of one table."""
    template = page_environment().get_template(PAGE)
    return template.render(table=table, begin=Markup(FRAGMENT_BEGIN), end=Markup(FRAGMENT_END))


def write_fragment(table: Table) -> Markup:
    """Return the table alone, for a page that holds several."""
    return Markup(page_environment().get_template(TABLE).render(table=table))
