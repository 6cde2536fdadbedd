"""Medical history of the demonstration: diabetes with the precision the site knows, and common companions."""

from datetime import date

from numpy.random import Generator

from simulation.edc import Table
from simulation.people import Person
from simulation.truth import stream

HISTORY = ("USUBJID", "MHTERM", "MHDECOD", "MHBODSYS", "MHCAT", "MHSTDTC", "MHENDTC", "MHONGO")
DIABETES = (
    "Đái tháo đường típ 2",
    "Type 2 diabetes mellitus",
    "Metabolism and nutrition disorders",
    "DIABETES",
)
# How precisely a diagnosis of long ago is known: by year, by month, by day.
PRECISION = ((4, 0.60), (7, 0.30), (10, 0.10))
# Term as typed, preferred term, organ class; share of subjects, and whether it goes on.
COMPANIONS = (
    ("Tăng huyết áp", "Hypertension", "Vascular disorders", 0.50, True),
    ("Rối loạn lipid máu", "Dyslipidaemia", "Metabolism and nutrition disorders", 0.55, True),
    ("Gan nhiễm mỡ", "Hepatic steatosis", "Hepatobiliary disorders", 0.30, True),
    ("Biến chứng thần kinh ngoại biên", "Diabetic neuropathy", "Nervous system disorders", 0.22, True),
    ("Bệnh võng mạc do đái tháo đường", "Diabetic retinopathy", "Eye disorders", 0.14, True),
    ("Viêm dạ dày", "Gastritis", "Gastrointestinal disorders", 0.18, False),
    ("Thoái hóa khớp gối", "Osteoarthritis", "Musculoskeletal and connective tissue disorders", 0.15, True),
    ("Lao phổi cũ", "Pulmonary tuberculosis", "Infections and infestations", 0.05, False),
    ("Cắt ruột thừa", "Appendicectomy", "Surgical and medical procedures", 0.10, False),
)  # fmt: skip


def history_rows(people: list[Person], seed: int, diagnosed: dict[str, str]) -> Table:
    """Return the history of everyone; `diagnosed` has the start of diabetes of those whose date matters."""
    rng = stream(seed, "history")
    rows: Table = []
    for person in people:
        start = _start(person.diagnosis_year, rng)
        rows.append([person.usubjid, *DIABETES, diagnosed.get(person.usubjid, start), "", "Y"])
        for term, decoded, organ, share, goes_on in COMPANIONS:
            if rng.random() < share:
                year = int(rng.integers(person.screened.year - 12, person.screened.year))
                begin = _start(year, rng)
                end = "" if goes_on else str(year)
                rows.append([person.usubjid, term, decoded, organ, "", begin, end, "Y" if goes_on else "N"])
    return rows


def _start(year: int, rng: Generator) -> str:
    """Return a date of a year as precisely as it is known."""
    text = date(year, int(rng.integers(1, 13)), int(rng.integers(1, 29))).isoformat()
    known = rng.random()
    for width, share in PRECISION:
        if known < share:
            return text[:width]
        known -= share
    return text
