"""Describing exposure: rows `any.*` and `product:<code>.*` of infusions, `followup.*` of time observed."""

from collections.abc import Iterator

import pandas as pd

from trial.analysis.continuous import describe
from trial.analysis.counting import Counting, Row
from trial.analysis.data import AnalysisData
from trial.analysis.incidence import DAYS_OF_A_YEAR
from trial.analysis.methods.exposure import Config
from trial.analysis.observation import observed_time
from trial.analysis.outcome import Outcome
from trial.study.matching import matches, matches_any
from trial.study.text import fold


def describe_exposure(data: AnalysisData, config: Config) -> Outcome:
    """Return subjects and infusions (`events`) by product, with doses, viability, routes and interruptions.

    `.dose` is the sum of a subject in the unit of the analysis and `.dosekg` that per kg of body weight, both
    of subjects of whom every infusion has a dose; `.viability` is of each infusion; `.interrupted`, and
    `.route:<text>`. `followup` is in days, `followup.years` its sum in patient-years.
    """
    adex = data.tables["adex"]
    mine = adex[adex["USUBJID"].isin(data.treatments.index)]
    known = mine["EXDOSU"].map(fold) == fold(config.unit)
    mine = mine.assign(DOSE=mine["EXDOSE"].where(known))
    counting = Counting.of(data)
    declared = mine[matches_any(mine, [one.where for one in config.products])]
    rows: list[Row] = list(counting.counts("any", declared))
    routes: dict[str, dict[str, str]] = {}
    for one in config.products:
        of_product = declared[matches(declared, one.where)]
        routes[one.code] = {
            _route(text): text or "not recorded" for text in sorted(set(of_product["EXROUTE"]))
        }
        rows += _product(counting, f"product:{one.code}", of_product, config.unit, routes[one.code])
    rows += _follow_up(counting)
    record = {
        "products": [one.model_dump(mode="json") | {"routes": routes[one.code]} for one in config.products],
        "unit": config.unit,
        "others": sorted(set(mine.loc[~mine.index.isin(declared.index), "EXTRT"])),
        "without_dose": int(declared["DOSE"].isna().sum()),
    }
    return Outcome.of(data.spec, rows, record, list(counting.sets.values()))


def _product(
    counting: Counting, key: str, rows: pd.DataFrame, unit: str, routes: dict[str, str]
) -> Iterator[Row]:
    yield from counting.counts(key, rows)
    # An interruption that was not answered is none known.
    yield from counting.counts(f"{key}.interrupted", rows[rows["EXINT"] == "Y"])
    for name in routes:
        yield from counting.counts(f"{key}.route:{name}", rows[rows["EXROUTE"].map(_route) == name])
    dose = rows.groupby("USUBJID")["DOSE"].agg(lambda part: part.sum(skipna=False)).astype(float)
    per_kg = dose / counting.data.subjects["WEIGHT"].reindex(dose.index)
    viability = rows.set_index("USUBJID")["EXVIAB"]
    parts = (("dose", dose, unit), ("dosekg", per_kg, f"{unit}/kg"), ("viability", viability, "%"))
    for arm, members in counting.members.items():
        subjects = members[members.isin(list(rows["USUBJID"]))]
        behind = counting.behind(f"{key}.{arm or 'all'}", subjects)
        for name, values, of in parts:
            place: Row = {"group": arm, "records": behind, "unit": of}
            yield from describe(f"{key}.{name}", values[values.index.isin(members)], place)


def _route(text: str) -> str:
    """Return how results call a route; case does not count."""
    return "_".join(fold(text).split()) or "unknown"


def _follow_up(counting: Counting) -> Iterator[Row]:
    """Yield the time observed, the same as the time at risk of adverse events."""
    adae = counting.data.tables["adae"]
    days = observed_time(counting.data, adae[adae["TRTEMFL"] == "Y"])["DAYS"]
    for arm, members in counting.members.items():
        behind = counting.behind(f"followup.{arm or 'all'}", members, counting.data.tables["adsv"])
        place: Row = {"group": arm, "records": behind, "unit": "d"}
        yield from describe("followup", days.loc[members], place)
        years = float(days.loc[members].sum()) / DAYS_OF_A_YEAR
        place |= {"method": "count", "n": float(len(members)), "unit": "a"}
        yield place | {"statistic": "followup.years", "value": years}
