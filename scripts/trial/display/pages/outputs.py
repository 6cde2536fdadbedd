"""One table in its three formats."""

from pathlib import Path

from trial.display.csv_writer import table_frame
from trial.display.files import save_page, save_printed, suffixed
from trial.display.pages.html_writer import write_html
from trial.display.rtf_writer import write_rtf
from trial.display.table import Table


def save_table(table: Table, base: Path) -> None:
    """Write one table as HTML, RTF and CSV; `base` is the path without suffix."""
    save_page(write_html(table), suffixed(base, ".html"))
    save_page(write_rtf(table), suffixed(base, ".rtf"))
    save_printed(table_frame(table), suffixed(base, ".csv"))
