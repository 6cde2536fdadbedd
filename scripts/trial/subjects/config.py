"""The configuration of the subject level: EDC files, arms and time zero."""

from typing import Annotated, Literal

from pydantic import Field

from trial.study.base import Code, RawPath, Strict, Text, listed


class Edc(Strict):
    """The EDC files below `data/raw`; those not named do not exist in this study."""

    subject_key: RawPath
    subjects: RawPath
    visits: RawPath | None
    medications: RawPath | None
    adverse_events: RawPath | None
    discontinuation: RawPath | None


class DateRule(Strict):
    """One way to a subject's index date: a date column of the subjects file plus a lag in days."""

    column: Literal["INFUSION_DT", "ALLOC_DT", "ENROL_DT"]
    lag_days: Annotated[int, Field(ge=0, le=3660)]


class Arm(Strict):
    """One treatment arm: code and label of outputs, the site's spellings, and its time zero."""

    code: Code
    label: Text
    site_texts: listed(str)  # type: ignore[valid-type]
    index_date: listed(DateRule)  # type: ignore[valid-type]


class SubjectsSpec(Strict):
    """What `derive_subjects` stands on."""

    edc: Edc
    arms: listed(Arm)  # type: ignore[valid-type]
