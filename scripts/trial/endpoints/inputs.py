"""What each index needs: roles of its inputs and the UCUM unit its constants hold for; where it has a pole.

The formulas stand in `trial.endpoints.indices`; the configuration is checked against this table.
"""

GLUCOSE = "mmol/L"
INSULIN = "u[IU]/mL"  # numerically the same as m[IU]/L
C_PEPTIDE = "ng/mL"
TRIGLYCERIDES = "mmol/L"

INPUTS: dict[str, dict[str, str]] = {
    "HOMA1_IR": {"glucose": GLUCOSE, "insulin": INSULIN},
    "HOMA1_B": {"glucose": GLUCOSE, "insulin": INSULIN},
    "HOMA_IS": {"glucose": GLUCOSE, "insulin": INSULIN},
    "HOMA_DI": {"glucose": GLUCOSE, "insulin": INSULIN},
    "QUICKI": {"glucose": GLUCOSE, "insulin": INSULIN},
    "SPINA_GBETA": {"glucose": GLUCOSE, "insulin": INSULIN},
    "SPINA_GR": {"glucose": GLUCOSE, "insulin": INSULIN},
    "SPINA_DI": {"glucose": GLUCOSE, "insulin": INSULIN},
    "HOMA_IR_CP": {"glucose": GLUCOSE, "cpeptide": C_PEPTIDE},
    "HOMA_ISLET_CP": {"glucose": GLUCOSE, "cpeptide": C_PEPTIDE},
    "CPEP_GLUC": {"glucose": GLUCOSE, "cpeptide": C_PEPTIDE},
    "TYG": {"glucose": GLUCOSE, "triglycerides": TRIGLYCERIDES},
}
# Same number under another UCUM name.
SAME_UNIT = {"m[IU]/L": INSULIN}
# UCUM unit of each index's value.
UNITS: dict[str, str] = {
    "HOMA1_IR": "1",
    "HOMA1_B": "%",
    "HOMA_IS": "1",
    "HOMA_DI": "1",
    "QUICKI": "1",
    "SPINA_GBETA": "pmol/s",
    "SPINA_GR": "mol/s",
    "SPINA_DI": "1",
    "HOMA_IR_CP": "1",
    "HOMA_ISLET_CP": "%",
    "CPEP_GLUC": "1",
    "TYG": "1",
}
# Indices that divide by glucose minus the pole of HOMA1-%B, with their formula in words: the undefined and
# unstable zones apply to them.
HOMA_B_POLE = 3.5  # mmol/L: 20 I / (G - 3.5) has no meaning at or below it
POLE_FORMULAS: dict[str, str] = {
    "HOMA1_B": "20 × insulin / (glucose − 3.5)",
    "HOMA_DI": "450 / (glucose × (glucose − 3.5))",
    "HOMA_ISLET_CP": "0.27 × C-peptide (pmol/L) / (glucose − 3.5)",
}
