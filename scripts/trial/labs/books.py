"""The books: usable results, questions that a site could answer, one fate per raw row."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from trial.labs.ledger import NOBODY, Ledger
from trial.labs.raw import Note
from trial.labs.rules import ANALYTE, DRAW, KEPT, QUARANTINED, RECORD, RULES, SUPERSEDED, USED
from trial.labs.schema import ACCOUNTING, LABS, QUERIES
from trial.study.books import SUCCESSOR
from trial.study.identity import about, fingerprint
from trial.study.privacy import WITHHELD, Identifiers

LONGEST = 120
ASKED = ("RECORD", "RULE", "ANALYTE", "FOUND", "ABOUT", "UNDER")
NOTHING_ASKED = pd.DataFrame({name: [] for name in ASKED}, dtype=object)
# What names a record, and what it says; barcodes and times are long numbers by nature.
NAMED = ("USUBJID", "ANALYTE", "DAY")
LONG_NUMBERS = ("COLLECTED", "ACCESSION")
CONTENT = (
    "VALUE_RAW", "UNIT_RAW", "WORD", *LONG_NUMBERS, "VISIT_RAW", "STATUS", "QUALITY", "SPECIMEN", "FASTING",
    "METHOD", "BATCH", "REFERENCE", "FLAG", "MARK",
)  # fmt: skip
ALWAYS_TOLD = {"SIGNED_CORRECTION", "FACTOR_CHANGES"}


def list_results(frame: pd.DataFrame, ledger: Ledger, identifiers: Identifiers) -> pd.DataFrame:
    """Return the used records, columns `LABS` but ANRSRC, sorted by subject, analyte, time and place."""
    rows = np.flatnonzero(ledger.open)
    used = frame.iloc[rows]
    labs = {name: used[name].to_numpy() for name in LABS if name in used and name != "ROW"}
    labs["ROW"] = used["ROW"].astype(str).to_numpy(dtype=object)
    labs["FLAGS"] = _flags(ledger, rows)
    for name in ("VALUE_RAW", "WORD", "UNIT_RAW", "VISIT_RAW", "METHOD", "BATCH", "SHEET"):
        labs[name] = identifiers.withhold(labs[name], prose=True)
    labs["ACCESSION"] = identifiers.withhold(labs["ACCESSION"], prose=False)
    table = pd.DataFrame(labs)[[name for name in LABS if name != "ANRSRC"]]
    order = _order(used, ["USUBJID", "ANALYTE", "COLLECTED", "FILE", "SHEET", "ROW", "COLUMN"])
    return table.iloc[order].reset_index(drop=True)


def keep_books(
    frame: pd.DataFrame, ledger: Ledger, notes: Sequence[tuple[str, Note]], identifiers: Identifiers
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return queries and accounting."""
    fate = _fates(ledger)
    place = _places(frame, identifiers)
    accounting = place.assign(
        FATE=pd.Series(fate, dtype=object), RULE=pd.Series(ledger.rule, dtype=object),
        SUBJECT=frame["USUBJID"], ANALYTE=frame["ANALYTE"], DATE=frame["DAY"],
        ITEM=_items(frame, identifiers), **_successors(place, ledger),
    )[list(ACCOUNTING)]  # fmt: skip
    return _list_queries(frame, ledger, fate, place, notes, identifiers), accounting


def _fates(ledger: Ledger) -> np.ndarray:
    fate_of = {"": USED} | {code: rule.fate for code, rule in RULES.items()}
    codes, rules = pd.factorize(ledger.rule)
    return np.array([fate_of[rule] for rule in rules], dtype=object)[codes]


def _places(frame: pd.DataFrame, identifiers: Identifiers) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "SOURCE": frame["SOURCE"],
            "FILE": frame["FILE"],
            "SHEET": pd.Series(
                identifiers.withhold(frame["SHEET"].to_numpy(dtype=object), prose=True), dtype=object
            ),
            "ROW": pd.Series(frame["ROW"].astype(str).to_numpy(dtype=object), dtype=object),
            "COLUMN": frame["COLUMN"],
        }
    )


