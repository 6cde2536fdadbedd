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
    fasting: dict[Text, Literal["Y", "N", ""]]
    rerun: dict[Text, Literal["Y", ""]]


class Words(Strict):
    """What words of the export mean, each role's in its own column. Matching ignores case.

    `status: {"": final}` covers empty cells; `""` as a meaning is a word that says nothing. `below`,
    `above`: censored results without a number. `qualifier`: marks that stand in a column of their own.
    """

    status: dict[str, Status]
    quality: dict[Text, Quality | Literal[""]]
    fasting: dict[Text, Literal["Y", "N", ""]]
    specimen: dict[Text, Specimen]
    remarks: Remarks
    qualifier: dict[Text, Literal["<", ">", "="]] = Field(default_factory=dict)
    below: Annotated[tuple[str, ...], Field(strict=False)]
    above: Annotated[tuple[str, ...], Field(strict=False)]
    missing: Annotated[tuple[str, ...], Field(strict=False)]
    negative: Annotated[tuple[str, ...], Field(strict=False)]
    positive: Annotated[tuple[str, ...], Field(strict=False)]
