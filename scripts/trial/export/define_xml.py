"""Elements of a define.xml: built by name, written in one canonical form, read back by the same names.

Names have the prefixes of `SPACES` (`def:leaf`); those of ODM have none. Source: Define-XML 2.1 with Analysis
Results Metadata 1.0 (CDISC), on ODM 1.3.2.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

ODM = "http://www.cdisc.org/ns/odm/v1.3"
SPACES = {
    "": ODM,
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "arm": "http://www.cdisc.org/ns/arm/v1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
_PREFIXES = {space: prefix for prefix, space in SPACES.items()}
Element = ET.Element


def element(
    name: str, attributes: Mapping[str, object] | None = None, *children: Element | None, text: str = ""
) -> Element:
    """Return an element; attributes and children that are None are left out."""
    given = {key: str(value) for key, value in (attributes or {}).items() if value is not None}
    made = ET.Element(name, given)
    made.extend(child for child in children if child is not None)
    made.text = text or None
    return made


def translated(text: str) -> Element:
    """Return a text in English."""
    return element("TranslatedText", {"xml:lang": "en"}, text=text)


def description(text: str) -> Element:
    """Return the description of what holds it."""
    return element("Description", None, translated(text))


def references(leaf_ids: Iterable[str]) -> list[Element]:
    """Return references to documents."""
    return [element("def:DocumentRef", {"leafID": name}) for name in leaf_ids]


def to_text(root: Element) -> str:
    """Return the whole document: one element a line, two spaces of indent, attributes in the order given."""
    declared = {f"xmlns:{prefix}" if prefix else "xmlns": space for prefix, space in SPACES.items()}
    declared.pop("xmlns:xml")
    root.attrib = declared | root.attrib
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def from_text(text: str) -> Element:
    """Return the root of a document, its elements and attributes named by the prefixes of `SPACES`.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        If the text is no well-formed document.
    """
    root = ET.fromstring(text.encode("utf-8"))
    for found in root.iter():
        found.tag = _prefixed(found.tag)
        found.attrib = {_prefixed(name): value for name, value in found.attrib.items()}
    return root


def words(holder: Element | None) -> str:
    """Return the text of an element's Description (or Decode); nothing where there is none."""
    if holder is None:
        return ""
    found = holder.find("Description/TranslatedText")
    if found is None:
        found = holder.find("Decode/TranslatedText")
    return (found.text or "") if found is not None else ""


def _prefixed(name: str) -> str:
    space, _, local = name.rpartition("}")
    prefix = _PREFIXES.get(space.removeprefix("{"), "?") if space else ""
    return f"{prefix}:{local}" if prefix else local
