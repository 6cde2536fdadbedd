"""Whether the outputs of the safety laboratory of a study agree with each other, with the listings and with the data."""

from workflow.adverse_outputs import first, read

TABLES = [*(f"t14-3-4-{n}" for n in range(1, 5)), "l14-3-4-1", "l14-3-4-2", "l16-2-8"]
FIGURES = ["f14-3-4-1", "f14-3-4-2"]
TARGETS = [
    *(f"results/tables/{name}.html" for name in TABLES),
    *(f"results/figures/{name}.svg" for name in FIGURES),
]
PLACE = ["FILE", "SHEET", "ROW", "COLUMN"]
WORST = ["Low", "Normal", "High", "Missing"]


def check_laboratory(results, arms, visits):
    """Assert that tables, figures, listings and data count the same.

    Parameters
    ----------
    results : Path
        The folder of a run.
    arms, visits : mapping
        Code of each arm, and of each visit, with its label.
    """
    data = read(results / "data" / "adlbsaf.csv")
    members = data[data["SAFFL"] == "Y"]
    tables = {name: read(results / "tables" / f"{name}.csv") for name in TABLES}
    sizes = read(results / "data" / "adsl.csv").query("SAFFL == 'Y'")["TRT01A"].value_counts()
    # Every record is a raw row that was used, and stands in the listing once.
    book = read(results / "data" / "accounting.csv")
    used = set(map(tuple, book.loc[book["FATE"] == "used", PLACE].to_numpy()))
    assert set(map(tuple, data[PLACE].to_numpy())) <= used
    assert not data.duplicated(["PARAMCD", *PLACE]).any()
    # An empty listing is one line that says so.
    listing, abnormal, course = (
        tables[name][tables[name]["Date"] != ""] for name in ("l16-2-8", "l14-3-4-2", "l14-3-4-1")
    )
    assert len(listing) == len(data)
    assert (listing["Flag"] != "").sum() == data["ANRIND"].isin(["LOW", "HIGH"]).sum()
    assert len(abnormal) == (data["ANRIND"].isin(["LOW", "HIGH"]) & (data["POSTBLFL"] == "Y")).sum()
    for code, label in arms.items():
        mine = members[members["TRT01A"] == code]
        heading = f"{label} (N={sizes.get(code, 0)})"
        outside = abnormal[(abnormal["block"] == label) & ~abnormal["Subject"].str.endswith("*")]
        _check_shifts(tables["t14-3-4-2"], heading, outside, int(sizes.get(code, 0)))
        _check_grades(tables["t14-3-4-3"], heading, mine)
        _check_values(tables["t14-3-4-1"], heading, mine, visits)
    peaks = read(results / "figures" / "f14-3-4-1.csv")
    for (_, _), rows in peaks[peaks["mark"] == "count"].groupby(["parameter", "arm"]):
        assert rows["n"].astype(float).sum() == float(rows["of"].iloc[0])
    candidates = members.loc[members["HYSFL"] == "Y", "USUBJID"].nunique()
    assert course["Subject"].nunique() == candidates


def _check_shifts(table, heading, outside, size):
    """The strata add up to N, each row to its stratum, and High (Low) to the subjects listed with H (L)."""
    for side, column, flag in (("highest", "High", "H"), ("lowest", "Low", "L")):
        blocks = table[table["block"].str.endswith(f", {side} value after baseline: {heading}")]
        for name, rows in blocks.groupby("block"):
            assert rows["Baseline"].tolist() == WORST
            assert rows["n"].astype(int).sum() == size, name
            counts = rows[[f"Worst after baseline {one}" for one in WORST]].map(first)
            assert counts.sum(axis=1).tolist() == rows["n"].astype(int).tolist()
            parameter = name.split(f", {side} value")[0]
            listed = outside[(outside["Parameter"] == parameter) & (outside["Flag"] == flag)]
            assert counts[f"Worst after baseline {column}"].sum() == listed["Subject"].nunique(), name


def _check_grades(table, heading, mine):
    """All is the sum of its strata, and each grade the subjects whose worst it is."""
    after = mine[mine["POSTBLFL"] == "Y"]
    for name, rows in table[table["block"].str.endswith(f": {heading}")].groupby("block"):
        assert rows["n"].astype(int).iloc[0] == rows["n"].astype(int).iloc[1:].sum()
        graded = [c for c in rows if c.startswith("Worst after baseline") and not c.endswith("result_id")]
        counts = rows[graded].replace("–", "0").map(first)
        assert (counts.iloc[0] == counts.iloc[1:].sum()).all(), name
        of = after[[name.startswith(f"{parameter}, ") for parameter in after["PARAM"]]]
        side = "L" if (of["ATOXDSCL"] != "").any() and of["ATOXDSCL"].iloc[0] in name else "H"
        found = of[of[f"ATOXGR{side}"] != ""]
        worst = found[f"ATOXGR{side}"].astype(float).groupby(found["USUBJID"]).max().value_counts()
        for grade in range(5):
            assert counts[f"Worst after baseline Grade {grade}"].iloc[0] == worst.get(float(grade), 0), name


def _check_values(table, heading, mine, visits):
    column = next(c for c in table if c.startswith(f"{heading} Value") and not c.endswith("result_id"))
    standing = mine[mine["ANL01FL"] == "Y"]
    for row in table[table["Statistic"] == "n"].to_dict("records"):
        parameter, _, label = row["block"].rpartition(": ")
        chosen = standing[(standing["PARAM"] == parameter) & (standing["AVISIT"].map(visits) == label)]
        assert row[column] == str(len(chosen)), row["block"]
