"""The safety laboratory as analysis data: visits, limits, indicators, grades, worst values, Hy's law.

Every usable result of a declared parameter is one record, with the place of its raw result. Windows of the
visits and the choice among several results are those of the endpoints; the baseline has a window of its own,
because safety tests are often taken at screening. What is worst is looked for among all results after
baseline, whatever their visit.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from trial.endpoints.adlb import TREATMENTS
from trial.endpoints.config import DeriveLaboratorySpec, FromAnalyte
from trial.endpoints.config_laboratory import HysLaw, Parameter
from trial.endpoints.draws import PLACE
from trial.endpoints.grades import HIGH, LOW, SAME, Bounds, grade, indicate
from trial.endpoints.records import make_records
from trial.endpoints.schema import laboratory_data
from trial.endpoints.visits import assign_visits, select_records, study_day

KEY = ["USUBJID", "PARAMCD"]
CANDIDATE, CHOLESTATIC = "Y", "C"


def derive_laboratory(labs: pd.DataFrame, adsl: pd.DataFrame, spec: DeriveLaboratorySpec) -> pd.DataFrame:
    """Return the records of all parameters, columns of `laboratory_data`.

    Parameters
    ----------
    labs : DataFrame
        Columns `LABS`.
    adsl : DataFrame
        USUBJID, INDEXDT, `TREATMENTS` and the flags of `spec`.
    spec : DeriveLaboratorySpec
    """
    subjects = adsl.set_index("USUBJID")
    parts = [
        _parameter(labs, subjects, one, number, spec)
        for number, one in enumerate(spec.laboratory.parameters, 1)
    ]
    records = pd.concat(parts, ignore_index=True)
    records["HYSFL"] = _hys_law(records, spec.laboratory.hys_law)
    for name in (*TREATMENTS, *spec.flags):
        records[name] = _texts_of(records, subjects[name])
    records = records.sort_values(["PARAMN", "USUBJID", "ADT", "COLLECTED", *PLACE], kind="stable")
    records["ASEQ"] = records.groupby(KEY).cumcount().astype(float) + 1.0
    return records[list(laboratory_data(dict.fromkeys(spec.flags, "flag")))].reset_index(drop=True)


def _parameter(
    labs: pd.DataFrame, subjects: pd.DataFrame, parameter: Parameter, number: int, spec: DeriveLaboratorySpec
) -> pd.DataFrame:
    """Return the records of one parameter, all columns but those of the subject."""
    code = parameter.code
    mine = labs[labs["ANALYTE"] == parameter.analyte].reset_index(drop=True)
    source = FromAnalyte(analyte=parameter.analyte, fasting="any", specimens=spec.specimens[code])
    records = make_records(mine, source, None, spec.below_limit).table
    records = records.assign(
        **{name: mine[name] for name in ("LIMIT", "ANRLO", "ANRHI", "ANRSRC")},
        PARAMCD=code, PARAM=parameter.title, PARAMN=float(number), AVALU=spec.units[code],
        ADT=records["COLLECTED"].str[:10],
    )  # fmt: skip
    records["ADY"] = study_day(records["COLLECTED"], _texts_of(records, subjects["INDEXDT"]))
    records = _at_visits(records, spec)
    records = _against_limits(records)
    records = _graded(records, parameter)
    return _with_worst(records)


def _texts_of(records: pd.DataFrame, texts: pd.Series) -> pd.Series:
    """Return the text of the subject of each record, empty where it has none."""
    known = texts.to_dict()
    found = [known.get(subject, "") for subject in records["USUBJID"]]
    return pd.Series(found, index=records.index, dtype=object)


def _at_visits(records: pd.DataFrame, spec: DeriveLaboratorySpec) -> pd.DataFrame:
    """Return the records with visit, flags, baseline, change, and whether they lie after baseline."""
    low, high = spec.laboratory.baseline_window
    baseline = next(visit for visit in spec.visits if visit.baseline)
    records = assign_visits(records, spec.visits, spec.selection)
    # Where exports say the visit, those of screening and the like are of none, and still before treatment.
    before = (records["AVISIT"] == "") & records["ADY"].between(low, high)
    records["AVISIT"] = records["AVISIT"].mask(before, baseline.code)
    records["AVISITN"] = records["AVISITN"].mask(before, float(baseline.number))
    records = select_records(records, spec.visits, spec.selection)
    records["POSTBLFL"] = np.where(records["ADY"] > high, "Y", "")
    base = records[records["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    records["BASE"] = records["USUBJID"].map(base).astype(float)
    records["CHG"] = (records["AVAL"] - records["BASE"]).where(records["POSTBLFL"] == "Y")
    return records


def _against_limits(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records with ANRIND, BNRIND and the ratios to their limits."""
    low, high = records["ANRLO"].to_numpy(float), records["ANRHI"].to_numpy(float)
    records["ANRIND"] = indicate(Bounds.of(records), low, high)
    base = records[records["ABLFL"] == "Y"].set_index("USUBJID")["ANRIND"]
    records["BNRIND"] = _texts_of(records, base)
    for name, limit in (("R2ANRLO", low), ("R2ANRHI", high)):
        records[name] = records["AVAL"] / np.where(limit > 0, limit, np.nan)
    return records


