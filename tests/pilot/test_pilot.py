"""The CDISC pilot, entered as SDTM and as ADaM: what comes out against its published table and its own ADaM.

`make pilot` prepares the environment, writes both studies below `build/pilot`, runs them and these tests. Published
numbers: clinical study report of the CDISC pilot (CDISCPILOT01, 2006), table 14-3.01 "Primary Endpoint Analysis: ADAS
Cog (11) - Change from Baseline to Week 24 - LOCF", as PHUSE's scripts and the R submissions pilots quote it. Tolerance
is half a unit of the last printed digit.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.plan.locking import Asked, lock_study
from workflow.conftest import LOCKED, ROOT, snakemake

PYTHON = ROOT / ".venv-pilot" / "bin" / "python"
FOLDER = ROOT / "build" / "pilot"
ARMS = {"PBO": "Placebo", "LOW": "Xanomeline Low Dose", "HIGH": "Xanomeline High Dose"}
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="the pilot's data are not installed: run `make pilot`"),
]


def read(*parts):
    return pd.read_csv(FOLDER.joinpath(*parts), low_memory=False)


@pytest.fixture(scope="module")
def pilot():
    """Both studies written and run: the folder that holds `sdtm`, `adam` and `reference`."""
    writer = Path(__file__).with_name("write_studies.py")
    subprocess.run([str(PYTHON), str(writer), "--out", str(FOLDER)], check=True, timeout=300)
    for name in ("sdtm", "adam"):
        asked = Asked(f"CDISCPILOT01-{name}", "hard", "2015-04-01", "data manager; statistician")
        lock_study(FOLDER / name, asked, LOCKED)
        done = snakemake(FOLDER / name)
        assert done.returncode == 0, done.text
    return FOLDER


@pytest.fixture(scope="module")
def values(pilot):
    """Every statistic of the ADaM study by its id."""
    ard = read("adam", "results", "ard.csv")
    return ard.set_index("result_id")["value"].to_dict()


@pytest.mark.parametrize(
    ("visit", "of", "printed"),
    [
        ("BL", "AVAL", {"PBO": (79, 24.1, 12.19, 21.0, 5, 61), "LOW": (81, 24.4, 12.92, 21.0, 5, 57),
                        "HIGH": (74, 21.3, 11.74, 18.0, 3, 57)}),
        ("W24", "AVAL", {"PBO": (79, 26.7, 13.79, 24.0, 5, 62), "LOW": (81, 26.4, 13.18, 25.0, 6, 62),
                         "HIGH": (74, 22.8, 12.48, 20.0, 3, 62)}),
        ("W24", "CHG", {"PBO": (79, 2.5, 5.80, 2.0, -11, 16), "LOW": (81, 2.0, 5.55, 2.0, -11, 17),
                        "HIGH": (74, 1.5, 4.26, 1.0, -7, 13)}),
    ],
)  # fmt: skip
def test_the_published_description(values, visit, of, printed):
    for arm, (n, mean, sd, median, low, high) in printed.items():
        key = f"ADASLOCF.DESCRIBED.{visit}.{arm}.{of}"
        assert values[f"{key}.n"] == n
        for name, number, half in (("mean", mean, 0.05), ("sd", sd, 0.005), ("median", median, 0.05),
                                   ("min", low, 0.5), ("max", high, 0.5)):  # fmt: skip
            assert values[f"{key}.{name}"] == pytest.approx(number, abs=half + 1e-9), (key, name)


@pytest.mark.parametrize(
    ("comparison", "sign", "diff", "se", "lower", "upper", "p"),
    [
        ("LOW-PBO", 1, -0.5, 0.82, -2.1, 1.1, 0.569),
        ("HIGH-PBO", 1, -1.0, 0.84, -2.7, 0.7, 0.233),
        # Printed as high less low; the arms stand in the other order here.
        ("LOW-HIGH", -1, -0.5, 0.84, -2.2, 1.1, 0.520),
    ],
)
def test_the_published_comparisons(values, comparison, sign, diff, se, lower, upper, p):
    key = f"ADASLOCF.ANCOVA.W24.{comparison}.diff"
    limits = sorted((sign * values[f"{key}.lower"], sign * values[f"{key}.upper"]))
    assert sign * values[key] == pytest.approx(diff, abs=0.05)
    assert values[f"{key}.se"] == pytest.approx(se, abs=0.005)
    assert limits == pytest.approx([lower, upper], abs=0.05)
    assert values[f"{key}.pvalue"] == pytest.approx(p, abs=0.0005)
    # 234 subjects, 3 arms, 11 site groups, the baseline.
    assert values[f"{key}.df"] == 234 - 3 - 10 - 1


@pytest.mark.parametrize(
    ("analysis", "flag"),
    [("ALL", "ITTFL"), ("SAFETY", "SAFFL"), ("EFFICACY", "EFFFL"), ("COMPLETERS", "COMP24FL")],
)
def test_populations_are_those_of_the_pilots_adsl(values, analysis, flag):
    adsl = read("reference", "adsl.csv")
    counts = adsl[adsl[flag] == "Y"].groupby("TRT01P").size()
    found = {label: values[f"all.{analysis}.all.{arm}.N"] for arm, label in ARMS.items()}
    assert found == counts.to_dict()


def test_what_the_pilot_derived_is_derived_alike(pilot):
    """Of 3,094 records of ADAS-Cog and glucose, one lies outside its window; baseline, change and flags agree."""
    book = read("adam", "results", "data", "queries.csv")
    own = book[~book["RULE"].isin(["NO_BASELINE", "NO_POST_BASELINE"])]
    assert list(own["RULE"] + " " + own["SUBJECT"]) == ["OUT_OF_WINDOW 01-705-1292"]
    records = read("adam", "results", "data", "adlb.csv")
    assert len(records) > 3000


def test_subjects_derived_from_sdtm_are_those_of_the_pilots_adsl(pilot):
    ours = read("sdtm", "results", "data", "adsl.csv").set_index("USUBJID").sort_index()
    theirs = read("reference", "adsl.csv").set_index("USUBJID").sort_index()
    assert list(ours.index) == list(theirs.index) and len(ours) == 254
    for treatment in ("TRT01P", "TRT01A"):
        assert (ours[treatment].map(ARMS) == theirs[treatment]).all()
    assert (ours["AGE"] == theirs["AGE"]).all() and (ours["SEX"] == theirs["SEX"]).all()
    assert (ours["TRTSDT"] == theirs["TRTSDT"]).all()
    assert (ours["DISCDT"].notna() == (theirs["EOSSTT"] == "DISCONTINUED")).all()
    book = read("sdtm", "results", "data", "accounting.csv")
    # LB of the pilot has no row of theirs.
    assert (book["RULE"] == "SCREEN_FAILURE").sum() == 52
    assert set(read("sdtm", "results", "data", "labs.csv")["USUBJID"]) <= set(ours.index)


def test_baseline_glucose_of_both_ways_differs_where_it_must(pilot):
    """LB's standardised numbers use 18.0148 mg/dL per mmol/L, the conversion table 18.0156 (4.5e-5 apart).

    The pilot takes the scheduled screening sample as baseline; the last one before the first dose is another for
    those who had an unscheduled sample in between.
    """
    ours, theirs = read("sdtm", "results", "data", "adlb.csv"), read("reference", "adlbc.csv")
    ours = ours[ours["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    baseline = theirs[theirs["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    # Two subjects have no scheduled sample before the first dose.
    assert len(ours) == 254 and len(baseline) == 252
    apart = (ours[baseline.index] / baseline - 1).abs()
    other = set(apart.index[apart > 1e-4])
    between = theirs[theirs["VISIT"].str.startswith("UNSCHEDULED") & (theirs["ADY"] < 1)]
    assert other <= set(between["USUBJID"]) and len(other) == 21
    last = between.sort_values(["USUBJID", "ADT"]).groupby("USUBJID")["AVAL"].last()
    assert np.allclose(ours[sorted(other)], last[sorted(other)], rtol=1e-4, atol=0)


def test_emergent_events_are_those_of_the_pilots_adae(pilot):
    """The 26 events with a partial start date are asked about; six of them may have started under treatment."""
    ours, theirs = read("sdtm", "results", "data", "adae.csv"), read("reference", "adae.csv")
    assert len(ours) == len(theirs) == 1191
    partial = ours["ASTDT"].isna()
    book = read("sdtm", "results", "data", "queries.csv")
    assert partial.sum() == 26
    emergent = ours[partial & (ours["TRTEMFL"] == "Y")]
    assert sorted(emergent["AESTDTC"]) == [*["2013-07"] * 4, "2014-03", "2014-04"]
    assert (book["RULE"] == "IMPOSSIBLE_DATE").sum() == 26
    theirs = theirs[theirs["ASTDTF"].isna()]
    key = ["USUBJID", "AEDECOD", "ASTDT"]
    one = ours[~partial & (ours["TRTEMFL"] == "Y")][key]
    two = theirs[theirs["TRTEMFL"] == "Y"][key]
    assert sorted(map(tuple, one.to_numpy())) == sorted(map(tuple, two.to_numpy()))


# Clinical study report, tables 14-5.01 and 14-5.02 (any body system); "Common Safety Displays" of the CDISC analysis
# results standard, overview of treatment-emergent adverse events: placebo, low dose, high dose.
PUBLISHED = {
    "any.subjects": (65, 77, 76), "any.pct": (75.6, 91.7, 90.5), "any.serious.subjects": (0, 1, 2),
    "any.serious.events": (0, 1, 2), "any.product.subjects": (43, 72, 70), "any.fatal.subjects": (2, 1, 0),
    "any.serious_related.subjects": (0, 1, 1), "any.discontinuation.subjects": (0, 0, 0),
    "any.max.SEVERE.subjects": (5, 16, 8),
}  # fmt: skip
FACTS = ROOT.parent / "shared" / "reference" / "cdiscpilot" / "published.json"


@pytest.fixture(scope="module")
def adverse(pilot):
    """Every statistic of adverse events of the SDTM study by its id."""
    return read("sdtm", "results", "ard.csv").set_index("result_id")["value"].to_dict()


@pytest.mark.parametrize("statistic", PUBLISHED)
def test_the_published_overview_of_adverse_events(adverse, statistic):
    found = [adverse[f"all.ADVERSE.all.{arm}.{statistic}"] for arm in ("PBO", "LOW", "HIGH")]
    assert found == pytest.approx(PUBLISHED[statistic], abs=0.05 if statistic.endswith("pct") else 0)


def test_deaths_are_those_of_the_published_overview(pilot):
    """The disposition knows no death beyond the three fatal events."""
    listed = read("sdtm", "results", "tables", "l14-5-1.csv")
    deaths = listed.groupby("block").size()
    assert [int(deaths.get(ARMS[arm], 0)) for arm in ("PBO", "LOW", "HIGH")] == [2, 1, 0]
    assert not listed.iloc[:, 3].str.contains("Death on record").any()
    drawn = read("sdtm", "results", "figures", "f14-5-2.csv")
    subjects = drawn[drawn["mark"] == "event"].groupby("arm")["subject"].nunique()
    assert subjects.to_dict() == dict(zip(("PBO", "LOW", "HIGH"), PUBLISHED["any.subjects"], strict=True))


@pytest.mark.skipif(not FACTS.is_file(), reason="the published numbers are not here")
@pytest.mark.parametrize("table", ["14-5.01", "14-5.02"])
def test_every_published_count_by_organ_class_and_term(adverse, table):
    """Subjects, events and percentages as printed; a term that nobody has stands in no row of ours."""
    codes = {label: code for code, label in ARMS.items()}
    rows = [row for row in json.loads(FACTS.read_text("utf-8"))[table]["rows"] if row["arm"] in codes]
    names = {"n": "subjects", "pct": "pct", "events": "events"}
    assert len(rows) > (400 if table == "14-5.01" else 20)
    for row in rows:
        soc, term = (["_".join(part.split()) for part in row["label"].split(" | ")] * 2)[:2]
        key = {"any": "any", "soc": f"soc:{soc}", "pt": f"pt:{soc}:{term}"}[row["rule"]]
        if table == "14-5.02":
            if row["rule"] != "any":
                continue  # serious events by term stand in the listing
            key = "any.serious"
        place = f"all.ADVERSE.all.{codes[row['arm']]}.{key}.{names[row['statistic']]}"
        assert adverse[place] == pytest.approx(row["value"], abs=1e-6), row


# Tables 14-1.01, 14-1.02 and 14-2.01 of the study report (June 2006), pages 43-48. Ours are of the pilot's ADaM.
DISPOSED = {
    "Intent-To-Treat (ITT)": "population.ITTFL", "Safety": "population.SAFFL", "Efficacy": "population.EFFFL",
    "Complete Week 24": "population.COMP24FL", "Complete Study": "completed",
}  # fmt: skip
# How the report words what DCSREAS says.
REASONS = {
    "Subject decided to withdraw": "Withdrew Consent",
    "Physician decided to withdraw subject": "Physician Decision",
    "Protocol criteria not met": "I/E Not Met",
}
DESCRIBED = {
    "Age (y)": "AGE", "MMSE": "MMSETOT", "Duration of disease": "DURDIS", "Years of education": "EDUCLVL",
    "Baseline weight(kg)": "WEIGHTBL", "Baseline height(cm)": "HEIGHTBL", "Baseline BMI": "BMIBL",
}  # fmt: skip
LEVELS = {
    "Age (y) | <65 yrs": "AGEGR1.level.<65", "Age (y) | 65-80 yrs": "AGEGR1.level.65-80",
    "Age (y) | >80 yrs": "AGEGR1.level.>80", "Sex | Male": "SEX.level.M", "Sex | Female": "SEX.level.F",
    "Duration of disease | <12 months": "DURDSGR1.level.<12", "Baseline BMI | <25": "BMIBLGR1.level.<25",
    "Duration of disease | >=12 months": "DURDSGR1.level.>=12", "Baseline BMI | 25-<30": "BMIBLGR1.level.25-<30",
    "Baseline BMI | >=30": "BMIBLGR1.level.>=30",
}  # fmt: skip
TOTALS = {label: code for code, label in ARMS.items()} | {"Total": "all"}


def published(table):
    """Return the published numbers of a table, by label, arm and statistic; p-values are no part of ours."""
    rows = json.loads(FACTS.read_text("utf-8"))[table]["rows"]
    return [row for row in rows if row["arm"] in TOTALS and not row["statistic"].startswith("p ")]


@pytest.mark.skipif(not FACTS.is_file(), reason="the published numbers are not here")
def test_the_published_populations(values):
    """14-1.01: every count and percentage (the report prints no decimals of them)."""
    rows = published("14-1.01")
    assert len(rows) == 40
    for row in rows:
        key = f"all.DISPOSITION.all.{TOTALS[row['arm']]}.{DISPOSED[row['label']]}.{row['statistic']}"
        assert values[key] == pytest.approx(row["value"], abs=1e-6), row


@pytest.mark.skipif(not FACTS.is_file(), reason="the published numbers are not here")
def test_the_published_end_of_study(values):
    """14-1.02: status, and every reason of those who left before week 24; its percentages are of the whole arm."""
    sizes = {arm: values[f"all.DISPOSITION.all.{arm}.population.ITTFL.n"] for arm in TOTALS.values()}
    found_as = {key.casefold(): key for key in values}
    rows = published("14-1.02")
    assert len(rows) > 60
    for row in rows:
        kind, label = row["label"].split(" | ")
        arm = TOTALS[row["arm"]]
        if kind == "Status":
            flag = "COMP24FL" if label.startswith("Completed") else "EARLYFL"
            found = values[f"all.DISPOSITION.all.{arm}.population.{flag}.n"]
        else:
            word = "_".join(REASONS.get(label, label).split())
            found = values[found_as[f"all.EARLY.all.{arm}.discontinued.{word}.n".casefold()]]
        if row["statistic"] == "pct":
            found = 100 * found / sizes[arm]
        assert found == pytest.approx(row["value"], abs=1e-6), row


@pytest.mark.skipif(not FACTS.is_file(), reason="the published numbers are not here")
def test_the_published_baseline_characteristics(values):
    """14-2.01: every statistic of seven characteristics, every count of their groups and of sex.

    Three differences. Races: the report counts Hispanic whatever the race; here race and ethnicity stand by
    themselves. Percentages are of those with a value, in the report of the arm: the same here, no group is
    missing. P-values are left out on purpose.
    """
    names = {"n": "n", "Mean": "mean", "SD": "sd", "Median": "median", "Min": "min", "Max": "max"}
    checked = 0
    for row in published("14-2.01"):
        if row["label"].startswith("Race") or row["label"] == "Sex":
            continue
        if row["label"] in DESCRIBED:
            key = f"{DESCRIBED[row['label']]}.{names[row['statistic']]}"
        else:
            key = f"{LEVELS[row['label']]}.{row['statistic']}"
        found = values[f"all.CHARACTERISTICS.all.{TOTALS[row['arm']]}.{key}"]
        assert found == pytest.approx(row["value"], abs=1e-6), row
        checked += 1
    assert checked == 248
    races = {
        arm: values[f"all.CHARACTERISTICS.all.{arm}.RACE.level.WHITE.n"] for arm in ("PBO", "LOW", "HIGH")
    }
    assert list(races.values()) == [78, 78, 74]  # the R submissions' first pilot counts race alone


def test_the_flow_of_the_pilot_begins_with_those_screened(pilot):
    """DM has 306 subjects, 52 of them screening failures; 144 discontinued, each with a reason."""
    found = read("sdtm", "results", "ard.csv").set_index("result_id")["value"]
    key = "all.DISPOSITION.all"
    assert (found[f"{key}.all.screened.n"], found[f"{key}.all.screened.not.n"]) == (306, 52)
    assert [found[f"{key}.{arm}.completed.n"] for arm in ("PBO", "LOW", "HIGH")] == [58, 25, 27]
    assert found[f"{key}.all.discontinued.n"] == 144
    assert f"{key}.all.discontinued.Reason_not_recorded.n" not in found.index
    text = FOLDER.joinpath("sdtm", "results", "figures", "f14-1-1.csv").read_text("utf-8")
    assert "Screened (n=306)" in text and "Allocation" not in text  # no method is declared
