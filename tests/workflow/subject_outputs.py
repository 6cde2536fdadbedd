"""Whether the outputs of a finished run agree with each other, with the populations and with the data.

`check_headings` holds for every table of a catalogue, `check_subjects` for those of disposition and baseline.
"""

import json
import re

import pandas as pd

from trial.plan.jobs import output_jobs
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.load import read_yaml
from workflow.adverse_outputs import first, read

HEADING = re.compile(r"^(?P<label>.+) \(N=(?P<n>\d+)\)(?: .*)?$")
SHARE = re.compile(r"^(?P<n>\d+) \((?P<pct>[<>]?[\d.]+)%\)$")
# Templates whose percentages are all of the N of the heading.
OF_N = {"flow_table", "populations_table", "completion_table"}
# The reader's notes speak of themselves.
ALONE = {"readers_notes"}


def study_of(folder):
    """Return the study of a run's folder, and the slice of each of its outputs."""
    study = load_study(read_yaml(folder / "config.yaml"))
    slices = slice_study(study)
    return study, {name: slices[f"output.{name}"] for name in output_jobs(study)}


def sizes(adsl, spec):
    """Return the subjects of an output's population by the label of the arm, and in total."""
    mine = adsl.loc[adsl[spec.population.flag] == "Y", spec.treatment]
    counts = {arm.label: int((mine == arm.code).sum()) for arm in spec.arms}
    return counts | dict.fromkeys(("Total", "All"), sum(counts.values()))


def check_headings(folder, kinds=("table",)):
    """Assert that each N of a heading is that of its population, and each percentage that of its count.

    Returns the number of headings that were compared.
    """
    _, specs = study_of(folder)
    results = folder / "results"
    adsl = read(results / "data" / "adsl.csv")
    ard = set(read(results / "ard.csv")["result_id"])
    compared = 0
    for name, spec in specs.items():
        entry = json.loads((results / "outputs" / f"{name}.json").read_text(encoding="utf-8"))
        assert set(entry["results"]) <= ard, name
        path = results / "tables" / f"{name}.csv"
        if entry["kind"] != "figure" and spec.template not in ALONE and spec.reader:
            assert spec.reader in path.with_suffix(".html").read_text(encoding="utf-8"), name
        if entry["kind"] not in kinds:
            continue
        table = read(path)
        for column in table.columns:
            found = HEADING.match(column)
            if found is None or column.endswith("result_id"):
                continue
            size = int(found["n"])
            assert size == sizes(adsl, spec)[found["label"]], (name, column)
            compared += 1
            if spec.template in OF_N:
                check_shares(table[column], size, (name, column))
    return compared


def check_shares(cells, size, where):
    """Assert that each n (%) is no more than N, and its percentage that of N."""
    for text in cells:
        found = SHARE.match(text)
        if found is None:
            assert text == "" or text.isdigit(), (*where, text)
            continue
        count = int(found["n"])
        assert 0 < count <= size, (*where, text)
        expected = "100" if count == size else f"{100 * count / size + 1e-9:.1f}"
        assert found["pct"] == expected, (*where, text)


def cells(table, block, label, count):
    """Return the counts of the arms and the total of the first row of a block that has a label."""
    row = table[(table["block"] == block) & (table.iloc[:, 1].str.strip() == label)].iloc[0]
    columns = [
        column for column in table.columns if HEADING.match(column) and not column.endswith("result_id")
    ]
    return [first(row[column]) if row[column] else None for column in columns][-count:]


