"""The outputs of adverse events agree with each other in a study of three arms; without any event they are empty."""

import pytest
import yaml

from workflow import safety_outputs
from workflow.adverse_outputs import check_agreement, read
from workflow.conftest import STUDIES, relock, snakemake

TABLES = [*(f"t14-3-1-{n}" for n in range(1, 6)), "l14-3-2-2", "l16-2-7", *safety_outputs.TABLES]
FIGURES = ["f14-3-1-1", safety_outputs.FIGURE]
TARGETS = [
    *(f"results/tables/{name}.html" for name in TABLES),
    *(f"results/figures/{name}.svg" for name in FIGURES),
]
NULL = "Null Report: No observations met the reporting criteria for inclusion in this output."
ARMS = {"LOW": "Low dose (10 mg)", "HIGH": "High dose (20 mg)", "PBO": "Placebo"}


def test_the_outputs_of_a_study_of_three_arms_agree(three_arms):
    check_agreement(three_arms / "results", ARMS)
    safety_outputs.check_safety(three_arms / "results")
    terms = read(three_arms / "results" / "tables" / "t14-3-1-2.csv")
    # 3 infections, 4 fractures... the most frequent class first.
    assert terms["block"].drop_duplicates().tolist()[1:] == [
        "Infections and infestations",
        "Injury, poisoning and procedural complications",
        "Metabolism and nutrition disorders",
    ]


@pytest.mark.parametrize("way", ["no file", "no event"])
def test_without_any_event_every_output_is_made_and_says_so(study, way):
    folder = study("three_arm")
    config = folder / "config.yaml"
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    if way == "no file":
        content["edc"] |= dict.fromkeys(("adverse_events", "discontinuation"))
        for name in ("AESEV", "AESER", "AERELPROD", "AERELPROC"):
            del content["edc"]["spellings"][name]
    else:  # before anybody was treated
        for arm in content["arms"]:
            arm["emergent_from"] = [{"column": "ALLOC_DT", "lag_days": 3000}]
    config.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    relock(folder)
    done = snakemake(folder, *TARGETS)
    assert done.returncode == 0, done.text
    pages = {
        name: (folder / "results" / "tables" / f"{name}.html").read_text(encoding="utf-8") for name in TABLES
    }
    empty = {"t14-3-1-2", "t14-3-1-3", "t14-3-1-4", "l14-3-2-1", "l14-3-2-3", "t14-1-8-1", "l16-2-5"}
    empty |= {"l16-2-7", "l14-3-2-2"} if way == "no file" else set()
    assert {name for name, text in pages.items() if NULL in text} == empty
    overview = read(folder / "results" / "tables" / "t14-3-1-1.csv")
    cells = overview[[column for column in overview if column.endswith(("Subjects", "Events"))]]
    assert set(cells.to_numpy().ravel()) == {"0", ""}
    for name in FIGURES:
        assert read(folder / "results" / "figures" / f"{name}.csv").empty
        assert (folder / "results" / "figures" / f"{name}.png").stat().st_size > 10_000


def test_the_smallest_study_has_the_same_outputs_by_configuration(study):
    folder = study("mini")
    config = folder / "config.yaml"
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    other = yaml.safe_load((STUDIES / "three_arm" / "config.yaml").read_text(encoding="utf-8"))
    names = ("ADVERSE", "HYPOGLYCAEMIA", "HISTORY", "MEDICINES", "EXPOSURE", "SAFETY_SIZE")
    content["analyses"] |= {name: other["analyses"][name] for name in names}
    present = {row["id"] for row in content["outputs"]}
    wanted = {*TABLES, *FIGURES} - present
    content["outputs"] += [row for row in other["outputs"] if row["id"] in wanted]
    config.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = snakemake(folder, *TARGETS)
    assert done.returncode == 0, done.text
    check_agreement(folder / "results", {"ACT": "Active", "REF": "Reference"})
    safety_outputs.check_safety(folder / "results")
