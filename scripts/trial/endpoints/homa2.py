"""HOMA2 by a licensed user of the calculator: what goes out, and what may come back.

The model is neither computed nor approximated here. Its calculator returns numbers also for inputs
outside its range, so that the range is screened before the export and again at the import.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from trial.endpoints.config import FromIndex, Homa2, IndexRules
from trial.endpoints.draws import PLACE
from trial.endpoints.indices import PMOL_C_PEPTIDE
from trial.endpoints.records import draw_inputs, explain_draws, mark_fasting
from trial.endpoints.schema import HOMA2, HOMA2_INPUT, HOMA2_LINEAGE
from trial.study.errors import DataError
from trial.study.files import json_text

GLUCOSE_OUT_OF_RANGE, PARTNER_OUT_OF_RANGE = "GLUCOSE_OUT_OF_RANGE", "PARTNER_OUT_OF_RANGE"
DIGITS = 4  # decimals of the inputs as they are handed over; the range is judged on the same number
RETURNED = ("KEY", "PERCENT_B", "PERCENT_S", "IR", "VERSION")
NUMBERS = ("PERCENT_B", "PERCENT_S", "IR")
_NUMBER = re.compile(r"\d+(\.\d+)?")


def export_inputs(
    labs: pd.DataFrame, adsv: pd.DataFrame, fasting_hours: float | None, rules: IndexRules, spec: Homa2
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per draw of glucose, the calculator's inputs or why there are none, and the lineage.

    Parameters
    ----------
    labs, adsv : DataFrame
        Usable results and visits; draws pair as for every index.
    fasting_hours : float or None
        Fewer hours fasted make a sample not fasting.
    rules : IndexRules
    spec : Homa2

    Returns
    -------
    inputs : DataFrame
        Columns `HOMA2_INPUT`; GLUCOSE in mmol/L, PARTNER in pmol/L (insulin) or nmol/L (C-peptide),
        replicates averaged, rounded to `DIGITS` decimals. REASON is empty where IN_RANGE is Y.
    lineage : DataFrame
        Columns `HOMA2_LINEAGE`: the raw results behind each row.
    """
    source = FromIndex(
        index="HOMA2",
        inputs={"glucose": spec.glucose, "partner": spec.partner},
        fasting=spec.fasting,
        specimens=spec.specimens,
    )
    analytes = {"glucose": spec.glucose, "partner": spec.partner}
    draws = draw_inputs(mark_fasting(labs, adsv, fasting_hours), analytes, source, rules)
    reason = explain_draws(draws, analytes)
    complete = reason == ""
    glucose = pd.Series(draws.mean("glucose"), reason.index).where(complete).map(_rounded)
    partner = pd.Series(draws.mean("partner") * _factor(spec), reason.index).where(complete).map(_rounded)
    screened = [_screen(g, p, spec) for g, p in zip(glucose[complete], partner[complete], strict=True)]
    reason[complete] = screened
    table = pd.DataFrame({
        "USUBJID": draws.heads["USUBJID"], "DRAW": draws.heads["COLLECTED"], "GLUCOSE": glucose,
        "PARTNER": partner, "KIND": spec.partner_kind, "REASON": reason,
    })  # fmt: skip
    table["IN_RANGE"] = np.where(reason == "", "Y", "N")
    sources = draws.sources()
    table["KEY"] = _keys(table, sources)
    lineage = sources.assign(KEY=sources["DRAW"].map(table["KEY"]), ROLE=sources["ANALYTE"])
    return table[list(HOMA2_INPUT)], lineage[list(HOMA2_LINEAGE)]


def read_results(text: str, inputs: pd.DataFrame, spec: Homa2, where: str) -> pd.DataFrame:
    """Return the calculator's results after checking them against what was exported.

    Parameters
    ----------
    text : str
        A CSV table with the columns `RETURNED`, numbers with a decimal point.
    inputs : DataFrame
        The export, columns `HOMA2_INPUT`.
    spec : Homa2
    where : str
        How errors call the file.

    Returns
    -------
    DataFrame
        Columns `HOMA2`, in the order of the export.

    Raises
    ------
    DataError
        If the table has other columns, a key is missing, unknown, repeated or was exported as not
        computable, a value is no positive number, the version is another, IR is not 100 / PERCENT_S,
        or results contradict their inputs' order. Numbers agree if some pair of numbers that would
        have been printed so agrees: half a unit of the last printed digit either way.
    """
    rows = _parse(text, where)
    sent = inputs.set_index("KEY")
    _refuse(
        where,
        "the keys are not those that were exported",
        _find_keys(rows, sent),
        "return each row of results/homa2/homa2_input.csv with IN_RANGE Y once, and no other",
    )
    _refuse(
        where,
        f"expected the version '{spec.calculator}' of homa2.calculator",
        _find_versions(rows, spec),
        "compute all rows with that version, or mend homa2.calculator and its ranges",
    )
    _refuse(
        where,
        "expected positive numbers with a decimal point",
        _find_no_numbers(rows),
        "return the numbers as the calculator prints them",
    )
    _refuse(
        where,
        "IR is not 100 / PERCENT_S within the printed digits",
        _find_other_ir(rows),
        "look for exchanged columns or rows",
    )
    table = _join(rows, sent)
    order = [*_find_rising(table, "GLUCOSE", "PARTNER", "PERCENT_S"),
             *_find_rising(table, "PARTNER", "GLUCOSE", "PERCENT_B")]  # fmt: skip
    _refuse(where, "results contradict the order of their inputs", order, "look for exchanged rows")
    return table[list(HOMA2)].astype(dict.fromkeys(NUMBERS, float))


