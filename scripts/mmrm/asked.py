"""What a caller asks for, checked before it is compared: an argument of another type is named."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from mmrm.errors import RequestError


def check_choice(what: str, value: Any, known: Sequence[str]) -> None:
    """Refuse a value that is none of the known words.

    Raises
    ------
    RequestError
        The words that are.
    """
    if not isinstance(value, str) or value not in known:
        raise RequestError(f"{what}: expected one of {', '.join(known)}, found {value!r}")


def check_level(level: Any) -> None:
    """Refuse a confidence level that is no number between 0 and 1.

    Raises
    ------
    RequestError
        What was found.
    """
    if not is_number(level) or not 0.0 < level < 1.0:
        raise RequestError(f"level: expected a confidence level between 0 and 1, found {level!r}")


def is_number(value: Any) -> bool:
    """Whether a value is one finite number; a boolean is none."""
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return real and bool(np.isfinite(value))


def read_mapping(what: str, value: Any) -> dict[Any, Any]:
    """A mapping as a dictionary; None is empty.

    Raises
    ------
    RequestError
        Another type.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RequestError(f"{what}: expected a mapping of name to value, found {value!r}")
    return dict(value)


def read_names(what: str, value: Any) -> list[str]:
    """One name or several as a list; None is empty.

    Raises
    ------
    RequestError
        Something that is no text.
    """
    if value is None:
        return []
    names = [value] if isinstance(value, str) else read_several(what, value)
    if not all(isinstance(name, str) for name in names):
        raise RequestError(f"{what}: expected a name or several, found {value!r}")
    return names


def read_several(what: str, value: Any) -> list[Any]:
    """The members of a list, tuple, array, Series or Index, which must be plain values.

    Raises
    ------
    RequestError
        No sequence, or one whose members cannot be compared.
    """
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        raise RequestError(f"{what}: expected a list of values, found {value!r}")
    members = list(value)
    if not all(is_plain(member) for member in members):
        raise RequestError(f"{what}: expected a list of plain values, found {value!r}")
    return members


def is_plain(value: Any) -> bool:
    """Whether a value can be looked up among labels."""
    if isinstance(value, tuple):
        return all(is_plain(member) for member in value)
    return isinstance(value, Hashable)
