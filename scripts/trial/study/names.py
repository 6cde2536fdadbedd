"""Messages about names: which one is wrong, and which ones are right."""

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name(key: str, name: str, known: Iterable[str]) -> list[str]:
    """Return one line that lists the right names when `name` is not among them, else nothing."""
    names = list(known)
    if name in names:
        return []
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return [f"{key}: '{name}' is not one of {', '.join(names) or '(none declared)'}{hint}"]


def repeated_names(key: str, names: Iterable[object]) -> list[str]:
    """Return a line for every name that stands more than once."""
    return [f"{key}: '{name}' stands {count} times" for name, count in Counter(names).items() if count > 1]
