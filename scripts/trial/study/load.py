"""Read YAML and slices into strict models: all problems of a file are reported at once, with their keys."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trial.study.errors import ConfigError
from trial.study.files import read_bytes
from trial.study.yaml_text import Source, YamlProblemError, load, misread

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises
    ------
    ConfigError
        If the file is absent, cannot be read, is not UTF-8, does not parse, repeats a key, or holds what YAML
        takes for something else than it looks like.
    """
    try:
        return load(Path(path).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(str(path), "the file does not exist", hint="name an existing file") from None
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read: {error.strerror}", hint="make it readable") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            str(path),
            f"not UTF-8: line {line} has the byte 0x{error.object[error.start]:02x}",
            hint="save the file as UTF-8",
        ) from None
    except YamlProblemError as error:
        raise ConfigError(str(path), f"not valid YAML: {error}", hint="mend the line named above") from None


def parse(model: type[Model], content: Any, name: str) -> Model:
    """Return `content` as `model`, or raise a `ConfigError` that lists all problems."""
    require_sections(content, name)
    try:
        return model.model_validate(dict(content))
    except ValidationError as error:
        source = source_of(name, content)
        raise config_error(name, problems_of(error, content, source), source) from None


def require_sections(content: Any, name: str) -> None:
    """Raise a `ConfigError` unless the content of a file has keys."""
    if not isinstance(content, Mapping):
        found = "nothing" if content is None else {"list": "a list", "str": "a text"}.get(
            type(content).__name__, repr(content)
        )  # fmt: skip
        raise ConfigError(
            name, f"expected sections with keys, found {found}", hint="start from the example of `make study`"
        )


def source_of(name: str, content: Any) -> Source:
    """Return the text that a content was made of, where the file of this name still says the same."""
    try:
        text = Path(name).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    return Source(text, content)


def config_error(name: str, problems: list[str], source: Source | None = None) -> ConfigError:
    """Return the error that lists the problems of a configuration file, numbered, with their lines.

    Parameters
    ----------
    problems : list of str
        Each begins with the dotted path of its key and a colon.
    source : Source, optional
        The text of the file.
    """
    if source is not None:
        problems = [problem + _line(problem.partition(": ")[0], source) for problem in problems]
    lines = "".join(f"\n  {number}. {problem}" for number, problem in enumerate(problems, 1))
    count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
    return ConfigError(name, f"{count}:{lines}", hint="mend each line above; nothing has been run")


def _line(dotted: str, source: Source) -> str:
    line = source.line(dotted.split("."))
    return "" if line is None else f" (line {line})"


def problems_of(error: ValidationError, content: Any, source: Source | None = None) -> list[str]:
    """Return one line per problem; a forbidden key that resembles a missing one is joined with it.

    With the text of the file, what was found is shown as it was written.
    """
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
            lines.append(f"{_dotted(loc, content)}: {_expectation(item, content, source)}")
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


def _expectation(item: ErrorDetails, content: Any, source: Source | None) -> str:
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
    if isinstance(value, (dict, list)):
        return message
    if item["type"] in ("date_type", "string_type") and value is not None:
        message += " without quotes" if item["type"] == "date_type" else " (put it in quotes)"
    hint = misread(value) if isinstance(value, str) and item["type"] in ("float_type", "int_type") else ""
    return f"{message}, found {_as_written(value, item['loc'], content, source)}{hint}"


def _as_written(value: Any, loc: Sequence[int | str], content: Any, source: Source | None) -> str:
    """Return what was found as it stands in the file, and what YAML takes it for if that differs."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value)
    text = source.text(_dotted(loc, content).split(".")) if source else None
    if isinstance(value, bool):
        read = "true" if value else "false"
        return f"{text or read}, which is {read} in YAML" if (text or read) != read else read
    if isinstance(value, (date, datetime)):
        return f"{text or value}, which is a date in YAML"
    return text or repr(value)


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
