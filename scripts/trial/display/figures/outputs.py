"""One figure as a template gives it, and in its files: SVG, PNG and the data it plots."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from trial.display.figures.frame import Heading, project_style, render
from trial.display.files import save_bytes, save_frame, suffixed


@dataclass(frozen=True)
class Plot:
    """One figure before any file format.

    Attributes
    ----------
    heading : Heading
    frame : DataFrame
        The data it plots; columns that end with `result_id` trace them, several ids joined by a space.
    draw : callable
        Draws it.
    alt : str
        What it shows, in words and numbers.
    """

    heading: Heading
    frame: pd.DataFrame
    draw: Callable[[], Figure]
    alt: str

    @property
    def number(self) -> str:
        """The printed number."""
        return self.heading.number

    @property
    def title(self) -> str:
        """The first line of the titles."""
        return self.heading.titles[0]

    @property
    def heading_lines(self) -> tuple[str, ...]:
        """Every line of the heading below the number."""
        return self.heading.titles

    @property
    def foot_lines(self) -> tuple[str, ...]:
        """Every footnote as printed."""
        return self.heading.notes

    @property
    def result_ids(self) -> list[str]:
        """The results that are plotted or printed, each once, in the order of the data."""
        names = [name for name in self.frame.columns if name.endswith("result_id")]
        rows = self.frame[names].to_numpy().tolist()
        return list(dict.fromkeys(result_id for row in rows for cell in row for result_id in cell.split()))

    def save(self, base: Path) -> None:
        """Write the figure and its plotted data; `base` is the path without suffix."""
        with project_style():
            figure = self.draw()
            svg, png = render(figure, f"{self.number} {self.title}")
        save_bytes(svg, suffixed(base, ".svg"))
        save_bytes(png, suffixed(base, ".png"))
        stamp = self.heading.stamp
        marked = self.frame.assign(output=base.name, lock=stamp.lock_text, marks="; ".join(stamp.marks))
        save_frame(marked, suffixed(base, ".csv"))
