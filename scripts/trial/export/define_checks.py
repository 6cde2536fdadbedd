"""What must hold of a define.xml before it leaves: its form, its references, and what it says of the files.

The schema of CDISC accepts references to nothing, definitions that nothing uses, items without a length and
columns in another order than the data have (D02 to D04, D08 and on are about these). Nothing of the
document's making is used here: it is read as text, and the data sets from their files.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

from trial.export.define_form import check_contents, check_form, check_identifiers, check_references
from trial.export.define_reading import (
    Column,
    DataFile,
    Document,
    Fault,
    described_results,
    identifier,
    name_of,
)
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
    made = Document(root)
    found = [
        *check_form(root),
        *check_identifiers(root),
        *check_references(made),
        *check_contents(root),
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


def _data_sets(made: Document, files: Sequence[DataFile]) -> Iterator[Fault]:
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


def _column(made: Document, item: Element, column: Column, where: str) -> Iterator[Fault]:
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


def _codes(made: Document, item: Element, column: Column, where: str) -> Iterator[Fault]:
    ref = item.find("CodeListRef")
    held = made.of("CodeList", ref.get("CodeListOID")) if ref is not None else None
    if held is None or held.find("ExternalCodeList") is not None:
        return
    codes = {code.get("CodedValue", "") for code in held}
    for value in sorted(column.values - codes - {""}):
        yield Fault("D10", where, f"'{value}' is not in {identifier(held)}")


def _parameters(made: Document, files: Sequence[DataFile]) -> Iterator[Fault]:
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


def _values_of(made: Document, ref: Element, name: str) -> set[str]:
    """Return what the where clauses of an item ask of the column `name`."""
    found: set[str] = set()
    for clause_ref in ref.findall("def:WhereClauseRef"):
        clause = made.of("def:WhereClauseDef", clause_ref.get("WhereClauseOID"))
        for check in clause.findall("RangeCheck") if clause is not None else ():
            of = made.of("ItemDef", check.get("def:ItemOID"))
            if of is not None and of.get("Name") == name:
                found |= {value.text or "" for value in check.findall("CheckValue")}
    return found


def _declared(made: Document, group: Element, name: str) -> set[str]:
    """Return the codes of the code list of a column: a parameter may be declared and have no record."""
    for _, item in made.items(group):
        if item is not None and item.get("Name") == name and (ref := item.find("CodeListRef")) is not None:
            held = made.of("CodeList", ref.get("CodeListOID"))
            return {code.get("CodedValue", "") for code in held} if held is not None else set()
    return set()


def _derivations(made: Document) -> Iterator[Fault]:
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


def _hrefs(root: Element, folder: Path) -> Iterator[Fault]:
    """Hold every file that is named to be there; the export is the folder above that of the document."""
    for leaf in root.iter("def:leaf"):
        href = leaf.get("xlink:href", "")
        path = (folder / href).resolve()
        if not href or href.startswith(("/", "\\")) or ":" in href:
            yield Fault("D14", name_of(leaf), f"'{href}' is no relative path")
        elif not path.is_relative_to(folder.resolve().parent):
            yield Fault("D14", name_of(leaf), f"'{href}' leads out of the export")
        elif not path.is_file():
            yield Fault("D14", name_of(leaf), f"there is no file '{href}'")
