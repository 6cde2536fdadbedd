"""Write ``workflow/docs/api.md`` from the docstrings of what ``mmrm`` exports: ``make api``.

A class has its public methods and properties, inherited ones too; a function or class that a docstring sends its
reader to, and one that a call returns, has its own entry.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from textwrap import wrap
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "scripts"))

import mmrm  # noqa: E402

PAGE = ROOT / "workflow" / "docs" / "api.md"
HEAD = """# The engine's functions

What `mmrm` exports, made from its docstrings by `make api`. To learn it, read the [tutorial](tutorial.md); labels such as `eq:lsmeans`
name equations of [methods.md](methods.md). `Array` is a numpy array of floats, `Ints` one of integers.
"""
# What is exported, in the order of use; a test compares with `mmrm.__all__`.
SECTIONS = {
    "Fitting": ("MMRM", "fit_ladder", "Ladder"),
    "Reading a fit": ("MmrmFit", "AncovaFit", "Verdict"),
    "Arrays": ("MmrmData", "fit_arrays", "Fitted"),
    "Errors": (
        "MmrmError",
        "DataError",
        "RankError",
        "StructureError",
        "RequestError",
        "ConvergenceError",
    ),
}
BEHIND = "What the calls above return or refer to"
REFERENCE = re.compile(r"(?<!`)`([a-z_0-9]+)\.([A-Za-z_]+)`(?!`)")
RETURNED = re.compile(r"[A-Za-z]+")
FIELD = re.compile(r"^(\S.*?)(?: : (.*))?$")
WIDTH = 100
PROSE = 138


def public(cls: type) -> dict[str, Any]:
    """Public methods and properties of a class, inherited ones too, in the order in which they are written."""
    found: dict[str, Any] = {}
    for parent in (c for c in cls.__mro__ if c.__module__.startswith("mmrm.")):
        for name, member in vars(parent).items():
            if not name.startswith("_") and is_documented(member):
                found.setdefault(name, member)
    return found


def is_documented(member: Any) -> bool:
    """Whether a member of a class has an entry: a method or a property, not a field."""
    return inspect.isfunction(member) or isinstance(member, classmethod | property | cached_property)


def unwrap(member: Any) -> Any:
    """The function behind a method or a property."""
    if isinstance(member, property):
        return member.fget
    return getattr(member, "__func__", getattr(member, "func", member))


def text_of(member: Any, owner: type | None = None) -> str:
    """The docstring; a method that overrides another and says nothing itself has the other's."""
    text = inspect.getdoc(unwrap(member))
    if not text and owner is not None:
        text = inspect.getdoc(getattr(owner, unwrap(member).__name__))
    return text or ""


def signature(name: str, function: Any) -> str:
    """Name, parameters with types and defaults, and what is returned; one parameter a line where it is long."""
    found = inspect.signature(function)
    parts: list[str] = []
    for parameter in found.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = (
            "" if parameter.default is parameter.empty else f" = {parameter.default!r}".replace("'", '"')
        )
        kind = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
        parts.append(f"{parameter.name}{kind}{default}")
    end = "" if found.return_annotation is found.empty else f" -> {found.return_annotation}"
    line = f"{name}({', '.join(parts)}){end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){end}"])


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """The parts of a docstring: its text under an empty heading, then each underlined heading with its lines."""
    heading, lines = "", []
    source = text.splitlines()
    for at, line in enumerate(source):
        if at + 1 < len(source) and re.fullmatch(r"-{3,}", source[at + 1]) and line:
            yield heading, lines
            heading, lines = line, []
        elif not re.fullmatch(r"-{3,}", line):
            lines.append(line)
    yield heading, lines


def render(text: str) -> list[str]:
    """A docstring as Markdown."""
    lines: list[str] = []
    for heading, body in sections(text):
        lines += [f"*{heading}*", ""] if heading else []
        lines += [*(fields(body) if heading else "\n".join(body).strip().splitlines()), ""]
    return [line.replace("``", "`") for line in lines]


