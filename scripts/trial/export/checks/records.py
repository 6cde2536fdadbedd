"""Rules of data sets of the Basic Data Structure."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from trial.export.checks.rule import Broken, Looked, differs
from trial.study.variables import NAME_LENGTH

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(rf"[A-Z_][A-Z0-9_]{{0,{NAME_LENGTH - 1}}}")
TREATMENTS = ("TRTP", "TRTA", "TRT01P", "TRT01A")
OF_SUBJECT = ("USUBJID", "PARAMCD")
ANALYSED = re.compile(r"ANL\d\dFL")
# By which a record leads to what it was made of: ADaM's own, or the row of the raw file.
TRACED = ("SRCSEQ", "SRCDOM", "ROW")


def of_parameters(looked: Looked) -> Iterator[Broken]:
    """Every record has its parameter."""
    for name in ("PARAM", "PARAMCD"):
        if not looked.has(name):
            yield Broken(name, 0, "no such variable")
        else:
            yield from looked.where(looked.table[name] == "", name)


def with_values(looked: Looked) -> Iterator[Broken]:
    """There is an analysis value."""
    if not (looked.has("AVAL") or looked.has("AVALC")):
        yield Broken("AVAL", 0, "neither AVAL nor AVALC")


def of_one_code(looked: Looked) -> Iterator[Broken]:
    """A parameter and its code are one to one."""
    if not looked.has("PARAMCD", "PARAM"):
        return
    pairs = looked.table[["PARAMCD", "PARAM"]].drop_duplicates()
    twice = pairs["PARAMCD"].duplicated(keep=False) | pairs["PARAM"].duplicated(keep=False)
    yield from looked.where(looked.table["PARAMCD"].isin(pairs.loc[twice, "PARAMCD"]), "PARAMCD", "PARAM")


def coded(looked: Looked) -> Iterator[Broken]:
    """The code of a parameter is a name of a transport file."""
    if not looked.has("PARAMCD"):
        return
    bad = {code for code in looked.table["PARAMCD"].unique() if not CODE.fullmatch(code)}
    yield from looked.where(looked.table["PARAMCD"].isin(bad), "PARAMCD")


def with_treatment(looked: Looked) -> Iterator[Broken]:
    """There is a treatment variable."""
    if not any(looked.has(name) for name in TREATMENTS):
        yield Broken("TRTP", 0, "no treatment variable")


def one_baseline(looked: Looked) -> Iterator[Broken]:
    """A subject has one baseline record of a parameter."""
    if looked.has("ABLFL"):
        flagged = looked.table["ABLFL"] == "Y"
        twice = looked.table[flagged].duplicated(_group(looked), keep=False)
        yield from looked.where(flagged & twice.reindex(looked.table.index, fill_value=False), "ABLFL")


def one_base(looked: Looked) -> Iterator[Broken]:
    """All records of a subject and parameter have one baseline value, or none."""
    if looked.has("BASE"):
        groups = looked.table.groupby(_group(looked))["BASE"]
        yield from looked.where(groups.transform("nunique") > 1, "BASE")
        partly = (groups.transform("count") > 0) & looked.table["BASE"].isna()
        yield from looked.where(partly, "BASE")


def base_of_record(looked: Looked) -> Iterator[Broken]:
    """The baseline value is that of the baseline record."""
    if looked.has("BASE", "ABLFL", "AVAL"):
        own = looked.table[looked.table["ABLFL"] == "Y"].drop_duplicates(_group(looked))
        meant = looked.table[_group(looked)].merge(own[[*_group(looked), "AVAL"]], how="left")["AVAL"]
        none = looked.table["BASE"].notna() & meant.isna()
        yield from looked.where(none | differs(looked.table["BASE"], meant), "BASE", "AVAL")


def changed(looked: Looked) -> Iterator[Broken]:
    """A change is that from the baseline value."""
    if looked.has("CHG", "AVAL", "BASE"):
        value, base = looked.table["AVAL"], looked.table["BASE"]
        yield from looked.where(_wrong(looked.table["CHG"], value - base, value, base), "CHG", "AVAL", "BASE")


def changed_in_percent(looked: Looked) -> Iterator[Broken]:
    """A change in per cent is that from the baseline value, and there is none from 0."""
    if looked.has("PCHG", "AVAL", "BASE"):
        value, base = looked.table["AVAL"], looked.table["BASE"]
        ratio = 100.0 * (value - base) / base.where(base != 0)
        scale = 100.0 * value / base.where(base != 0)
        yield from looked.where(_wrong(looked.table["PCHG"], ratio, scale, ratio), "PCHG", "AVAL", "BASE")


def _wrong(found: "pd.Series", meant: "pd.Series", *of: "pd.Series") -> "pd.Series":
    """Return where a value differs from what it should be, or stands where there can be none."""
    wrong: pd.Series = (found.notna() & meant.isna()) | differs(found, meant, *of)
    return wrong


def analysed_once(looked: Looked) -> Iterator[Broken]:
    """One record of a subject, parameter and visit is analysed."""
    groups = [name for name in ("AVISIT", "ATPT", "DTYPE") if looked.has(name)]
    for name in looked.names:
        if ANALYSED.fullmatch(name):
            chosen = (looked.table[name] == "Y") & (looked.table.get("AVISIT", "") != "")
            twice = looked.table[chosen].duplicated([*_group(looked), *groups], keep=False)
            bad = chosen & twice.reindex(looked.table.index, fill_value=False)
            yield from looked.where(bad, name, *groups)


def traced(looked: Looked) -> Iterator[Broken]:
    """A collected value leads to its source."""
    if not any(looked.has(name) for name in TRACED):
        yield Broken("SRCSEQ", len(looked.table), "no variable of the source")


def within_range(looked: Looked) -> Iterator[Broken]:
    """A value is low, normal or high by its limits; of one that is censored only the side is known."""
    if looked.has("ANRIND", "AVAL", "ANRLO", "ANRHI"):
        value, low, high = (looked.table[name].to_numpy(float) for name in ("AVAL", "ANRLO", "ANRHI"))
        meant = np.where(value < low, "LOW", np.where(value > high, "HIGH", "NORMAL"))
        found = looked.table["ANRIND"].to_numpy(str)
        exact = (looked.table["CENSOR"] == "").to_numpy() if looked.has("CENSOR") else True
        bad = np.isin(found, ["LOW", "NORMAL", "HIGH"]) & (found != meant) & exact
        yield from looked.where(bad, "ANRIND", "AVAL", "ANRLO", "ANRHI")


def _group(looked: Looked) -> list[str]:
    """Return what has a baseline of its own."""
    return [*OF_SUBJECT, *(["BASETYPE"] if looked.has("BASETYPE") else [])]
