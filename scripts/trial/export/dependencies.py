"""Which programs make each exported data set, and what they read."""

from typing import Any

from trial.export.datasets import is_analysed

# The programs that make each data set, and the files of results/ that they read; those of a study of ADaM
# inputs.
SUBJECTS, POPULATIONS = "derive_subjects.py", "derive_populations.py"
MADE_BY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ADSL": ((SUBJECTS, POPULATIONS), ("EDC files", "data/labs.csv")),
    "ADAE": ((SUBJECTS,), ("EDC files",)),
    "ADCM": ((SUBJECTS,), ("EDC files",)),
    "ADEX": ((SUBJECTS,), ("EDC files",)),
    "ADICE": ((SUBJECTS,), ("EDC files",)),
    "ADLBS": ((SUBJECTS,), ("EDC files",)),
    "ADMH": ((SUBJECTS,), ("EDC files",)),
    "ADSV": ((SUBJECTS,), ("EDC files",)),
    "ADIE": ((POPULATIONS,), ("EDC files", "data/labs.csv", "ADSL without its populations")),
    "ADDV": ((POPULATIONS,), ("EDC files", "ADIE", "ADSV", "ADCM", "ADSL without its populations")),
    "ADLB": (("derive_endpoint.py", "collect_adlb.py"), ("data/labs.csv", "ADSL", "ADSV")),
    "ADLBSAF": (("derive_laboratory.py",), ("data/labs.csv", "ADSL")),
}
GIVEN_BY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ADSL": (("read_adam.py",), ("ADaM inputs",)),
    "ADLB": (("read_adam.py", "take_endpoint.py", "collect_adlb.py"), ("ADaM inputs", "ADSL")),
}


def made_by(study: Any, dataset: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the programs that make a data set, in order, and what they read."""
    return (GIVEN_BY if is_analysed(study) else MADE_BY)[dataset]
