"""Tests of laboratory results, serology and the kidney near the reference date."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from trial.eligibility.comparisons import within
from trial.eligibility.config_criteria import KidneyTest, LaboratoryTest, SerologyTest, WordTest
from trial.eligibility.evidence import Evidence, deciding, number_text, place_of
from trial.eligibility.kidney import UMOL_PER_MG_DL, filtration_rate
from trial.eligibility.periods import EVER, all_of, any_of, completed_years
from trial.eligibility.subject_file import Record, SubjectFile
from trial.study.text import fold
from trial.subjects.record_files import NEGATIVE, POSITIVE

DECISIVE = (POSITIVE, NEGATIVE)  # any other word, such as a trace or a doubt, decides nothing
RATE = "mL/min/1.73 m²"


def judge_laboratory(test: LaboratoryTest, file: SubjectFile) -> Evidence:
    """Return whether the last result near the reference date keeps the bounds."""
    fitting = [row for row in _near(file, test.analyte) if _serves(row, test.fasting, test.specimens)]
    return _agreed([_judge_result(test, row) for row in _last(fitting)], test.analyte, file)


def judge_word(test: WordTest, file: SubjectFile) -> Evidence:
    """Return whether the last result near the reference date is one of the words, or a number like them."""
    return _agreed([_judge_word(test, row) for row in _last(_near(file, test.analyte))], test.analyte, file)


def judge_serology(test: SerologyTest, file: SubjectFile) -> Evidence:
    """Return whether one of the serological tests has the result."""
    found = [_judge_serology(test, name, file) for name in test.any_of]
    holds = any_of(one.holds for one in found)
    chosen = deciding(found, holds)
    value = "; ".join(f"{name} {one.value or 'none'}" for name, one in zip(test.any_of, found, strict=True))
    return Evidence(holds, value, "", chosen.reason, chosen.place)


def judge_kidney(test: KidneyTest, file: SubjectFile) -> Evidence:
    """Return whether the filtration rate keeps the bounds, whatever the day of birth may be."""
    since, sex = file.since(test.born), str(file.adsl["SEX"])
    if since.first == EVER or not sex:
        return Evidence(None, "", RATE, "age or sex is missing", place_of(file.adsl))
    ages = completed_years(since, file.reference)
    rows = _last(_near(file, test.creatinine))
    return _agreed([_judge_rate(test, row, ages, sex) for row in rows], test.creatinine, file)


def _near(file: SubjectFile, analyte: str) -> list[Record]:
    return [row for row in file.labs if row["ANALYTE"] == analyte and file.is_near(row["COLLECTED"])]


def _serves(row: Record, fasting: str, specimens: Sequence[str]) -> bool:
    """Return whether a result can serve; one of which no specimen is known can."""
    state = {"required": ("Y",), "not contradicted": ("Y", ""), "any": None}[fasting]
    if state is not None and row["FASTING"] not in state:
        return False
    return not specimens or row["SPECIMEN"] in ("", *specimens)


def _last(rows: Sequence[Record]) -> list[Record]:
    """Return the results of the last draw."""
    latest = max((str(row["COLLECTED"]) for row in rows), default="")
    return [row for row in rows if row["COLLECTED"] == latest]


def _agreed(found: Sequence[Evidence], analyte: str, file: SubjectFile) -> Evidence:
    """Return the one answer of the results of a draw; results that contradict each other decide nothing."""
    if not found:
        return Evidence(None, "", "", f"no result of {analyte} that can serve{_when(*file.near)}")
    answers = {one.holds for one in found}
    if len(answers) == 1:
        return found[0]
    chosen = deciding(found, False)
    return Evidence(
        None, chosen.value, chosen.unit, "results of one draw contradict each other", chosen.place
    )


def _when(first: date, last: date) -> str:
    return f" from {first} to {last}" if first != last else f" of {first}"


def _judge_result(test: LaboratoryTest, row: Record) -> Evidence:
    low, high, side = _range(row)
    scale = 1.0
    if test.of == "upper normal":
        scale = float(row["ANRHI"])
        if math.isnan(scale):
            why = "the upper limit of normal is not known"
            return Evidence(None, _shown(row), str(row["UNIT"]), why, place_of(row))
    if math.isnan(low):
        return Evidence(None, str(row["WORD"]), "", "the result is no number", place_of(row))
    holds = within(test, low, high, scale=scale, half_open=side)
    limit = f" (ULN {number_text(scale)})" if test.of == "upper normal" else ""
    why = "" if holds is not None else "the limit of quantification lies beyond the bound"
    return Evidence(holds, _shown(row) + limit, str(row["UNIT"]), why, place_of(row))


def _judge_word(test: WordTest, row: Record) -> Evidence:
    word, value, limit = str(row["WORD"]), float(row["VALUE"]), float(row["ANRHI"])
    if word:
        holds = True if word in test.one_of else False if word in DECISIVE else None
        return Evidence(holds, word, "", "" if holds is not None else "no clear result", place_of(row))
    shown, unit, place = _shown(row), str(row["UNIT"]), place_of(row)
    if test.numbers == "undecided" or math.isnan(limit) or math.isnan(value):
        return Evidence(None, shown, unit, "a number without a limit that decides", place)
    below = value < limit
    return Evidence(below == (test.numbers == "below upper normal"), shown, unit, "", place)


def _judge_serology(test: SerologyTest, name: str, file: SubjectFile) -> Evidence:
    mine = [row for row in file.serology if fold(row["LBTEST"]) == fold(name) and file.is_near(row["LBDT"])]
    latest = max((row["LBDT"] for row in mine), default="")
    rows = [row for row in mine if row["LBDT"] == latest]
    if not rows:
        return Evidence(None, "", "", f"no {name}{_when(*file.near)}")
    answers = [_serological(row["LBSTRESC"], test.result) for row in rows]
    holds = answers[0] if len(set(answers)) == 1 else None
    row = rows[0]
    why = "" if holds is not None else f"{name} has no clear result"
    return Evidence(holds, str(row["LBSTRESC"]), "", why, place_of(row))


def _serological(found: str, wanted: str) -> bool | None:
    return found == wanted if found in DECISIVE else None


def _judge_rate(test: KidneyTest, row: Record, ages: Iterable[int], sex: str) -> Evidence:
    value = float(row["VALUE"])
    if math.isnan(value):
        return Evidence(None, _shown(row), str(row["UNIT"]), "the result is no number", place_of(row))
    creatinine = value / UMOL_PER_MG_DL if row["UNIT"] == "umol/L" else value
    rates = [filtration_rate(test.equation, creatinine, age, sex) for age in ages]
    holds = all_of(within(test, rate, rate) for rate in rates)
    if any(within(test, rate, rate) for rate in rates) and not holds:
        holds = None
    low, high = (number_text(round(rate, 1)) for rate in sorted(rates))
    text = low if low == high else f"{low} to {high}"
    why = "" if holds is not None else "the day of birth decides"
    return Evidence(holds, text, RATE, why, place_of(row))


def _range(row: Record) -> tuple[float, float, str]:
    """Return between which values a result lies, and which end is not possible."""
    sign, limit = row["CENSOR"], float(row["LIMIT"])
    if sign == "<":
        return 0.0, limit, "<"
    if sign == ">":
        return limit, math.inf, ">"
    return float(row["VALUE"]), float(row["VALUE"]), ""


def _shown(row: Record) -> str:
    if row["CENSOR"]:
        return f"{row['CENSOR']}{number_text(float(row['LIMIT']))}"
    value = float(row["VALUE"])
    return str(row["WORD"]) if math.isnan(value) else number_text(value)
