"""What differs between two runs, by factor: data, configuration, code, environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trial.compare.files import changed_names, read_closures
from trial.compare.run import DECIDING, Run

SHOWN = 12
LONGEST = 60
# The programs after the results: what they stand on can change a page or table, never a number of ard.csv.
PRESENTING = (
    "check_outputs",
    "export_homa2",
    "imports",
    "join_tables",
    "list_printed",
    "read_",
    "render_",
    "stamp_",
    "write_",
)
STILL_READING = ("read_adam.",)
# What every program stands on, whatever it imports.
RUNS_ALL = ("Snakefile", "workflow/rules/", "workflow/runner/")


@dataclass(frozen=True)
class Factor:
    """One factor: its name, what of it differs, whether that can move a result, and how much else differs."""

    name: str
    what: tuple[str, ...]
    moves: bool
    beside: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything of it differs."""
        return bool(self.what) or self.beside > 0

    def said(self) -> str:
        """Return what differs on one line."""
        said = list(self.what[:SHOWN])
        if len(self.what) > SHOWN:
            said.append(f"and {len(self.what) - SHOWN} more")
        if self.beside:
            files = "file" if self.beside == 1 else "files"
            said.append(f"{self.beside} {files} that no result is made by")
        return "; ".join(said)


def find_factors(old: Run, new: Run) -> list[Factor]:
    """Return the four factors of a comparison, in the order of `schema.FACTORS`."""
    data = [*_lock_changes(old, new), *changed_names(old.raw_hashes, new.raw_hashes)]
    config = list(_leaves(old.settings, new.settings))
    code = changed_names(old.code_hashes, new.code_hashes)
    computing = read_closures(old.results, _computes) | read_closures(new.results, _computes)
    deciding = [name for name in code if name in computing or name.startswith(RUNS_ALL)]
    environment = list(_leaves(old.environment, new.environment))
    return [
        Factor("data", tuple(data), bool(data)),
        Factor("config", tuple(config), bool(config)),
        Factor("code", tuple(deciding), bool(deciding), len(code) - len(deciding)),
        Factor("environment", tuple(environment), bool(environment)),
    ]


def _lock_changes(old: Run, new: Run) -> Iterator[str]:
    for name in DECIDING:
        before, after = old.lock.get(name), new.lock.get(name)
        if name == "state":  # of states, a dry run alone has other numbers: its arms are dummies
            before, after = (f"{'' if value == 'dry-run' else 'no '}dry run" for value in (before, after))
        if before != after:
            yield f"{name} {before} -> {after}"


def _computes(name: str) -> bool:
    """Return whether a list of code is of a program that results are made by."""
    return name.startswith(STILL_READING) or not name.startswith(PRESENTING)


def _leaves(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Yield each place at which two settings differ, with both values."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _leaves(
                old.get(key, _ABSENT), new.get(key, _ABSENT), f"{where}.{key}" if where else str(key)
            )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, pair in enumerate(zip(old, new, strict=True)):
            yield from _leaves(*pair, f"{where}[{at}]")
    else:
        yield f"{where}: {_short(old)} -> {_short(new)}"


_ABSENT = type("Absent", (), {"__str__": lambda self: "not there"})()


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def moving(factors: Iterable[Factor]) -> list[str]:
    """Return the names of the factors that can have moved results."""
    return [factor.name for factor in factors if factor.moves]
