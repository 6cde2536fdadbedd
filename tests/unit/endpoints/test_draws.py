"""The vectorised pairing gives what the rules give, one draw after another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.endpoints.config import FromIndex
from trial.endpoints.records import make_records
from unit.endpoints.build import BELOW, INDICES, lab, labs
from unit.endpoints.slow import PLACE, slow_records

# Few names and times, so that accessions, rows and times are shared, near (30 minutes) and far.
TIMES = ["", "2020-01-01", "2020-01-02"] + [
    f"2020-01-0{day}T{time}" for day in (1, 2) for time in ("08:00", "08:29", "08:30", "08:31", "23:45")
]
TIMES.append("2020-01-02T00:15")
RESULT = st.fixed_dictionaries(
    {
        "USUBJID": st.sampled_from(["S1", "S2"]),
        "ANALYTE": st.sampled_from(["GLUC", "INS", "CPEP", "TG"]),
        "COLLECTED": st.sampled_from(TIMES),
        "ACCESSION": st.sampled_from(["", "", "A1", "A2"]),
        "FASTING": st.sampled_from(["", "", "Y", "N"]),
        "SPECIMEN": st.sampled_from(["", "", "SERUM", "CAPILLARY"]),
        "VISIT": st.sampled_from(["", "", "M1", "UNS"]),
        "CENSOR": st.sampled_from(["", "", "", "<", ">"]),
        "VALUE": st.sampled_from([0.0, 3.4, 3.5, 3.7, 4.0, 5.5, 7.25, 11.0]),
        "FILE": st.sampled_from(["f.csv", "g#.csv"]),
        "SHEET": st.sampled_from(["", "#"]),
        "ROW": st.integers(2, 30).map(str),
    }
)
SOURCES = {
    "HOMA1_IR": {"insulin": "INS", "glucose": "GLUC"},
    "HOMA1_B": {"glucose": "GLUC", "insulin": "INS"},
    "QUICKI": {"glucose": "GLUC", "insulin": "INS"},
    "HOMA_ISLET_CP": {"glucose": "GLUC", "cpeptide": "CPEP"},
    "TYG": {"triglycerides": "TG", "glucose": "GLUC"},
}


def source_of(index, fasting):
    specimens = ("SERUM", "PLASMA", "BLOOD")
    return FromIndex(index=index, inputs=SOURCES[index], fasting=fasting, specimens=specimens)


def fast_records(table, source):
    made = make_records(table, source, INDICES, BELOW)
    behind = {label: [] for label in made.table.index}
    for row in made.sources.to_dict("records"):
        behind[row["RECORD"]].append((row["ROLE"], *(row[name] for name in PLACE)))
    assert made.table["AVALC"].eq("").all()
    return [
        (row.USUBJID, row.COLLECTED, row.AVAL, row.DTYPE, row.REASON, behind[row.Index])
        for row in made.table.itertuples()
    ]


def agree(fast, slow):
    assert [row[:2] + row[3:] for row in fast] == [row[:2] + row[3:] for row in slow]
    values = [np.array([row[2] for row in rows], float) for rows in (fast, slow)]
    assert np.array_equal(*values, equal_nan=True)


def table_of(rows):
    """Return labs of these results; no two stand in one cell, as no two raw results do."""
    cells = {(row["FILE"], row["SHEET"], row["ROW"], row["ANALYTE"]): row for row in rows}
    whole = [lab(row["ROW"], row["ANALYTE"], row["VALUE"], row["COLLECTED"]) | row for row in cells.values()]
    return labs(*[row | {"COLUMN": row["ANALYTE"]} for row in whole])


@given(
    st.lists(RESULT, min_size=1, max_size=14),
    st.sampled_from(sorted(SOURCES)),
    st.sampled_from(["required", "not contradicted", "any"]),
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_random_draws_pair_as_the_rules_say(rows, index, fasting):
    table, source = table_of(rows), source_of(index, fasting)
    agree(fast_records(table, source), slow_records(table, source, INDICES))


@pytest.mark.parametrize("seed", range(3))
def test_many_subjects_pair_as_the_rules_say(seed):
    """Subjects whose times are equal never meet each other, however many there are."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(400):
        minute = int(rng.integers(0, 60))
        row = lab(number, ("GLUC", "INS")[number % 2], 5.0 + number, f"2020-01-01T08:{minute:02d}")
        rows.append(row | {"USUBJID": f"S{rng.integers(40):02d}", "COLUMN": "x"})
    table, source = labs(*rows), source_of("HOMA1_IR", "any")
    fast = fast_records(table, source)
    agree(fast, slow_records(table, source, INDICES))
    assert {row[4] for row in fast} == {"", "NO_PAIRED_INS"}
    assert "AVERAGE" in {row[3] for row in fast}


def test_a_shared_accession_settles_the_question_before_rows_and_times():
    """The accession names the far result; a near one, and one of the same raw row, do not count then."""
    table = labs(
        lab(2, "GLUC", 9.0, "2020-01-01T08:00", "A1"),
        lab(3, "INS", 10.0, "2020-01-01T12:00", "A1"),
        lab(2, "INS", 20.0, "2020-01-01T12:00", "B1", COLUMN="y"),
        lab(4, "INS", 30.0, "2020-01-01T08:00", "C1"),
    )
    (record,) = fast_records(table, source_of("HOMA1_IR", "any"))
    assert record[2] == 9.0 * 10.0 / 22.5
    assert [row[3] for row in record[5]] == ["2", "3"]
