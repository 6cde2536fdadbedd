"""Changes of the insulin dose: appended rows that only start later and only rise, and change nothing else."""

from datetime import date, timedelta

import pytest

from simulation import demo
from simulation.parameters import DEMO
from simulation.titration import dose_rows

SEED = 20190426


@pytest.fixture(scope="module")
def study():
    return demo.build(SEED)


def test_everybody_on_insulin_has_changes_and_nobody_else(study):
    started = {row[0]: (row[5], row[3]) for row in study.medications if row[2] == "insulin"}
    rows = dose_rows(study.people, study.medications, DEMO.visits[-1].day, SEED)
    assert {row[0] for row in rows} == set(started) and len(started) == 3
    index = {person.usubjid: person.index for person in study.people}
    for subject, (day, dose) in started.items():
        mine = [row for row in rows if row[0] == subject]
        days, doses = [day, *(row[5] for row in mine)], [dose, *(row[3] for row in mine)]
        assert days == sorted(set(days)) and doses == sorted(set(doses))
        assert days[-1] <= index[subject] + timedelta(DEMO.visits[-1].day)
        # No rescue: what is counted as rescue stays as it was.
        assert {tuple(row[1:3]) for row in mine} == {("insulin glargine", "insulin")}
        assert {row[7] for row in mine} == {"type 2 diabetes"} and {row[6] for row in mine} == {""}


def test_the_stream_is_its_own(study):
    again = dose_rows(study.people, study.medications, DEMO.visits[-1].day, SEED)
    assert again == dose_rows(study.people, study.medications, DEMO.visits[-1].day, SEED)
    assert again != dose_rows(study.people, study.medications, DEMO.visits[-1].day, SEED + 1)
    assert all(isinstance(row[5], date) for row in again)
