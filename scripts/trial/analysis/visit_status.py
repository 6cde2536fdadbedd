"""What became of each scheduled visit of a subject: done, left before it, or not done, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.endpoints.config_visits import Visit
from trial.study.text import fold

NO_REASON = "no reason recorded"
NO_FORM = "no record of the visit"


@dataclass(frozen=True)
class VisitStatus:
    """The subjects of one visit: each is in one of the three groups.

    Attributes
    ----------
    done, left : Index
        Those with the visit, and those who had discontinued before it.
    missed : dict of str to list of str
        The others by the reason that the form gives.
    forms : DataFrame
        The forms of the visit.
    """

    visit: Visit
    done: pd.Index
    left: pd.Index
    missed: dict[str, list[str]]
    forms: pd.DataFrame


def visit_statuses(data: AnalysisData, subjects: pd.Index) -> Iterator[VisitStatus]:
    """Yield the status of every scheduled visit.

    A form belongs to the visit whose code or label it names. A visit is done where its form says so, or
    gives a date and does not say that it was not. Of the others, those have left before it who discontinued
    on or before the last day of its window.
    """
    forms = data.tables["adsv"]
    forms = forms[forms["USUBJID"].isin(subjects)]
    for visit in data.spec.visits:
        names = [fold(visit.code), fold(visit.label)]
        mine = forms[forms["VISIT"].map(fold).isin(names)]
        is_done = (mine["DONE"] == "Y") | ((mine["DONE"] == "") & (mine["SVDT"] != ""))
        done = subjects[subjects.isin(mine.loc[is_done, "USUBJID"])]
        others = subjects[~subjects.isin(done)]
        left = others[_left_by(data, others, visit)]
        missed = others[~others.isin(left)]
        yield VisitStatus(visit, done, left, dict(_by_reason(mine, missed)), mine)


def _left_by(data: AnalysisData, subjects: pd.Index, visit: Visit) -> np.ndarray:
    """Return which subjects discontinued by the end of a visit's window; without time zero, at all."""
    ended = pd.to_datetime(data.subjects.loc[subjects, "DISCDT"], errors="coerce")
    zero = pd.to_datetime(data.subjects.loc[subjects, "INDEXDT"], errors="coerce")
    closes = zero + pd.Timedelta(days=visit.window[1])
    return np.asarray(ended.notna() & (closes.isna() | (ended <= closes)), dtype=bool)


def _by_reason(forms: pd.DataFrame, subjects: pd.Index) -> Iterator[tuple[str, list[str]]]:
    first = forms.drop_duplicates("USUBJID").set_index("USUBJID")["REASON"]
    found = pd.Series([first.get(one, None) for one in subjects], index=subjects, dtype=object)
    words = found.map(lambda text: NO_FORM if text is None else text or NO_REASON)
    for text in sorted(set(words)):
        yield str(text), sorted(words.index[words == text])
