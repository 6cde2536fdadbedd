"""Abbreviations: what each stands for, and which of them a printed text uses."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Of statistics and of conduct; a study adds its own (`printing.abbreviations`).
ABBREVIATIONS = {
    "ANCOVA": "analysis of covariance",
    "ATE": "average effect in all subjects",
    "ATO": "average effect in the overlap of the arms",
    "ATT": "average effect in the treated",
    "ADA": "American Diabetes Association",
    "AIC": "Akaike information criterion",
    "AICc": "AIC corrected for small samples",
    "ALP": "alkaline phosphatase",
    "ALT": "alanine aminotransferase",
    "AST": "aspartate aminotransferase",
    "BIC": "Bayesian information criterion",
    "BLQ": "below the quantification limit",
    "BMI": "body mass index",
    "CI": "confidence interval",
    "CR2": "bias-reduced sandwich of Bell and McCaffrey",
    "CR3": "jackknife-like sandwich",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "CV": "coefficient of variation",
    "df": "degrees of freedom",
    "ESS": "effective sample size",
    "FMI": "fraction of missing information",
    "GMR": "geometric mean ratio",
    "LLN": "lower limit of normal",
    "LLOQ": "lower limit of quantification",
    "LOCF": "last observation carried forward",
    "LS": "least squares",
    "ln": "natural logarithm",
    "MAR": "missing at random",
    "MC": "Monte-Carlo",
    "MI": "multiple imputation",
    "MMRM": "mixed model for repeated measures",
    "Max": "maximum",
    "Min": "minimum",
    "NE": "not estimable",
    "pp": "percentage points",
    "Q1": "first quartile",
    "Q3": "third quartile",
    "REML": "restricted maximum likelihood",
    "RIV": "relative increase in variance",
    "SD": "standard deviation",
    "SE": "standard error",
    "SMD": "standardised mean difference",
    "ULN": "upper limit of normal",
}


def used_in(texts: Iterable[str], known: Mapping[str, str]) -> set[str]:
    """Return the abbreviations that stand as whole words in some texts."""
    return set(_pattern(tuple(known)).findall("\n".join(texts))) if known else set()


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of any of the names, also in the plural; of two that begin alike the longer."""
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest))})s?(?!\w)")


def abbreviation_line(names: Iterable[str], known: Mapping[str, str]) -> str:
    """Return the abbreviations in alphabetical order with their meanings; nothing of none."""
    chosen = sorted(set(names), key=lambda name: (name.lower(), name))
    return "; ".join(f"{name}: {known[name]}" for name in chosen) + "." if chosen else ""
