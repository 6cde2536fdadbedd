"""Subjects by their peaks of liver tests after baseline (eDISH), and candidates of Hy's law."""

from collections.abc import Iterator

from trial.analysis.laboratory.counting import Counting, Row, count_rows
from trial.endpoints.peaks import QUADRANTS, find_peaks

BOTH_PEAKS = "BOTH"


def liver_rows(counting: Counting) -> Iterator[Row]:
    """Yield `edish.<parameter>.<quadrant>`, of subjects with both peaks, and candidates of Hy's law.

    `hys_law.cholestatic` are those all of whose pairs are set aside.
    """
    rules = counting.laboratory.hys_law
    if rules is None:
        return
    for code in rules.transaminases:
        peaks = find_peaks(counting.records, code, rules.bilirubin, rules.times, rules.bilirubin_times)
        quadrants = peaks["QUADRANT"].to_dict()
        rows = counting.records[
            counting.records["PARAMCD"].isin([code, rules.bilirubin]) & (counting.records["POSTBLFL"] == "Y")
        ]
        for arm, members in counting.groups():
            key, of = f"edish.{code}", [subject for subject in members if subject in quadrants]
            yield from count_rows(counting, f"{key}.{BOTH_PEAKS}", arm, of, members, "members", rows)
            for quadrant in QUADRANTS:
                counted = [subject for subject in of if quadrants[subject] == quadrant]
                among = f"{key}.{BOTH_PEAKS}"
                yield from count_rows(counting, f"{key}.{quadrant}", arm, counted, of, among, rows)
    flagged = counting.records[counting.records["HYSFL"] != ""]
    flags = counting.records.set_index("USUBJID")["HYSFL"]
    candidates = set(flags.index[flags == "Y"])
    aside = set(flags.index[flags == "C"]) - candidates
    for name, found in (("candidate", candidates), ("cholestatic", aside)):
        for arm, members in counting.groups():
            counted = [subject for subject in members if subject in found]
            yield from count_rows(counting, f"hys_law.{name}", arm, counted, members, "members", flagged)