def _graded(records: pd.DataFrame, parameter: Parameter) -> pd.DataFrame:
    """Return the records with the grade to each side and the signed one of both."""
    for column in ("ATOXGRL", "ATOXGRH", "ATOXGR"):
        records[column] = np.nan
    records["ATOXDSCL"], records["ATOXDSCH"] = "", ""
    for criterion in parameter.criteria:
        letter = criterion.side[0].upper()
        records[f"ATOXGR{letter}"] = grade(records, criterion)
        records[f"ATOXDSC{letter}"] = criterion.term
    low, high = records["ATOXGRL"], records["ATOXGRH"]
    sides = {criterion.side for criterion in parameter.criteria}
    # Not graded to one of two sides: nobody can say that there is no grade.
    whole = records[[f"ATOXGR{side[0].upper()}" for side in sorted(sides)]].notna().all(axis=1)
    signed = np.select([high > 0, low > 0, whole], [high, -low, 0.0], np.nan)
    records["ATOXGR"] = signed if sides else np.nan
    return records


def _with_worst(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records with a flag at the worst value and at the worst grade after baseline, by side."""
    after = records[(records["POSTBLFL"] == "Y") & records["AVAL"].notna()]
    for flag, beyond, column, order in _orders(after):
        ranked = after.assign(BEYOND=after["ANRIND"] == beyond, RANK=column).sort_values(
            ["USUBJID", *order, "ADT", "COLLECTED", *PLACE],
            ascending=[True, *order.values(), True, True, *[True] * 4],
            na_position="last", kind="stable",
        )  # fmt: skip
        chosen = ranked.drop_duplicates("USUBJID")
        graded = chosen if flag.startswith("WORST") else chosen[chosen["RANK"].notna()]
        records[flag] = np.where(records.index.isin(graded.index), "Y", "")
    return records


def _orders(after: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series, dict[str, bool]]]:
    """Yield flag, the indicator of its side, what ranks, and the columns in order with their direction.

    Values beyond the limit stand first, then all by their ratio to their own limit, because limits may differ
    between results; those without a limit to that side stand last.
    """
    yield "WORSTLFL", LOW, after["R2ANRLO"], {"BEYOND": False, "RANK": True, "AVAL": True}
    yield "WORSTHFL", HIGH, after["R2ANRHI"], {"BEYOND": False, "RANK": False, "AVAL": False}
    yield "WGRDLFL", LOW, after["ATOXGRL"], {"RANK": False, "AVAL": True}
    yield "WGRDHFL", HIGH, after["ATOXGRH"], {"RANK": False, "AVAL": False}


def _hys_law(records: pd.DataFrame, rules: HysLaw | None) -> np.ndarray:
    """Return Y at records of a pair that makes a candidate, C at those of a pair that is cholestatic.

    A pair is a transaminase and a bilirubin after baseline that reach their multiples of the upper limit at
    most `days` apart. It is set aside where alkaline phosphatase reaches its own within the same days of
    the transaminase. A record of pairs of both kinds counts for the candidate.
    """
    code = np.full(len(records), "", dtype=object)
    if rules is None:
        return code
    after = records[(records["POSTBLFL"] == "Y") & records["ADY"].notna()]

    def raised(names: tuple[str, ...], times: float) -> pd.DataFrame:
        found = after["PARAMCD"].isin(names) & (after["R2ANRHI"] >= times * (1 - SAME))
        return after.loc[found, ["USUBJID", "ADY"]].reset_index(names="AT")

    first = raised(rules.transaminases, rules.times)
    pairs = first.merge(
        raised((rules.bilirubin,), rules.bilirubin_times), "inner", "USUBJID", suffixes=("", "_B")
    )
    pairs = pairs[(pairs["ADY"] - pairs["ADY_B"]).abs() <= rules.days]
    phosphatase = (rules.alkaline_phosphatase,) if rules.alkaline_phosphatase else ()
    near = first.merge(raised(phosphatase, rules.phosphatase_times), "inner", "USUBJID", suffixes=("", "_P"))
    cholestatic = near.loc[(near["ADY"] - near["ADY_P"]).abs() <= rules.days, "AT"]
    aside = pairs["AT"].isin(cholestatic)
    for mark, chosen in ((CHOLESTATIC, pairs[aside]), (CANDIDATE, pairs[~aside])):
        code[[*chosen["AT"], *chosen["AT_B"]]] = mark
    return code
