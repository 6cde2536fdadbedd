"""The manifest holds what the jobs stood on and all that came out, and nothing else but its run block moves."""

import hashlib

from trial.review.manifest import make_manifest, seeds
from trial.study.files import json_text, write_text

CONTENT = {
    "analyses": {
        "TIPPING": {"seed": 20190424},
        "PRIMARY": {"bootstrap": {"replicates": 9, "seed": 7}, "seed": None},
    },
    "sources": [{"seed": 3}],
}
SPECS = {
    "config": {"path": "config.yaml", "sha256": "c" * 64, "content": CONTENT},
    "environment": {"libc": "glibc 2.36", "packages": {"numpy": "2.4.6"}},
    "code/everything": {"Snakefile": "5" * 64},
    "code/collect_ard": {"collect_ard.py": "6" * 64},
    "report": {"study": {}},
}


def test_every_block_of_the_manifest(tmp_path):
    results = tmp_path / "results"
    for name, content in SPECS.items():
        write_text(results / "spec" / f"{name}.json", json_text(content))
    for name in ("data/labs.csv", "analyses/PRIMARY/HBA1C/record.json", "logs/a.log", "manifest.json"):
        write_text(results / name, name)
    computing = {"blas": [{"kernel": "Haswell"}], "simd": ["X86_V3"]}
    found = make_manifest({"lock_id": "L-1"}, results / "spec", results, computing, {"finished": "noon"})
    assert found.keys() == {"lock", "config", "seeds", "code", "environment", "outputs", "run"}
    assert found["config"]["file"] == {"path": "config.yaml", "sha256": "c" * 64}
    assert found["config"]["content"] == CONTENT
    assert list(found["config"]["slices"]) == ["results/spec/report.json"]
    assert found["code"] == {"Snakefile": "5" * 64}
    assert found["environment"] == SPECS["environment"] | computing
    digest = hashlib.sha256(b"data/labs.csv").hexdigest()
    assert found["outputs"]["results/data/labs.csv"] == digest
    assert list(found["outputs"]) == ["results/analyses/PRIMARY/HBA1C/record.json", "results/data/labs.csv"]
    assert found["run"] == {"finished": "noon"}


def test_seeds_by_their_keys():
    assert dict(seeds(CONTENT)) == {
        "analyses.TIPPING.seed": 20190424,
        "analyses.PRIMARY.bootstrap.seed": 7,
        "sources.0.seed": 3,
    }
