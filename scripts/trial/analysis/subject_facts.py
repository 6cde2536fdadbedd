"""What analyses of subjects read of records and visit forms, and what a study knows of its subjects."""

from collections.abc import Iterator
from typing import Any

from trial.subjects.schema import ADSV

# Columns of the records of all endpoints, and of the visit forms.
VALUES = {"USUBJID": "text", "PARAMCD": "text", "AVISIT": "text", "ABLFL": "text", "ANL01FL": "text",
          "BASE": "number", "ASEQ": "number"}  # fmt: skip
FORMS = ADSV.only("USUBJID", "VISIT", "SVDT", "DONE", "REASON")


def subjects_file(study: Any) -> tuple[str, tuple[str, ...]]:
    """Return the raw file of subjects, and the texts of those who failed at screening."""
    if hasattr(study, "edc"):
        return str(study.edc.subjects), tuple(study.edc.screen_failures)
    return str(study.adam.adsl.file), tuple(study.adam.adsl.screen_failures)


def knows_discontinuation(study: Any, reason: str | None) -> bool:
    """Return whether the data say who discontinued: else nobody can be said to have completed."""
    if hasattr(study, "edc"):
        return study.edc.discontinuation is not None
    return study.adam.adsl.columns.DISCDT is not None or reason is not None


def check_forms(study: Any, asked: bool) -> Iterator[str]:
    """Yield that visit forms are asked for and the study has none."""
    if asked and (not hasattr(study, "edc") or study.edc.visits is None):
        yield "visit_forms: the study has no file of visits (edc.visits); expected false"
