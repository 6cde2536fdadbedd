"""What cell values do not show of an .xlsx sheet: formulas without values, errors, what is hidden or struck.

A program that writes a workbook stores formulas without their results until a spreadsheet program has
opened it once: such a cell looks empty. Other kinds of workbooks are left alone.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

SHOWN = 5
UNREADABLE = (
    zipfile.BadZipFile, expat.ExpatError, zlib.error, KeyError, IndexError, ValueError,
    NotImplementedError, OSError, RuntimeError, EOFError,
)  # fmt: skip
ADDRESS = re.compile(r"[A-Z]+(\d+)$")


@dataclass
class Marks:
    """Formulas without a value, error cells (#N/A), hidden rows, cells struck out; below the header."""

    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    def notes(self) -> list[tuple[str, str]]:
        """Return (rule, what was found) of each kind that the sheet has."""
        kinds = (
            ("FORMULA_WITHOUT_VALUE", self.formulas, "cell"),
            ("ERROR_IN_CELL", self.errors, "cell"),
            ("HIDDEN_ROWS_READ", self.hidden, "row"),
            ("STRUCK_OUT_READ", self.struck, "cell"),
        )
        return [(rule, _listed(places, kind)) for rule, places, kind in kinds if places]


def find_marks(data: bytes, sheet: str, header_row: int) -> Marks:
    """Return the marks of one sheet; none where the bytes are no .xlsx or cannot be understood."""
    marks = Marks()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            path = _sheet_path(book, sheet)
            if path is not None:
                _Sheet(marks, header_row, _struck_styles(book)).read(book, path)
    except UNREADABLE:
        # The reader of the values says what is wrong with the file.
        return Marks()
    return marks


@dataclass
class _Sheet:
    """Walks through the cells of one sheet."""

    marks: Marks
    header_row: int
    struck_styles: set[str]
    address: str = ""
    style: str = ""
    filled: bool = False
    formula: bool = False
    value: bool = False
    error: bool = False
    hidden_row: str = ""
    inside: bool = False

    def read(self, book: zipfile.ZipFile, path: str) -> None:
        _parse(book, path, self._start, self._end, self._text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            hidden = attributes.get("hidden") in ("1", "true")
            self.hidden_row = attributes.get("r", "") if hidden else ""
        elif tag == "c":
            self.address, self.style = attributes.get("r", ""), attributes.get("s", "0")
            self.formula = self.value = False
            self.error = attributes.get("t") == "e"
        elif tag == "f":
            self.formula = True
        self.inside = tag in ("v", "t")

    def _text(self, text: str) -> None:
        self.value = self.value or (self.inside and bool(text.strip()))

    def _end(self, tag: str) -> None:
        self.inside = False
        place = ADDRESS.match(self.address)
        if tag != "c" or place is None or int(place.group(1)) <= self.header_row:
            return
        if self.formula and not self.value:
            self.marks.formulas.append(self.address)
        if self.error:
            self.marks.errors.append(self.address)
        if self.value and self.style in self.struck_styles:
            self.marks.struck.append(self.address)
        if self.value and self.hidden_row and self.hidden_row not in self.marks.hidden[-1:]:
            self.marks.hidden.append(self.hidden_row)


def _sheet_path(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return where the sheet of a name stands inside the file."""
    targets: dict[str, str] = {}
    names: dict[str, str] = {}

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    def entry(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            names[attributes["name"]] = next(
                (text for key, text in attributes.items() if key.endswith(":id")), ""
            )

    _parse(book, "xl/_rels/workbook.xml.rels", relation)
    _parse(book, "xl/workbook.xml", entry)
    target = targets.get(names.get(sheet, ""))
    return None if target is None else target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _struck_styles(book: zipfile.ZipFile) -> set[str]:
    """Return the numbers of the cell styles whose font is struck out."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    path: list[str] = []
    fonts: list[bool] = []
    styles: list[int] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        path.append(tag)
        if path[-2:] == ["fonts", "font"]:
            fonts.append(False)
        elif path[-3:] == ["fonts", "font", "strike"]:
            fonts[-1] = attributes.get("val", "1") not in ("0", "false")
        elif path[-2:] == ["cellXfs", "xf"]:
            styles.append(int(attributes.get("fontId", "0")))

    _parse(book, "xl/styles.xml", start, lambda _: path.pop())
    return {str(at) for at, font in enumerate(styles) if font < len(fonts) and fonts[font]}


def _parse(
    book: zipfile.ZipFile,
    path: str,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] = lambda _: None,
    text: Callable[[str], object] = lambda _: None,
) -> None:
    """Parse one part of the file, tags without their namespaces; document types are refused."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = text

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(book.read(path), True)


def _listed(places: Iterable[str], kind: str) -> str:
    found = list(places)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{len(found)} {kind}{'s' * (len(found) > 1)}: {', '.join(found[:SHOWN])}{more}"
