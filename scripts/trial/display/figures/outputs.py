"""One figure in its files: SVG, PNG and the data it plots."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from trial.display.figures.frame import Heading, render_png, render_svg
from trial.display.files import save_bytes, save_frame, suffixed


def save_figure(figure: Figure, frame: pd.DataFrame, heading: Heading, base: Path) -> None:
    """Write a figure and its plotted data; `base` is the path without suffix."""
    title = f"{heading.number} {heading.titles[0]}"
    save_bytes(render_svg(figure, title), suffixed(base, ".svg"))
    save_bytes(render_png(figure), suffixed(base, ".png"))
    stamp = heading.stamp
    marked = frame.assign(
        output=base.name, lock=stamp.lock_text, synthetic="SYNTHETIC" if stamp.synthetic else ""
    )
    save_frame(marked, suffixed(base, ".csv"))
