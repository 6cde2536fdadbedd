"""Changes of the insulin dose of the demonstration: each is a new row, which ends the one before."""

from datetime import date, timedelta

from simulation.edc import Table
from simulation.people import Person
from simulation.truth import stream

CLASS, REASON = "insulin", "type 2 diabetes"
STEPS, GAP, RISE = (1, 3), (14, 28), (2, 5)  # of each subject: changes, days between them, units of a change


def dose_rows(people: list[Person], medications: Table, last_day: int, seed: int) -> Table:
    """Return the changes of dose of everybody who starts insulin, until `last_day` after time zero."""
    rng = stream(seed, "titration")
    by_id = {person.usubjid: person for person in people}
    rows: Table = []
    for usubjid, name, group, dose, unit, start, _, _ in medications:
        if group != CLASS:
            continue
        assert isinstance(start, date) and isinstance(dose, int)  # rescue is written down when it starts
        day, units = start, dose
        last = by_id[str(usubjid)].index + timedelta(last_day)
        for _ in range(int(rng.integers(STEPS[0], STEPS[1] + 1))):
            day += timedelta(int(rng.integers(GAP[0], GAP[1] + 1)))
            units += int(rng.integers(RISE[0], RISE[1] + 1))
            if day <= last:
                rows.append([usubjid, name, group, units, unit, day, "", REASON])
    return rows
