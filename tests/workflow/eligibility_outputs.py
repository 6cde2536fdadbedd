"""Whether the outputs of eligibility and deviations agree with each other, with the data sets and with populations."""

import pandas as pd

RESULTS = {"MET": "Met", "NOT_MET": "Not met", "UNKNOWN": "Unknown", "DECLARED": "Declared"}


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def check_eligibility(results, arms):
    """Assert that table, listing, matrix, data set and populations say the same.

    Parameters
    ----------
    results : Path
        The folder of a run.
    arms : mapping
        Code of each arm with its label.
    """
    adsl, adie, addv, members = (
        read(results / "data" / f"{name}.csv") for name in ("adsl", "adie", "addv", "populations")
    )
    arm_of = adsl.set_index("USUBJID")["TRT01P"]
    # One row per subject and criterion.
    assert not adie.duplicated(["USUBJID", "IETESTCD"]).any()
    assert len(adie) == len(adsl) * adie["IETESTCD"].nunique()
    table, listing, matrix = (
        read(results / "tables" / f"{name}.csv") for name in ("t14-1-10", "l16-2-4-2", "l16-2-4-3")
    )
    parts = {label: adie[adie["USUBJID"].map(arm_of) == code] for code, label in arms.items()} | {
        "Total": adie
    }
    for label, part in parts.items():
        size = part["USUBJID"].nunique()
        for row in table[table["block"] != "All criteria together"].to_dict("records"):
            mine = part.loc[part["IETESTCD"] == row["Criterion"].partition(":")[0], "RESULT"]
            found = [row[f"{label} (N={size}) {word}"] for word in RESULTS.values()]
            assert found == [str(int((mine == code).sum())) for code in RESULTS], row["Criterion"]
            assert sum(map(int, found)) == size
    open_ = adie[adie["RESULT"].isin(["NOT_MET", "UNKNOWN"])]
    shown = zip(
        listing["Subject"], listing["Criterion"].str.partition(":")[0], listing["Result"], strict=True
    )
    expected = zip(open_["USUBJID"], open_["IETESTCD"], open_["RESULT"].map(RESULTS), strict=True)
    assert sorted(shown) == sorted(expected)
    signs = {"MET": "+", "NOT_MET": "no", "UNKNOWN": "?", "DECLARED": "d"}
    by_subject = matrix.set_index("Subject")
    for row in adie.to_dict("records"):
        assert by_subject.loc[row["USUBJID"], row["IETESTCD"]].lstrip("'") == signs[row["RESULT"]]
    # What populations stand on is what the data sets say.
    for name, result in (("IENOTMET", "NOT_MET"), ("IEUNKNWN", "UNKNOWN")):
        listed = adie[adie["RESULT"] == result].groupby("USUBJID")["IETESTCD"].agg(", ".join)
        assert (
            adsl.set_index("USUBJID")[name].to_dict()
            == listed.reindex(adsl["USUBJID"], fill_value="").to_dict()
        )
    important = set(addv.loc[addv["DVIMP"] == "Y", "USUBJID"])
    assert set(adsl.loc[adsl["DVIMPORT"] != "", "USUBJID"]) == important
    out = members[(members["POPULATION"] == "PPROTFL") & (members["MEMBER"] == "N")]
    assert (out["REASON"] != "").all() and not out["REASON"].str.contains("{value}", regex=False).any()
    assert set(adsl.loc[adsl["PPROTFL"] != "Y", "USUBJID"]) == set(out["USUBJID"])
    check_deviations(results, addv, arm_of, arms)


def check_deviations(results, addv, arm_of, arms):
    """Assert that the table counts what the data set and the listing have."""
    table, listing = (read(results / "tables" / f"{name}.csv") for name in ("t14-1-4", "l16-2-2"))
    assert len(listing) == len(addv)
    whole = table.iloc[0]
    for label, codes in [*((label, [code]) for code, label in arms.items()), ("Total", list(arms))]:
        size = int(arm_of.isin(codes).sum())
        mine = addv[addv["USUBJID"].map(arm_of).isin(codes)]
        head = f"{label} (N={size})"
        assert whole[f"{head} Deviations"] == str(len(mine))
        for column, part in (("Subjects", mine), ("Important", mine[mine["DVIMP"] == "Y"])):
            assert whole[f"{head} {column}"].split(" ")[0] == str(part["USUBJID"].nunique())
        rows = table[(table["block"] != "") & (table.iloc[:, 1] != "Any of this category")]
        assert rows[f"{head} Deviations"].astype(int).sum() == len(mine)
