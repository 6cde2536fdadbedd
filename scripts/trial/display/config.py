"""The configuration of what is printed."""

from typing import Annotated, Literal

from pydantic import Field

from trial.study.base import Code, Strict


class Outputs(Strict):
    """Conventions of the printed outputs."""

    primary_visit: Code
    p_value_format: Literal["sas4"]
    ratio_decimals: Annotated[int, Field(ge=2, le=3)]
