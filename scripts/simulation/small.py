"""Two small studies with other arms, visits, endpoints and exports, for tests of the pipeline."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulation import edc
from simulation.laboratory import Values, measure
from simulation.parameters import COVARIATES, Arm, Design, Variable, Visit, same
from simulation.people import Draw, Person, make_draws, make_people
from simulation.text import write_delimited
from simulation.truth import simulate

LONG = (
    "PatientID", "SampleID", "Test", "Result", "Unit", "RefLow", "RefHigh", "CollectedAt", "Status",
    "Comment",
)  # fmt: skip
TESTS = {
    "GLUC": ("Glucose, fasting", "mmol/L", "3.9", "6.4"),
    "HBA1C": ("HbA1c", "%", "4.0", "6.0"),
    "INS": ("Insulin", "mIU/L", "2.6", "24.9"),
    "LDLC": ("LDL cholesterol", "mmol/L", "", "3.4"),
}
# The site's spellings of the visits in the wide file.
VISIT_TEXTS = {"SCR": "Screening", "W4": "Week 4", "W12": "Week 12"}
FIRST_DAY, LAST_DAY = date(2021, 2, 1), date(2021, 4, 30)

THREE_ARM = Design(
    prefix="TA",
    arms=(
        Arm("LOW", "Low dose 10mg", 8),
        Arm("HIGH", "High dose (20 mg)", 8),
        Arm("PBO", "placebo", 8),
    ),
    baseline="SCR",
    visits=(Visit("W4", 28, 3), Visit("W12", 84, 5)),
    covariates=COVARIATES,
    variables=(
        Variable("GLUC", "mmol/L", True, 8.8, 0.20,
                 {"LOW": (0.94, 0.90), "HIGH": (0.90, 0.84), "PBO": (1.0, 0.99)},
                 follow_sd=same(0.20, 2), follow_corr=same(0.6, 2), low=6.0),
        Variable("HBA1C", "%", False, 8.2, 0.8,
                 {"LOW": (-0.2, -0.5), "HIGH": (-0.3, -0.9), "PBO": (-0.1, -0.1)},
                 follow_sd=(0.8, 0.9), follow_corr=(0.85, 0.7), low=7.0, high=10.5, decimals=1),
        Variable("LDLC", "mmol/L", False, 3.3, 0.7,
                 {"LOW": (-0.2, -0.3), "HIGH": (-0.4, -0.6), "PBO": (0.0, 0.0)},
                 follow_sd=same(0.7, 2), follow_corr=same(0.7, 2), low=1.5, high=6.0),
    ),
    correlations={("HBA1C", "GLUC"): 0.5},
    time_corr=0.6, dropout=(0.0, 0.08), intermittent=0.03, driver="HBA1C", driver_slope=0.5, lag=0,
)  # fmt: skip

MINI = Design(
    prefix="MN",
    arms=(Arm("ACT", "active", 6), Arm("REF", "reference", 6)),
    baseline="BL",
    visits=(Visit("V1", 30, 4), Visit("V2", 90, 6)),
    covariates=COVARIATES,
    variables=(
        Variable("HBA1C", "%", False, 8.8, 0.8, {"ACT": (-0.4, -1.0), "REF": (-0.1, -0.3)},
                 follow_sd=(0.8, 0.9), follow_corr=(0.85, 0.7), low=7.5, high=11.0, decimals=1),
        Variable("GLUC", "mmol/L", True, 9.5, 0.22, {"ACT": (0.88, 0.84), "REF": (0.98, 0.96)},
                 follow_sd=same(0.22, 2), follow_corr=same(0.6, 2), low=7.0),
        Variable("INS", "u[IU]/mL", True, 9.0, 0.5, {"ACT": (1.0, 0.95), "REF": same(1.0, 2)},
                 follow_sd=same(0.5, 2), follow_corr=same(0.6, 2)),
    ),
    correlations={("HBA1C", "GLUC"): 0.5},
    time_corr=0.6, dropout=(0.0, 0.0), intermittent=0.04, driver="HBA1C", driver_slope=0.5, lag=0,
)  # fmt: skip


@dataclass(frozen=True)
class Small:
    """People, draws and values of a small study."""

    design: Design
    people: list[Person]
    draws: dict[tuple[str, str], Draw]
    values: Values


def make_three_arm(out: Path, truth_folder: Path, seed: int) -> None:
    """Write the three-arm study: glucose and some HbA1c in a long file, HbA1c and LDL in a wide one."""
    study = _build(THREE_ARM, out, truth_folder, seed)
    half = {person.usubjid for person in study.people[::2]}
    write_delimited(out / "labs" / "long.csv", [LONG, *_long_rows(study, ("GLUC", "HBA1C"), half)])
    head = ("PatientID", "Visit", "Date", "HbA1c (%)", "LDL cholesterol (mmol/L)")
    write_delimited(out / "labs" / "wide.csv", [head, *_wide_rows(study)])


def make_mini(out: Path, truth_folder: Path, seed: int) -> None:
    """Write the two-arm study: one long file with HbA1c, glucose and insulin."""
    study = _build(MINI, out, truth_folder, seed)
    everyone = {person.usubjid for person in study.people}
    write_delimited(out / "labs" / "labs.csv", [LONG, *_long_rows(study, ("HBA1C", "GLUC", "INS"), everyone)])


def _build(design: Design, out: Path, truth_folder: Path, seed: int) -> Small:
    """Simulate a study and write its data capture files and its truth."""
    truth = simulate(design, seed)
    people = make_people(design, truth, seed, FIRST_DAY, LAST_DAY)
    draws = make_draws(design, people, truth, seed, screening=False)
    values = measure(design, people, truth, draws)
    folder = out / "edc"
    edc.write_table(
        folder / "subject_key.csv", ("USUBJID", "MA_BN"), [[p.usubjid, p.hospital] for p in people]
    )
    edc.write_table(folder / "subjects.csv", edc.SUBJECTS, edc.subject_rows(people))
    edc.write_table(folder / "visits.csv", edc.VISITS, edc.visit_rows(design, people, truth, draws))
    edc.write_table(folder / "medications.csv", edc.MEDICATIONS, edc.medication_rows(people, truth, seed))
    edc.write_table(
        folder / "adverse_events.csv", edc.EVENTS, edc.event_rows(design, people, edc.FEW_EVENTS, seed)
    )
    edc.write_table(
        folder / "discontinuation.csv",
        edc.DISCONTINUATION,
        edc.discontinuation_rows(design, people, truth, seed),
    )
    write_truth(design, values, truth_folder)
    return Small(design, people, draws, values)


def write_truth(design: Design, values: Values, folder: Path) -> None:
    """Write the true values: one line per subject, visit and analyte."""
    variables = {variable.name: variable for variable in design.variables}
    table = [
        [usubjid, visit, analyte, f"{value:.{variables[analyte].decimals}f}", variables[analyte].unit]
        for (usubjid, visit, analyte), value in sorted(values.items())
    ]
    write_delimited(folder / "truth.csv", [("USUBJID", "VISIT", "ANALYTE", "VALUE", "UNIT"), *table])


def _long_rows(study: Small, analytes: tuple[str, ...], hba1c_of: set[str]) -> list[list[object]]:
    decimals = {variable.name: variable.decimals for variable in study.design.variables}
    hospital = {person.usubjid: person.hospital for person in study.people}
    rows: list[list[object]] = []
    for (usubjid, visit), draw in sorted(study.draws.items(), key=lambda item: item[1].collected):
        for analyte in analytes:
            if analyte == "HBA1C" and usubjid not in hba1c_of:
                continue
            test, unit, low, high = TESTS[analyte]
            value = f"{study.values[usubjid, visit, analyte]:.{decimals[analyte]}f}"
            moment = f"{draw.collected:%Y-%m-%dT%H:%M}"
            rows.append([hospital[usubjid], draw.sid, test, value, unit, low, high, moment, "Final", ""])
    return rows


def _wide_rows(study: Small) -> list[list[object]]:
    rows: list[list[object]] = []
    for person in study.people:
        for visit, text in VISIT_TEXTS.items():
            draw = study.draws.get((person.usubjid, visit))
            if draw is not None:
                hba1c, ldl = (study.values[person.usubjid, visit, name] for name in ("HBA1C", "LDLC"))
                rows.append([person.hospital, text, draw.collected.date(), f"{hba1c:.1f}", f"{ldl:.2f}"])
    return rows
