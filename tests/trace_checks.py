"""What holds for the trace of every study: it is the join of the study's own files, done again here."""

import csv
from collections import defaultdict

from trace_pages import Pages

PLACE = ("FILE", "SHEET", "ROW", "COLUMN")
REASONS = {"nobody", "error", "setting"}


def rows_of(path):
    """Return the rows of a CSV as dictionaries of text, without what keeps a spreadsheet from running one."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        {key: text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text for key, text in row.items()}
        for row in rows
    ]


class Study:
    """The files of a finished run, joined without the trace."""

    def __init__(self, results):
        self.results = results
        self.ard = rows_of(results / "ard.csv")
        self.pages = Pages(results / "report" / "trace")
        self.sets = defaultdict(set)
        for row in rows_of(results / "records.csv"):
            self.sets[row["RECORDS"]].add((row["PARAMCD"], row["USUBJID"], row["ASEQ"]))
        self.places = self._places()

    def _places(self):
        """Return the raw places of every record but those of whole subjects."""
        found = defaultdict(set)
        data = self.results / "data"
        for row in rows_of(data / "lineage.csv"):
            found[row["PARAMCD"], row["USUBJID"], row["ASEQ"]].add(tuple(row[name] for name in PLACE))
        for path in sorted(data.glob("*.csv")):
            rows = rows_of(path)
            if not rows or not {"USUBJID", "FILE", "ROW"} <= set(rows[0]):
                continue
            if path.stem in ("lineage", "records"):
                continue
            numbers = defaultdict(int)
            for row in rows:
                numbers[row["USUBJID"]] += 1
                own = ("PARAMCD", "USUBJID", "ASEQ")
                number = str(float(numbers[row["USUBJID"]]))
                key = (
                    tuple(row[name] for name in own)
                    if "PARAMCD" in row
                    else (path.stem, row["USUBJID"], number)
                )
                if row["FILE"]:
                    found[key].add(tuple(row.get(name, "") for name in PLACE))
        return found

    def rows_behind(self, name):
        """Return the raw rows behind a set of records, whole subjects left out."""
        return {place[:3] for key in self.sets[name] if key[0] for place in self.places[key]}


def check_results(study):
    """Every row of ard.csv stands in the trace as it is, with its own records or with the reason for none."""
    pages = study.pages
    found = {row["result_id"]: row for row in pages.results}
    assert len(found) == len(pages.results) == len(study.ard)
    keys = [record["key"] for record in pages.records]
    assert len(set(keys)) == len(keys)
    for row in study.ard:
        mine = found[row["result_id"]]
        for name in ("analysis", "endpoint", "method", "visit", "group", "comparison", "statistic", "value", "unit",
                     "n", "warning", "error"):  # fmt: skip
            assert mine[name] == row[name], (row["result_id"], name)
        if study.sets.get(row["records"]):
            members, _ = pages.members[mine["members"]]
            assert {keys[at] for at in members} == study.sets[row["records"]], row["result_id"]
            assert not mine["reason"]
        elif mine["members"] < 0:
            assert mine["reason"] in REASONS, row["result_id"]
            assert mine["reason"] != "nobody" or float(row["value"]) == 0
            assert mine["reason"] != "error" or row["error"]
    order = [row["result_id"].encode("utf-16-be") for row in pages.results]
    assert order == sorted(order)


def check_records(study):
    """Every record of the trace names the raw rows that the study's own files name, and each result ends at some."""
    pages = study.pages
    for record in pages.records:
        if record["key"][0]:
            assert {one["place"] for one in record["places"]} == study.places[record["key"]], record["key"]
        else:
            assert record["places"], record["key"]
    for members, raw in pages.members:
        # A criterion that no row speaks against has no row of its own: the subject's stands for it.
        assert any(pages.records[at]["places"] for at in members)
        parts = [at for at in members if pages.records[at]["key"][0]] or members
        assert raw == len({one["place"][:3] for at in parts for one in pages.records[at]["places"]})
    for row in study.ard[::97]:
        if study.rows_behind(row["records"]):
            at = next(one for one in pages.results if one["result_id"] == row["result_id"])["members"]
            assert pages.members[at][1] == len(study.rows_behind(row["records"])), row["result_id"]


def check_raw_rows(study):
    """Every raw row that the books account for stands in the trace with its fate, successor and queries."""
    pages = study.pages
    found = {(*row["place"], cell["column"]): cell for row in pages.raw for cell in row["cells"]}
    book = rows_of(study.results / "data" / "accounting.csv")
    assert len(found) == len(book)
    for row in book:
        cell = found[tuple(row[name] for name in PLACE)]
        assert (cell["fate"], cell["rule"]) == (row["FATE"], row["RULE"])
        by = tuple(row[f"BY_{name}"] for name in PLACE)
        assert cell["by"] == (by if row["BY_FILE"] else None)
    asked = {(asked[0], *row["place"]) for row in pages.raw for asked in row["queries"]}
    places = {row["place"] for row in pages.raw}
    for query in rows_of(study.results / "data" / "queries.csv"):
        place = (query["FILE"], query["SHEET"], query["ROW"])
        assert place not in places or (query["QUERYID"], *place) in asked


def check_back(study, step):
    """The numbers that a raw row touched are those whose records came from it."""
    pages = study.pages
    behind = defaultdict(set)
    for name, keys in study.sets.items():
        for key in keys:
            if key[0]:
                for place in study.places[key]:
                    behind[place[:3]].add(name)
    of_set = defaultdict(set)
    for row in study.ard:
        of_set[row["records"]].add(row["result_id"])
    own = {row["result_id"] for row in study.ard if study.sets.get(row["records"])}
    checked = 0
    for row in pages.raw[::step]:
        if all(pages.records[at]["key"][0] for at in row["records"]):
            wanted = {one for name in behind[row["place"]] for one in of_set[name]}
            assert pages.touched(row) & own == wanted, row["place"]
            checked += bool(wanted)
    assert checked
