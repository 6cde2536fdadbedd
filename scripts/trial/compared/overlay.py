"""The overlay of two figures at the same axes: what both draw in grey, and in ink only what moved."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from trial.compared.strokes import Difference, Sheet, Stroke

DATA_MARK = "data-mark-"  # how the ids of marks begin that keep their colours: they must be seen
GREY, PALE, WORDS = "#b0b7be", "#e6e9ec", "#5b6570"
PREVIOUS, CURRENT = "#b04a00", "#0b2e6b"
WHITE = ("#ffffff", "white")
LEGEND, LETTER, LINE = 50.0, 9.0, 14.0
FONT = "font-family: 'DejaVu Sans', 'Bitstream Vera Sans', Verdana, sans-serif"

Look = Callable[[Stroke, dict[str, str]], dict[str, str]]


@dataclass(frozen=True)
class Names:
    """What the overlay calls the figure, the previous and the current run."""

    title: str
    previous: str
    current: str


def write_overlay(difference: Difference, sheets: tuple[Sheet, Sheet], names: Names) -> str:
    """Return the overlay as SVG.

    Parameters
    ----------
    difference : Difference
        Of the two sheets; both were drawn at the same place and with the same limits.
    sheets : pair of Sheet
        The previous and the current one.

    Notes
    -----
    Texts of the previous figure that are gone are not drawn, since two at one place cannot be read: the page
    beside the overlay lists them. Nor is its legend, if it differs: the current one stands for both.
    """
    width = max(sheet.width for sheet in sheets)
    height = max(sheet.height for sheet in sheets) + LEGEND
    key = [one for one in difference.new if one.is_key]
    gone = [one for one in difference.gone if one.tag != "text" and not one.is_key]
    lines = [
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{height:g}pt" '
        f'viewBox="0 0 {width:g} {height:g}" version="1.1">',
        f"<title>{escape(names.title)}</title>",
        *_clips(sheets),
        f'<rect width="{width:g}" height="{height:g}" style="fill: #ffffff"/>',
        "<g class=\"both\">", *_drawn((*difference.both, *key), _grey), "</g>",
        "<g class=\"current\">", *_drawn((one for one in difference.new if not one.is_key), _current), "</g>",
        # On top, without faces: where both stand at one place, both are seen.
        "<g class=\"previous\">", *_drawn(gone, _previous), "</g>",
        *_legend(names, height - LEGEND + LINE),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _clips(sheets: Iterable[Sheet]) -> Iterator[str]:
    """Yield what clips the strokes; a name stands for the same shape in both, since it is made of it."""
    yield "<defs>"
    for name, shape in sorted({clip for sheet in sheets for clip in sheet.clips}):
        inner = " ".join(f"{key}={quoteattr(value)}" for key, value in shape)
        yield f"<clipPath id={quoteattr(name)}><{'path' if 'd=' in inner else 'rect'} {inner}/></clipPath>"
    yield "</defs>"


def _drawn(strokes: Iterable[Stroke], look: Look) -> Iterator[str]:
    for stroke in strokes:
        style = dict(stroke.style)
        style = style if stroke.mark.startswith(DATA_MARK) else look(stroke, style)
        written = "; ".join(f"{name}: {value}" for name, value in style.items())
        attributes = [f"{name}={quoteattr(value)}" for name, value in stroke.attributes]
        attributes.append(f"style={quoteattr(written)}")
        if stroke.mark:
            attributes.append(f"data-mark={quoteattr(stroke.mark)}")
        inside = f">{escape(stroke.text)}</{stroke.tag}>" if stroke.tag == "text" else "/>"
        opened = "".join(f"<g {' '.join(f'{k}={quoteattr(v)}' for k, v in held)}>" for held in stroke.holders)
        yield f"{opened}<{stroke.tag} {' '.join(attributes)}{inside}{'</g>' * len(stroke.holders)}"


def _grey(stroke: Stroke, style: dict[str, str]) -> dict[str, str]:
    if stroke.tag == "text":
        return style | {"fill": WORDS}
    if style.get("stroke", "none") != "none" and style["stroke"] not in WHITE:
        style = style | {"stroke": GREY}
    if style.get("fill", "#000000") in ("none", *WHITE):
        return style
    return style | {"fill": GREY if stroke.is_repeated else PALE}


def _previous(stroke: Stroke, style: dict[str, str]) -> dict[str, str]:
    width, dash = ("1.2", "1.6 1") if stroke.is_repeated else ("1.5", "4 2.2")
    ink = {"stroke": PREVIOUS, "stroke-width": width, "stroke-dasharray": dash, "fill": "none"}
    return _opaque(style) | ink


def _current(stroke: Stroke, style: dict[str, str]) -> dict[str, str]:
    style = _opaque(style)
    if stroke.tag == "text":
        return style | {"fill": CURRENT, "font-weight": "bold"}
    found = style | {"stroke": CURRENT, "stroke-width": "1.2" if stroke.is_repeated else "1.7"}
    found.pop("stroke-dasharray", None)
    fill = style.get("fill", "#000000")
    if fill == "none" or fill in WHITE:
        return found
    return found | {"fill": CURRENT} | ({} if stroke.is_repeated else {"fill-opacity": "0.18"})


def _opaque(style: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in style.items() if "opacity" not in name}


def _legend(names: Names, top: float) -> Iterator[str]:
    """Yield the lines below the figure that say what the three looks are; a lock may have a long name."""
    entries = (("unchanged", "both"), (names.previous, "previous"), (names.current, "current"))
    yield f'<g class="legend" style="font-size: {LETTER:g}px; {FONT}">'
    for place, (name, look) in enumerate(entries):
        x, y = 21.6, top + place * LINE
        yield _sample(look, x, y)
        yield f'<text x="{x + 40:g}" y="{y + 3.2:g}" style="fill: #1b1f24">{escape(name)}</text>'
    yield "</g>"


def _sample(look: str, x: float, y: float) -> str:
    stroke = {
        "both": f"stroke: {GREY}; stroke-width: 1.6",
        "previous": f"stroke: {PREVIOUS}; stroke-width: 1.4; stroke-dasharray: 4 2.2",
        "current": f"stroke: {CURRENT}; stroke-width: 1.6",
    }[look]
    mark = {
        "both": f"fill: {GREY}; stroke: {GREY}",
        "previous": f"fill: none; stroke: {PREVIOUS}; stroke-width: 1.2; stroke-dasharray: 1.6 1",
        "current": f"fill: {CURRENT}; stroke: {CURRENT}",
    }[look]
    return (
        f'<path d="M {x:g} {y:g} L {x + 32:g} {y:g}" style="fill: none; {stroke}"/>'
        f'<circle cx="{x + 16:g}" cy="{y:g}" r="3" style="{mark}"/>'
    )
