"""Reads the data files of the trace by code of its own, as the page's program does."""

import json
from bisect import bisect_right
from functools import cached_property


def numbers(text):
    """Return the numbers that gaps and runs stand for."""
    found, last = [], -1
    for part in text.split(",") if text else ():
        gap, _, run = part.partition("+")
        last += int(gap)
        found += range(last, last + int(run or 0) + 1)
        last = found[-1]
    return found


class Pages:
    """The data files of one trace, put together again."""

    def __init__(self, folder):
        self.folder = folder

    def load(self, name):
        """Return what one data file hands over."""
        text = (self.folder / f"{name}.js").read_text(encoding="utf-8")
        head = f'trace.put("{name}",'
        assert text.startswith(head) and text.endswith(");\n")
        return json.loads(text[len(head) : -3])

    def parts(self, kind):
        """Return every shard of a kind, in order."""
        return [self.load(f"{kind}-{at:02d}") for at in range(len(self.index["bounds"][kind]))]

    @cached_property
    def index(self):
        return self.load("index")

    @cached_property
    def results(self):
        """Return every result as a dictionary, in order."""
        found = []
        for part in self.parts("results"):
            before = ""
            for same, rest, statistic, length, value, n, members, *codes in part["rows"]:
                before = before[:same] + rest
                texts = [part["texts"][code] for code in codes]
                names = ("method", "visit", "group", "comparison", "unit", "warning", "error", "reason")
                job = self.index["jobs"][self.run(len(found))]
                found.append(
                    dict(zip(names, texts, strict=True))
                    | {"result_id": before, "statistic": statistic or before[len(before) - length :]}
                    | {"value": value, "n": n, "members": members}
                    | {"analysis": job[0], "endpoint": job[1] if job[1] != "study" else ""}
                )
        return found

    def run(self, at):
        """Return the job of a result."""
        runs = self.index["runs"]
        return runs[bisect_right([start for start, _ in runs], at) - 1][1]

    @cached_property
    def members(self):
        """Return the records of each set, and from how many raw rows they came."""
        return [(numbers(text), raw) for part in self.parts("members") for text, raw in part]

    @cached_property
    def records(self):
        """Return every record: key as records.csv has it, cells by column, places with the texts shown."""
        found = []
        starts = [start for *_, start in self.index["groups"]]
        for part in self.parts("records"):
            texts = part["texts"]
            for subject, number, cells, places in part["rows"]:
                code, dataset, _ = self.index["groups"][bisect_right(starts, len(found)) - 1]
                values = [texts[cell] for cell in cells]
                aseq = f"{texts[number]}.0" if texts[number] else ""
                found.append(
                    {
                        "key": (code, texts[subject], aseq),
                        "cells": dict(zip(self.index["columns"][dataset], values, strict=True)),
                        "places": [
                            {
                                "role": texts[role],
                                "place": (*self.raw[raw]["place"], texts[column]),
                                "texts": pairs([texts[one] for one in shown]),
                            }
                            for role, column, raw, shown in places
                        ],
                    }
                )
        return found

    @cached_property
    def raw(self):
        """Return every raw row: place, cells, queries and records."""
        places = [
            (file, sheet, str(row))
            for file, sheet, _, _, rows, _, _ in self.index["files"]
            for row in numbers(rows)
        ]
        found = []
        for part in self.parts("raw"):
            texts = part["texts"]
            for cells, queries, made in part["rows"]:
                found.append(
                    {
                        "place": places[len(found)],
                        "cells": [
                            {
                                "column": texts[column],
                                "fate": texts[fate],
                                "rule": texts[rule],
                                "name": texts[name],
                                "by": (*places[by[0]], texts[by[1]]) if by else None,
                                "texts": pairs([texts[one] for one in shown]),
                            }
                            for column, fate, rule, name, by, shown in cells
                        ],
                        "queries": [[texts[one] for one in asked] for asked in queries],
                        "records": [at for at, *_ in made],
                    }
                )
        assert len(found) == len(places)
        return found

    @cached_property
    def touch(self):
        """Return the results that stand on each set."""
        return [numbers(text) for text in self.load("touch")]

    def touched(self, row):
        """Return the ids of the results that stand on the records of a raw row; whole subjects stand for theirs."""
        wanted = set()
        subjects = dict(zip(self.index["subjects"], self.index["of_subject"], strict=True))
        for at in row["records"]:
            code, subject, _ = self.records[at]["key"]
            wanted |= {at} if code else set(numbers(subjects[subject]))
        return {
            self.results[one]["result_id"]
            for (members, _), results in zip(self.members, self.touch, strict=True)
            if wanted & set(members)
            for one in results
        }


def pairs(texts):
    """Return names and texts that stand in turn as pairs."""
    return list(zip(texts[::2], texts[1::2], strict=True))
