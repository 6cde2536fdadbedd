"""A define.xml as it is read: definitions by kind and identifier; the data sets as their files have them."""

from collections.abc import Iterator
from dataclasses import dataclass

from trial.export.define_xml import Element, words

# What stands before the ids of the results in the documentation of an analysis result.
RESULTS = "Results: "


@dataclass(frozen=True)
class Column:
    """A column as the transport file has it; `values` are the different texts or whole numbers in it.

    `values` is empty where the column holds other numbers.
    """

    name: str
    label: str
    numeric: bool
    length: int
    format: str
    values: frozenset[str]


@dataclass(frozen=True)
class DataFile:
    """A data set as its transport file has it."""

    name: str
    label: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong: which check, where, and what was found."""

    check: str
    where: str
    text: str


class Document:
    """A define.xml with its definitions by kind and identifier."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.by_oid: dict[tuple[str, str], Element] = {}
        for one in root.iter():
            if name := identifier(one):
                self.by_oid.setdefault((one.tag, name), one)

    def of(self, kind: str, oid: str | None) -> Element | None:
        """Return a definition; None where there is none."""
        return self.by_oid.get((kind, oid or ""))

    def groups(self) -> dict[str, Element]:
        """Return the data sets by name."""
        return {one.get("Name", ""): one for one in self.root.iter("ItemGroupDef")}

    def items(self, group: Element) -> list[tuple[Element, Element | None]]:
        """Return the references to the columns of a data set by their numbers, with their items."""
        refs = sorted(group.findall("ItemRef"), key=lambda ref: int(ref.get("OrderNumber", "0")))
        return [(ref, self.of("ItemDef", ref.get("ItemOID"))) for ref in refs]

    def values(self, item: Element) -> list[tuple[Element, Element | None]]:
        """Return the references of the value list of a column, with their items."""
        ref = item.find("def:ValueListRef")
        held = self.of("def:ValueListDef", ref.get("ValueListOID")) if ref is not None else None
        return self.items(held) if held is not None else []


def identifier(one: Element) -> str:
    """Return what a definition is referred to by; nothing for what is no definition."""
    return one.get("ID" if one.tag == "def:leaf" else "OID", "")


def name_of(one: Element) -> str:
    return f"{one.tag} {identifier(one)}".strip()


def described_results(root: Element) -> Iterator[str]:
    """Yield the ids of the results that the analysis results of a document name."""
    for one in root.iter("arm:AnalysisResult"):
        yield from result_ids(words(one.find("arm:Documentation")))


def result_ids(documentation: str) -> list[str]:
    """Return the ids of results that a documentation lists behind its mark, one blank between two."""
    return documentation.partition(RESULTS)[2].split()
