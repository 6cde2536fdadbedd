"""A canvas whose height follows what is drawn on it."""

from trial.display.figures.frame import Canvas, Heading, open_canvas

FIRST = 7.0  # inches, before the room that titles and notes leave is known


def sized_canvas(heading: Heading, plot: float, height: float = FIRST) -> Canvas:
    """Return a canvas with `plot` inches between its titles and its notes."""
    canvas = open_canvas(heading, height)
    missing = plot - (canvas.top - canvas.bottom)
    return canvas if abs(missing) < 0.01 else sized_canvas(heading, plot, height + missing)
