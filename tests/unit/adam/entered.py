"""The committed study of analysed data, entered with changes: what the two programs of the room leave."""

import csv
import io
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import read_adam
import take_endpoint
from raw import write_verified
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.files import json_text
from trial.study.load import read_yaml

STUDY = Path(__file__).resolve().parents[2] / "studies" / "analysed"


def config():
    """Return the content of the study's configuration, to be changed."""
    return deepcopy(read_yaml(STUDY / "config.yaml"))


def rows_of(name):
    """Return the rows of one of the study's files as dictionaries, to be changed."""
    text = (STUDY / "data" / "raw" / "adam" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def as_csv(rows):
    """Return rows as the text of a CSV file."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@dataclass(frozen=True)
class Entered:
    """Where the programs left their tables."""

    folder: Path

    def table(self, name):
        """Return a table as text."""
        return pd.read_csv(self.folder / name, dtype=str, keep_default_na=False)

    def asked(self, *names):
        """Return (rule, subject, row, column, found) of every question, in the order asked."""
        files = names or ("queries.csv", "HBA1C.queries.csv", "HOMAIR.queries.csv")
        book = pd.concat([self.table(name) for name in files])
        return list(book[["RULE", "SUBJECT", "ROW", "COLUMN", "FOUND"]].itertuples(index=False, name=None))


def write_raw(folder, files):
    """Write the raw files of a study: those given (name: text or bytes), the committed ones for the rest."""
    raw = folder / "raw" / "adam"
    raw.mkdir(parents=True)
    for name in ("adsl.csv", "adlb.csv"):
        (raw / name).write_bytes((STUDY / "data" / "raw" / "adam" / name).read_bytes())
    for name, content in files.items():
        (raw / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "raw"


def enter(folder, content=None, files=None, cut="2021-09-30"):
    """Run both programs on the study with a changed configuration and changed files."""
    study = load_study(content or config())
    slices = slice_study(study)
    for name, part in slices.items():
        (folder / f"{name}.json").write_text(json_text(part.model_dump(mode="json")), encoding="utf-8")
    raw = write_raw(folder, files or {})
    write_verified(folder / "lock.json", raw, cut)
    outputs = ("adsl", "populations", "records", "queries", "accounting")
    written = [part for name in outputs for part in (f"--{name}", str(folder / f"{name}.csv"))]
    paths = {"spec": folder / "read_adam.json", "lock": folder / "lock.json", "raw": raw}
    paths["unblinded"] = folder / "UNBLINDED.csv"
    given = [f"--{name}={path}" for name, path in paths.items()]
    read_adam.main([*given, *written])
    for code in study.endpoints:
        given = ("--records", str(folder / "records.csv"), "--adsl", str(folder / "adsl.csv"))
        parts = [
            part
            for name in ("adlb", "lineage", "queries", "absence")
            for part in (f"--{name}", str(folder / f"{code}.{name}.csv"))
        ]
        take_endpoint.main(["--spec", str(folder / f"take_endpoint.{code}.json"), *given, *parts])
    return Entered(folder)
