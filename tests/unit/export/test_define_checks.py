"""Each fault that a define.xml may have, planted one at a time in a sound one, is found and stops the export."""

import re

import pytest

from trial.export import adrg, define
from trial.export.define_checks import CHECKS, check_define, refuse
from trial.export.define_sources import read_data_file, read_finished
from trial.export.define_xml import element, from_text, to_text, translated
from trial.study.errors import DataError
from unit.export.finished_export import make_export, write_beside
from workflow.conftest import ROOT


class Sound:
    """A sound document with what it is held against."""

    def __init__(self, folder):
        self.export = make_export(folder)
        self.folder = folder / "export" / "datasets"
        write_beside(self.export, folder / "export")
        adrg.write(self.export, folder / "export")
        define.write(self.export, folder / "export")
        self.text = (self.folder / "define.xml").read_text(encoding="utf-8")
        self.files = [read_data_file(self.folder / f"{name}.xpt") for name in ("adsl", "adlb")]
        self.primary = {result.id for result in read_finished(self.export.results).results}

    def check(self, text):
        return check_define(text, self.folder, self.files, self.primary)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return Sound(tmp_path_factory.mktemp("sound"))


def first(root, name, **attributes):
    """Return the first element of a name with some attributes (`_` for `:`)."""
    wanted = {key.replace("_", ":"): value for key, value in attributes.items()}
    return next(one for one in root.iter(name) if all(one.get(key) == value for key, value in wanted.items()))


def parent_of(root, child):
    return next(one for one in root.iter() if child in list(one))


def change(name, attribute, value, **where):
    """Return a fault: an attribute of an element gets another value, or goes (None)."""

    def spoil(root):
        one = first(root, name, **where)
        if value is None:
            del one.attrib[attribute]
        else:
            one.set(attribute, value)

    return spoil


def drop(name, **where):
    """Return a fault: an element goes."""

    def spoil(root):
        one = first(root, name, **where)
        parent_of(root, one).remove(one)

    return spoil


def swap(root):
    """Let the class of a data set stand behind its file: the schema of CDISC accepts it."""
    group = first(root, "ItemGroupDef")
    held = first(group, "def:Class")
    group.remove(held)
    group.append(held)


def orders(root):
    """Exchange two columns in the document."""
    one, other = first(root, "ItemGroupDef", Name="ADLB").findall("ItemRef")[5:7]
    before = one.get("OrderNumber")
    one.set("OrderNumber", other.get("OrderNumber"))
    other.set("OrderNumber", before)


def relabel(root):
    first(first(root, "ItemDef", OID="IT.ADLB.AVAL"), "TranslatedText").text = "Another label"


def two_values(root):
    first(root, "def:WhereClauseDef", OID="WC.ADLB.HBA1C").find("RangeCheck").append(
        element("CheckValue", text="X")
    )


def unknown_parameter(root):
    first(first(root, "def:WhereClauseDef", OID="WC.ADLB.HBA1C"), "CheckValue").text = "HBA1X"


def unused(root):
    held = element("def:CommentDef", {"OID": "COM.NOBODY"}, element("Description", None, translated("x")))
    version = first(root, "MetaDataVersion")
    version.insert(list(version).index(first(root, "def:leaf", ID="LF.ADRG")), held)


def forget_a_result(root):
    told = first(first(root, "arm:AnalysisResult", OID="AR.HBA1C.PRIMARY.V2.arms"), "arm:Documentation")
    text = first(told, "TranslatedText")
    text.text = text.text.replace(" HBA1C.PRIMARY.V2.REF.lsmean", "")


def invent_a_result(root):
    text = first(first(root, "arm:Documentation"), "TranslatedText")
    text.text += " HBA1C.PRIMARY.V9.REF.lsmean"


def copied_from_nowhere(root):
    first(first(root, "ItemDef", OID="IT.ADLB.FASFL"), "def:Origin").find(
        "Description/TranslatedText"
    ).text = "ADSL.XXFL"