def _items(frame: pd.DataFrame, identifiers: Identifiers) -> pd.Series:
    """Return what tells rows apart by content that lack a subject, an analyte or a date."""
    item = np.full(len(frame), "", dtype=object)
    named = np.logical_and.reduce([frame[name].to_numpy(dtype=object) != "" for name in NAMED])
    rows = np.flatnonzero(~named)
    item[rows] = [fingerprint(texts) for texts in _contents(frame, rows, identifiers)]
    return pd.Series(item, dtype=object)


def _contents(frame: pd.DataFrame, rows: np.ndarray, identifiers: Identifiers) -> list[tuple[str, ...]]:
    """Return what each of some records says, without identifiers."""
    mine = frame.iloc[rows]
    texts = [
        identifiers.withhold(mine[name].to_numpy(dtype=object), prose=name not in LONG_NUMBERS)
        for name in CONTENT
    ]
    return list(zip(*texts, strict=True))


def _successors(place: pd.DataFrame, ledger: Ledger) -> dict[str, pd.Series]:
    """Return the place of the record that stands for each superseded one."""
    superseded = np.flatnonzero(ledger.by != NOBODY)
    found = {}
    for name, column in SUCCESSOR.items():
        by = np.full(len(place), "", dtype=object)
        by[superseded] = place[name].to_numpy(dtype=object)[ledger.by[superseded]]
        found[column] = pd.Series(by, dtype=object)
    return found


def _flags(ledger: Ledger, rows: np.ndarray) -> np.ndarray:
    """Return the flags of each record joined by ``;``."""
    joined = np.full(len(rows), "", dtype=object)
    for code in sorted(ledger.flags):
        hit = np.flatnonzero(ledger.flags[code][rows])
        joined[hit] = [f"{text};{code}" if text else code for text in joined[hit]]
    return joined


def _list_queries(
    frame: pd.DataFrame, ledger: Ledger, fate: np.ndarray, place: pd.DataFrame,
    notes: Sequence[tuple[str, Note]], identifiers: Identifiers,
) -> pd.DataFrame:  # fmt: skip
    parts = [_asked(*ask, frame, fate, identifiers) for ask in _by_rule(ledger)]
    asked = pd.concat(parts, ignore_index=True) if parts else NOTHING_ASKED
    rows = asked["RECORD"].to_numpy(dtype=np.int64)
    queries = pd.DataFrame(
        {
            "SUBJECT": frame["USUBJID"].to_numpy(dtype=object)[rows],
            "ANALYTE": asked["ANALYTE"].to_numpy(dtype=object),
            "DATE": frame["DAY"].to_numpy(dtype=object)[rows],
            "RULE": asked["RULE"].to_numpy(dtype=object),
            "FOUND": asked["FOUND"].to_numpy(dtype=object),
            "QUESTION": [RULES[rule].question for rule in asked["RULE"]],
            "DONE": _done(ledger, fate, place, rows),
            **{name: place[name].to_numpy(dtype=object)[rows] for name in place},
            "ABOUT": asked["ABOUT"].to_numpy(dtype=object),
            "UNDER": asked["UNDER"].to_numpy(dtype=object),
        },
        dtype=object,
    )
    queries = pd.concat([queries, _note_queries(notes, identifiers)], ignore_index=True)
    queries["FOUND"] = np.array([text[:LONGEST] for text in queries["FOUND"]], dtype=object)
    order = _order(
        queries.assign(LINE=pd.to_numeric(queries["ROW"], errors="coerce").fillna(0)),
        ["SUBJECT", "ANALYTE", "DATE", "FILE", "SHEET", "LINE", "COLUMN", "RULE"],
    )
    return queries.iloc[order].reset_index(drop=True)[list(QUERIES)]


