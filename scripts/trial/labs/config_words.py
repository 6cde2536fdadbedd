"""What the words of an export mean, as `config.yaml` declares it for each source."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trial.study.base import Strict, Text

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Specimen = Literal["SERUM", "PLASMA", "BLOOD", "CAPILLARY", "URINE", "CSF", "OTHER"]
# Samples of blood, for rooms that ask which specimen a result may come from.
BLOOD: tuple[Specimen, ...] = ("SERUM", "PLASMA", "BLOOD", "CAPILLARY")
Status = Literal["final", "corrected", "preliminary", "cancelled", "not done"]
Quality = Literal["HEMOLYZED", "LIPEMIC", "CLOTTED", "QNS"]


class Remarks(Strict):
    """Phrases inside comments, and what they mean; `""` for one that says nothing of the matter.

    Those of `fasting` are also looked for in the test's name (`đói`).
    """

    quality: dict[Text, Quality | Literal[""]]
    """Phrases about the sample; an empty meaning marks a phrase that says nothing."""
    fasting: dict[Text, Literal["Y", "N", ""]]
    """Phrases about fasting, in comments and test names; an empty meaning says nothing."""
    rerun: dict[Text, Literal["Y", ""]]
    """Phrases that say the test was run again."""


class Words(Strict):
    """What words of the export mean, each role's in its own column. Matching ignores case.

    `status: {"": final}` covers empty cells; `""` as a meaning is a word that says nothing. `below`,
    `above`: censored results without a number. `qualifier`: marks that stand in a column of their own.
    """

    status: dict[str, Status]
    """Status of each text of the status column; the empty text covers empty cells."""
    quality: dict[Text, Quality | Literal[""]]
    """Quality of each text of the quality column."""
    fasting: dict[Text, Literal["Y", "N", ""]]
    """Meaning of each text of the fasting column."""
    specimen: dict[Text, Specimen]
    """Specimen of each text of the specimen column."""
    remarks: Remarks
    """Phrases inside comments, and for fasting inside test names."""
    qualifier: dict[Text, Literal["<", ">", "="]] = Field(default_factory=dict)
    """Meaning of marks beside the number (comparator or prefix columns)."""
    flagged: dict[Text, Literal["Y", "N", ""]] = Field(default_factory=dict)
    """Meaning of each text of the baseline and analysis flag columns; Y and N need none."""
    below: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of a result below the limit without a number."""
    above: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of a result above the limit without a number."""
    missing: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts that stand for no result."""
    negative: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of a negative qualitative result."""
    positive: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of a positive qualitative result."""
