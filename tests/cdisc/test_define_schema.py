"""define.xml against CDISC's own schema, Define-XML 2.1 with ARM 1.0, as the package odmlib ships it.

The schema needs lxml. Both stand in an environment of their own (`make cdisc`), which nothing of the pipeline reads;
each export is held to the same form by its own checks (`scripts/trial/export/define_form.py`).
"""

import subprocess

import pytest

from trial.export import adrg, define
from trial.export.define_form import check_form
from trial.export.define_xml import from_text, to_text
from unit.export.finished_export import make_export, study_of, write_beside
from workflow.conftest import ROOT

PYTHON = ROOT / ".venv-cdisc" / "bin" / "python"
DEMONSTRATION = ROOT / "results" / "export" / "datasets" / "define.xml"
VALIDATE = """
import sys
from importlib.util import find_spec
from pathlib import Path
from lxml import etree

folder = Path(find_spec("odmlib").origin).parent / "schemas"
schema = etree.XMLSchema(etree.parse(str(folder / "arm" / "1.0-define2.1" / "arm1-0-0.xsd")))
parser = etree.XMLParser(resolve_entities=False, no_network=True)
for path in sys.argv[1:]:
    schema.validate(etree.parse(path, parser))
    for error in schema.error_log:
        print(f"{path}:{error.line}: {error.message}")
"""
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="CDISC's schemas are not installed: run `make cdisc`"),
]


def faults_of(*paths):
    """Return what the schema says of documents, one line each."""
    command = [str(PYTHON), "-c", VALIDATE, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


def written(folder, study):
    export, out = make_export(folder, study=study), folder / "export"
    write_beside(export, out)
    adrg.write(export, out)
    define.write(export, out)
    return out / "datasets" / "define.xml"


@pytest.mark.parametrize("name", ["mini", "analysed"])
def test_the_document_of_a_study_is_valid(tmp_path, name):
    assert faults_of(written(tmp_path, study_of(name))) == []


@pytest.mark.skipif(
    not DEMONSTRATION.exists(), reason="the demonstration is not exported: make results export"
)
def test_the_document_of_the_demonstration_is_valid():
    assert faults_of(DEMONSTRATION) == []


def moved(root):
    version = next(root.iter("MetaDataVersion"))
    version.append(version[0])


def without(name, attribute):
    def spoil(root):
        del next(root.iter(name)).attrib[attribute]

    return spoil


def other(name, attribute, value):
    def spoil(root):
        next(root.iter(name)).set(attribute, value)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        moved,
        without("ODM", "def:Context"),
        without("MetaDataVersion", "def:DefineVersion"),
        without("ItemGroupDef", "def:Structure"),
        without("RangeCheck", "SoftHard"),
        without("RangeCheck", "def:ItemOID"),
        other("MetaDataVersion", "def:DefineVersion", "2.1"),
        other("def:Class", "Name", "LABORATORY"),
        other("def:Origin", "Type", "CRF"),
        other("ItemDef", "DataType", "decimal"),
        other("def:Standard", "Name", "ADaM"),
    ],
)
def test_what_the_schema_refuses_our_own_form_refuses(tmp_path, spoil):
    """So that an export without the schema is not held to less; the schema is seen to bite."""
    path = written(tmp_path, study_of("mini"))
    root = from_text(path.read_text(encoding="utf-8"))
    assert list(check_form(root)) == []
    spoil(root)
    assert list(check_form(root)) != []
    path.write_text(to_text(root), encoding="utf-8")
    assert faults_of(path) != []
