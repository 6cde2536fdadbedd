"""A figure without anything to draw: its titles and notes, and the line of an empty output."""

from matplotlib.figure import Figure

from trial.display.figures.frame import Heading, open_canvas
from trial.display.wording import NULL_REPORT

HEIGHT = 4.0  # inches


def draw_null_report(heading: Heading) -> Figure:
    """Return the figure of an output that found nothing to draw; its notes say why."""
    canvas = open_canvas(heading, HEIGHT)
    middle = (canvas.bottom + canvas.top) / 2 / HEIGHT
    canvas.figure.text(0.5, middle, NULL_REPORT, ha="center", va="center", size=9, gid="null-report")
    return canvas.figure
