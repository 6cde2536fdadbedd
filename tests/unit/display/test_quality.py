"""Data-quality listings count what the books and the analysis data hold."""

import pytest

from unit.display import study_rows as rows
from unit.display.test_listings import listing


def records(adlb):
    """Return the listing of records of one endpoint."""
    spec = rows.output_spec("records_listing", endpoints=(rows.endpoint_spec("IL1B"),))
    return rows.build("records_listing", rows.context(spec, adlb=adlb))


def texts(table):
    return {
        row.cells[0].text: [cell.text for cell in row.cells[1:]]
        for block in table.blocks
        for row in block.rows
    }


def test_quality_counts_and_share_outside_the_limits():
    found = texts(listing("quality_listing", quality=rows.quality_rows()))
    assert found["IL1B"] == ["10", "8", "1", "1", "4", "2 (25.0%)", "pg/mL: 8", "BY_RERUN: 1; LIPEMIC: 1"]
    assert found["no known analyte"] == ["1", "0", "0", "1", "0", "", "", "UNKNOWN_ANALYTE: 1"]


@pytest.fixture
def adlb():
    table = rows.adlb_rows("IL1B")
    table["CENSOR"] = ["<" if flag else "" for flag in table["BLQFL"]]
    return table


def test_records_at_a_visit_are_the_analysed_ones_of_the_population(adlb):
    at = adlb["AVISIT"] == "M6"
    for arm in ("CELL", "STD"):
        mine = adlb[at & (adlb["TRT01P"] == arm)]
        place = 0 if arm == "CELL" else 2
        found = texts(records(adlb))["Month 6"]
        assert found[place] == str(len(mine))
        assert found[place + 1].split(" ")[0] == str((mine["CENSOR"] == "<").sum())
    first = adlb[at & (adlb["TRT01P"] == "CELL")].index[0]
    fewer = adlb.copy()
    fewer.loc[first, "FASFL"] = ""
    found = texts(records(fewer))["Month 6"]
    assert found[0] == str((at & (adlb["TRT01P"] == "CELL")).sum() - 1)


def test_a_record_with_two_reasons_counts_under_both(adlb):
    first = adlb[adlb["TRT01P"] == "CELL"].index[0]
    adlb.loc[first, ["ANL01FL", "REASON"]] = ["", "HOMA_B_UNSTABLE;NOT_CLOSEST"]
    found = texts(records(adlb))
    assert found["Not analysed: HOMA_B_UNSTABLE"] == ["1", "", "0", ""]
    assert found["Not analysed: NOT_CLOSEST"] == ["1", "", "0", ""]