def _keys(table: pd.DataFrame, sources: pd.DataFrame) -> list[str]:
    """Return the name of each draw, made of its inputs and the raw results behind them.

    A result that comes back is thereby one of exactly these inputs: after a correction the key is another.
    It starts with a letter because a spreadsheet takes hexadecimal digits for a number.
    """
    rows = {draw: part[["ANALYTE", *PLACE]].to_numpy().tolist() for draw, part in sources.groupby("DRAW")}
    inputs = table[["USUBJID", "DRAW", "GLUCOSE", "PARTNER", "KIND"]].to_dict("records")
    texts = [
        json_text({"inputs": given, "rows": rows[draw]})
        for draw, given in zip(table.index, inputs, strict=True)
    ]
    return ["K" + sha256(text.encode("utf-8")).hexdigest()[:15] for text in texts]


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)


def _factor(spec: Homa2) -> float:
    """Return pmol/L per microunit/mL of insulin, or nmol/L per ng/mL of C-peptide."""
    return PMOL_C_PEPTIDE / 1000.0 if spec.insulin_factor is None else spec.insulin_factor


def _screen(glucose: float, partner: float, spec: Homa2) -> str:
    """Return which inputs the calculator does not accept."""
    checks = {
        GLUCOSE_OUT_OF_RANGE: (glucose, spec.ranges.glucose),
        PARTNER_OUT_OF_RANGE: (partner, spec.ranges.partner),
    }
    return ";".join(code for code, (value, (low, high)) in checks.items() if not low <= value <= high)


def _parse(text: str, where: str) -> list[dict[str, str]]:
    """Return the rows as stripped text with their line in LINE."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, header = [], None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if header is None:
                header = cells
                _check_header(header, where)
            elif any(cells) and len(cells) != len(header):
                found = f"expected {len(header)} cells, found {len(cells)}"
                raise DataError(f"{where}, line {reader.line_num}", found, hint="mend the row")
            elif any(cells):
                rows.append(dict(zip(header, cells, strict=True)) | {"LINE": str(reader.line_num)})
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}", f"not a row of a CSV table: {error}",
                        hint="look at the quotation marks") from None  # fmt: skip
    if header is None:
        raise DataError(where, "the file is empty", hint=f"give the columns {', '.join(RETURNED)}")
    return rows


def _check_header(header: list[str], where: str) -> None:
    if sorted(header) != sorted(RETURNED):
        raise DataError(
            f"{where}, line 1",
            f"expected the columns {', '.join(RETURNED)}, found {', '.join(header)}",
            hint="give these columns, separated by commas",
        )


def _refuse(where: str, problem: str, offenders: Sequence[str], hint: str) -> None:
    if offenders:
        raise DataError(where, problem, offenders, hint)


def _find_keys(rows: list[dict[str, str]], sent: pd.DataFrame) -> list[str]:
    counts = Counter(row["KEY"] for row in rows)
    asked = sent.index[sent["IN_RANGE"] == "Y"]
    reasons = dict(zip(sent.index, sent["REASON"], strict=True))
    found = [f"{key}: missing" for key in map(str, asked) if key not in counts]
    for row in {row["KEY"]: row for row in rows}.values():
        key, place = row["KEY"], f"line {row['LINE']}, {row['KEY'] or 'empty key'}"
        if key not in sent.index:
            found.append(f"{place}: unknown")
        elif key not in asked:
            found.append(f"{place}: not to be computed ({reasons[key]})")
        elif counts[key] > 1:
            found.append(f"{place}: stands {counts[key]} times")
    return found


def _find_versions(rows: list[dict[str, str]], spec: Homa2) -> list[str]:
    return [f"{_place(row)}: '{row['VERSION']}'" for row in rows if row["VERSION"] != spec.calculator]


def _find_no_numbers(rows: list[dict[str, str]]) -> list[str]:
    return [
        f"{_place(row)}: {name} '{row[name]}'"
        for row in rows
        for name in NUMBERS
        if not _NUMBER.fullmatch(row[name]) or float(row[name]) <= 0.0
    ]


def _find_other_ir(rows: list[dict[str, str]]) -> list[str]:
    found = []
    for row in rows:
        (s_low, s_high), (low, high) = _ends(row["PERCENT_S"]), _ends(row["IR"])
        if 100.0 / s_low < low or 100.0 / s_high > high:
            found.append(f"{_place(row)}: PERCENT_S {row['PERCENT_S']}, IR {row['IR']}")
    return found


def _find_rising(table: pd.DataFrame, same: str, rising: str, result: str) -> list[str]:
    """Return rows whose result lies above that of a row with the same, and no larger, inputs."""
    found = []
    for _, group in table.groupby(same):
        lowest, before = np.inf, ""
        # Of equal inputs the smaller result stands first, so that another result is found too.
        for row in sorted(group.to_dict("records"), key=lambda row: (row[rising], float(row[result]))):
            low, high = _ends(row[result])
            if low > lowest:
                found.append(
                    f"{_place(row)}: {result} {row[result]} is above that of {before}, at the same {same}"
                    f" and no less {rising}"
                )
            elif high < lowest:
                lowest, before = high, row["KEY"]
    return found


def _ends(printed: str) -> tuple[float, float]:
    """Return the smallest and largest number that is printed so."""
    half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    slack = 1e-9 * float(printed)
    return float(printed) - half - slack, float(printed) + half + slack


def _join(rows: list[dict[str, str]], sent: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of the export with its columns; results are still text."""
    returned = pd.DataFrame(rows, columns=[*RETURNED, "LINE"]).set_index("KEY")
    return sent[sent["IN_RANGE"] == "Y"].join(returned).reset_index()


def _place(row: Any) -> str:
    return f"line {row['LINE']}, {row['KEY']}"
