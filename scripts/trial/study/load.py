"""Read YAML and slices into strict models: all problems of a file are reported at once, with their keys."""

from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trial.study.errors import ConfigError
from trial.study.files import read_bytes

Model = TypeVar("Model", bound=BaseModel)
MERGE = "tag:yaml.org,2002:merge"
DEEPEST = 50  # brackets inside each other


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML 1.1 lets a repeated key win silently; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE:  # `<<: *name`: keys of its own stand above those of the named section
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or a section stands where a key should be", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key '{key}' stands twice in the same section", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return the value of a node; a date that does not exist or an endless number names its line."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, OverflowError):
            shown = str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "a section"
            raise yaml.constructor.ConstructorError(
                None, None, f"'{shown}' looks like a date or a number and is none: quote or mend it",
                node.start_mark,
            ) from None  # fmt: skip


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises
    ------
    ConfigError
        If the file is absent, is not UTF-8, does not parse or repeats a key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), "the file does not exist", hint="name an existing file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), f"not UTF-8: {error}", hint="save the file as UTF-8") from None
    if _bracket_depth(text) > DEEPEST:
        raise ConfigError(
            str(path), "sections or lists stand too deeply inside each other",
            hint="no key of a study needs more than ten levels: look for brackets that are not closed",
        )  # fmt: skip
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise ConfigError(str(path), f"not valid YAML: {error}", hint="mend the line named above") from None


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


def parse(model: type[Model], content: Any, name: str) -> Model:
    """Return `content` as `model`, or raise a `ConfigError` that lists all problems."""
    require_sections(content, name)
    try:
        return model.model_validate(dict(content))
    except ValidationError as error:
        raise config_error(name, problems_of(error, content)) from None


def require_sections(content: Any, name: str) -> None:
    """Raise a `ConfigError` unless the content of a file has keys."""
    if not isinstance(content, Mapping):
        raise ConfigError(name, f"expected sections with keys, found {type(content).__name__}")


def config_error(name: str, problems: list[str]) -> ConfigError:
    """Return the error that lists the problems of a configuration file, numbered."""
    lines = "".join(f"\n  {number}. {problem}" for number, problem in enumerate(problems, 1))
    count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
    return ConfigError(name, f"{count}:{lines}", hint="mend each line above; nothing has been run")


def problems_of(error: ValidationError, content: Any) -> list[str]:
    """Return one line per problem; a forbidden key that resembles a missing one is joined with it."""
    found = _without_consequences(error.errors())
    missing = {e["loc"]: e for e in found if e["type"] == "missing"}
    lines: list[str] = []
    explained: set[tuple[int | str, ...]] = set()
    for item in found:
        loc = item["loc"]
        if item["type"] == "extra_forbidden":
            siblings = {key[-1]: key for key in missing if key[:-1] == loc[:-1]}
            near = get_close_matches(str(loc[-1]), [str(key) for key in siblings], n=1, cutoff=0.6)
            hint = f"; did you mean '{near[0]}', which is missing?" if near else ""
            explained.update(siblings[name] for name in near)
            lines.append(f"{_dotted(loc, content)}: this key is not known{hint}")
        elif item["type"] != "missing":
            lines.append(f"{_dotted(loc, content)}: {_expectation(item)}")
    absent = [loc for loc in missing if loc not in explained]
    lines += [f"{_dotted((*loc[:-1], Absent(loc[-1])), content)}: required, but missing" for loc in absent]
    return lines


class Absent(str):
    """The name of a key that is not in the content."""

    def __new__(cls, key: int | str) -> "Absent":
        """Return the key as text that `_dotted` keeps."""
        return super().__new__(cls, str(key))


def _without_consequences(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out a list that is too short only because its items are wrong."""
    locs = [item["loc"] for item in errors]
    return [
        item
        for item in errors
        if item["type"] != "too_short"
        or not any(loc[: len(item["loc"])] == item["loc"] != loc for loc in locs)
    ]


def _expectation(item: ErrorDetails) -> str:
    """Return what was expected and found, in the words of YAML."""
    message = item["msg"].removeprefix("Value error, ")
    for ours, theirs in (
        ("list", "valid tuple"),
        ("List", "Tuple"),
        ("section with keys", "valid dictionary"),
    ):
        message = message.replace(theirs, ours)
    if item["type"] == "model_type":
        message = "expected a section with keys"
    value = item["input"]
    if item["type"] in ("date_type", "string_type") and not isinstance(value, (dict, list)):
        message += " without quotes" if item["type"] == "date_type" else " (put it in quotes)"
    return message if isinstance(value, (dict, list)) else f"{message}, found {value!r}"


def _dotted(loc: Sequence[int | str], content: Any) -> str:
    """Return the dotted path of a key, without what pydantic puts in: names of union members, `[key]`.

    Those are the parts that lead nowhere in the content itself.
    """
    parts = []
    for at, part in enumerate(loc):
        inside = _inside(content, part)
        # A union member may be called as one of its keys is: what has nothing below it leads no further.
        if inside is not None and (at == len(loc) - 1 or isinstance(inside[0], (Mapping, list))):
            (content,) = inside
        elif not isinstance(part, Absent):
            continue
        parts.append(str(part))
    return ".".join(parts)


def _inside(content: Any, part: int | str) -> tuple[Any] | None:
    """Return what stands under a key or at a place of a list, or None where there is no such."""
    if isinstance(content, Mapping) and part in content:
        return (content[part],)
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return (content[part],)
    return None


def read_slice(path: Path, model: type[Model]) -> Model:
    """Return a slice that the Snakefile wrote.

    Raises
    ------
    ConfigError
        If the file is not this slice (of another version).
    FileError
        If it is not as it was written.
    """
    try:
        return model.model_validate_json(read_bytes(path))
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ConfigError(str(path), f"not a {model.__name__}", found, "delete it and run again") from None
