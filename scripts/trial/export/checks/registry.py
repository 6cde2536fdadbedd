"""All rules in their order, each with its words; and the run of them over an export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from trial.export.checks import every, occurrences, records, subject_level
from trial.export.checks.rule import Broken, Looked, Rule
from trial.export.datasets import Exported
from trial.export.findings import Finding, Severity

if TYPE_CHECKING:
    import pandas as pd

SUBJECT_LEVEL, BASIC, OCCURRENCE = (
    "SUBJECT LEVEL ANALYSIS DATASET", "BASIC DATA STRUCTURE", "OCCURRENCE DATA STRUCTURE",
)  # fmt: skip
Look = Callable[[Looked], Iterator[Broken]]


NOTHING: Mapping[tuple[str, str], str] = {}


def _rule(
    name: str,
    severity: Severity,
    look: Look,
    text: str,
    explained: Mapping[tuple[str, str], str] = NOTHING,
) -> Rule:
    return Rule(name, severity, text, look, explained)


EVERY = (
    _rule("A01", "error", every.identified, "STUDYID and USUBJID exist and are filled on every record"),
    _rule("A02", "reject", every.named, "Names have 1 to 8 capital letters, digits or _, the first no digit"),
    _rule(
        "A03", "reject", every.labelled, "Data sets and variables have labels of at most 40 ASCII characters"
    ),
    _rule(
        "A04",
        "warning",
        every.labelled_as_standard,
        "Variables of the ADaM standard have its labels",
        {("ADLBSAF", "ANL01FL"): "The label says in addition what the flag selects"},
    ),
    _rule(
        "A05",
        "reject",
        every.written,
        "Text is printable ASCII after transliteration, has at most 200 bytes and no blanks around it",
    ),
    _rule(
        "A06",
        "warning",
        every.filled,
        "A variable has a value on one record at least",
        {("*", "*"): "The study collects none of it, or none of it happened"},
    ),
    _rule("A07", "error", every.flagged, "Variables called *FL are Y, N or empty"),
    _rule("A08", "error", every.dated, "Variables called *DT are numeric dates"),
    _rule("A09", "error", every.imputed, "*DTF is Y, M, D or empty; *TMF is H, M, S or empty"),
    _rule("A10", "error", every.twins, "A numeric variable *N and its text are one to one"),
    _rule(
        "A11",
        "warning",
        every.twins_filled,
        "A numeric variable *N and its text are both filled or both empty",
    ),
    _rule("A12", "error", every.ordered, "An end is not before its start"),
    _rule(
        "A13",
        "error",
        every.counted,
        "A relative day is the date less the reference date (INDEXDT, else TRTSDT, of ADSL), "
        "plus 1 from that day on",
    ),
    _rule("A14", "error", every.without_day_0, "No relative day is 0"),
    _rule("A15", "error", every.unique, "The keys of the data set name one record"),
    _rule("A16", "reject", every.numeric, "Numbers are those that a transport file holds without a loss"),
    _rule("A17", "reject", every.whole, "Variables of the type integer hold whole numbers"),
    _rule("A18", "error", every.listed, "Values of variables with a codelist are its terms"),
    _rule("A19", "warning", every.planned, "Text is not longer than the declared length of its variable"),
    _rule("A20", "warning", every.before_cut, "No date lies after the data cut"),
    _rule("X01", "error", every.known, "Every subject is in ADSL"),
    _rule(
        "X02", "error", every.as_in_adsl, "A variable that is also in ADSL has the value of its subject there"
    ),
)
OF_CLASS = {
    SUBJECT_LEVEL: (
        _rule("S01", "error", subject_level.once, "ADSL has one record per subject"),
        _rule(
            "S02", "error", subject_level.needed, "ADSL has SUBJID, SITEID, AGE, AGEU, SEX, RACE, ARM, TRT01P"
        ),
        _rule("S03", "error", subject_level.in_populations, "ADSL has a population flag, and each is Y or N"),
        _rule("S04", "error", subject_level.of_terms, "SEX and AGEU hold terms of the CDISC codelists"),
        _rule("S05", "error", subject_level.treated, "SAFFL is Y where TRTSDT is filled, and only there"),
        _rule("S06", "error", subject_level.assigned, "Subjects in ITTFL or FASFL have TRT01P"),
        _rule("S07", "warning", subject_level.of_age, "AGE lies between 0 and 120"),
        _rule("S08", "error", subject_level.dead, "DTHFL is Y where DTHDT is filled, and only there"),
        _rule("S09", "warning", subject_level.numbered, "A SUBJID belongs to one USUBJID"),
    ),
    BASIC: (
        _rule(
            "B01", "error", records.of_parameters, "PARAM and PARAMCD exist and are filled on every record"
        ),
        _rule("B02", "error", records.with_values, "AVAL or AVALC exists"),
        _rule("B03", "error", records.of_one_code, "PARAM and PARAMCD are one to one"),
        _rule(
            "B04",
            "error",
            records.coded,
            "PARAMCD has 1 to 8 capital letters, digits or _, the first no digit",
        ),
        _rule("B05", "error", records.with_treatment, "There is a treatment variable"),
        _rule("B06", "error", records.one_baseline, "ABLFL is Y at most once per subject and parameter"),
        _rule(
            "B07",
            "error",
            records.one_base,
            "BASE is one value on all records of a subject and parameter, or on none",
        ),
        _rule("B08", "error", records.base_of_record, "BASE is AVAL of the record with ABLFL"),
        _rule("B09", "error", records.changed, "CHG is AVAL less BASE"),
        _rule(
            "B10",
            "error",
            records.changed_in_percent,
            "PCHG is 100 (AVAL - BASE) / BASE, and empty where BASE is 0",
        ),
        _rule(
            "B11",
            "warning",
            records.analysed_once,
            "ANLzzFL is Y at most once per subject, parameter and visit",
        ),
        _rule(
            "B12",
            "warning",
            records.traced,
            "Records lead to their source: SRCSEQ, or the row of a raw file",
            {
                ("ADLB", "SRCSEQ"): "Several raw results may stand behind a record: data/lineage.csv, "
                "which stays with the raw files, lists them by PARAMCD, USUBJID, ASEQ"
            },
        ),
        _rule(
            "B13",
            "error",
            records.within_range,
            "ANRIND agrees with AVAL and its limits, unless AVAL is censored",
        ),
    ),
    OCCURRENCE: (
        _rule(
            "O01", "error", occurrences.with_levels, "A coded term has the level of the dictionary above it"
        ),
        _rule(
            "O02",
            "error",
            occurrences.emergent,
            "No event with TRTEMFL Y starts before the first day that counts",
        ),
        _rule("O03", "warning", occurrences.started, "An occurrence has a start date"),
    ),
}
RULES = (*EVERY, *(rule for rules in OF_CLASS.values() for rule in rules))


def check(
    datasets: Sequence[Exported], tables: Mapping[str, "pd.DataFrame"], cut: str
) -> tuple[Finding, ...]:
    """Return what the rules find, data set by data set, in the order of the rules.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The records of each data set with its text in ASCII.
    cut : str
        Date of the data cut.
    """
    found = []
    for dataset in datasets:
        looked = Looked(dataset, tables[dataset.name], tables["ADSL"], cut)
        for rule in (*EVERY, *OF_CLASS.get(dataset.adam_class, ())):
            found += [_finding(rule, dataset.name, broken) for broken in rule.look(looked)]
    return tuple(found)


def _finding(rule: Rule, dataset: str, broken: Broken) -> Finding:
    places = ((dataset, broken.variable), ("*", broken.variable), ("*", "*"))
    why = next((rule.explained[place] for place in places if place in rule.explained), "")
    return Finding(
        rule.id, rule.text, dataset, broken.variable, rule.severity, broken.count, broken.first, why
    )
