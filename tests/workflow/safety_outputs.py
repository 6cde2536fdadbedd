"""Whether the further outputs of safety and of subjects agree with each other, with listings and with the data."""

import re

import pandas as pd

from workflow.adverse_outputs import columns_of, first, read

TABLES = (
    "t14-3-1-6", "l14-3-2-1", "l14-3-2-3", "t14-1-8-1", "t14-1-8-2", "t14-1-8-3", "t14-1-9", "l16-2-5", "l16-2-6",
)  # fmt: skip
FIGURE = "f14-3-1-2"
TARGETS = [*(f"results/tables/{name}.html" for name in TABLES), f"results/figures/{FIGURE}.svg"]


def arm_columns(table):
    """Return the columns of the arms and of the total, in the order of the table."""
    return [column for column in table.columns if column.endswith(")") and "(N=" in column]


def check_safety(results, interest="Hypoglycaemia"):
    """Assert that what is printed twice is the same, and that listings have the rows of the data."""
    tables = {name: read(results / "tables" / f"{name}.csv") for name in (*TABLES, "t14-3-1-1", "t14-3-1-5")}
    overview = tables["t14-3-1-1"].set_index("Adverse events")
    adsl = read(results / "data" / "adsl.csv")
    # Hypoglycaemia from events is the group of interest; the gravest levels add up to those with any.
    hypo = tables["t14-3-1-6"]
    subjects = columns_of(hypo, "Subjects")
    assert (
        hypo.iloc[0][subjects].tolist() == overview.loc[interest, columns_of(overview, "Subjects")].tolist()
    )
    events = hypo[hypo["block"] == "From adverse events"]
    for name in columns_of(hypo, "Number"):
        assert int(events.iloc[0][name]) == sum(int(text) for text in events.iloc[1:][name])
    # The timeline has the subjects and events of the overview.
    figure = read(results / "figures" / f"{FIGURE}.csv")
    drawn = figure[figure["mark"] == "event"]
    whole = overview.loc["Any adverse event"]
    assert drawn["subject"].nunique() == first(whole[columns_of(overview, "Subjects")[-1]])
    assert len(drawn) == int(whole[columns_of(overview, "Events")[-1]])
    serious = int(overview.loc["Serious", columns_of(overview, "Events")[-1]])
    assert (drawn["serious"] == "Y").sum() == serious
    # Listings of deaths and discontinuations have the events that the overview counts.
    for name, row in (("l14-3-2-1", "With fatal outcome"), ("l14-3-2-3", "Leading to discontinuation")):
        counted = int(overview.loc[row, columns_of(overview, "Events")[-1]])
        assert (tables[name].get("TE", pd.Series(dtype="str")) == "Y").sum() == counted
    check_follow_up(tables)
    check_doses(results, tables, adsl)
    check_efficacy(results, tables["l16-2-6"])


def check_follow_up(tables):
    """Patient-years of follow-up are the time at risk of all events."""
    exposure, rates = tables["t14-1-9"], tables["t14-3-1-5"]
    years = exposure[exposure["block"] == "Length of follow-up"].iloc[-1]
    at_risk = rates.iloc[2]
    for mine, theirs in zip(arm_columns(exposure), arm_columns(rates), strict=True):
        assert years[mine] == at_risk[theirs].split(" / ")[1]


def check_doses(results, tables, adsl):
    """Medicines count subjects of the data; every infusion stands in its listing, and doses in its table."""
    adcm, adex = (read(results / "data" / f"{name}.csv") for name in ("adcm", "adex"))
    table = tables["t14-1-8-2"]
    insulin = table[table["block"] == "Concomitant: Insulin"].iloc[0]
    members = set(adsl.loc[adsl["FASFL"] == "Y", "USUBJID"])
    on_insulin = set(adcm.loc[adcm["CMCLASS"] == "insulin", "USUBJID"]) & members
    assert first(insulin[arm_columns(table)[-1]]) == len(on_insulin)
    listed = tables["l16-2-5"]
    assert (~listed["Product"].isin(["", "no infusion on record"])).sum() == len(adex)
    exposure = tables["t14-1-9"]
    total = arm_columns(exposure)[-1]
    given = exposure[exposure["Product"] == "Infusions"][total].astype(int).sum()
    treated = set(adsl.loc[adsl["SAFFL"] == "Y", "USUBJID"])
    assert given == adex["USUBJID"].isin(treated).sum()


def check_efficacy(results, listing):
    """Every record of every endpoint is listed once, and a visit without one has a row that says so."""
    adlb = read(results / "data" / "adlb.csv")
    analysed = adlb["ANL01FL"] == "Y"
    missing = listing["Flags"] == "no analysed value"
    aside = listing["Flags"].str.contains("not analysed: ", regex=False)
    assert (aside.sum(), (~missing & ~aside).sum()) == ((~analysed).sum(), analysed.sum())
    subjects = listing["block"].map(lambda text: re.split(r"\*?, ", text)[0])
    assert set(subjects) == set(adlb["USUBJID"])
    visits = adlb.loc[analysed, "AVISIT"].nunique()
    rows = (~aside).groupby([subjects, listing["Endpoint"]]).sum()
    assert set(rows) == {visits}
