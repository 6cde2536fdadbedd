"""Conditions on subjects: whether each holds, for which value, and the reason where it does not.

The one mechanism behind populations, and behind anything else that asks subjects for conditions.
"""

import operator
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from trial.subjects.config import Condition, Other, Population

COMPARE = {"equals": operator.eq, "at_least": operator.ge, "at_most": operator.le}
SEPARATOR = "; "
PLACEHOLDER = "{value}"


def judge_condition(table: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    """Return, row by row, HOLDS, the VALUE of the variable as text, and REASON (empty where it holds).

    Parameters
    ----------
    table : DataFrame
        Columns of ADSL: numbers as float (missing NaN), texts and ISO dates as text (missing empty).
    condition : Condition
    """
    value = table[condition.variable]
    absent = {name: _absent(table[name]) for name in condition.columns()}
    missing = np.any(list(absent.values()), axis=0)
    if condition.presence is not None:
        holds = missing == (condition.presence == "missing")
        reasons = [condition.otherwise] * len(table)
    else:
        holds = np.where(missing, condition.if_missing == "holds", _compare(table, value, condition))
        reasons = [condition.otherwise + why for why in _why_missing(absent)]
    texts = ["" if one != one else str(one) for one in value]
    reasons = [reason.replace(PLACEHOLDER, text) for reason, text in zip(reasons, texts, strict=True)]
    judged = {"HOLDS": holds, "VALUE": texts, "REASON": np.where(holds, "", np.array(reasons, object))}
    return pd.DataFrame(judged, index=table.index)


def derive_populations(
    adsl: pd.DataFrame, populations: Mapping[str, Population]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADSL with one flag per population (Y or empty), and each subject's membership with the reasons.

    The second table has USUBJID, POPULATION, MEMBER (Y, N) and REASON, which lists every condition that
    does not hold. A population may stand on others; they are derived first.
    """
    adsl = adsl.copy()
    waiting, parts = sorted(populations), []
    while waiting:
        name = next(n for n in waiting if not _needs(populations[n]) & set(waiting))
        waiting.remove(name)
        reasons = [judge_condition(adsl, condition)["REASON"] for condition in populations[name].conditions]
        reason = _joined(reasons)
        adsl[name] = reason.map(lambda text: "" if text else "Y")
        member = {"MEMBER": adsl[name].replace("", "N"), "REASON": reason}
        parts.append(pd.DataFrame({"USUBJID": adsl["USUBJID"], "POPULATION": name, **member}))
    return adsl, pd.concat(parts).sort_values(["USUBJID", "POPULATION"], kind="stable")


def _needs(population: Population) -> set[str]:
    return {name for condition in population.conditions for name in condition.columns()}


def _absent(values: pd.Series) -> np.ndarray:
    return (values.isna() | (values == "")).to_numpy(bool)


def _why_missing(absent: Mapping[str, np.ndarray]) -> list[str]:
    """Return, row by row, which values are missing, as the end of a reason."""
    names = list(absent)
    rows = zip(*absent.values(), strict=True)
    found = [", ".join(name for name, gone in zip(names, row, strict=True) if gone) for row in rows]
    return [f" ({text} is missing)" if text else "" for text in found]


def _compare(table: pd.DataFrame, value: pd.Series, condition: Condition) -> pd.Series:
    if condition.one_of is not None:
        return value.isin(list(condition.one_of))
    (operand,) = condition.operands()
    other = table[operand.variable] if isinstance(operand, Other) else operand
    found: pd.Series = COMPARE[condition.test](value, other)
    return found


def _joined(reasons: Sequence[pd.Series]) -> pd.Series:
    rows = zip(*reasons, strict=True)
    return pd.Series([SEPARATOR.join(filter(None, row)) for row in rows], index=reasons[0].index, dtype="str")
