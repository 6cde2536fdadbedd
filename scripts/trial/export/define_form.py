"""Whether a define.xml is well made by itself: form, identifiers, references, contents."""

from collections import Counter
from collections.abc import Iterator, Sequence

from trial.export.define_grammar import FORMS, REFERENCES, TERMS, UNREFERRED_TO
from trial.export.define_reading import Document, Fault, identifier, name_of
from trial.export.define_xml import Element


def check_form(root: Element) -> Iterator[Fault]:
    """Yield elements and attributes that are not as the schema has them, and values of no list."""
    if root.tag != "ODM":
        yield Fault("D01", root.tag, "expected ODM as the outermost element")
    for one in root.iter():
        form = FORMS.get(one.tag)
        if form is None:
            yield Fault("D01", name_of(one), "an element that is not known")
            continue
        for name in form.required:
            if one.get(name) is None:
                yield Fault("D01", name_of(one), f"no {name}")
        for name, value in one.attrib.items():
            if name not in (*form.required, *form.optional):
                yield Fault("D01", name_of(one), f"an attribute that is not known: {name}")
            known = TERMS.get((one.tag, name))
            if known and value not in known:
                yield Fault("D06", name_of(one), f"{name}='{value}'")
        yield from _order(one, [name for name, _, _ in form.children])
        counts = Counter(child.tag for child in one)
        for name, least, most in form.children:
            if not least <= counts[name] <= most:
                yield Fault("D01", name_of(one), f"{name} stands there {counts[name]} times")


def _order(one: Element, names: Sequence[str]) -> Iterator[Fault]:
    place = 0
    for child in one:
        if child.tag not in names:
            yield Fault("D01", name_of(one), f"{child.tag} does not belong there")
        elif names.index(child.tag) < place:
            yield Fault("D01", name_of(one), f"{child.tag} stands behind {names[place]}")
        else:
            place = names.index(child.tag)


def check_identifiers(root: Element) -> Iterator[Fault]:
    """Yield what is defined or numbered twice."""
    counts = Counter(name for one in root.iter() if (name := identifier(one)))
    yield from (Fault("D02", name, f"defined {count} times") for name, count in counts.items() if count > 1)
    for holder in (*root.iter("ItemGroupDef"), *root.iter("def:ValueListDef")):
        for what in ("ItemOID", "OrderNumber", "KeySequence"):
            given = Counter(ref.get(what) for ref in holder.findall("ItemRef") if ref.get(what))
            for value, count in given.items():
                if count > 1:
                    yield Fault("D02", name_of(holder), f"{what}='{value}' stands there {count} times")
    for held in root.iter("CodeList"):
        codes = Counter(item.get("CodedValue") for item in held if item.get("CodedValue") is not None)
        for code, count in codes.items():
            if count > 1:
                yield Fault("D02", name_of(held), f"the code '{code}' stands there {count} times")


def check_references(made: Document) -> Iterator[Fault]:
    """Yield references to nothing, and definitions that nothing uses."""
    used = set()
    for one in made.root.iter():
        for attribute, value in one.attrib.items():
            if kind := REFERENCES.get(attribute):
                used.add((kind, value))
                if made.of(kind, value) is None:
                    yield Fault("D03", name_of(one), f"{attribute}='{value}': there is no such {kind}")
    for kind, oid in made.by_oid:
        if kind in REFERENCES.values() and kind not in UNREFERRED_TO and (kind, oid) not in used:
            yield Fault("D04", f"{kind} {oid}", "nothing refers to it")


def check_contents(root: Element) -> Iterator[Fault]:
    """Yield items without a length, texts without a language, comparisons with the wrong number of values."""
    for item in root.iter("ItemDef"):
        if item.get("DataType") in ("text", "integer", "float") and not item.get("Length"):
            yield Fault("D05", name_of(item), f"{item.get('DataType')} without Length")
        if item.get("DataType") == "float" and not item.get("SignificantDigits"):
            yield Fault("D05", name_of(item), "float without SignificantDigits")
    for one in root.iter("TranslatedText"):
        if not one.get("xml:lang") or not (one.text or "").strip():
            yield Fault("D07", "TranslatedText", f"no language or no text: '{one.text or ''}'")
    for one in (*root.iter("def:title"), *root.iter("StudyName"), *root.iter("ProtocolName")):
        if not (one.text or "").strip():
            yield Fault("D07", name_of(one), "no text")
    for clause in root.iter("def:WhereClauseDef"):
        for check in clause.findall("RangeCheck"):
            count = len(check.findall("CheckValue"))
            if check.get("Comparator") not in ("IN", "NOTIN") and count != 1:
                yield Fault("D08", name_of(clause), f"{check.get('Comparator')} with {count} values")
