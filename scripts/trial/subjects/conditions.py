"""Conditions on subjects: whether each holds, for which value, and the reason where it does not.

The one mechanism behind populations, and behind anything else that asks subjects for conditions.
"""

import operator
from collections.abc import Mapping, Sequence

import pandas as pd

from trial.subjects.config import Condition, Other, Population

COMPARE = {"equals": operator.eq, "at_least": operator.ge, "at_most": operator.le}
SEPARATOR = "; "


def judge_condition(table: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    """Return, row by row, HOLDS, the VALUE of the variable as text, and REASON (empty where it holds).

    Parameters
    ----------
    table : DataFrame
        Columns of ADSL: numbers as float (missing NaN), texts and ISO dates as text (missing empty).
    condition : Condition
    """
    value = table[condition.variable]
    absent = pd.concat([_absent(table[name]) for name in condition.columns()], axis=1)
    missing = absent.any(axis=1)
    if condition.presence is not None:
        holds = missing == (condition.presence == "missing")
        reason = pd.Series(condition.otherwise, index=table.index)
    else:
        holds = _compare(table, value, condition).where(~missing, condition.if_missing == "holds")
        why = absent.apply(lambda row: ", ".join(absent.columns[row.to_numpy(bool)]), axis=1)
        reason = condition.otherwise + (" (" + why + " is missing)").where(missing, "")
    text = value.map(lambda one: "" if one != one else str(one))
    holds = holds.astype(bool)
    return pd.DataFrame({"HOLDS": holds, "VALUE": text, "REASON": reason.where(~holds, "")})


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


def _absent(values: pd.Series) -> pd.Series:
    return values.isna() | (values == "")


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
