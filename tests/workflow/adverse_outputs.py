"""Whether the outputs of adverse events of a study agree with each other, with the listings and with the raw data."""

import pandas as pd


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def columns_of(table, name):
    """Return the columns of one heading by their group, in the order of the table."""
    return [column for column in table.columns if column.endswith(f" {name}")]


def first(text):
    """Return the count of a cell such as 18 (62.1%)."""
    return int(text.split(" ")[0])


def check_agreement(results, arms):
    """Assert that tables, figure, listings and data count the same.

    Parameters
    ----------
    results : Path
        The folder of a run.
    arms : mapping
        Code of each arm with its label.
    """
    adsl, adae = (read(results / "data" / f"{name}.csv") for name in ("adsl", "adae"))
    members = adsl[adsl["SAFFL"] == "Y"].set_index("USUBJID")["TRT01A"]
    mine = adae[(adae["TRTEMFL"] == "Y") & adae["USUBJID"].isin(members.index)]
    mine = mine.assign(ARM=mine["USUBJID"].map(members))
    tables = {n: read(results / "tables" / f"t14-3-1-{n}.csv") for n in range(1, 6)}
    overview, terms, severity, relation, rates = (tables[n] for n in range(1, 6))
    # Headings: N of the population.
    sizes = [*(int((members == code).sum()) for code in arms), len(members)]
    labels = [*arms.values(), "Total"]
    for table in (overview, terms):
        expected = [f"{label} (N={size}) Subjects" for label, size in zip(labels, sizes, strict=True)]
        assert columns_of(table, "Subjects") == expected
    # Each row of the table of terms is what the data say.
    parts = [mine[mine["ARM"] == code] for code in arms] + [mine]
    for row in terms.to_dict("records"):
        chosen = list(parts)
        if row["block"]:
            chosen = [part[part["AEBODSYS"] == row["block"]] for part in chosen]
            if row["Organ class Term"] != "Any term":
                chosen = [part[part["AEDECOD"] == row["Organ class Term"]] for part in chosen]
        for part, size, subjects, events in zip(
            chosen, sizes, columns_of(terms, "Subjects"), columns_of(terms, "Events"), strict=True
        ):
            count = part["USUBJID"].nunique()
            share = "" if not count else " (100%)" if count == size else f" ({100 * count / size:.1f}%)"
            assert (row[subjects], row[events]) == (f"{count}{share}", str(len(part))), row
    shown = set(zip(terms["block"], terms["Organ class Term"], strict=True))
    assert set(zip(mine["AEBODSYS"], mine["AEDECOD"], strict=True)) <= shown
    # The same row in every table is the same text; severities add up to the subjects.
    whole = [terms.iloc[0][column] for column in columns_of(terms, "Subjects")]
    assert [overview.iloc[0][column] for column in columns_of(overview, "Subjects")] == whole
    heads = [column for column in severity.columns if column.endswith(")")]
    for _, block in severity.groupby("block", sort=False):
        for head in heads:
            counts = [first(text) for text in block[head]]
            assert counts[0] == sum(counts[1:]), (block["block"].iloc[0], head)
    assert severity.iloc[0][heads].tolist() == whole
    events = [overview.iloc[0][column] for column in columns_of(overview, "Events")]
    assert [text.split(" / ")[0] for text in rates.iloc[2][heads]] == events
    asked = overview.set_index("Adverse events")
    for name in ("Product", "Procedure"):
        line = asked.loc[f"Related to the {name.lower()}", columns_of(overview, "Subjects")].tolist()
        assert [relation.iloc[0][column] for column in columns_of(relation, name)] == line
    # The figure has the percentages of the table.
    figure = read(results / "figures" / "f14-3-1-1.csv")
    rows = terms[terms["Organ class Term"] != "Any term"].set_index("Organ class Term")
    for point in figure.to_dict("records"):
        cells = rows.loc[point["label"], columns_of(terms, "Subjects")]
        place = list(arms).index(point["arm"])
        assert (first(cells.iloc[place]), first(cells.iloc[len(arms) - 1])) == (
            float(point["subjects"]), float(point["reference_subjects"]),
        )  # fmt: skip
    assert set(figure["label"]) == set(rows.index)
    # Listings: every event, and the emergent ones of members as many as the table counts.
    listing, serious = (read(results / "tables" / f"{name}.csv") for name in ("l16-2-7", "l14-3-2-2"))
    assert len(listing) == len(adae)
    assert (listing["TE"] == "Y").sum() == int(events[-1]) == len(mine)
    by_arm = listing[listing["TE"] == "Y"].groupby("block").size()
    assert [str(by_arm.get(label, 0)) for label in arms.values()] == events[:-1]
    assert (serious["TE"] == "Y").sum() == int(asked.loc["Serious", columns_of(overview, "Events")].iloc[-1])
    assert serious["Serious"].isin(["Y", "?"]).all()
