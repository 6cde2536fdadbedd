"""The recipes of containers: what they copy exists, both do the same, and Python is the one of the lock."""

import re
import tomllib
from pathlib import Path

import pytest

from trial.review.clean_run import CODE_PARTS

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def read(name):
    """The lines of a recipe, comments left out and continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    return [line.rstrip() for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines() if line.strip()]


def instructions():
    """The Dockerfile as pairs of instruction and argument."""
    return [tuple(line.split(maxsplit=1)) for line in read("Dockerfile")]


def of(name):
    return [argument for instruction, argument in instructions() if instruction == name]


def sections():
    """The sections of the Apptainer definition, by name; its head has none."""
    found, name = {"": []}, ""
    for line in read("apptainer.def"):
        if line.startswith("%"):
            name = line[1:]
            found[name] = []
        else:
            found[name].append(line.strip())
    return found


def copied():
    """What the Dockerfile copies: path in the repository to path in the image."""
    (folder,) = of("WORKDIR")
    found = {}
    for argument in of("COPY"):
        *sources, target = argument.split()
        for source in sources:
            found[source] = f"{folder}/{source if target == './' else target}"
    return found


def environment():
    return dict(pair.split("=") for argument in of("ENV") for pair in argument.split())


@pytest.mark.parametrize("source", sorted(copied()))
def test_what_is_copied_exists_at_the_same_place(source):
    assert (ROOT / source).exists()
    assert copied()[source] == f"{of('WORKDIR')[0]}/{source}"


def test_everything_that_a_run_is_made_by_is_copied():
    assert {*CODE_PARTS, "Makefile", "config.yaml", "data", "tests/reference/results"} <= set(copied())


def test_only_what_is_copied_reaches_the_builder():
    first, *others = read(".dockerignore")
    assert first == "*"
    assert {line[1:] for line in others if line.startswith("!")} == set(copied())
    assert [line for line in others if not line.startswith("!")] == ["**/__pycache__"]


def test_the_base_is_the_python_of_the_lock():
    (base,) = of("ARG")
    version = re.fullmatch(r"BASE=python:(3\.\d+)-slim-bookworm", base)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version == project["tool"]["mypy"]["python_version"]
    assert f"--python-version {version} --generate-hashes" in MAKEFILE
    assert of("FROM") == ["${BASE}"]


def test_the_packages_are_those_of_the_lock_with_their_hashes():
    lines = [argument for _, argument in instructions()]
    ready = lines.index("make .venv/.ready PYTHON=python3")
    # The rule of make that both kinds of install stand in; nothing is installed by pip beside it.
    rule = MAKEFILE.split("$(READY): requirements.lock")[1].split("\n\n")[0]
    assert rule.count("--require-hashes") == 2
    assert not any("pip" in line for line in lines)
    assert lines.index("Makefile requirements.lock ./") < ready < lines.index("scripts scripts")


def test_both_recipes_do_the_same():
    apptainer = sections()
    assert apptainer[""] == ["Bootstrap: docker", "From: {{ BASE }}"]
    assert apptainer["arguments"] == of("ARG")
    assert dict(line.split() for line in apptainer["files"]) == copied()
    ran = [command for argument in of("RUN") for command in argument.split(" && ")]
    assert apptainer["post"] == [
        "set -e",
        "export LANG=C.UTF-8",
        *ran[:3],
        f"cd {of('WORKDIR')[0]}",
        *ran[3:],
    ]
    assert apptainer["environment"] == [f"export LANG={environment()['LANG']}"]
    assert apptainer["runscript"] == [f'exec make -C {of("WORKDIR")[0]} "${{@:-results}}"']


def test_it_runs_a_target_of_make_as_any_user():
    assert of("ENTRYPOINT") == [f'["make", "-C", "{of("WORKDIR")[0]}"]']
    (target,) = re.findall(r'\["(\w+)"\]', *of("CMD"))
    assert re.search(rf"^{target}:", MAKEFILE, re.M)
    # Without a name of its user snakemake does not start, without a home it has no place for caches.
    assert environment()["USER"]
    assert environment()["HOME"] == "/tmp"


def test_the_page_tells_of_both_recipes():
    page = (ROOT / "workflow" / "docs" / "container.md").read_text(encoding="utf-8")
    for word in (
        of("ARG")[0].removeprefix("BASE="),
        "--build-arg BASE=",
        "@sha256:",
        "Not built",
        "apptainer.def",
    ):
        assert word in page
