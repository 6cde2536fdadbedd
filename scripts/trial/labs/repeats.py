"""One sample, several records: which one stands for it.

Versions are records of one source and one accession (or, without accession, one time); the status
order decides, then the later result time. Routes are sources that bring the same sample; the
declared precedence decides. Versions are settled before values are judged, so that a preliminary
result never returns because its correction was unusable.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from trial.labs.ledger import Ledger
from trial.labs.times import UNKNOWN

Members = list[int]
RELATIVE = 1e-9


def settle_versions(frame: pd.DataFrame, unusable: np.ndarray, ledger: Ledger) -> None:
    """Supersede all but one version of each sample within each source.

    Between versions of one status and time, one that gives a value stands before one of `unusable`, and
    one that the export flags before one that it does not.
    """
    open_ = ledger.open
    barcode = frame["ACCESSION"].to_numpy(dtype=object)
    keyed = ["SOURCE", "USUBJID", "ANALYTE", "ACCESSION"]
    by_day = ["SOURCE", "USUBJID", "ANALYTE", "DAY"]
    view = _View(frame, unusable)
    for members in _groups(frame, open_ & (barcode != ""), keyed):
        for cluster in _clusters(members, view.same_barcode):
            _settle_version(cluster, view, ledger)
    for members in _groups(frame, open_ & (barcode == ""), by_day):
        for cluster in _clusters(members, view.same_draw):
            _settle_version(cluster, view, ledger)


def settle_routes(frame: pd.DataFrame, ledger: Ledger) -> None:
    """Supersede copies of a sample that came by a route of lower precedence."""
    candidates = ledger.open | (ledger.rule == "CANCELLED")
    view = _View(frame, np.zeros(len(frame), dtype=bool))
    for members in _groups(frame, candidates, ["USUBJID", "ANALYTE", "DAY"]):
        if len({view.precedence[at] for at in members}) > 1:
            _settle_route(members, view, ledger)


class _View:
    """The columns that decisions look at, as plain lists."""

    def __init__(self, frame: pd.DataFrame, unusable: np.ndarray) -> None:
        self.unusable = unusable.tolist()
        self.rank, self.status = frame["RANK"].tolist(), frame["STATUS"].tolist()
        self.empty = frame["PENDING"].isin(["EMPTY_RESULT", "MISSING_RESULT"]).tolist()
        self.resulted = frame["RESULTED"].tolist()
        self.minutes = frame["MINUTES"].tolist()
        self.timed = frame["TIMED"].tolist()
        self.accession = frame["ACCESSION"].tolist()
        self.precedence = frame["PRECEDENCE"].tolist()
        self.near = frame["SAME_MINUTES"].tolist()
        self.rerun = frame["RERUN"].tolist()
        self._visit = frame["VISIT"].tolist()
        self.flagged = ((frame["BASEFL"] == "Y") | (frame["ANLFL"] == "Y")).tolist()
        self._printed = (frame["VALUE"].tolist(), frame["LIMIT"].tolist(), frame["HALF"].tolist())
        self._words = (frame["CENSOR"].tolist(), frame["WORD"].tolist(), frame["PENDING"].tolist())
        self._shown = frame["SHOWN"].to_numpy(dtype=object)
        self._file, self._row = frame["FILE"].to_numpy(dtype=object), frame["ROW"].tolist()

    def same_time(self, one: int, two: int) -> bool:
        """Return whether two records of one day may be of one sample, by their times."""
        if not (self.timed[one] and self.timed[two]):
            return True
        return bool(abs(self.minutes[one] - self.minutes[two]) <= max(self.near[one], self.near[two]))

    def same_draw(self, one: int, two: int) -> bool:
        """Return whether two records of one day may be of one sample, by their times and visits.

        Where a time is missing, two visits that the export names tell two draws of the day apart.
        """
        timed = self.timed[one] and self.timed[two]
        named = self._visit[one] and self._visit[two] and self._visit[one] != self._visit[two]
        return self.same_time(one, two) and (timed or not named)

    def same_barcode(self, one: int, two: int) -> bool:
        """Return whether two records of one barcode are of one draw.

        Two final results with times apart are two draws (a tolerance test under one order); a
        correction or a re-run may bring a corrected time.
        """
        versions = self.rank[one] != self.rank[two] or self.rerun[one] or self.rerun[two]
        return versions or self.same_time(one, two)

    def equal(self, one: int, two: int) -> bool:
        """Return whether two records print one value, each within half of its last digit."""
        if any(words[one] != words[two] for words in self._words):
            return False
        value, limit, half = self._printed
        numbers = value if value[one] == value[one] and value[two] == value[two] else limit
        a, b = numbers[one], numbers[two]
        if a != a and b != b:
            return True
        return bool(abs(a - b) <= half[one] + half[two] + RELATIVE * max(abs(a), abs(b)))

    def against(self, one: int, two: int) -> str:
        """Return both printed results, for a question."""
        return f"{self._shown[one]} against {self._shown[two]} ({self._file[two]} row {self._row[two]})"


def _settle_version(members: Sequence[int], view: _View, ledger: Ledger) -> None:
    if len(members) < 2:
        return
    first, *rest = sorted(
        members,
        key=lambda at: (
            view.rank[at],
            view.empty[at],
            -view.resulted[at],
            view.unusable[at],
            not view.flagged[at],
            at,
        ),
    )
    for at in rest:
        if view.equal(first, at):
            rule = "REPEATED_ROW"
        elif view.rank[at] != view.rank[first] or view.empty[at]:
            rule = "BY_STATUS"
            if {view.status[first], view.status[at]} == {"final", "corrected"}:
                rule = "BY_CORRECTION"
                ledger.ask_one(at, rule, view.against(at, first))
        elif view.resulted[at] != view.resulted[first] != UNKNOWN or view.rerun[first] or view.rerun[at]:
            rule = "BY_RERUN"
        else:
            rule = "CONFLICT"
            ledger.ask_one(at, rule, view.against(at, first))
        ledger.supersede(at, first, rule)


def _settle_route(members: Members, view: _View, ledger: Ledger) -> None:
    cancelled = {at for at in members if ledger.rule[at] == "CANCELLED"}
    standing: Members = []
    for at in sorted(members, key=lambda at: (view.precedence[at], at in cancelled, at)):
        twins = [
            other for other in standing
            if view.precedence[other] != view.precedence[at] and _same_sample(other, at, view)
        ]  # fmt: skip
        alive = [other for other in twins if other not in cancelled]
        twin = next((other for other in alive if view.equal(other, at)), alive[0] if alive else None)
        if at in cancelled or not twins:
            standing.append(at)
        elif twin is None:
            ledger.rule[at] = "COPY_OF_CANCELLED"
            ledger.ask_one(at, "COPY_OF_CANCELLED", view.against(at, twins[0]))
        elif view.equal(twin, at):
            ledger.supersede(at, twin, "OTHER_ROUTE")
        else:
            ledger.supersede(at, twin, "CONFLICT")
            ledger.ask_one(at, "CONFLICT", view.against(at, twin))


def _same_sample(one: int, two: int, view: _View) -> bool:
    if view.accession[one] and view.accession[one] == view.accession[two]:
        return True
    return view.same_draw(one, two)


def _groups(frame: pd.DataFrame, mask: np.ndarray, keys: list[str]) -> Iterator[Members]:
    """Yield the record numbers of each group of two or more, in order of appearance."""
    rows = np.flatnonzero(mask)
    if not len(rows):
        return
    label = np.zeros(len(rows), dtype=np.int64)
    for key in keys:
        codes, texts = pd.factorize(frame[key].to_numpy()[rows])
        label = pd.factorize(label * (len(texts) + 1) + codes)[0]
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label)
    ends = np.cumsum(sizes)
    for group in np.flatnonzero(sizes > 1):
        yield rows[order[ends[group] - sizes[group] : ends[group]]].tolist()


def _clusters(members: Members, same: Callable[[int, int], bool]) -> Iterator[Members]:
    """Yield groups of members that belong with the first of their group."""
    waiting = list(members)
    while waiting:
        head = waiting[0]
        cluster = [at for at in waiting if at == head or same(head, at)]
        yield cluster
        waiting = [at for at in waiting if at not in cluster]
