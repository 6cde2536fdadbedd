"""What must hold of a mutated export: books that add up, records with a reason, no identifier, no traceback."""

import csv
import io
import random
import signal
import traceback
from pathlib import Path

import pandas as pd

from raw import raw_of
from trial.endpoints.adlb import EndpointData, derive_endpoint
from trial.endpoints.collect import collect_adlb
from trial.endpoints.config_plan import CollectAdlbSpec, CollectedEndpoint
from trial.endpoints.config_visits import Selection
from trial.labs.clean import CleanedLabs, clean
from trial.labs.rules import RULES
from trial.labs.text import clean_text
from trial.study.errors import TrialError
from unit.endpoints import build
from unit.labs import truth as truth_of

LIMIT_SECONDS = 10
FATES = {"used", "superseded", "quarantined"}


class HangError(Exception):
    """The run took longer than the limit."""


def judge(folder: Path, source: dict[str, object], screened: frozenset[str] = frozenset()) -> str:
    """Return ``""`` for a mutant that passes, else what is wrong; and the kind of outcome before a ``:``.

    `screened`: subjects who failed at screening.
    """
    people = {truth_of.subject(person) for person in range(len(truth_of.PEOPLE))}
    signal.signal(signal.SIGALRM, _raise_hang)
    signal.alarm(LIMIT_SECONDS)
    try:
        cleaned = clean(truth_of.make_spec(source), raw_of(folder), truth_of.key(), people, screened)
    except TrialError as error:
        return judge_error(error.text(), folder, source)
    except HangError:
        return f"hang: more than {LIMIT_SECONDS} s"
    except Exception:
        return f"traceback: {traceback.format_exc()}"
    finally:
        signal.alarm(0)
    if screened & {*cleaned.labs["USUBJID"]}:
        return "screening failure used: " + ", ".join(sorted(screened))
    return judge_books(cleaned, folder, source) or judge_records(
        cleaned, random.Random(len(cleaned.accounting))
    )


def judge_records(cleaned: CleanedLabs, rng: random.Random) -> str:
    """Return what is wrong with the analysis data of the results, by a selection drawn at random."""
    labs = cleaned.labs
    subjects = build.adsl(*[rng.choice(["2019-05-14", "2019-06-30", ""]) for _ in truth_of.PEOPLE])
    subjects = subjects.assign(USUBJID=[truth_of.subject(at) for at in range(len(subjects))], DISCDT="")
    selection = Selection(
        visit=rng.choice(["window", "export"]), tie=rng.choice(["later", "earlier"]),
        baseline=rng.choice(["last on or before index date", "flag of the export"]),
        after_baseline=rng.choice(["closest to target day", "flag of the export"]),
        scheduled_first=rng.random() < 0.5,
    )  # fmt: skip
    plans = [build.spec(build.measured(code, "any"), code, "1") for code in truth_of.UNITS]
    plans.append(build.spec(build.homa(), "HOMAIR", "1"))
    parts = []
    try:
        for plan in plans:
            parts.append(
                derive_endpoint(
                    labs,
                    subjects,
                    build.ADSV,
                    build.NOTHING_ASKED,
                    plan.model_copy(update={"selection": selection}),
                )
            )
        named = tuple(
            CollectedEndpoint(paramcd=plan.paramcd, number=at, param=plan.paramcd, unit_label="")
            for at, plan in enumerate(plans, 1)
        )
        flags = ("ENRLFL", "FASFL", "SAFFL")
        data = collect_adlb(
            parts, subjects, CollectAdlbSpec(endpoints=named, flags=flags, population="FASFL")
        )
    except Exception:
        return f"traceback: {selection} {traceback.format_exc()}"
    return judge_adlb(data, labs)


