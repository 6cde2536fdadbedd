"""A YAML file as its author wrote it: what every scalar is taken for, and the line of every key.

YAML 1.1 takes some texts for something else than their author meant, and says nothing: `010` is eight,
`12:30` is 750, `1_000` a thousand, and of a key that stands twice the last counts. All of these are refused,
with their line and key. `yes` or `2024-01-02` where a text is wanted, and `1e3`, which YAML takes for a text,
where a number is, are refused by the models; the message shows them as they were written.
"""

import math
import re
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

import yaml

MERGE = "tag:yaml.org,2002:merge"
DEEPEST = 50  # brackets inside each other
MOST = 10**9  # numbers beyond are no setting, and are not spelled out
MOST_NODES = 200_000  # with every named section counted wherever it is used
PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?")
TAKEN_FOR_TEXT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?")  # 1e3, 08
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")


class YamlProblemError(Exception):
    """Why a text is no YAML of a study, with its line."""


class _Loader(yaml.CSafeLoader):
    """Refuse what YAML 1.1 would take for something else without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE:  # `<<: *name`: keys of its own stand above those of the named section
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise _problem(key_node, "a list or a section stands where a key should be")
            if key in seen:
                raise _problem(key_node, f"key '{key}' stands twice in the same section")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return the value of a node; a number that is not written as one is refused."""
        try:
            value = super().construct_object(node, deep)
        except (ValueError, TypeError, OverflowError):
            raise _problem(
                node, f"'{_shown(node)}' looks like a date or a number and is none: quote or mend it"
            ) from None
        if isinstance(node, yaml.ScalarNode) and type(value) in (int, float):
            _check_number(node, value)
        return value


def _check_number(node: yaml.ScalarNode, value: float) -> None:
    """Refuse numbers of other notations than the decimal one, and those that are none."""
    if not math.isfinite(value):
        raise _problem(
            node, f"'{node.value}' is no number that a study can have: write one, or leave the key out"
        )
    plain = isinstance(value, float) or PLAIN_INTEGER.fullmatch(node.value)
    if not plain or set(node.value) & set("_:"):
        raise _problem(
            node, f"'{node.value}' would be read as the number {value}: write {value} if it is meant, "
            "or put quotes around a text",
        )  # fmt: skip


def load(text: str) -> Any:
    """Return the content of a YAML text.

    Raises
    ------
    YamlProblemError
        If it does not parse, repeats a key, or holds what YAML would misread.
    """
    if _bracket_depth(text) > DEEPEST:
        raise YamlProblemError(
            "sections or lists stand too deeply inside each other: no key of a study needs more than ten "
            "levels; look for brackets that are not closed"
        )
    node = None
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _count(node, {})
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise YamlProblemError(_worded(error, text, node)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlProblemError(
            f"line {line}: a character that no text has (#x{error.character:04x})"
        ) from None


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values a node stands for; it must not hold itself, nor millions by repetition."""
    if id(node) in known:
        if not known[id(node)]:
            raise _problem(node, "this section holds itself (a name that is used inside of what it names)")
        return known[id(node)]
    known[id(node)] = 0
    count = 1
    if isinstance(node, yaml.MappingNode):
        count += sum(_count(one, known) for pair in node.value for one in pair)
    elif isinstance(node, yaml.SequenceNode):
        count += sum(_count(one, known) for one in node.value)
    if count > MOST_NODES:
        raise _problem(node, "named sections are used inside each other again and again: write them out")
    known[id(node)] = count
    return count


class Source:
    """The text behind a content: the line of a key, and its value as written.

    Parameters
    ----------
    text : str
        Of a file.
    content : object
        What was made of it. If the text says something else (values came from the command line), there is
        no text behind it, and nothing is found.
    """

    def __init__(self, text: str, content: Any) -> None:
        self._node: yaml.Node | None = None
        try:
            if load(text) == content:
                self._node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except (YamlProblemError, yaml.YAMLError):
            pass

    def line(self, path: Sequence[int | str]) -> int | None:
        """Return the line of the last part of a path that is there."""
        key, _ = self._find(path)
        return None if key is None else key.start_mark.line + 1

    def text(self, path: Sequence[int | str]) -> str | None:
        """Return a scalar as it was written, without its quotes; None where there is no scalar."""
        _, node = self._find(path)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def _find(self, path: Sequence[int | str]) -> tuple[yaml.Node | None, yaml.Node | None]:
        """Return the key and the value of a path, or of the part of it that is there (then no value)."""
        key, node = None, self._node
        for part in path:
            inside = [pair for pair in _pairs(node) if pair[0] == str(part)]
            if not inside:
                return key, None
            _, key, node = inside[-1]
        return key, node


def _pairs(node: yaml.Node | None) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Return name, key and value of what stands in a section or list; what it takes over comes first."""
    if isinstance(node, yaml.SequenceNode):
        return [(str(at), one, one) for at, one in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return []
    taken = [pair for key, value in node.value if key.tag == MERGE for pair in _taken(value)]
    return taken + [(str(key.value), key, value) for key, value in node.value if key.tag != MERGE]


def _taken(node: yaml.Node) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Return what `<<` takes over: of several sections, the first counts most."""
    if isinstance(node, yaml.SequenceNode):
        return [pair for one in reversed(node.value) for pair in _pairs(one)]
    return _pairs(node)


def misread(text: str) -> str:
    """Return why a text where a number is wanted is none, and how to write it; empty if that is plain."""
    if PLAIN_DECIMAL.fullmatch(text):
        return " (a text, because it is in quotes: take them away)"
    if DECIMAL_COMMA.fullmatch(text):
        return " (a decimal number is written with a point)"
    if TAKEN_FOR_TEXT.fullmatch(text) and abs(number := Decimal(text)) < MOST:
        plain = str(int(number)) if number == int(number) else format(number, "f")
        return f" (YAML takes it for a text: write {plain})"
    return ""


def _problem(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _shown(node: yaml.Node) -> str:
    return str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "a section"


def _worded(error: yaml.MarkedYAMLError, text: str, node: yaml.Node | None) -> str:
    """Return a problem of the parser on one line, with its key where it is one of a value."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "no YAML"
    if mark is None:
        return problem
    lines = text.splitlines()
    if "cannot start any token" in problem and lines[mark.line : mark.line + 1] and "\t" in lines[mark.line]:
        problem = "a tab stands where YAML wants spaces"
    key = _path_to(mark, node)
    named = f", {'.'.join(key)}" if key else ""
    begun = f" ({error.context}, begun in line {error.context_mark.line + 1})" if error.context_mark else ""
    return f"line {mark.line + 1}{named or f', column {mark.column + 1}'}: {problem}{begun}"


def _path_to(mark: yaml.Mark, node: yaml.Node | None) -> list[str]:
    """Return the keys that lead to the value that begins at a mark."""
    waiting: list[tuple[list[str], yaml.Node | None]] = [([], node)]
    seen: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.ScalarNode) and node.start_mark.index == mark.index:
            return path
        if id(node) not in seen:
            seen.add(id(node))
            waiting += [([*path, name], inside) for name, _, inside in _pairs(node)]
    return []


def _bracket_depth(text: str) -> int:
    """Return how deeply brackets stand inside each other; the parser itself would go down without end."""
    depth = deepest = 0
    for mark in text:
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth = max(depth - 1, 0)
    return deepest
