"""The outputs of disposition and baseline, taken from the study of three arms into another one by configuration."""

from pathlib import Path

from trial.study.load import read_yaml

STUDIES = Path(__file__).parent
ANALYSES = ("DISPOSITION", "ENROLLED_SIZE", "COMPLETION", "CHARACTERISTICS")
OF_RAW_DATA = ("discontinued_listing", "intercurrent_listing")
TEMPLATES = (
    "flow_figure", "flow_table", "populations_table", "completion_table", "baseline_table", "excluded_listing",
    "demography_listing", "readers_notes", *OF_RAW_DATA,
)  # fmt: skip


def graft(content, raw=True):
    """Add the analyses and outputs of subjects to a configuration that has none of them.

    `raw`: whether the study starts from raw data, and has visit forms and discontinuations.
    """
    source = read_yaml(STUDIES / "three_arm" / "config.yaml")
    for name in ANALYSES:
        content["analyses"][name] = source["analyses"][name]
    if not raw:
        content["analyses"]["DISPOSITION"] |= {"visit_forms": False, "discontinuation": None}
        content["analyses"]["COMPLETION"]["visit_forms"] = False
        kept = [one for one in content["analyses"]["CHARACTERISTICS"]["characteristics"]
                if one["variable"] in ("AGE", "SEX")]  # fmt: skip
        content["analyses"]["CHARACTERISTICS"]["characteristics"] = kept
    rows = [row for row in source["outputs"] if row["template"] in TEMPLATES]
    content["outputs"] += [row for row in rows if raw or row["template"] not in OF_RAW_DATA]
    return content
