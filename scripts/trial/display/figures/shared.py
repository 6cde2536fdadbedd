"""One place and one scale for several drawings of a figure, so that they can be laid over each other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

Limits = tuple[tuple[float, float], tuple[float, float]]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """What all drawings take instead of their own: height, room of titles and notes in inches, axes.

    Attributes
    ----------
    limits : sequence of pairs
        Of x and y, first limit first, of each axes in the order in which they are made.
    boxes : sequence of (left, bottom, width, height)
        Where each stands, as parts of the sheet; empty where each drawing finds the same place by itself.
    """

    height: float
    titles: float
    notes: float
    limits: Sequence[Limits]
    boxes: Sequence[Box] = ()


PLACE: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def drawn_at(place: Place) -> Iterator[None]:
    """Let every figure that is drawn in the block take this place."""
    token = PLACE.set(place)
    try:
        yield
    finally:
        PLACE.reset(token)


class FixedAxes(Axes):
    """Axes whose limits are given from the start, before anything is placed by them, and stay."""

    def __init__(self, *args: Any, limits: Limits, **settings: Any) -> None:
        self._given: Limits | None = None
        super().__init__(*args, **settings)
        super().set_xlim(*limits[0], auto=False)
        super().set_ylim(*limits[1], auto=False)
        self._given = limits

    def set_xlim(self, *args: Any, **settings: Any) -> tuple[float, float]:
        """Return the limits given; none other is taken."""
        return self._given[0] if self._given else super().set_xlim(*args, **settings)

    def set_ylim(self, *args: Any, **settings: Any) -> tuple[float, float]:
        """Return the limits given; none other is taken."""
        return self._given[1] if self._given else super().set_ylim(*args, **settings)
