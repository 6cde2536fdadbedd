"""What must hold of a define.xml before it leaves: its form, its references, and what it says of the files.

The schema of CDISC accepts references to nothing, definitions that nothing uses, items without a length and
columns in another order than the data have (D02 to D04, D08 and on are about these). Nothing of the
document's making is used here: it is read as text, and the data sets from their files.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from trial.export.define_grammar import FORMS, REFERENCES, TERMS, UNREFERRED_TO
from trial.export.define_xml import Element, from_text, words
from trial.study.errors import DataError

CHECKS = {
    "D01": "elements and attributes are those of the schema, in its order",
    "D02": "every definition has an identifier of its own",
    "D03": "every reference leads to a definition",
    "D04": "every definition is used",
    "D05": "texts, integers and floats have a length",
    "D06": "values come from the closed lists of the standard",
    "D07": "every text says its language and is not empty",
    "D08": "a comparison with one value has one value",
    "D09": "data sets and columns are those of the files: name, label, order, type, length",
    "D10": "every value that has a code list stands in it",
    "D11": "every parameter of the data has an item of its own, and every item a parameter",
    "D12": "what is derived says how, and what is copied says from where",
    "D13": "every primary result is described",
    "D14": "every file that is named is there, within the export",
}


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


def check_define(
    text: str, folder: Path, files: Sequence[DataFile], primary_results: Collection[str]
) -> list[Fault]:
    """Return everything that is wrong with a define.xml; nothing where it may leave.

    Parameters
    ----------
    folder : Path
        Where the document stands, a folder of the export: every file it names is looked for from there.
    files : sequence of DataFile
        The data sets as their files have them.
    primary_results : collection of str
        The ids of the results that must be described.
    """
    try:
        root = from_text(text)
    except ParseError as error:
        return [Fault("D01", "document", f"not well formed: {error}")]
    made = _Document(root)
    found = [
        *_form(root),
        *_identifiers(root),
        *_references(made),
        *_contents(root),
        *_data_sets(made, files),
        *_parameters(made, files),
        *_derivations(made),
        *_results(root, primary_results),
        *_hrefs(root, folder),
    ]
    return list(dict.fromkeys(found))


def refuse(findings: Sequence[Fault], where: str) -> None:
    """Stop where a check found something.

    Raises
    ------
    DataError
        With every finding and its rule.
    """
    if findings:
        raise DataError(
            where,
            f"{len(findings)} findings of the checks of define.xml",
            [f"{one.check} ({CHECKS[one.check]}): {one.where}: {one.text}" for one in findings],
            "nothing of this export may be used; the cause is a fault of scripts/trial/export, or of a "
            "declaration of columns (schema.py of the rooms)",
        )


class _Document:
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


def _name(one: Element) -> str:
    return f"{one.tag} {identifier(one)}".strip()


def _form(root: Element) -> Iterator[Fault]:
    if root.tag != "ODM":
        yield Fault("D01", root.tag, "expected ODM as the outermost element")
    for one in root.iter():
        form = FORMS.get(one.tag)
        if form is None:
            yield Fault("D01", _name(one), "an element that is not known")
            continue
        for name in form.required:
            if one.get(name) is None:
                yield Fault("D01", _name(one), f"no {name}")
        for name, value in one.attrib.items():
            if name not in (*form.required, *form.optional):
                yield Fault("D01", _name(one), f"an attribute that is not known: {name}")
            known = TERMS.get((one.tag, name))
            if known and value not in known:
                yield Fault("D06", _name(one), f"{name}='{value}'")
        yield from _order(one, [name for name, _, _ in form.children])
        counts = Counter(child.tag for child in one)
        for name, least, most in form.children:
            if not least <= counts[name] <= most:
                yield Fault("D01", _name(one), f"{name} stands there {counts[name]} times")


def _order(one: Element, names: Sequence[str]) -> Iterator[Fault]:
    place = 0
    for child in one:
        if child.tag not in names:
            yield Fault("D01", _name(one), f"{child.tag} does not belong there")
        elif names.index(child.tag) < place:
            yield Fault("D01", _name(one), f"{child.tag} stands behind {names[place]}")
        else:
            place = names.index(child.tag)


def _identifiers(root: Element) -> Iterator[Fault]:
    counts = Counter(name for one in root.iter() if (name := identifier(one)))
    yield from (Fault("D02", name, f"defined {count} times") for name, count in counts.items() if count > 1)
    for holder in (*root.iter("ItemGroupDef"), *root.iter("def:ValueListDef")):
        for what in ("ItemOID", "OrderNumber", "KeySequence"):
            given = Counter(ref.get(what) for ref in holder.findall("ItemRef") if ref.get(what))
            for value, count in given.items():
                if count > 1:
                    yield Fault("D02", _name(holder), f"{what}='{value}' stands there {count} times")
    for held in root.iter("CodeList"):
        codes = Counter(item.get("CodedValue") for item in held if item.get("CodedValue") is not None)
        for code, count in codes.items():
            if count > 1:
                yield Fault("D02", _name(held), f"the code '{code}' stands there {count} times")


def _references(made: _Document) -> Iterator[Fault]:
    used = set()
    for one in made.root.iter():
        for attribute, value in one.attrib.items():
            if kind := REFERENCES.get(attribute):
                used.add((kind, value))
                if made.of(kind, value) is None:
                    yield Fault("D03", _name(one), f"{attribute}='{value}': there is no such {kind}")
    for kind, oid in made.by_oid:
        if kind in REFERENCES.values() and kind not in UNREFERRED_TO and (kind, oid) not in used:
            yield Fault("D04", f"{kind} {oid}", "nothing refers to it")


def _contents(root: Element) -> Iterator[Fault]:
    for item in root.iter("ItemDef"):
        if item.get("DataType") in ("text", "integer", "float") and not item.get("Length"):
            yield Fault("D05", _name(item), f"{item.get('DataType')} without Length")
        if item.get("DataType") == "float" and not item.get("SignificantDigits"):
            yield Fault("D05", _name(item), "float without SignificantDigits")
    for one in root.iter("TranslatedText"):
        if not one.get("xml:lang") or not (one.text or "").strip():
            yield Fault("D07", "TranslatedText", f"no language or no text: '{one.text or ''}'")
    for one in (*root.iter("def:title"), *root.iter("StudyName"), *root.iter("ProtocolName")):
        if not (one.text or "").strip():
            yield Fault("D07", _name(one), "no text")
    for clause in root.iter("def:WhereClauseDef"):
        for check in clause.findall("RangeCheck"):
            count = len(check.findall("CheckValue"))
            if check.get("Comparator") not in ("IN", "NOTIN") and count != 1:
                yield Fault("D08", _name(clause), f"{check.get('Comparator')} with {count} values")


def _data_sets(made: _Document, files: Sequence[DataFile]) -> Iterator[Fault]:
    groups, wanted = made.groups(), {file.name: file for file in files}
    for name in sorted(set(groups) ^ set(wanted)):
        yield Fault("D09", name, "no such file" if name in groups else "the file is not described")
    for name in (name for name in wanted if name in groups):
        group, file = groups[name], wanted[name]
        if words(group) != file.label:
            yield Fault("D09", name, f"label '{words(group)}', in the file '{file.label}'")
        items = [(ref, item) for ref, item in made.items(group) if item is not None]
        described = [item.get("Name", "") for _, item in items]
        if described != [column.name for column in file.columns]:
            there = [column.name for column in file.columns]
            yield Fault("D09", name, f"columns {', '.join(described)}; in the file {', '.join(there)}")
            continue
        for (_, item), column in zip(items, file.columns, strict=True):
            yield from _column(made, item, column, f"{name}.{column.name}")


def _column(made: _Document, item: Element, column: Column, where: str) -> Iterator[Fault]:
    if words(item) != column.label:
        yield Fault("D09", where, f"label '{words(item)}', in the file '{column.label}'")
    if item.get("SASFieldName") != column.name:
        yield Fault("D09", where, f"SASFieldName='{item.get('SASFieldName')}'")
    numeric = item.get("DataType") in ("integer", "float")
    if numeric != column.numeric:
        yield Fault(
            "D09", where, f"{item.get('DataType')}, in the file {'number' if column.numeric else 'text'}"
        )
    elif item.get("Length") and int(item.get("Length", "0")) != column.length:
        yield Fault("D09", where, f"length {item.get('Length')}, in the file {column.length}")
    if (item.get("def:DisplayFormat") or "").rstrip(".") != column.format:
        yield Fault(
            "D09", where, f"format '{item.get('def:DisplayFormat') or ''}', in the file '{column.format}'"
        )
    yield from _codes(made, item, column, where)


def _codes(made: _Document, item: Element, column: Column, where: str) -> Iterator[Fault]:
    ref = item.find("CodeListRef")
    held = made.of("CodeList", ref.get("CodeListOID")) if ref is not None else None
    if held is None or held.find("ExternalCodeList") is not None:
        return
    codes = {code.get("CodedValue", "") for code in held}
    for value in sorted(column.values - codes - {""}):
        yield Fault("D10", where, f"'{value}' is not in {identifier(held)}")


def _parameters(made: _Document, files: Sequence[DataFile]) -> Iterator[Fault]:
    """Hold the value lists of AVAL (or AVALC) against the parameters of the data."""
    groups = made.groups()
    for file in files:
        columns = {column.name: column for column in file.columns}
        if "PARAMCD" not in columns or file.name not in groups:
            continue
        described: set[str] = set()
        for _, item in made.items(groups[file.name]):
            if item is not None and item.get("Name") in ("AVAL", "AVALC"):
                for ref, _ in made.values(item):
                    described |= _values_of(made, ref, "PARAMCD")
        found = columns["PARAMCD"].values - {""}
        for code in sorted(found - described):
            yield Fault("D11", f"{file.name} {code}", "no item of AVAL is for this parameter")
        for code in sorted(described - found - _declared(made, groups[file.name], "PARAMCD")):
            yield Fault("D11", f"{file.name} {code}", "an item of AVAL is for a parameter that is nowhere")


def _values_of(made: _Document, ref: Element, name: str) -> set[str]:
    """Return what the where clauses of an item ask of the column `name`."""
    found: set[str] = set()
    for clause_ref in ref.findall("def:WhereClauseRef"):
        clause = made.of("def:WhereClauseDef", clause_ref.get("WhereClauseOID"))
        for check in clause.findall("RangeCheck") if clause is not None else ():
            of = made.of("ItemDef", check.get("def:ItemOID"))
            if of is not None and of.get("Name") == name:
                found |= {value.text or "" for value in check.findall("CheckValue")}
    return found


def _declared(made: _Document, group: Element, name: str) -> set[str]:
    """Return the codes of the code list of a column: a parameter may be declared and have no record."""
    for _, item in made.items(group):
        if item is not None and item.get("Name") == name and (ref := item.find("CodeListRef")) is not None:
            held = made.of("CodeList", ref.get("CodeListOID"))
            return {code.get("CodedValue", "") for code in held} if held is not None else set()
    return set()


def _derivations(made: _Document) -> Iterator[Fault]:
    known = {
        f"{name}.{item.get('Name')}"
        for name, group in made.groups().items()
        for _, item in made.items(group)
        if item is not None
    }
    for name, group in made.groups().items():
        for ref, item in made.items(group):
            if item is None:
                continue
            several = made.values(item)
            if item.find("def:Origin") is None and not several:
                yield Fault("D12", f"{name}.{item.get('Name')}", "no origin")
            for one_ref, one in ((ref, item), *several):
                if one is not None:
                    yield from _derivation(one_ref, one, f"{name}.{item.get('Name')}", bool(several), known)


def _derivation(
    ref: Element, item: Element, where: str, by_value: bool, known: Collection[str]
) -> Iterator[Fault]:
    origin = item.find("def:Origin")
    if origin is None:
        return
    kind, said = origin.get("Type"), words(origin)
    told = ref.get("MethodOID") or item.get("def:CommentOID")
    if kind == "Derived" and not told and not (by_value and item.find("def:ValueListRef") is not None):
        yield Fault("D12", where, "derived, and no method or comment says how")
    if kind != "Derived" and ref.get("MethodOID"):
        yield Fault("D12", where, f"a method, though its origin is {kind}")
    if kind == "Predecessor":
        if not said:
            yield Fault("D12", where, "copied, and nothing says from where")
        elif said.partition(".")[0] in {name.partition(".")[0] for name in known} and said not in known:
            yield Fault("D12", where, f"copied from {said}, which is no column of this export")


def _results(root: Element, primary_results: Collection[str]) -> Iterator[Fault]:
    described = Counter(described_results(root))
    for name in sorted(set(primary_results) - set(described)):
        yield Fault("D13", name, "a primary result that no display describes")
    for name in sorted(set(described) - set(primary_results)):
        yield Fault("D13", name, "described, and no such primary result")
    for name, count in described.items():
        if count > 1:
            yield Fault("D13", name, f"described {count} times")


def described_results(root: Element) -> Iterator[str]:
    """Yield the ids of the results that the analysis results of a document name."""
    for one in root.iter("arm:AnalysisResult"):
        yield from result_ids(words(one.find("arm:Documentation")))


def result_ids(documentation: str) -> list[str]:
    """Return the ids of results that a documentation lists behind its mark, one blank between two."""
    return documentation.partition(RESULTS)[2].split()


# What stands before the ids of the results in the documentation of an analysis result.
RESULTS = "Results: "


def _hrefs(root: Element, folder: Path) -> Iterator[Fault]:
    """Hold every file that is named to be there; the export is the folder above that of the document."""
    for leaf in root.iter("def:leaf"):
        href = leaf.get("xlink:href", "")
        path = (folder / href).resolve()
        if not href or href.startswith(("/", "\\")) or ":" in href:
            yield Fault("D14", _name(leaf), f"'{href}' is no relative path")
        elif not path.is_relative_to(folder.resolve().parent):
            yield Fault("D14", _name(leaf), f"'{href}' leads out of the export")
        elif not path.is_file():
            yield Fault("D14", _name(leaf), f"there is no file '{href}'")
