"""A figure's SVG as the single strokes that it draws, and which of them two figures do not share."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from xml.etree.ElementTree import Element, fromstring

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
# How the id of a legend begins, and the id of the text that names the data lock.
LEGEND, LOCK_LINE = "legend_", "lock-line"
DRAWN = {"path", "use", "text", "image", "rect", "circle"}
# The names that the drawing library gives by counting; all others are names of marks.
COUNTED = re.compile(r"[A-Za-z_.0-9]+_\d+|matplotlib\..*")
NUMBER = re.compile(r"-?\d+\.\d+")
POINT = re.compile(r"([ML]) (\S+) (\S+)")
OPEN_LINE = re.compile(r"\s*M \S+ \S+\s*(L \S+ \S+\s*)+")
HOLDING = ("clip-path", "opacity", "style", "transform")
Shapes = dict[str, Element]
Holders = tuple[tuple[tuple[str, str], ...], ...]
# What cannot be seen is no difference: coordinates are compared in hundredths of a point.
DECIMALS = 2


@dataclass(frozen=True)
class Stroke:
    """One thing that is drawn.

    Attributes
    ----------
    tag : str
        `path`, `text`, `image`, `rect` or `circle`; a repeated mark is the path that it repeats.
    holders : tuple of tuples of pairs
        What the groups that hold it do to it, outermost first: clip, move, style.
    attributes : tuple of pairs
        Its own: place and shape.
    style : tuple of pairs
    text : str
        The words of a text.
    mark : str
        The name of the mark it belongs to, empty where it has none.
    is_repeated : bool
        Whether it is a mark drawn at one of several places, as those of points are.
    """

    tag: str
    holders: tuple[tuple[tuple[str, str], ...], ...]
    attributes: tuple[tuple[str, str], ...]
    style: tuple[tuple[str, str], ...]
    text: str
    mark: str
    is_repeated: bool = False

    @property
    def is_key(self) -> bool:
        """Whether it belongs to the legend, which says what marks mean and plots none."""
        return self.mark.startswith(LEGEND)

    @property
    def seen(self) -> tuple[object, ...]:
        """What the eye can tell it from others by."""
        places = tuple((name, NUMBER.sub(_rounded, value)) for name, value in self.attributes)
        return self.tag, self.holders, places, self.style, self.text


@dataclass(frozen=True)
class Sheet:
    """Size of the sheet in points, what is drawn on it from back to front, and what clips it."""

    width: float
    height: float
    strokes: tuple[Stroke, ...]
    clips: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True)
class Difference:
    """The strokes that both sheets have, those of the first alone, those of the second alone."""

    both: tuple[Stroke, ...]
    gone: tuple[Stroke, ...]
    new: tuple[Stroke, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both sheets look the same."""
        return not self.gone and not self.new


def read_sheet(svg: bytes) -> Sheet:
    """Read the SVG of a figure; the line of its data lock is left out."""
    root = fromstring(svg)
    width, height = map(float, root.get("viewBox", "0 0 0 0").split()[2:])
    shapes = {one.get("id", ""): one for one in root.iter(f"{SVG}path") if one.get("id")}
    clips = {}
    for one in root.iter(f"{SVG}clipPath"):
        shape = tuple((name, NUMBER.sub(_rounded, value)) for name, value in _pairs(dict(one[0].items())))
        clips[one.get("id", "")] = (f"clip-{sha256(repr(shape).encode()).hexdigest()[:12]}", shape)
    _rename(root, {f"url(#{name})": f"url(#{own})" for name, (own, _) in clips.items()})
    strokes = [one for one in _walk(root, shapes, (), "") if one.mark != LOCK_LINE]
    return Sheet(width, height, tuple(strokes), tuple(sorted(set(clips.values()))))


def _rename(root: Element, names: dict[str, str]) -> None:
    """Give what clips the names of its shape: the same shape has one name in every figure."""
    for node in root.iter():
        if "clip-path" in node.attrib:
            node.set("clip-path", names.get(node.attrib["clip-path"], node.attrib["clip-path"]))


def differ(old: Sheet, new: Sheet) -> Difference:
    """Return which strokes two sheets share and which only one has."""
    before, after = (Counter(stroke.seen for stroke in sheet.strokes) for sheet in (old, new))
    shared = before & after
    both, fresh = _parted(new.strokes, shared)
    _, gone = _parted(old.strokes, shared)
    return Difference(both, gone, fresh)


def _parted(
    strokes: Sequence[Stroke], shared: "Counter[tuple[object, ...]]"
) -> tuple[tuple[Stroke, ...], tuple[Stroke, ...]]:
    left, inside, outside = Counter(shared), [], []
    for stroke in strokes:
        if left[stroke.seen] > 0:
            left[stroke.seen] -= 1
            inside.append(stroke)
        else:
            outside.append(stroke)
    return tuple(inside), tuple(outside)


def _walk(node: Element, shapes: Shapes, held: Holders, mark: str) -> Iterator[Stroke]:
    tag = node.tag.removeprefix(SVG)
    if tag in ("defs", "metadata", "title"):
        return
    if tag in DRAWN:
        yield from _strokes(node, tag, shapes, held, mark)
        return
    own = tuple((name, value) for name, value in sorted(node.items()) if name in HOLDING)
    name = node.get("id", "")
    mark = name if name and (name.startswith(LEGEND) or not COUNTED.fullmatch(name)) else mark
    for child in node:
        yield from _walk(child, shapes, (*held, own) if own else held, mark)


def _strokes(node: Element, tag: str, shapes: Shapes, held: Holders, mark: str) -> Iterator[Stroke]:
    given = {name: value for name, value in node.items() if name not in ("id", "style", "clip-path")}
    clip, style = node.get("clip-path"), node.get("style", "")
    held = (*held, (("clip-path", clip),)) if clip else held
    if tag == "use":
        shape = shapes[given.pop(LINK).removeprefix("#")]
        place = f"translate({given.pop('x', '0')} {given.pop('y', '0')})"
        own = given | {"d": shape.get("d", ""), "transform": place}
        style = f"{style};{shape.get('style', '')}"
        yield Stroke("path", held, _pairs(own), _style(style), "", mark, is_repeated=True)
    elif tag == "path" and OPEN_LINE.fullmatch(given.get("d", "")) and "fill: none" in style:
        for piece in _pieces(given["d"]):
            yield Stroke(tag, held, _pairs(given | {"d": piece}), _style(style), "", mark)
    else:
        text = "".join(node.itertext()).strip() if tag == "text" else ""
        yield Stroke(tag, held, _pairs(given), _style(style), text, mark)


def _pairs(attributes: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(attributes.items()))


def _pieces(shape: str) -> Iterator[str]:
    """Yield each straight piece of a line, so that one moved point moves its two pieces alone."""
    for (_, x, y), (_, to_x, to_y) in pairwise(POINT.findall(shape)):
        yield f"M {x} {y} L {to_x} {to_y}"


def _style(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    return _pairs({name.strip(): value.strip() for name, _, value in pairs})


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.{DECIMALS}f}".replace("-0.00", "0.00")
