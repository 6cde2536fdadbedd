"""From one data lock to the next: which states may follow each other, and what each step needs."""

from collections.abc import Mapping, Sequence
from datetime import date

from trial.review.config import Lock

# What may follow a state. A later data cut begins anew (`FIRST`), whatever state the earlier one ended in.
FIRST = ("dry-run", "soft", "hard")
NEXT: Mapping[str, tuple[str, ...]] = {
    "dry-run": ("dry-run", "soft", "hard"),
    "soft": ("dry-run", "soft", "hard", "unlocked"),
    "hard": ("unlocked",),
    "unlocked": ("dry-run", "soft", "unlocked", "relocked"),
    "relocked": ("unlocked",),
}
# States that need the signatures of two roles.
TWO_ROLES = ("hard", "unlocked", "relocked")


def find_problems(
    new: Lock,
    new_hash: str,
    old: Lock | None,
    log: Sequence[Mapping[str, str]],
    asked: tuple[str, str],
    today: date,
) -> list[str]:
    """Return why a lock may not follow the one in force, one line each with what to do.

    Parameters
    ----------
    new, new_hash : Lock, str
        The lock that is asked for, and the short hash of its files.
    old : Lock or None
        The lock in force; None for the first.
    log : sequence of mapping
        Lines of the log, oldest first.
    asked : (str, str)
        Parent and reason as given, empty where not.
    today : date
        The day on which the lock is made.
    """
    problems = [
        *_signatures(new),
        *([f"CUT={new.cut_date}: it lies in the future (today is {today})"] if new.cut_date > today else []),
        *_identity(new, new_hash, old, log),
    ]
    if old is None:
        return [*problems, *_first(new, asked[0])]
    return [*problems, *_step(new, old, new_hash != log[-1]["SHORT_HASH"], asked)]


def _signatures(new: Lock) -> list[str]:
    roles = {role.casefold() for role in new.signed_by}
    if len(roles) < len(new.signed_by):
        return [f"SIGNED={'; '.join(new.signed_by)}: a role stands twice"]
    if new.state in TWO_ROLES and len(roles) < 2:
        return [f'STATE={new.state} needs two roles or more: SIGNED="data manager; statistician"']
    return []


def _identity(new: Lock, new_hash: str, old: Lock | None, log: Sequence[Mapping[str, str]]) -> list[str]:
    """One id never stands for two contents: of files, cut, or kind of data."""
    used = [line for line in log if line["LOCK_ID"].casefold() == new.lock_id.casefold()]
    if not used:
        return []
    if old is None or old.lock_id != new.lock_id:
        return [
            f"ID={new.lock_id}: lock {used[-1]['LOCK_ID']} of {used[-1]['WHEN'][:10]} has it; take a new id"
        ]
    if new_hash != used[-1]["SHORT_HASH"]:
        return [
            f"ID={new.lock_id}: it stands for other files ({used[-1]['SHORT_HASH']}, now {new_hash}); "
            f'take a new id, with PARENT={old.lock_id} REASON="..."'
        ]
    if (new.cut_date, new.synthetic) != (old.cut_date, old.synthetic):
        return [
            f"ID={new.lock_id}: it stands for the cut {old.cut_date} and synthetic={old.synthetic}; "
            f'take a new id, with PARENT={old.lock_id} REASON="..."'
        ]
    if new.state in {line["STATE"] for line in used}:
        return [f"ID={new.lock_id}: it was {new.state} before; take a new id, with PARENT={old.lock_id}"]
    return []


def _first(new: Lock, parent: str) -> list[str]:
    problems = [] if new.state in FIRST else [f"STATE={new.state}: nothing is locked yet; {_one_of(FIRST)}"]
    return problems + ([f"PARENT={parent}: nothing is locked yet; leave it out"] if parent else [])


def _step(new: Lock, old: Lock, changed: bool, asked: tuple[str, str]) -> list[str]:
    parent, reason = asked
    allowed = NEXT[old.state]
    if new.cut_date > old.cut_date:
        allowed = tuple(dict.fromkeys([*allowed, *FIRST]))
    problems = []
    if new.state not in allowed:
        problems.append(
            f"STATE={new.state}: lock {old.lock_id} is {old.state}; {_one_of(allowed)}"
            + (f". {how_to_lock(old)}" if old.state in ("hard", "relocked") else "")
        )
    if parent and parent != old.lock_id:
        problems.append(f"PARENT={parent}: the lock in force is {old.lock_id}; PARENT={old.lock_id}")
    moved = changed or new.cut_date != old.cut_date or new.synthetic != old.synthetic
    if moved and not parent:
        what = "files" if changed else "cut or kind of data"
        problems.append(f"PARENT is missing: {what} differ from lock {old.lock_id}; add PARENT={old.lock_id}")
    if not reason and (moved or new.state in ("unlocked", "relocked")):
        problems.append('REASON is missing: say why; add REASON="..."')
    return problems


def _one_of(states: Sequence[str]) -> str:
    *most, last = states
    return f"expected {', '.join(most)} or {last}" if most else f"expected {last}"


def how_to_lock(old: Lock) -> str:
    """Return the command by which other files than those of the lock in force are locked."""
    more = f'PARENT={old.lock_id} REASON="..." SIGNED="role; role"'
    if old.state not in ("hard", "relocked"):
        state = "relocked" if old.state == "unlocked" else old.state
        return f"make lock ID=NEW-ID STATE={state} {more}"
    return (
        f'make lock ID={old.lock_id} STATE=unlocked REASON="..." SIGNED="role; role", and then '
        f"make lock ID=NEW-ID STATE=relocked {more}; a later data cut: make lock ID=NEW-ID STATE=hard "
        f"CUT=YYYY-MM-DD {more}"
    )