def _by_rule(ledger: Ledger) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield rule, records and what was found, all asks of a rule together."""
    for rule in sorted({ask.rule for ask in ledger.asks}):
        mine = [ask for ask in ledger.asks if ask.rule == rule]
        yield rule, np.concatenate([ask.records for ask in mine]), np.concatenate([ask.found for ask in mine])


def _asked(
    rule: str, records: np.ndarray, found: np.ndarray, frame: pd.DataFrame, fate: np.ndarray,
    identifiers: Identifiers,
) -> pd.DataFrame:  # fmt: skip
    """Return the queries of one rule: record and what was found, one per cause where the rule says so."""
    if RULES[rule].fate == KEPT and rule not in ALWAYS_TOLD:
        # What is not used need not be asked about twice.
        used = fate[records] == USED
        records, found = records[used], found[used]
    if not len(records):
        return NOTHING_ASKED
    contents = _contents(frame, records, identifiers)
    if RULES[rule].per == RECORD:
        shown = np.where(RULES[rule].secret, "", identifiers.withhold(found, prose=True))
        analytes = frame["ANALYTE"].to_numpy(dtype=object)[records]
        names = _columns(frame, records, "FILE", *NAMED, "COLUMN")
        return _rows(rule, records, analytes, shown, names, [fingerprint(texts) for texts in contents])
    cause = _causes(rule, records, found, frame)
    codes = cause.groupby(list(cause.columns), sort=False).ngroup().to_numpy()
    at = np.unique(codes, return_index=True)[1]
    under = _under(codes, contents)
    if RULES[rule].per == DRAW:
        shown = identifiers.withhold(_together(codes, found), prose=True)
        analytes = _together(codes, frame["ANALYTE"].to_numpy(dtype=object)[records], ", ")
    else:
        texts = identifiers.withhold(found[at], prose=True)
        counted = zip(texts, np.bincount(codes).tolist(), strict=True)
        shown = np.array([_counted(rule, str(text), count) for text, count in counted], dtype=object)
        analytes = frame["ANALYTE"].to_numpy(dtype=object)[records[at]]
    return _rows(
        rule,
        records[at],
        analytes,
        shown,
        _about_several(rule, records[at], found[at], frame, identifiers),
        under,
    )


def _rows(
    rule: str, records: np.ndarray, analytes: np.ndarray, found: np.ndarray, names: Sequence[str],
    under: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    return pd.DataFrame(
        dict(zip(ASKED, (records, rule, analytes, found, names, under), strict=True)), dtype=object
    )


def _about_several(
    rule: str, records: np.ndarray, found: np.ndarray, frame: pd.DataFrame, identifiers: Identifiers
) -> list[str]:
    """Return what names each question about several records, by the first of them.

    A draw is named by its subject, time and visit, else barcode, else what it says; a text by itself, and one
    that is an identifier by what its first row says.
    """
    if RULES[rule].per == DRAW:
        moment = _columns(frame, records, "COLLECTED")
        moment = [
            time or code for time, code in zip(moment, _columns(frame, records, "ACCESSION"), strict=True)
        ]
        draws = _columns(frame, records, "FILE", "USUBJID", "VISIT_RAW")
        said = identifiers.withhold(found, prose=True)
        return [about(draw, time or text) for draw, time, text in zip(draws, moment, said, strict=True)]
    if RULES[rule].secret:
        return [
            about(first, fingerprint(texts))
            for first, texts in zip(
                _columns(frame, records, "SOURCE"), _contents(frame, records, identifiers), strict=True
            )
        ]
    names = ("SOURCE", "ANALYTE") if RULES[rule].per == ANALYTE else ("SOURCE",)
    texts = identifiers.withhold(found, prose=True)
    return [about(*pair) for pair in zip(_columns(frame, records, *names), texts, strict=True)]


def _columns(frame: pd.DataFrame, records: np.ndarray, *names: str) -> list[str]:
    """Return the texts of some columns of each record as one."""
    mine = [frame[name].to_numpy(dtype=object)[records] for name in names]
    return [about(*texts) for texts in zip(*mine, strict=True)]


def _under(codes: np.ndarray, contents: Sequence[tuple[str, ...]]) -> list[str]:
    """Return digits of what the records of each group say, in whatever order they stand."""
    said: list[list[str]] = [[] for _ in range(int(codes.max()) + 1)]
    for code, texts in zip(codes.tolist(), contents, strict=True):
        said[code].append(fingerprint(texts))
    return [fingerprint(sorted(group)) for group in said]


def _causes(rule: str, records: np.ndarray, found: np.ndarray, frame: pd.DataFrame) -> pd.DataFrame:
    """Return what each record is asked about with others: equal rows are one query."""
    cause = pd.DataFrame({"SOURCE": frame["SOURCE"].to_numpy()[records]})
    if RULES[rule].per == ANALYTE:
        cause["ANALYTE"] = frame["ANALYTE"].to_numpy()[records]
    if RULES[rule].per != DRAW:
        return cause.assign(FOUND=found)
    mine = frame.iloc[records].reset_index(drop=True)
    place = mine["FILE"] + "#" + mine["SHEET"] + "#" + mine["ROW"].astype(str)
    # A draw without a readable time is known by the text of its date, else by its barcode, else by its row.
    untimed = mine["ACCESSION"].where(mine["ACCESSION"] != "", place) if rule == "NO_DATE" else found
    moment = mine["COLLECTED"].where(mine["COLLECTED"] != "", untimed)
    return cause.assign(USUBJID=mine["USUBJID"], VISIT=mine["VISIT_RAW"], MOMENT=moment)


def _together(codes: np.ndarray, texts: np.ndarray, mark: str = "; ") -> np.ndarray:
    """Return the distinct texts of each group, in order of appearance, as one text."""
    parts: list[dict[str, None]] = [{} for _ in range(int(codes.max()) + 1)]
    for code, text in zip(codes.tolist(), texts, strict=True):
        parts[code][str(text)] = None
    return np.array([mark.join(filter(None, part)) for part in parts], dtype=object)


def _counted(rule: str, text: str, count: int) -> str:
    """Return what was found with the count of rows; identifiers are counted and not shown."""
    what = "one identifier" if RULES[rule].secret else repr(text) if text else "no unit"
    return f"{what} in {count} row{'s' * (count > 1)}"


def _done(ledger: Ledger, fate: np.ndarray, place: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """Return what was done with each record meanwhile."""
    said = {USED: "used as reported", QUARANTINED: "quarantined, not used", SUPERSEDED: ""}
    done = np.array([said[text] for text in fate[rows]], dtype=object)
    behind = np.flatnonzero(fate[rows] == SUPERSEDED)
    by = place.iloc[ledger.by[rows[behind]]]
    done[behind] = [
        f"not used; superseded by {', '.join(filter(None, [file, sheet, f'row {row}', column]))}"
        for file, sheet, row, column in by[list(SUCCESSOR)].itertuples(index=False)
    ]
    return done


def _note_queries(notes: Sequence[tuple[str, Note]], identifiers: Identifiers) -> pd.DataFrame:
    rows = [
        {
            "RULE": note.rule, "FOUND": note.found, "QUESTION": RULES[note.rule].question,
            "DONE": "read" if note.rule.endswith("_READ") and note.rule != "SHEET_NOT_READ" else "not read",
            "SOURCE": source, "FILE": note.file,
            "SHEET": (sheet := WITHHELD if identifiers.holds(note.sheet) else note.sheet),
            "ABOUT": about(note.file, sheet), "UNDER": "",
        }
        for source, note in notes
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(QUERIES), dtype=object).fillna("")


def _order(table: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return the order of rows by the given columns, texts by code point."""
    ranks = []
    for key in keys:
        if table[key].dtype == object:
            codes, texts = pd.factorize(table[key].to_numpy(dtype=object))
            place = np.empty(len(texts), dtype=np.int64)
            place[np.argsort(np.array([str(text) for text in texts], dtype=object), kind="stable")] = (
                np.arange(len(texts))
            )
            ranks.append(place[codes])
        else:
            ranks.append(table[key].to_numpy())
    return np.lexsort(ranks[::-1])
