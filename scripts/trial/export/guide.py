"""A guide before any file format: sections of paragraphs and tables, and what a person must still write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TO_WRITE = "TO BE WRITTEN"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class ToWrite:
    """A place that only a person can fill: what belongs there."""

    text: str

    @property
    def printed(self) -> str:
        """What stands in the place until then."""
        return f"{TO_WRITE}: {self.text}"


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    caption : str
    headings : tuple of str
    rows : tuple of tuple of str
        One text per column.
    widths : tuple of float
        Shares of the page; empty for columns of one width.

    Raises
    ------
    ValueError
        If a row has not one text per column.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        wrong = [row for row in (*self.rows, self.widths or self.headings) if len(row) != len(self.headings)]
        if wrong:
            raise ValueError(
                f"{self.caption}: {len(self.headings)} columns, found rows of other lengths: {wrong[0]}"
            )


Part = Paragraph | ToWrite | Grid


@dataclass(frozen=True)
class Section:
    """A section by its number (`5.2.1`), with its parts."""

    number: str
    title: str
    parts: tuple[Part, ...] = ()

    @property
    def level(self) -> int:
        """1 for a chapter, 2 for a section, 3 for what is below."""
        return self.number.count(".") + 1

    @property
    def anchor(self) -> str:
        """Its name inside the document."""
        return f"s{self.number.replace('.', '_')}"

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}"


@dataclass(frozen=True)
class Guide:
    """The whole guide; `about`: the lines below its title."""

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]

    def unwritten(self) -> Iterator[tuple[Section, ToWrite]]:
        """Yield every place that a person must still fill."""
        for section in self.sections:
            yield from ((section, part) for part in section.parts if isinstance(part, ToWrite))


def grid(caption: str, headings: str, rows: Sequence[Sequence[object]], widths: Sequence[float] = ()) -> Grid:
    """Return a table; `headings` are separated by ``|``, cells are made text."""
    texts = tuple(tuple(str(cell) for cell in row) for row in rows)
    return Grid(caption, tuple(headings.split("|")), texts, tuple(widths))
