"""Small labs and rules for the endpoint tests."""

import pandas as pd

from trial.endpoints.config import BelowLimit, DeriveEndpointSpec, IndexRules
from trial.endpoints.config_visits import Selection, Window
from trial.endpoints.draws import STATED
from trial.study.books import QUERIES

FASTING_HOURS = 8.0
INDICES = IndexRules(pairing_minutes=30, homa_b_undefined_at=3.5, homa_b_unstable_below=4.0)
BELOW = BelowLimit(substitute="LLOQ/2", warn_above_pct=10, describe_only_above_pct=50)
VISITS = (
    Window(code="BL", number=0, target_day=0, window=(-28, 0), baseline=True),
    Window(code="M1", number=1, target_day=30, window=(15, 59), baseline=False),
    Window(code="M3", number=3, target_day=90, window=(60, 134), baseline=False),
)
SELECTION = Selection(
    after_baseline="closest to target day", tie="later", baseline="last on or before index date"
)
NOTHING_ASKED = pd.DataFrame(columns=list(QUERIES), dtype=str)
ADSV = pd.DataFrame(
    {name: pd.Series(dtype=kind) for name, kind in
     {"USUBJID": str, "VISIT": str, "SVDT": str, "DONE": str, "FASTING_H": float, "REASON": str,
      "FILE": str, "ROW": float}.items()}
)  # fmt: skip


def spec(source, paramcd="FPG", unit="mmol/L", **others):
    return DeriveEndpointSpec(
        paramcd=paramcd,
        unit=unit,
        source=source,
        visits=VISITS,
        selection=SELECTION,
        fasting_hours=FASTING_HOURS,
        indices=INDICES,
        below_limit=BELOW,
        flags=("ENRLFL", "FASFL", "SAFFL"),
        **others,
    )


VENOUS = ("SERUM", "PLASMA", "BLOOD")


def measured(analyte="GLUC", fasting="not contradicted", specimens=VENOUS):
    return {"analyte": analyte, "fasting": fasting, "specimens": specimens}


def homa(index="HOMA1_IR", fasting="not contradicted"):
    inputs = {"glucose": "GLUC", "insulin": "INS"}
    return {"index": index, "inputs": inputs, "fasting": fasting, "specimens": VENOUS}


def lab(row, analyte, value, collected, accession="", **others):
    text = {"USUBJID": "S1", "ANALYTE": analyte, "COLLECTED": collected, "ACCESSION": accession}
    blank = ("CENSOR", "FACTOR", "FASTING", "SPECIMEN", "QUALITY", "SHEET", "COLUMN", *STATED)
    numbers = {"VALUE": value, "LIMIT": float("nan"), "LLOQ": float("nan")}
    return dict.fromkeys(blank, "") | numbers | text | {"FILE": "f.csv", "ROW": str(row)} | others


def labs(*rows):
    return pd.DataFrame(list(rows))


def adsl(*index_dates):
    names = [f"S{number}" for number in range(1, len(index_dates) + 1)]
    return pd.DataFrame({
        "USUBJID": names, "ARMCD": ["A", "B"] * (len(names) // 2) + ["A"] * (len(names) % 2),
        "TRT01P": ["A", "B"] * (len(names) // 2) + ["A"] * (len(names) % 2),
        "INDEXDT": list(index_dates), "FASFL": ["Y"] * len(names),
        "TRT01A": "", "ENRLFL": "Y", "SAFFL": "",
    })  # fmt: skip
