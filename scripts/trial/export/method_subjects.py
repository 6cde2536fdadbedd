"""How derived variables of subjects and of what is read row by row from EDC files are made."""

from collections.abc import Iterator
from typing import Any

from trial.export.method_words import DAY, Key, Method, condition_words, named


def of_populations(study: Any, program: str) -> Iterator[tuple[Key, Method]]:
    for name, population in study.populations.items():
        conditions = "; ".join(condition_words(condition) for condition in population.conditions)
        text = f"{population.label}: Y where all of this holds, else N: {conditions}."
        yield ("ADSL", name), Method(f"{name}", text, program=program)


def of_subjects(study: Any) -> Iterator[tuple[Key, Method]]:
    make = named("ADSL", "derive_subjects.py")
    timed = [arm.code for arm in study.arms if arm.index_date[0].column == "INFUSION_DT"]
    if timed:
        received = (
            f"TRT01P, but empty where the arm is timed by infusion ({', '.join(timed)}) and there was none."
        )
    else:
        received = "TRT01P."
    yield make("TRT01A", received)
    yield make("AGE", "Year of enrolment minus year of birth (BRTHYR); empty outside the declared limits.")
    yield make(
        "DIABDUR", "Year of enrolment minus year of diagnosis (DIAG_YEAR); empty outside the declared limits."
    )
    yield make("BMI", "Weight in kg / (height in m)**2; empty outside the declared limits.")
    days = "; ".join(f"{arm.code}: {_rules(arm.index_date)}" for arm in study.arms)
    yield make(
        "INDEXDT", f"The first of these dates of the subjects file that is present, plus its lag. {days}."
    )
    yield make("INDEXRULE", "Column and lag in days that gave INDEXDT.")
    first = "; ".join(f"{arm.code}: {_rules(arm.emergent_from)}" for arm in study.arms)
    text = (
        f"First day of the arm's procedures: the first of these dates that is there, plus its lag. {first}."
    )
    yield make("TRTEMDT", text)
    yield make("RESCDT", "Earliest ADCM.ASTDT of a medicine with CMREASON = RESCUE.")
    populations = named("ADSL", "derive_populations.py")
    yield populations(
        "IENOTMET", "Criteria (IETESTCD) of the subject in ADIE whose RESULT is NOT_MET, in their order."
    )
    yield populations(
        "IEUNKNWN", "Criteria (IETESTCD) of the subject in ADIE whose RESULT is UNKNOWN, in their order."
    )
    yield populations("DVIMPORT", "Categories (DVCAT) of the subject's deviations in ADDV with DVIMP = Y.")


def _rules(rules: Any) -> str:
    return ", else ".join(f"{rule.column}{rule.lag_days:+d} d" for rule in rules)


def of_files() -> Iterator[tuple[Key, Method]]:
    """Yield the methods of what is read row by row from EDC files."""
    make = named("ADAE", "derive_subjects.py")
    yield make("ASTDY", DAY.replace("ADT", "ASTDT"))
    yield make(
        "ADURN", "AENDT - ASTDT + 1; empty where a date is missing or the event ends before it starts."
    )
    yield make(
        "TRTEMFL",
        "Y unless every day on which the event may have started lies before ADSL.TRTEMDT; of a start "
        "known in part, a known end before that day says so too. Y for every event of a subject without "
        "TRTEMDT.",
    )
    whole = "The date as collected, where it is a whole date; nothing is imputed."
    for dataset in ("ADCM", "ADMH", "ADEX"):
        make = named(dataset, "derive_subjects.py")
        yield make("ASTDT", whole)
        yield make("AENDT", whole)
    yield named("ADLBS", "derive_subjects.py")("LBDT", whole)
    make = named("ADICE", "derive_subjects.py")
    yield make(
        "ICEDT",
        "Date of the event. Where it is not known in full and the event may have come after the index "
        "date, the earliest possible day (EARLYFL = Y).",
        "Imputation",
    )
    yield make("EARLYFL", "Y where ICEDT is the earliest possible day of an event that is not dated in full.")
    make = named("ADIE", "derive_populations.py")
    yield make(
        "RESULT",
        "MET, NOT_MET or UNKNOWN by the tests of the criterion in the configuration (section "
        "eligibility), in favour of the subject; DECLARED where the form is ticked and nothing more. "
        "Unknown never counts as met.",
    )
    yield make("VALUE", "What the record that decides holds.")
    yield make("UNIT", "Unit of VALUE.")
    yield make("REASON", "Why the criterion is not decided, or how.")
    make = named("ADDV", "derive_populations.py")
    yield make("DVSTDT", "Date of the deviation as recorded, or of the first day on which the data show it.")
    yield make("DETAIL", "What the data show; empty for a recorded deviation.")
    yield make("DVIMP", "As recorded; of a derived deviation as the configuration says of its rule.")
