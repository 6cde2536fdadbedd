"""A job on a node of a cluster has the environment, the configuration and the code that its run began with."""

import json
from pathlib import Path

import pytest

from trial.plan.code import Closures
from trial.plan.environment import KERNELS, describe, packages, settled
from trial.plan.load import load_study
from trial.plan.slices import compare_slices, write_slices
from trial.study.errors import RunError
from trial.study.load import read_yaml

MINI = Path(__file__).resolve().parents[2] / "studies" / "mini" / "config.yaml"
NEW = "processor : 0\nmodel name : New\nflags : fpu avx2 fma avx512f avx512vl\n"
OLD = "processor : 0\nmodel name : Old\nflags : fpu sse4_2 avx\n"


def node(tmp_path, text):
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    return describe(processor=path)


def test_processors_that_the_pins_cover_are_alike(tmp_path):
    begun = node(tmp_path, NEW.replace("avx512f avx512vl", ""))
    assert settled(begun, node(tmp_path, NEW)) == begun
    assert settled(begun, node(tmp_path, NEW))["pinned"].items() >= KERNELS.items()


def test_a_node_whose_processor_they_do_not_cover_is_named(tmp_path):
    with pytest.raises(RunError) as caught:
        settled(node(tmp_path, NEW), node(tmp_path, OLD))
    text = caught.value.text()
    assert (
        text.startswith("node ") and "processor: None then, Old now" in text and "SBATCH_CONSTRAINT" in text
    )


def test_another_library_or_package_is_refused_and_an_installer_more_is_not(tmp_path):
    begun = node(tmp_path, NEW)
    settled(begun, begun | {"packages": begun["packages"] | {"installer": "1"}})
    for other in ({"libc": "glibc 2.17"}, {"packages": begun["packages"] | {"numpy": "1.0"}}):
        with pytest.raises(RunError, match=r"libc: .* then, glibc 2\.17 now|numpy: .* then, 1\.0 now"):
            settled(begun, begun | other)


def test_what_hands_jobs_to_slurm_is_no_part_of_the_environment(tmp_path):
    for name in (
        "snakemake-9.27.1",
        "snakemake_executor_plugin_slurm-2.8.0",
        "snakemake_executor_plugin_slurm_jobstep-0.6.1",
    ):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert packages([str(tmp_path)]) == {"snakemake": "9.27.1"}


def test_a_node_compares_the_configuration_and_writes_nothing(tmp_path):
    study = load_study(read_yaml(MINI))
    write_slices(study, tmp_path, {"environment": {}})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    compare_slices(study, tmp_path, {"environment": {}})
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    (tmp_path / "clean_labs.json").write_text("{}\n")
    with pytest.raises(RunError, match=r"config\.yaml: changed since this run began"):
        compare_slices(study, tmp_path, {"environment": {}})
    assert (tmp_path / "clean_labs.json").read_text() == "{}\n"


def test_a_node_compares_the_code_and_writes_nothing(tmp_path):
    folder, memory = tmp_path / "code", tmp_path / "imports.json"
    path = Path(Closures(folder, memory, {}).write("collect_ard.py"))
    memory.unlink()
    there = Closures(folder, memory, {}, first=False)
    assert there.write("collect_ard.py") == str(path) and not memory.exists()
    assert Path(there.write_everything()).exists() is False
    hashes = json.loads(path.read_text())
    path.write_text(json.dumps(hashes | {"collect_ard.py": "0" * 64}))
    with pytest.raises(RunError, match=r"collect_ard\.py: its code changed since this run began"):
        Closures(folder, memory, {}, first=False).write("collect_ard.py")
