"""Counting medicines: rows `prior.*` and `concomitant.*` by class and medicine, `dose.*` by visit."""

from collections.abc import Iterator

import pandas as pd

from trial.analysis.continuous import describe
from trial.analysis.counting import Counting, Row, share_row
from trial.analysis.data import AnalysisData
from trial.analysis.doses import courses, total_dose
from trial.analysis.methods.medicines import Config, DoseByVisit
from trial.analysis.outcome import Outcome
from trial.endpoints.config_visits import Visit
from trial.study.matching import matches, matches_any
from trial.study.text import fold

PRIOR, CONCOMITANT = "prior", "concomitant"
ANY = "any"


def count_medicines(data: AnalysisData, config: Config) -> Outcome:
    """Return subjects with a medicine by period, class (`class:<code>`) and name (`medicine:<code>:<name>`).

    `dose.visit` counts the members with a visit; of them `dose.users` those with a dose above 0 and
    `dose.unknown` those whose dose is not known; `dose.value.*` describes the doses above 0.
    """
    adcm = data.tables["adcm"]
    mine = courses(adcm[adcm["USUBJID"].isin(data.treatments.index)])
    counting = Counting.of(data)
    chosen = mine[matches_any(mine, [one.where for one in config.classes])]
    named = {one.code: _names(chosen[matches(chosen, one.where)]) for one in config.classes}
    rows: list[Row] = []
    for period, part in _periods(data, chosen).items():
        rows += counting.counts(f"{period}.{ANY}", part)
        for one in config.classes:
            of_class = part[matches(part, one.where)]
            rows += counting.counts(f"{period}.class:{one.code}", of_class)
            for key, name in named[one.code].items():
                of_name = of_class[of_class["CMTRT"].map(fold) == fold(name)]
                rows += counting.counts(f"{period}.medicine:{one.code}:{key}", of_name)
    if config.dose:
        rows += [row for visit in data.spec.visits for row in _doses(counting, mine, config.dose, visit)]
    others = sorted({text or "no class" for text in mine.loc[~mine.index.isin(chosen.index), "CMCLASS"]})
    record = {
        "classes": [one.model_dump(mode="json") | {"medicines": named[one.code]} for one in config.classes],
        "others": others,
        "dose": config.dose.model_dump(mode="json") if config.dose else None,
    }
    return Outcome.of(data.spec, rows, record, list(counting.sets.values()))


def _names(rows: pd.DataFrame) -> dict[str, str]:
    """Return the medicines of a class by their key in results, in order of name."""
    names = sorted({"_".join(fold(text).split()): text for text in rows["CMTRT"]}.items())
    return dict(names)


def _periods(data: AnalysisData, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of medicines that started before day 0, and of those taken from day 0 on."""
    zero = rows["USUBJID"].map(data.subjects["INDEXDT"])
    unknown = zero == ""
    return {
        PRIOR: rows[unknown | (rows["START"] < zero)],
        CONCOMITANT: rows[unknown | (rows["ENDED"] >= zero)],
    }


def _doses(counting: Counting, rows: pd.DataFrame, dose: DoseByVisit, visit: Visit) -> Iterator[Row]:
    """Yield what is described of the dose at a visit."""
    total = total_dose(rows, dose.where, dose.unit, visit_days(counting.data, visit))
    given = rows[matches(rows, dose.where)]
    for arm, members in counting.members.items():
        here = total[total.index.isin(members)]
        users = here[here > 0]
        whole = counting.behind(f"dose.visit.{visit.code}.{arm or 'all'}", here.index, given)
        place: Row = {"visit": visit.code, "group": arm, "unit": "1", "records": whole, "method": "count"}
        for name, part in (("visit", here), ("users", users), ("unknown", here[here.isna()])):
            behind = counting.behind(f"dose.{name}.{visit.code}.{arm or 'all'}", part.index, given)
            of_part: Row = {"records": behind, "n": float(len(part)), "value": float(len(part))}
            yield place | of_part | {"statistic": f"dose.{name}.subjects"}
            size = len(members) if name == "visit" else len(here)
            of_whole: Row = {"records": counting.all_of(arm)} if name == "visit" else {}
            yield place | of_whole | share_row(f"dose.{name}", len(part), size)
        behind = counting.behind(f"dose.users.{visit.code}.{arm or 'all'}", users.index)
        yield from describe("dose.value", users, place | {"records": behind, "unit": dose.unit})


def visit_days(data: AnalysisData, visit: Visit) -> pd.Series:
    """Return the day of a visit by member: of those done in its window the one closest to its target day.

    Of the baseline visit the last; of two as close the later one.
    """
    adsv = data.tables["adsv"]
    done = adsv[(adsv["DONE"] != "N") & (adsv["SVDT"] != "") & adsv["USUBJID"].isin(data.treatments.index)]
    zero = pd.to_datetime(done["USUBJID"].map(data.subjects["INDEXDT"]), errors="coerce")
    day = (pd.to_datetime(done["SVDT"]) - zero).dt.days
    inside = done[(day >= visit.window[0]) & (day <= visit.window[1])]
    away = (day - visit.target_day).abs()[inside.index]
    inside = inside.assign(AWAY=0 if visit.baseline else away)
    order = inside.sort_values(["AWAY", "SVDT"], ascending=[True, False])
    return order.drop_duplicates("USUBJID").set_index("USUBJID")["SVDT"].sort_index()
