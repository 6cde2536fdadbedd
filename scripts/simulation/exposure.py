"""Infusions of the demonstration: both products on the day of the infusion, one of them interrupted."""

from simulation.edc import Table
from simulation.people import Person
from simulation.truth import stream

EXPOSURE = (
    "USUBJID", "EXTRT", "EXDOSE", "EXDOSU", "EXVIAB", "EXROUTE", "EXLOT", "EXSTDTC", "EXENDTC", "EXINT",
)  # fmt: skip
UNIT, ROUTE = "10^6 cells", "intravenous"
# Cells per kg of body weight, in 10^6. UC-MSC as registered; BM-MNC near Cai 2016 (10.2337/dc15-0171).
UC_MSC, BM_MNC = (1.0, 2.0), (60.0, 150.0)
VIABILITY = (80.0, 98.0)


def exposure_rows(people: list[Person], seed: int) -> Table:
    """Return one row per infusion of a product; nobody has one who was not infused."""
    rng = stream(seed, "exposure")
    infused = [(person, person.infused) for person in people if person.infused]
    # The interrupted infusion gave about half of what was planned.
    interrupted = infused[int(rng.integers(len(infused) // 3, len(infused)))][0].usubjid
    rows: Table = []
    for person, day in infused:
        marrow = round(person.weight * float(rng.uniform(*BM_MNC)))
        cord = person.weight * float(rng.uniform(*UC_MSC))
        stopped = person.usubjid == interrupted
        lots = (f"BM-{person.usubjid[-3:]}", f"UC{day:%y}-{1 + (day.month - 1) // 2:02d}")
        for product, dose, lot, cut in (
            ("BM-MNC", f"{marrow}", lots[0], False),
            ("UC-MSC", f"{cord * (0.55 if stopped else 1):.1f}", lots[1], stopped),
        ):
            viable = f"{rng.uniform(*VIABILITY):.1f}"
            rows.append(
                [person.usubjid, product, dose, UNIT, viable, ROUTE, lot, day, day, "Y" if cut else "N"]
            )
    return rows
