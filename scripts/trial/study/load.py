"""Read YAML and slices into strict models: all problems of a file are reported at once, with their keys."""

from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trial.study.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML 1.1 lets a repeated key win silently; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
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
    try:
        return yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise ConfigError(str(path), f"not valid YAML: {error}", hint="mend the line named above") from None
    except RecursionError:
        raise ConfigError(
            str(path), "sections or lists stand too deeply inside each other",
            hint="no key of a study needs more than ten levels: look for brackets that are not closed",
        ) from None  # fmt: skip


def parse(model: type[Model], content: Any, name: str) -> Model:
    """Return `content` as `model`, or raise a `ConfigError` that lists all problems."""
    if not isinstance(content, Mapping):
        raise ConfigError(name, f"expected sections with keys, found {type(content).__name__}")
    try:
        return model.model_validate(dict(content))
    except ValidationError as error:
        raise config_error(name, _problems(error)) from None


def config_error(name: str, problems: list[str]) -> ConfigError:
    lines = "".join(f"\n  {number}. {problem}" for number, problem in enumerate(problems, 1))
    count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
    return ConfigError(name, f"{count}:{lines}", hint="mend each line above; nothing has been run")


def _problems(error: ValidationError) -> list[str]:
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
            lines.append(f"{_dotted(loc)}: this key is not known{hint}")
        elif item["type"] != "missing":
            lines.append(f"{_dotted(loc)}: {_expectation(item)}")
    lines += [f"{_dotted(loc)}: required, but missing" for loc in missing if loc not in explained]
    return lines


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


def _dotted(loc: tuple[int | str, ...]) -> str:
    """Return a dotted key path without what pydantic puts in: names of union members, `[key]`."""
    union = {"table": ("delimited", "workbook", "message"), "source": ("FromAnalyte", "FromIndex")}
    parts = [
        str(part)
        for before, part in zip(("", *loc), loc, strict=False)
        if part != "[key]" and part not in union.get(str(before), ())
    ]
    return ".".join(parts)


def read_slice(path: Path, model: type[Model]) -> Model:
    """Return a slice that the Snakefile wrote.

    Raises
    ------
    ConfigError
        If the file is not this slice (edited by hand, or of another version).
    """
    try:
        return model.model_validate_json(Path(path).read_bytes())
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ConfigError(str(path), f"not a {model.__name__}", found, "delete it and run again") from None
