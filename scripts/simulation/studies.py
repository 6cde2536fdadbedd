"""The synthetic studies by name."""

from collections.abc import Callable
from pathlib import Path

from simulation import demo, file_traps, lis, lis_traps, screening, small
from simulation.planting import Planter
from simulation.refused import write_refused


def make_demo(out: Path, truth: Path, seed: int) -> None:
    """Write the demonstration study with its planted defects."""
    study = demo.build(seed)
    planter = Planter(study)
    lis_traps.plant(planter, seed)
    file_traps.plant(planter)
    further = screening.plant(planter, seed)
    study.further, study.earlier_medications = further.tables(), further.medications
    demo.write(study, out, truth, seed)
    write_refused(truth / "refused", [row for row in lis.arrange(study.lis) if row.kind != "heading"])


STUDIES: dict[str, Callable[[Path, Path, int], None]] = {
    "demo": make_demo,
    "three_arm": small.make_three_arm,
    "mini": small.make_mini,
}
