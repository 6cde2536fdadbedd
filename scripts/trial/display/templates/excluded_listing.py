"""Subjects who are not in an analysis population, with every reason."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.subject_listing import arm_label, subject_listing
from trial.display.table import Block, Cell, Row, Table

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adsl", "populations"))
COLUMNS = {"Subject": 1.0, "Planned treatment": 2.0, "Treatment received": 2.0, "Reasons": 4.0}
WORDS = (
    "A subject stands under each population that it is not in. Populations without a block have all "
    "subjects.",
)


def build(context: Context) -> Table:
    """Return one block per population with excluded subjects, one row per subject."""
    spec, table = context.spec, context.data["populations"]
    adsl = context.data["adsl"].set_index("USUBJID")
    blocks = []
    for population in spec.populations:
        flag, label = population.flag, population.label
        mine = table[(table["POPULATION"] == flag) & (table["MEMBER"] != "Y")].sort_values("USUBJID")
        rows = []
        for record in mine.to_dict("records"):
            subject = adsl.loc[record["USUBJID"]]
            arms = [arm_label(context, str(subject[name])) for name in ("TRT01P", "TRT01A")]
            rows.append(Row(tuple(map(Cell, (record["USUBJID"], *arms, record["REASON"])))))
        if rows:
            blocks.append(Block(f"Not in: {label} ({len(rows)} of {len(adsl)} subjects)", tuple(rows)))
    title = ("Subjects excluded from analysis populations",)
    return subject_listing(context, title, COLUMNS, blocks, WORDS)