FAULTS = [
    ("D01", change("ODM", "def:Context", None)),
    ("D01", change("MetaDataVersion", "def:DefineVersion", None)),
    ("D01", change("ItemGroupDef", "Domain", "LB")),
    ("D01", swap),
    ("D01", drop("Description")),
    ("D02", change("ItemDef", "OID", "IT.ADSL.USUBJID", OID="IT.ADSL.STUDYID")),
    ("D02", change("ItemRef", "OrderNumber", "1", ItemOID="IT.ADSL.USUBJID")),
    ("D02", change("CodeListItem", "CodedValue", "REF", CodedValue="ACT")),
    ("D03", change("ItemRef", "MethodOID", "MT.NOWHERE", ItemOID="IT.ADLB.CHG")),
    ("D03", change("def:DocumentRef", "leafID", "LF.NOWHERE")),
    ("D03", change("arm:AnalysisVariable", "ItemOID", "IT.ADLB.NOWHERE")),
    ("D03", drop("CodeList", OID="CL.ARM")),
    ("D04", unused),
    ("D05", change("ItemDef", "Length", None, OID="IT.ADLB.PARAMCD")),
    ("D05", change("ItemDef", "SignificantDigits", None, OID="IT.ADLB.AVAL")),
    ("D06", change("arm:AnalysisResult", "AnalysisReason", "BECAUSE")),
    ("D06", change("arm:AnalysisResult", "AnalysisPurpose", "PRIMARY")),
    ("D06", change("def:Origin", "Type", "CRF")),
    ("D06", change("ItemDef", "DataType", "decimal", OID="IT.ADLB.AVAL.HBA1C")),
    ("D06", change("MetaDataVersion", "def:DefineVersion", "2.1")),
    ("D07", change("TranslatedText", "xml:lang", "")),
    ("D08", two_values),
    ("D09", orders),
    ("D09", relabel),
    ("D09", change("ItemDef", "Length", "9", OID="IT.ADLB.PARAMCD")),
    ("D09", change("ItemDef", "DataType", "text", OID="IT.ADLB.ADT")),
    ("D09", change("ItemDef", "def:DisplayFormat", None, OID="IT.ADLB.ADT")),
    ("D09", change("ItemGroupDef", "Name", "ADLC", Name="ADLB")),
    ("D10", change("CodeListItem", "CodedValue", "OTHER", CodedValue="ACT")),
    ("D10", change("CodeListItem", "CodedValue", "7", CodedValue="4")),
    ("D11", unknown_parameter),
    ("D12", change("ItemRef", "MethodOID", None, ItemOID="IT.ADLB.CHG")),
    ("D12", change("ItemRef", "MethodOID", None, ItemOID="IT.ADLB.AVAL.HOMAIR")),
    ("D12", copied_from_nowhere),
    ("D13", forget_a_result),
    ("D13", invent_a_result),
    ("D14", change("def:leaf", "xlink:href", "adlx.xpt", ID="LF.ADLB")),
    ("D14", change("def:leaf", "xlink:href", "../../study/config.yaml", ID="LF.ADLB")),
    ("D14", change("def:leaf", "xlink:href", "https://example.org/adlb.xpt", ID="LF.ADLB")),
]


def test_a_sound_document_has_no_fault(sound):
    assert sound.check(sound.text) == []
    assert sound.check(to_text(from_text(sound.text))) == []
    refuse([], "define.xml")


@pytest.mark.parametrize(
    ("check", "spoil"), FAULTS, ids=[f"{check}-{i}" for i, (check, _) in enumerate(FAULTS)]
)
def test_a_planted_fault_is_found(sound, check, spoil):
    root = from_text(sound.text)
    spoil(root)
    found = sound.check(to_text(root))
    assert check in {fault.check for fault in found}, found


def test_every_check_is_tried_above():
    assert {check for check, _ in FAULTS} == set(CHECKS)


def test_the_page_has_every_check_in_its_words():
    page = (ROOT / "workflow" / "docs" / "export.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (D\d\d) \| (.*) \|$", page, re.M))
    assert rows == {check: text[0].upper() + text[1:] for check, text in CHECKS.items()}


def test_what_is_no_document_is_a_fault(sound):
    (fault,) = sound.check(sound.text[:-20])
    assert fault.check == "D01" and "not well formed" in fault.text


def test_faults_stop_the_export_and_name_rule_place_and_finding(sound):
    root = from_text(sound.text)
    change("ItemDef", "Length", "9", OID="IT.ADLB.PARAMCD")(root)
    with pytest.raises(DataError) as told:
        refuse(sound.check(to_text(root)), "datasets/define.xml")
    assert "D09" in str(told.value) and "ADLB.PARAMCD" in str(told.value)
    assert "length 9, in the file 6" in str(told.value)


def test_a_fault_leaves_no_define_xml(tmp_path):
    export = make_export(tmp_path)
    out = tmp_path / "export"
    write_beside(export, out)  # and no guide, which the document names
    with pytest.raises(DataError, match=r"there is no file 'adrg\.rtf'"):
        define.write(export, out)
    assert not (out / "datasets" / "define.xml").exists()
