"""What changed of the subjects: every variable of ADSL, population flags first with their reasons."""

from collections.abc import Iterator, Mapping, Sequence

from trial.compare.schema import POPULATIONS

FLAG = "FL"
ID = "USUBJID"
Rows = Sequence[Mapping[str, str]]


def changed_subjects(
    old: Rows,
    new: Rows,
    old_reasons: Mapping[tuple[str, str], str],
    new_reasons: Mapping[tuple[str, str], str],
) -> list[dict[str, str]]:
    """Return one row per variable of a subject that changed (`schema.POPULATIONS`).

    Parameters
    ----------
    old, new : sequences of mapping
        ADSL of both runs.
    old_reasons, new_reasons : mapping of (subject, population) to text
        Why a subject is no member.
    """
    before, after = ({row[ID]: row for row in rows} for rows in (old, new))
    names = dict.fromkeys(name for rows in (old, new) for row in rows[:1] for name in row)
    ordered = sorted((name for name in names if name != ID), key=lambda name: not name.endswith(FLAG))
    found = []
    for subject in sorted({*before, *after}):
        if subject not in before or subject not in after:
            found.append(_line(subject, ID, "NY"[subject in before], "NY"[subject in after]))
        for name in ordered:
            values = tuple(side.get(subject, {}).get(name, "") for side in (before, after))
            reasons = tuple(side.get((subject, name), "") for side in (old_reasons, new_reasons))
            if values[0] != values[1] or reasons[0] != reasons[1]:
                found.append(_line(subject, name, *values, *reasons))
    return sorted(found, key=lambda line: not line["VARIABLE"].endswith(FLAG))


def reasons(rows: Rows) -> dict[tuple[str, str], str]:
    """Return why each subject is no member of a population, from the rows of populations.csv."""
    return {(row[ID], row["POPULATION"]): row["REASON"] for row in rows}


def _line(*texts: str) -> dict[str, str]:
    said: Iterator[str] = iter(texts)
    return {name: next(said, "") for name in POPULATIONS}
