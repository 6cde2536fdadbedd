"""Peaks of liver tests after baseline, in multiples of the upper limit of normal (eDISH)."""

import pandas as pd

from trial.endpoints.grades import SAME

# The quadrants of the plot: transaminase raised or not, bilirubin raised or not.
HYS_LAW, TEMPLE, BILIRUBIN, NEITHER = "HYS_LAW", "TEMPLE", "BILIRUBIN", "NEITHER"
QUADRANTS = (HYS_LAW, TEMPLE, BILIRUBIN, NEITHER)


def find_peaks(
    records: pd.DataFrame, transaminase: str, bilirubin: str, times: float, bilirubin_times: float
) -> pd.DataFrame:
    """Return by subject with both peaks after baseline PEAK and BILIRUBIN, ratios, and the QUADRANT.

    Parameters
    ----------
    records : DataFrame
        USUBJID, PARAMCD, WORSTHFL, R2ANRHI; the two peaks may be of different days.
    transaminase, bilirubin : str
        Parameters.
    times, bilirubin_times : float
        Multiples from which a peak is raised.
    """
    peak = records[(records["WORSTHFL"] == "Y") & records["R2ANRHI"].notna()]
    first, second = (
        peak[peak["PARAMCD"] == name].set_index("USUBJID")["R2ANRHI"] for name in (transaminase, bilirubin)
    )
    both = pd.concat([first.rename("PEAK"), second.rename("BILIRUBIN")], axis=1, join="inner").sort_index()
    raised = both["PEAK"] >= times * (1 - SAME)
    yellow = both["BILIRUBIN"] >= bilirubin_times * (1 - SAME)
    both["QUADRANT"] = pd.Series(
        [quadrant_of(*pair) for pair in zip(raised, yellow, strict=True)], index=both.index, dtype=object
    )
    return both


def quadrant_of(raised: bool, yellow: bool) -> str:
    """Return the quadrant of a subject: transaminase raised, bilirubin raised."""
    if raised:
        return HYS_LAW if yellow else TEMPLE
    return BILIRUBIN if yellow else NEITHER
