"""define.xml as a page: the document alone is read, so that the page says what the document says.

Browsers do not run the style sheet of a document that lies on a disk. The page needs nothing beside itself.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from trial.export.define_reading import RESULTS, identifier
from trial.export.define_xml import Element, from_text, words
from trial.export.pages import render

Row = dict[str, Any]
COMPARATORS = {
    "EQ": "=", "NE": "≠", "LT": "<", "LE": "≤", "GT": ">", "GE": "≥", "IN": "one of", "NOTIN": "none of",
}  # fmt: skip
# Lists of at most so many codes stand beside the variable too.
SHORT = 6


def view(text: str, marks: Sequence[str]) -> str:
    """Return the page of a document.

    Parameters
    ----------
    text : str
        A define.xml that has passed its checks.
    marks : sequence of str
        What every output says of the data.
    """
    read = _Reader(from_text(text))
    title = f"{read.text('StudyName')}: analysis data definitions"
    return render("define.html.j2", title, marks, read=read)


class _Reader:
    """What the template shows of a document; every reference is followed here."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._by_id = {identifier(one): one for one in root.iter() if identifier(one)}

    def text(self, name: str) -> str:
        """Return the text of the first element of that name."""
        found = self._root.find(f".//{name}")
        return (found.text or "") if found is not None else ""

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """What the document says of itself."""
        version = next(self._root.iter("MetaDataVersion"))
        return [
            ("Protocol", self.text("ProtocolName")),
            ("Study", self.text("StudyDescription")),
            ("Data", version.get("Description", "")),
            ("Define-XML", f"{version.get('def:DefineVersion')}, context {self._root.get('def:Context')}"),
            ("Date of the data cut", self._root.get("CreationDateTime", "")),
        ]

    @cached_property
    def standards(self) -> list[Row]:
        """The standards."""
        return [dict(one.attrib) for one in self._root.iter("def:Standard")]

    @cached_property
    def documents(self) -> list[Row]:
        """The supplemental documents."""
        return self._documents(next(self._root.iter("def:SupplementalDoc"), None))

    @cached_property
    def datasets(self) -> list[Row]:
        """The data sets with their variables."""
        return [self._dataset(group) for group in self._root.iter("ItemGroupDef")]

    @cached_property
    def displays(self) -> list[Row]:
        """The displays with their analysis results."""
        return [
            {
                "id": identifier(one),
                "name": one.get("Name"),
                "title": words(one),
                "documents": self._documents(one),
                "parts": _alike([self._result(result) for result in one.findall("arm:AnalysisResult")]),
            }
            for one in self._root.iter("arm:ResultDisplay")
        ]

    @cached_property
    def lists(self) -> list[Row]:
        """The code lists."""
        return [self._list(one) for one in self._root.iter("CodeList")]

    @cached_property
    def methods(self) -> list[Row]:
        """The methods."""
        return [
            {"id": identifier(one), "name": one.get("Name"), "type": one.get("Type"), "text": words(one)}
            for one in self._root.iter("MethodDef")
        ]

    @cached_property
    def comments(self) -> list[Row]:
        """The comments."""
        return [{"id": identifier(one), "text": words(one)} for one in self._root.iter("def:CommentDef")]

    def _documents(self, holder: Element | None) -> list[Row]:
        refs = holder.findall("def:DocumentRef") if holder is not None else []
        return [self._leaf(ref.get("leafID", "")) for ref in refs]

    def _leaf(self, name: str) -> Row:
        leaf = self._by_id[name]
        title = leaf.find("def:title")
        return {"href": leaf.get("xlink:href"), "title": (title.text or "") if title is not None else ""}

    def _dataset(self, group: Element) -> Row:
        held = group.find("def:Class")
        standard = group.get("def:StandardOID", "")
        refs = group.findall("ItemRef")
        keys = sorted((int(ref.get("KeySequence", "0")), ref) for ref in refs if ref.get("KeySequence"))
        return {
            "id": identifier(group),
            "name": group.get("Name"),
            "label": words(group),
            "class": held.get("Name") if held is not None else "",
            "structure": group.get("def:Structure"),
            "standard": self._standard(standard),
            "keys": ", ".join(self._by_id[ref.get("ItemOID", "")].get("Name", "") for _, ref in keys),
            "file": self._leaf(group.get("def:ArchiveLocationID", "")),
            "variables": [self._variable(ref) for ref in refs],
        }

    def _standard(self, oid: str) -> str:
        found = self._by_id.get(oid)
        return f"{found.get('Name')} {found.get('Version')}" if found is not None else ""

    def _variable(self, ref: Element) -> Row:
        item = self._by_id[ref.get("ItemOID", "")]
        listed, values = item.find("CodeListRef"), item.find("def:ValueListRef")
        method, comment = ref.get("MethodOID"), item.get("def:CommentOID")
        under = self._by_id[values.get("ValueListOID", "")] if values is not None else None
        digits = item.get("SignificantDigits")
        return {
            "id": identifier(item),
            "name": item.get("Name"),
            "label": words(item),
            "key": ref.get("KeySequence", ""),
            "type": item.get("DataType"),
            "length": f"{item.get('Length')} ({digits} decimals)" if digits else item.get("Length", ""),
            "format": item.get("def:DisplayFormat", ""),
            "list": self._list(self._by_id[listed.get("CodeListOID", "")]) if listed is not None else None,
            "origin": self._origin(item),
            "method": {"id": method, "text": words(self._by_id[method])} if method else None,
            "comment": words(self._by_id[comment]) if comment else "",
            "where": "; ".join(self._where(one) for one in ref.findall("def:WhereClauseRef")),
            "values": [self._variable(one) for one in under.findall("ItemRef")] if under is not None else [],
        }

    def _origin(self, item: Element) -> str:
        found = item.find("def:Origin")
        if found is None:
            return ""
        source = f" ({found.get('Source')})" if found.get("Source") else ""
        return f"{found.get('Type')}{source}" + (f": {words(found)}" if words(found) else "")

    def _where(self, ref: Element) -> str:
        clause = self._by_id[ref.get("WhereClauseOID", "")]
        return " and ".join(self._check(check) for check in clause.findall("RangeCheck"))

    def _check(self, check: Element) -> str:
        name = self._by_id[check.get("def:ItemOID", "")].get("Name")
        values = ", ".join(value.text or "" for value in check.findall("CheckValue"))
        return f"{name} {COMPARATORS[check.get('Comparator', '')]} {values}"

    def _list(self, held: Element) -> Row:
        outside = held.find("ExternalCodeList")
        codes = [(item.get("CodedValue"), words(item)) for item in held.findall("CodeListItem")]
        return {
            "id": identifier(held),
            "name": held.get("Name"),
            "type": held.get("DataType"),
            "own": held.get("def:IsNonStandard") == "Yes",
            "codes": codes,
            "short": "; ".join(f"{code} = {text}" for code, text in codes) if len(codes) <= SHORT else "",
            "dictionary": f"{outside.get('Dictionary')} {outside.get('Version')}"
            if outside is not None
            else "",
        }

    def _result(self, result: Element) -> Row:
        documentation, code = result.find("arm:Documentation"), result.find("arm:ProgrammingCode")
        told, _, ids = words(documentation).partition(RESULTS)
        held = next(result.iter("arm:AnalysisDatasets"))
        comment = held.get("def:CommentOID")
        parameter = result.get("ParameterOID")
        facts = {
            "reason": result.get("AnalysisReason"),
            "purpose": result.get("AnalysisPurpose"),
            "parameter": self._by_id[parameter].get("Name") if parameter else "",
            "datasets": list(self._analysed(held)),
            "comment": words(self._by_id[comment]) if comment else "",
            "told": told.strip(),
            "documents": self._documents(documentation),
            "context": code.get("Context", "") if code is not None else "",
            "code": (code.findtext("arm:Code") or "") if code is not None else "",
            "programs": self._documents(code),
        }
        return {"id": identifier(result), "title": words(result), "ids": ids.split(), "facts": facts}

    def _analysed(self, held: Element) -> Iterator[Row]:
        for one in held.findall("arm:AnalysisDataset"):
            group = self._by_id[one.get("ItemGroupOID", "")]
            items = [
                self._by_id[variable.get("ItemOID", "")] for variable in one.findall("arm:AnalysisVariable")
            ]
            yield {
                "id": identifier(group),
                "name": group.get("Name"),
                "variables": [(identifier(item), item.get("Name")) for item in items],
                "where": "; ".join(self._where(ref) for ref in one.findall("def:WhereClauseRef")),
            }


def _alike(results: Sequence[Row]) -> list[Row]:
    """Return results that follow each other and differ in title and ids alone as one part."""
    parts: list[Row] = []
    for one in results:
        if not parts or parts[-1]["facts"] != one["facts"]:
            parts.append({"facts": one["facts"], "results": []})
        parts[-1]["results"].append(one)
    return parts