def fields(body: list[str]) -> list[str]:
    """Parameters, attributes, results or errors as a list; an entry's lines are indented under its name."""
    found: list[tuple[str, list[str]]] = []
    for line in filter(str.strip, body):
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        else:
            name, kind = FIELD.match(line).groups()
            found.append((f"- `{name}`" + (f" ({kind})" if kind else ""), []))
    lines = (f"{head}: {' '.join(rest)}" if rest else head for head, rest in found)
    return [
        part for line in lines for part in wrap(line, PROSE, subsequent_indent="  ", break_on_hyphens=False)
    ]


def entry(name: str, thing: Any, shown: dict[Any, str]) -> list[str]:
    """One function, or one class with its members; what another class has shown is named only.

    Parameters
    ----------
    shown : dict
        The members that have an entry, with the class they stand under; those of this one are added.
    """
    mark = "###"
    if not inspect.isclass(thing):
        return [f"{mark} {name}", "", "```python", signature(name, thing), "```", "", *render(text_of(thing))]
    lines = [f"{mark} {name}", "", *render(text_of(thing))]
    members = public(thing)
    facts = {k: m for k, m in members.items() if isinstance(m, property | cached_property)}
    if facts:
        lines += ["| property | type | meaning |", "|---|---|---|"]
        for own, member in facts.items():
            kind = inspect.signature(unwrap(member)).return_annotation
            cells = (f"`{own}`", f"`{kind}`", " ".join(text_of(member, thing).replace("``", "`").split()))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    for own, member in members.items():
        if own not in facts and member not in shown:
            head = f"{thing.__name__}.{own}" if isinstance(member, classmethod) else own
            lines += [f"{mark}# {name}.{own}", "", "```python", signature(head, unwrap(member)), "```", ""]
            lines += render(text_of(member, thing))
    again = [(own, shown[member]) for own, member in members.items() if own not in facts and member in shown]
    if again:
        names = ", ".join(f"`{own}`" for own, _ in again)
        lines += [f"As under `{again[0][1]}`: {names}.", ""]
    shown.update(
        dict.fromkeys(members.values(), name) | {m: shown[m] for m in members.values() if m in shown}
    )
    return lines


def texts(thing: Any) -> Iterator[str]:
    """All docstrings of an entry."""
    yield text_of(thing)
    if inspect.isclass(thing):
        yield from (text_of(member, thing) for member in public(thing).values())


def referred(thing: Any) -> Iterator[tuple[str, Any]]:
    """What an entry sends its reader to, as ``module.name``, and the classes of the engine that its calls return."""
    for text in texts(thing):
        for module, name in REFERENCE.findall(text):
            home = import_module(f"mmrm.{module}")
            if callable(getattr(home, name)):
                yield name, getattr(home, name)
    members = public(thing).values() if inspect.isclass(thing) else (thing,)
    for member in map(unwrap, members):
        for name in RETURNED.findall(str(inspect.signature(member).return_annotation)):
            found = getattr(sys.modules[member.__module__], name, None)
            if inspect.isclass(found) and found.__module__.startswith("mmrm."):
                yield name, found


def behind() -> dict[str, Any]:
    """Everything that is referred to and not exported, in alphabetical order."""
    exported = [getattr(mmrm, name) for name in mmrm.__all__]
    waiting = [getattr(mmrm, name) for name in ("MMRM", "fit_ladder", "MmrmFit", "AncovaFit")]
    found: dict[str, Any] = {}
    while waiting:
        for name, thing in referred(waiting.pop()):
            if thing not in exported and name not in found:
                found[name] = thing
                waiting.append(thing)
    return dict(sorted(found.items()))


def page() -> str:
    """The whole page."""
    lines, shown = [HEAD, f"Version {mmrm.__version__}.", ""], {}
    for title, names in SECTIONS.items():
        lines += [f"## {title}", ""]
        for name in names:
            lines += entry(name, getattr(mmrm, name), shown)
    lines += [f"## {BEHIND}", ""]
    for name, thing in behind().items():
        lines += entry(name, thing, shown)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
