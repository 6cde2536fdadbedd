"""Eligibility, deviations and populations of all subjects, in the order in which they stand on each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from trial.eligibility.config import PopulationsSpec, own_columns
from trial.eligibility.config_criteria import Eligibility
from trial.eligibility.deviations import Sources, derive_addv
from trial.eligibility.evidence import PLACE
from trial.eligibility.judge import Judged, judge_subject
from trial.eligibility.questions import ask, ask_unknown
from trial.eligibility.schema import ADDV, ADIE, NOT_MET, UNKNOWN
from trial.eligibility.subject_file import by_subject
from trial.study.books import QUERIES
from trial.subjects.conditions import derive_populations
from trial.subjects.schema import ADSL, POPULATIONS, adsl

SEPARATOR = ", "
NO_CATEGORY = "no category"


def decide(spec: PopulationsSpec, tables: Mapping[str, pd.DataFrame], cut: date) -> dict[str, pd.DataFrame]:
    """Return ADSL with its populations, their members with reasons, ADIE, ADDV and the questions.

    Parameters
    ----------
    tables : mapping
        `assigned` (ADSL without flags, with FILE and ROW), `labs`, `adcm`, `admh`, `adlbs`, `ie`, `dv` and
        `adsv`.
    cut : datetime.date
        The data cut: visits due later are not missing.
    """
    subjects = tables["assigned"]
    judged = judge_all(spec.eligibility, spec.order, tables) if spec.eligibility else {}
    adie = _adie(spec.eligibility, judged) if spec.eligibility else pd.DataFrame(columns=list(ADIE))
    visits = {visit.code: visit for visit in spec.visits}
    sources = Sources(subjects, adie, tables["adsv"], tables["adcm"], tables["dv"], visits, cut)
    addv = derive_addv(spec.deviations, sources)
    if spec.eligibility:
        subjects = _listed(subjects, "IENOTMET", adie[adie["RESULT"] == NOT_MET], "IETESTCD")
        subjects = _listed(subjects, "IEUNKNWN", adie[adie["RESULT"] == UNKNOWN], "IETESTCD")
    if spec.deviations:
        important = addv[addv["DVIMP"] == "Y"]
        named = important.assign(DVCAT=important["DVCAT"].replace("", NO_CATEGORY))
        subjects = _listed(subjects, "DVIMPORT", named, "DVCAT")
    subjects, members = derive_populations(subjects, spec.populations)
    given = own_columns(spec.eligibility is not None, spec.deviations is not None)
    names = list(adsl(spec.populations, spec.columns, ADSL.after([*ADSL][-1], given)))
    return {
        "adsl": subjects[names],
        "populations": members[list(POPULATIONS)],
        "adie": adie[list(ADIE)],
        "addv": addv[list(ADDV)],
        "queries": pd.DataFrame(list(_questions(spec, judged, tables)), columns=list(QUERIES)),
    }


def _questions(
    spec: PopulationsSpec, judged: Mapping[str, Mapping[str, Judged]], tables: Mapping[str, pd.DataFrame]
) -> Iterator[dict[str, str]]:
    """Yield what is open about criteria, and rows of the forms that nothing in the study asks for."""
    if spec.eligibility:
        yield from ask(spec.eligibility, judged)
        yield from ask_unknown(tables["ie"], "IETESTCD", spec.order)
    if spec.deviations:
        yield from ask_unknown(tables["dv"], "DVCAT", tuple(spec.deviations.categories))


def judge_all(
    eligibility: Eligibility, order: Sequence[str], tables: Mapping[str, pd.DataFrame]
) -> dict[str, dict[str, Judged]]:
    """Return the result of every criterion by subject, the criteria in order."""
    records = {name: by_subject(tables[name]) for name in ("labs", "adcm", "admh", "adlbs", "ie")}
    found = {}
    for row in tables["assigned"].to_dict("records"):
        mine = {name: of.get(str(row["USUBJID"]), ()) for name, of in records.items()}
        judged = dict(judge_subject(eligibility, row, mine))
        found[str(row["USUBJID"])] = {code: judged[code] for code in order}
    return found


def _adie(eligibility: Eligibility, judged: Mapping[str, Mapping[str, Judged]]) -> pd.DataFrame:
    rows = [
        {
            "USUBJID": subject,
            "IETESTCD": code,
            "IECAT": eligibility.criteria[code].kind.upper(),
            "RESULT": one.result,
            "VALUE": one.evidence.value,
            "UNIT": one.evidence.unit,
            "FORM": one.form,
            "REASON": one.evidence.reason,
            **dict(zip(PLACE, one.evidence.place, strict=True)),
        }
        for subject, criteria in judged.items()
        for code, one in criteria.items()
    ]
    return pd.DataFrame(rows, columns=list(ADIE))


def _listed(subjects: pd.DataFrame, name: str, rows: pd.DataFrame, of: str) -> pd.DataFrame:
    """Return ADSL with a column that lists the distinct texts of each subject's rows; empty for none."""
    texts = {
        subject: SEPARATOR.join(dict.fromkeys(filter(None, group)))
        for subject, group in rows.groupby("USUBJID", sort=False)[of]
    }
    column = pd.Series([texts.get(each, "") for each in subjects["USUBJID"]], subjects.index, dtype="str")
    return subjects.assign(**{name: column})
