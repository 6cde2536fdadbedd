"""The electronic data capture files: subjects, visits, medications, adverse events, discontinuation."""

from datetime import date, timedelta
from pathlib import Path

from simulation.parameters import Design, Events
from simulation.people import Draw, Person
from simulation.text import write_delimited
from simulation.truth import Truth, stream

Table = list[list[object]]
SUBJECTS = (
    "USUBJID", "ARM", "SEX", "BRTHYR", "CONSENT_DT", "ENROL_DT", "ALLOC_DT", "INFUSION_DT", "DIAG_YEAR",
    "WEIGHT_KG", "HEIGHT_CM", "N_OAD", "SCREEN_DT",
)  # fmt: skip
VISITS = ("USUBJID", "VISIT", "VISIT_DT", "DONE", "FASTING_H", "REASON_NOT_DONE")
MEDICATIONS = ("USUBJID", "CMTRT", "CMCLASS", "CMDOSE", "CMDOSU", "CMSTDTC", "CMENDTC", "CMREASON")
EVENTS = (
    "USUBJID", "AETERM", "AESOC", "AEDECOD", "AESTDTC", "AEENDTC", "AESEV", "AESER", "AERELPROD", "AERELPROC",
    "AEOUT", "AEACN",
)  # fmt: skip
DISCONTINUATION = ("USUBJID", "DSDTC", "DSDECOD", "DSTERM")
FEW_EVENTS = Events(fever=0.0, marrow_pain=0.0, hypoglycaemia=0.1, respiratory=0.1)
TABLETS = (
    ("metformin", "biguanide", 1000),
    ("gliclazide MR", "sulfonylurea", 60),
    ("sitagliptin", "DPP-4 inhibitor", 100),
)
RESCUE = (
    ("empagliflozin", "SGLT2 inhibitor", 10, "mg"),
    ("insulin glargine", "insulin", 10, "U"),
    ("gliclazide MR", "sulfonylurea", 90, "mg"),
)
LEFT = (
    ("WITHDRAWAL BY SUBJECT", "moved to another province"),
    ("LOST TO FOLLOW-UP", "no answer on three calls"),
)


def subject_rows(people: list[Person]) -> Table:
    """Return the subjects, arm texts as the site writes them."""
    return [
        [
            p.usubjid, p.arm.text, p.sex, p.birth_year, p.screened, p.enrolled, p.allocated, p.infused or "",
            p.diagnosis_year, f"{p.weight:.1f}", p.height, p.tablets, p.screened,
        ]
        for p in people
    ]  # fmt: skip


def visit_rows(
    design: Design, people: list[Person], truth: Truth, draws: dict[tuple[str, str], Draw]
) -> Table:
    """Return every planned visit, done or not."""
    rows: Table = []
    codes = (design.baseline, *(visit.code for visit in design.visits))
    for row, person in enumerate(people):
        left = int(truth.dropout[row]) or len(codes)
        for at, code in enumerate(codes):
            draw = draws.get((person.usubjid, code))
            if draw is not None:
                rows.append([person.usubjid, code, draw.collected.date(), "Y", f"{draw.fasting:g}", ""])
            else:
                reason = "left the study" if at >= left else "did not come"
                rows.append([person.usubjid, code, "", "N", "", reason])
    return rows


def medication_rows(people: list[Person], truth: Truth, seed: int) -> Table:
    """Return background tablets since before the trial, and rescue medication."""
    rng = stream(seed, "medications")
    rows: Table = []
    for row, person in enumerate(people):
        for name, group, dose in TABLETS[: person.tablets]:
            start = f"{person.diagnosis_year + int(rng.integers(0, 3))}-{int(rng.integers(1, 13)):02d}"
            rows.append([person.usubjid, name, group, dose, "mg", start, "", "type 2 diabetes"])
        if truth.rescue_day[row]:
            name, group, dose, unit = RESCUE[int(rng.integers(0, len(RESCUE)))]
            start_day = person.index + timedelta(int(truth.rescue_day[row]))
            rows.append([person.usubjid, name, group, dose, unit, start_day, "", "rescue"])
    return rows


def event_rows(design: Design, people: list[Person], events: Events, seed: int) -> Table:
    """Return adverse events: of infusion and marrow harvest, others in all arms, one SAE per arm."""
    rng = stream(seed, "events")
    last = design.visits[-1].day
    rows: Table = []
    serious = {person.arm.code: person.usubjid for person in people[len(people) // 6 :]}
    for person in people:
        if person.infused and rng.random() < events.fever:
            rows.append(_event(person, person.infused, 1, FEVER))
        if person.infused and rng.random() < events.marrow_pain:
            start = person.infused - timedelta(int(rng.integers(0, 2)))
            rows.append(_event(person, start, int(rng.integers(1, 5)), MARROW_PAIN))
        for kind, share in ((HYPOGLYCAEMIA, events.hypoglycaemia), (RESPIRATORY, events.respiratory)):
            if rng.random() < share:
                start = person.index + timedelta(int(rng.integers(2, last - 10)))
                rows.append(_event(person, start, int(rng.integers(0, 8)), kind))
        if serious[person.arm.code] == person.usubjid:
            start = person.index + timedelta(int(rng.integers(last * 2 // 9, last * 5 // 6)))
            rows.append(_event(person, start, 9, SERIOUS))
    return rows


def discontinuation_rows(design: Design, people: list[Person], truth: Truth, seed: int) -> Table:
    """Return one row per subject who left, between the last visit attended and the next planned one."""
    rng = stream(seed, "discontinuation")
    planned = (0, *(visit.day for visit in design.visits))
    rows: Table = []
    for row, person in enumerate(people):
        left = int(truth.dropout[row])
        if left:
            day = person.index + timedelta(int(rng.integers(planned[left - 1] + 12, planned[left] - 5)))
            rows.append([person.usubjid, day, *LEFT[int(rng.integers(0, len(LEFT)))]])
    return rows


def write_table(path: Path, columns: tuple[str, ...], rows: Table) -> None:
    """Write one file of the data capture system."""
    write_delimited(path, [columns, *rows])


FEVER = ("Sốt nhẹ sau truyền", "General disorders and administration site conditions", "Pyrexia",
         "MILD", "N", "Y", "Y")  # fmt: skip
MARROW_PAIN = ("Đau vị trí chọc tủy", "Injury, poisoning and procedural complications", "Procedural pain",
               "MILD", "N", "N", "Y")  # fmt: skip
HYPOGLYCAEMIA = ("Hạ đường huyết", "Metabolism and nutrition disorders", "Hypoglycaemia",
                 "MILD", "N", "N", "N")  # fmt: skip
RESPIRATORY = ("Viêm đường hô hấp trên", "Infections and infestations", "Upper respiratory tract infection",
               "MODERATE", "N", "N", "N")  # fmt: skip
SERIOUS = ("Gãy xương cẳng tay do tai nạn giao thông", "Injury, poisoning and procedural complications",
           "Forearm fracture", "SEVERE", "Y", "N", "N")  # fmt: skip


def _event(person: Person, start: date, days: int, kind: tuple[str, ...]) -> list[object]:
    term, organ, decoded, severity, serious, product, procedure = kind
    end = start + timedelta(days)
    return [
        person.usubjid, term, organ, decoded, start, end, severity, serious, product, procedure,
        "RECOVERED/RESOLVED", "DOSE NOT CHANGED",
    ]  # fmt: skip
