"""Usable lab results to endpoint records: one row per subject, endpoint and draw, no visit yet.

A record that cannot be used keeps its row and says why in REASON; AVAL is missing then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.endpoints.config import BelowLimit, FromAnalyte, FromIndex, IndexRules
from trial.endpoints.draws import PLACE, STATED, Draws, pair_draws
from trial.endpoints.indices import FORMULAS, WITH_POLE
from trial.endpoints.inputs import INPUTS
from trial.study.errors import ConfigError
from trial.study.rules import UNDEFINED_INDEX, UNSTABLE_INDEX

# Reason codes of this room; `workflow/docs/analysis-data.md` explains each to the reader.
NOT_FASTING, SPECIMEN, CENSORED_INPUT = "NOT_FASTING", "SPECIMEN_EXCLUDED", "CENSORED_INPUT"
NO_PARTNER, NOT_FINITE = "NO_PAIRED_", "NOT_FINITE"
UNDEFINED, UNSTABLE = UNDEFINED_INDEX, UNSTABLE_INDEX


@dataclass(frozen=True)
class Records:
    """The records of one endpoint and the raw results behind them.

    Attributes
    ----------
    table : DataFrame
        One row per record: USUBJID, COLLECTED, AVAL, AVALC, DTYPE, LLOQ, BLQFL, CENSOR, REASON, DERIV,
        DECIMALS, what the export states of visit and flags (`STATED`), and the place of its first raw result.
    sources : DataFrame
        One row per raw result: RECORD (index label in `table`), ROLE (its analyte) and place.
    """

    table: pd.DataFrame
    sources: pd.DataFrame


def mark_fasting(labs: pd.DataFrame, adsv: pd.DataFrame, fasting_hours: float | None) -> pd.DataFrame:
    """Return labs with FASTING completed by the hours fasted that the visit's form records.

    Fewer hours than `fasting_hours` on the day of the draw contradict an export that says nothing
    or "fasting": the stricter record wins. Without `fasting_hours` the form is not judged.
    """
    if fasting_hours is None:
        return labs
    short = adsv[adsv["FASTING_H"] < fasting_hours]
    short_days = set(zip(short["USUBJID"], short["SVDT"], strict=True))
    days = zip(labs["USUBJID"], labs["COLLECTED"].str[:10], strict=True)
    contradicted = pd.Series([day in short_days for day in days], index=labs.index, dtype=bool)
    return labs.assign(FASTING=labs["FASTING"].mask(contradicted, "N"))


def make_records(
    labs: pd.DataFrame, source: FromAnalyte | FromIndex, rules: IndexRules | None, below_limit: BelowLimit
) -> Records:
    """Return the records of one endpoint from usable results with FASTING completed.

    `rules` are those of indices: a measured endpoint needs none.
    """
    if isinstance(source, FromAnalyte):
        return _measured(labs[labs["ANALYTE"] == source.analyte], source, below_limit)
    if rules is None:
        raise ConfigError("indices", f"null, but {source.index} needs their rules")
    # The index says which input its draws are counted by; the order in the configuration says nothing.
    inputs = {role: source.inputs[role] for role in INPUTS[source.index]}
    return _index_records(source.index, inputs, draw_inputs(labs, inputs, source, rules), rules)


def draw_inputs(labs: pd.DataFrame, inputs: Mapping[str, str], source: FromIndex, rules: IndexRules) -> Draws:
    """Return the draws of the first input with the results of the others; `inputs` names analytes by role."""
    results = {}
    for role, analyte in inputs.items():
        rows = labs[labs["ANALYTE"] == analyte]
        results[role] = rows.assign(WHY=_reasons(rows, source))
    return pair_draws(results, rules.pairing_minutes)


def explain_draws(draws: Draws, inputs: Mapping[str, str]) -> pd.Series:
    """Return why a draw gives no values (`""` when it does): unusable, an input absent, an input censored."""
    first, *others = inputs
    reason = draws.heads["WHY"].where(draws.count(first) == 0, "")
    for role in others:
        absent = (draws.count(role) == 0) & (reason == "")
        reason = reason.mask(absent, NO_PARTNER + inputs[role])
    censored = np.any([draws.censored(role) for role in inputs], axis=0)
    return reason.mask(censored & (reason == ""), CENSORED_INPUT)


def _measured(labs: pd.DataFrame, source: FromAnalyte, below_limit: BelowLimit) -> Records:
    """Return records of a measured analyte, values outside the limits of quantification substituted."""
    labs = labs.reset_index(drop=True)
    below, above = labs["CENSOR"] == "<", labs["CENSOR"] == ">"
    value = labs["VALUE"].where(~below, labs["LIMIT"] / 2.0).where(~above, labs["LIMIT"])
    reason = _reasons(labs, source)
    # The printed result stays in AVALC also where the record cannot serve the endpoint.
    printed = labs["LIMIT"].where(below | above, labs["VALUE"])
    # A converted limit has sixteen digits that nobody printed.
    noisy = (below | above) & (labs["FACTOR"] != "")
    shown = [_shown(number, round_off) for number, round_off in zip(printed, noisy, strict=True)]
    text = labs["CENSOR"] + pd.Series(shown, index=labs.index, dtype=object)
    table = labs[["USUBJID", "COLLECTED", *STATED, *PLACE]].assign(
        AVAL=value.where(reason == ""),
        AVALC=text,
        DTYPE=np.select([below, above], [below_limit.substitute, "ULOQ"], ""),
        LLOQ=labs["LLOQ"].where(~below | labs["LLOQ"].notna(), labs["LIMIT"]),
        BLQFL=below.map({True: "Y", False: ""}),
        CENSOR=labs["CENSOR"],
        REASON=reason,
        DERIV="as reported",
        DECIMALS=_count_decimals(labs),
    )
    return Records(table, labs[PLACE].assign(RECORD=labs.index, ROLE=labs["ANALYTE"]))


def _count_decimals(labs: pd.DataFrame) -> pd.Series:
    """Return the decimals of each number as collected; missing where it was converted or is a limit."""
    collected = labs["VALUE"].where((labs["FACTOR"] == "") & (labs["CENSOR"] == ""))
    return collected.map(lambda value: np.nan if np.isnan(value) else float(len(_digits(value))))


def _shown(number: float, round_off: bool) -> str:
    if np.isnan(number):
        return ""
    return f"{number:.4g}" if round_off else repr(float(number))


def _digits(value: float) -> str:
    """Return the digits behind the point, without zeros at the end."""
    return f"{value:.10f}".rstrip("0").partition(".")[2]


def _reasons(labs: pd.DataFrame, source: FromAnalyte | FromIndex) -> pd.Series:
    """Return why each result cannot serve this endpoint (`""` when it can)."""
    refused = {"required": labs["FASTING"] != "Y", "not contradicted": labs["FASTING"].isin(["N", "U"])}
    fasting = refused.get(source.fasting, pd.Series(False, index=labs.index))
    # A specimen that nothing was said of serves; the intake has held those that are not understood.
    excluded = ~labs["SPECIMEN"].isin(["", *source.specimens])
    return pd.Series(np.select([excluded, fasting], [SPECIMEN, NOT_FASTING], ""), index=labs.index)


def _index_records(index: str, inputs: Mapping[str, str], draws: Draws, rules: IndexRules) -> Records:
    """Return one record per draw: replicates are averaged on the input scale, then the formula."""
    refused = explain_draws(draws, inputs)
    complete = (refused == "").to_numpy()
    values = {role: draws.mean(role)[complete] for role in inputs}
    value, flagged = np.full(len(complete), np.nan), refused.to_numpy(object)
    value[complete], flagged[complete] = _evaluate(index, values, rules)
    averaged = np.any([draws.count(role) > 1 for role in inputs], axis=0) & complete
    table = draws.heads[["USUBJID", "COLLECTED", *PLACE]].assign(
        **{name: draws.stated(name) for name in STATED},
        AVAL=value,
        AVALC="",
        DTYPE=np.where(averaged, "AVERAGE", ""),
        LLOQ=np.nan,
        BLQFL="",
        CENSOR="",
        REASON=flagged,
        DERIV=index,
        DECIMALS=np.nan,
    )
    return Records(table, draws.sources().rename(columns={"DRAW": "RECORD", "ANALYTE": "ROLE"}))


def _evaluate(
    index: str, values: Mapping[str, np.ndarray], rules: IndexRules
) -> tuple[np.ndarray, np.ndarray]:
    """Return AVAL and REASON of one index; the zone below `homa_b_unstable_below` is flagged, not dropped."""
    glucose = values["glucose"]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = FORMULAS[index](**values)
    pole = index in WITH_POLE
    undefined = pole & (glucose <= rules.homa_b_undefined_at)
    unstable = pole & (glucose < rules.homa_b_unstable_below)
    finite = np.isfinite(value)
    reason = np.select([undefined, ~finite, unstable], [UNDEFINED, NOT_FINITE, UNSTABLE], "")
    return np.where(finite & ~undefined, value, np.nan), reason