def check_subjects(folder, listings=True):
    """Assert that flow, populations, visits, baseline and listings count the same subjects.

    `listings`: whether the study has those that raw data alone can have.
    """
    study, specs = study_of(folder)
    results = folder / "results"
    tables = {name: read(results / "tables" / f"{name}.csv") for name in specs if name[0] in "tl"}
    adsl, adlb = (read(results / "data" / f"{name}.csv") for name in ("adsl", "adlb"))
    members = read(results / "data" / "populations.csv")
    ard = read(results / "ard.csv").set_index("result_id")["value"]
    arms = [arm.code for arm in study.arms]
    labels = {arm.code: arm.label for arm in study.arms}
    planned = adsl.set_index("USUBJID")["TRT01P"]
    groups = [*([subject for subject in planned.index if planned[subject] == code] for code in arms),
              list(planned.index)]  # fmt: skip

    def by_arm(subjects):
        chosen = set(subjects)
        return [len(chosen & set(group)) for group in groups]

    # Populations: the table, the membership, the flags, and the listing of those excluded.
    excluded = tables["l16-2-3"]
    for flag, population in study.populations.items():
        mine = members[members["POPULATION"] == flag]
        inside, outside = (mine.loc[mine["MEMBER"] == word, "USUBJID"] for word in "YN")
        assert cells(tables["t14-1-2"], population.label, "Members", len(groups)) == by_arm(inside), flag
        assert cells(tables["t14-1-2"], population.label, "Excluded", len(groups)) == by_arm(outside), flag
        assert set(inside) == set(adsl.loc[adsl[flag] == "Y", "USUBJID"]), flag
        heading = f"Not in: {population.label} ("
        listed = excluded[excluded["block"].str.startswith(heading)]
        assert set(listed["Subject"]) == set(outside) and len(listed) == len(outside), flag
    # Analysed for an endpoint: the table, the figure, and the records.
    figure = read(results / "figures" / "f14-1-1.csv")
    used = adlb[adlb["ANL01FL"] == "Y"]
    for code, endpoint in study.endpoints.items():
        mine = used[used["PARAMCD"] == code]
        based = set(mine.loc[mine["ABLFL"] == "Y", "USUBJID"])
        later = set(mine.loc[(mine["ABLFL"] != "Y") & (mine["BASE"] != ""), "USUBJID"])
        expected = by_arm(based & later & set(adsl.loc[adsl["FASFL"] == "Y", "USUBJID"]))
        assert cells(tables["t14-1-2"], f"Analysed for {endpoint.label}", "Analysed", len(groups)) == expected
        fitted = ard.get(f"{code}.PRIMARY.all.all.n_subjects")
        assert fitted is None or float(fitted) == expected[-1], code
        boxes = figure[figure["head"] == "Analysed"].set_index("arm")["details"]
        for arm, number in zip(arms, expected, strict=False):
            assert f"{endpoint.label}: {number}" in boxes[arm].split("\n")
        # Values available, here and where they are described.
        for visit in study.visits:
            here = by_arm(mine.loc[mine["AVISIT"] == visit.code, "USUBJID"])
            block = f"{endpoint.label}: value available"
            assert cells(tables["t14-1-3"], block, visit.label, len(groups)) == here
            described = [ard.get(f"{code}.OBSERVED.{visit.code}.{arm}.AVAL.n") for arm in arms]
            assert [float(value) for value in described] == here[:-1]
        # The baseline is described alike by arm.
        for arm in arms:
            for name in ("n", "mean", "median", "geomean"):
                one = ard.get(f"all.CHARACTERISTICS.all.{arm}.BASE_{code}.{name}")
                two = ard.get(f"{code}.OBSERVED.{study.visits[0].code}.{arm}.AVAL.{name}")
                assert one == two, (code, arm, name)
    # Boxes of the figure have the numbers of the table.
    for box in figure.to_dict("records"):
        if box["n"]:
            assert f"(n={int(float(box['n']))})" in box["head"]
            assert float(ard[box["result_id"].split(" ")[0]]) == float(box["n"])
    # Demography: every subject once.
    listing = tables["l16-2-4-1"]
    assert sorted(listing["Subject"]) == sorted(adsl["USUBJID"])
    assert listing.groupby("block").size().to_dict() == {labels[code]: n for code, n in
                                                         zip(arms, by_arm(planned.index), strict=False)}  # fmt: skip
    if listings:
        check_raw(results, tables, study, by_arm, labels)


def check_raw(results, tables, study, by_arm, labels):
    """Assert that discontinued subjects, visits and intercurrent events are those of the data and the tables."""
    adsl, adsv, adice = (read(results / "data" / f"{name}.csv") for name in ("adsl", "adsv", "adice"))
    count = len(study.arms) + 1
    left = adsl.loc[(adsl["DISCDT"] != "") | (adsl["DSDECOD"] != ""), "USUBJID"]
    flow = tables["t14-1-1"]
    assert cells(flow, "End of study", "Discontinued", count) == by_arm(left)
    assert sorted(tables["l16-2-1"]["Subject"]) == sorted(left)
    seen = tables["l16-2-1"].groupby("block").size()
    assert [int(seen.get(labels[arm.code], 0)) for arm in study.arms] == by_arm(left)[:-1]
    for visit in study.visits:
        done = adsv.loc[(adsv["VISIT"] == visit.code) & (adsv["DONE"] == "Y"), "USUBJID"]
        assert cells(flow, f"Visit: {visit.label}", "Seen", count) == by_arm(done)
        assert cells(tables["t14-1-3"], "Study visit: done", visit.label, count) == by_arm(done)
        parts = [cells(flow, f"Visit: {visit.label}", name, count) for name in
                 ("Seen", "Discontinued before", "Not seen")]  # fmt: skip
        allocated = cells(flow, "Enrolment, allocation, treatment", "Allocated", count)
        assert [sum(part) for part in zip(*parts, strict=True)] == allocated
    listed = tables["l16-2-9-5"]
    listed = listed[listed["Subject"] != ""]  # the line of an empty listing
    assert len(listed) == len(adice)
    assert set(zip(listed["Subject"], listed["Rule"], listed["Date"].str.rstrip("*"), strict=True)) == set(
        zip(adice["USUBJID"], adice["EVENT"], adice["ICEDT"], strict=True)
    )


def check_balance(results, treated, control, covariates):
    """Assert that the differences at baseline are those of the design stage, whose subjects are the same."""
    ard = read(results / "ard.csv").set_index("result_id")["value"].pipe(pd.to_numeric)
    for name in covariates:
        ours = ard[f"all.CHARACTERISTICS.all.{treated}-{control}.{name}.smd"]
        assert abs(ours - ard[f"all.BALANCE.all.{treated}-{control}.NONE.{name}.smd"]) < 1e-12, name