def judge_adlb(data: EndpointData, labs: pd.DataFrame) -> str:
    """Return what is wrong with the records of all endpoints: none lost, each with its reason, one per visit."""
    adlb = data.adlb
    for code in truth_of.UNITS:
        if (adlb["PARAMCD"] == code).sum() != (labs["ANALYTE"] == code).sum():
            return f"record lost: {code}"
    analysed = adlb[adlb["ANL01FL"] == "Y"]
    if analysed.duplicated(["PARAMCD", "USUBJID", "AVISIT"]).any():
        return "record twice: two stand for one visit"
    if ((adlb["ANL01FL"] != "Y") & (adlb["REASON"] == "")).any():
        return "record without a reason"
    if (analysed["AVISIT"] == "").any() or analysed["AVAL"].isna().any():
        return "record of no visit or without a value is analysed"
    text = "\n".join(
        str(cell) for table in (adlb, data.queries) for column in table for cell in pd.unique(table[column])
    )
    return f"identifier in the outputs: {holds_identifier(text)}" if holds_identifier(text) else ""


def judge_error(text: str, folder: Path, source: dict[str, object]) -> str:
    """Return what is wrong with an error message."""
    names = [path.name for path in folder.iterdir()]
    if not any(name in text for name in names) and not text.startswith(str(source["label"])):
        return f"message without a file: {text}"
    return f"identifier in the message: {text}" if holds_identifier(text) else ""


def judge_books(cleaned: CleanedLabs, folder: Path, source: dict[str, object]) -> str:
    """Return what is wrong with the books."""
    book = cleaned.accounting
    place = book["FILE"] + "#" + book["SHEET"] + "#" + book["ROW"] + "#" + book["COLUMN"]
    if place.duplicated().any():
        return f"a raw row has two fates: {place[place.duplicated()].tolist()[:3]}"
    if not set(book["FATE"]) <= FATES or not set(book["RULE"]) <= {*RULES, ""}:
        return f"unknown fate or rule: {set(book['FATE'])} {set(book['RULE'])}"
    if (book["FATE"] == "used").sum() != len(cleaned.labs):
        return "used rows and results differ in number"
    by = book["BY_FILE"] + "#" + book["BY_SHEET"] + "#" + book["BY_ROW"] + "#" + book["BY_COLUMN"]
    if not set(by) - {"###"} <= set(place):
        return "a superseding record does not exist"
    if ((book["FATE"] == "superseded") != (by != "###")).any():
        return "superseded without a successor"
    counted = count_rows(folder, source)
    if counted is not None and counted != len(book):
        return f"{counted} raw rows in the files, {len(book)} fates"
    tables = (cleaned.labs, cleaned.queries, cleaned.accounting, cleaned.quality)
    text = "\n".join(str(cell) for table in tables for column in table for cell in pd.unique(table[column]))
    return f"identifier in the outputs: {holds_identifier(text)}" if holds_identifier(text) else ""


def count_rows(folder: Path, source: dict[str, object]) -> int | None:
    """Count raw rows apart from the intake's own reader; None where that needs a reader as large as it."""
    table: dict = source["table"]  # type: ignore[assignment,type-arg]
    if table["type"] != "delimited":
        return None
    total = 0
    for path in folder.iterdir():
        codec = {"windows-1258": "cp1258", "utf-8": "utf-8-sig"}.get(table["encoding"], table["encoding"])
        text = path.read_bytes().decode(codec).lstrip("\ufeff")
        delimiter = "\t" if table["delimiter"] == "tab" else table["delimiter"]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        before = 0
        for cells in reader:
            start, before = before + 1, reader.line_num
            if start > max(table["header_rows"]) and any(clean_text(cell) for cell in cells):
                total += 1
    return total * max(len(source.get("measures", ())), 1)  # type: ignore[arg-type]


def holds_identifier(text: str) -> str:
    """Return the first identifier of the truth that stands in a text."""
    folded = text.casefold()
    for person, name in enumerate(truth_of.PEOPLE):
        number = truth_of.hospital_number(person)
        for one in (name.casefold(), number.lstrip("0"), truth_of.PHONE):
            if one in folded:
                return one
    return ""


def _raise_hang(*_: object) -> None:
    raise HangError
