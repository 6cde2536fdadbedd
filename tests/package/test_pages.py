"""Pages of the engine: their code runs and prints what stands there; the page of its functions is that of the docstrings."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import mmrm
from package import blocks, make_api

DOCS = Path(__file__).resolve().parents[2] / "workflow" / "docs"
RUN = ("tutorial.md", "mmrm.md")


@pytest.mark.parametrize("name", RUN)
def test_the_code_of_a_page_prints_what_the_page_says(name):
    found = blocks.run_blocks((DOCS / name).read_text(encoding="utf-8"))
    assert found
    assert [fault for pair in found for fault in blocks.differences(*pair)] == []


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("PBO -0.3457 54.9", "PBO  -0.3458  54.9", True),  # rounding of the last digit
        ("PBO -0.3457", "PBO -0.3459", False),
        ("PBO 0.3457", "PBO -0.3457", False),
        ("us accepted", "us rejected", False),
        ("3 rows", "4 rows", False),  # a count is no rounded number
        ("1.0 2.0", "1.0", False),
        ("", "a warning", False),  # Python without a block of text prints nothing
    ],
)
def test_a_page_differs_by_what_a_reader_would_call_different(said, printed, same):
    assert (blocks.differences(said, printed) == []) == same


def test_output_is_written_into_a_page():
    page = "a\n```python\nx = 1 / 8\nprint(x)\n```\n\n```text\n?\n```\n```python\nx += 1\n```\nz\n"
    written = blocks.write_blocks(page)
    assert written == page.replace("?", "0.125")
    assert blocks.run_blocks(written) == [("0.125\n", "0.125\n"), ("", "")]


def test_the_committed_page_is_that_of_the_docstrings():
    assert make_api.PAGE.read_text(encoding="utf-8") == make_api.page(), "run `make api`"


def test_the_page_has_every_exported_name_once():
    named = [name for names in make_api.SECTIONS.values() for name in names]
    assert sorted(named) == sorted(mmrm.__all__)
    text = make_api.page()
    assert all(len(re.findall(rf"^### {name}$", text, re.M)) == 1 for name in named)


def callables():
    """Every exported function and every public method of an exported class, with its class."""
    for name in mmrm.__all__:
        thing = getattr(mmrm, name)
        members = make_api.public(thing) if inspect.isclass(thing) else {"": thing}
        for own, member in members.items():
            yield f"{name}.{own}".rstrip("."), member, thing if own else None


def told(member, owner):
    """The docstring of a call, of the call it overrides, and of those it names."""
    text = make_api.text_of(member, owner)
    name = make_api.unwrap(member).__name__
    text += (
        "".join(inspect.getdoc(vars(c)[name]) or "" for c in owner.__mro__ if name in vars(c))
        if owner
        else ""
    )
    for module, function in make_api.REFERENCE.findall(text):
        text += inspect.getdoc(getattr(import_module(f"mmrm.{module}"), function))
    others = make_api.public(mmrm.MMRM) | (make_api.public(owner) if owner else {})
    named = set(re.findall(r"`(?:MMRM\.)?([a-z_0-9]+)`", text)) & set(others)
    return text + "".join(make_api.text_of(others[one]) for one in named)


@pytest.mark.parametrize(
    ("name", "member", "owner"), list(callables()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_every_parameter_is_explained(name, member, owner):
    parameters = set(inspect.signature(make_api.unwrap(member)).parameters) - {"self", "cls"}
    text = told(member, owner)
    assert {one for one in parameters if not re.search(rf"\b{one}\b", text)} == set()
