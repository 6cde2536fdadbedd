"""A study whose inputs are the export of another one: its configuration, made of that of the other."""

import shutil
from copy import deepcopy

from trial.adam.schema import RECORD_KINDS

KEPT = ("study", "reference_arm", "below_limit", "estimands", "printing", "design")
ENDPOINT = (
    "number", "label", "unit", "unit_label", "decimals", "scale", "benefit", "reports_below_limit", "primary_visit", "primary",
)  # fmt: skip
WINDOW = ("code", "label", "number", "target_day", "window", "baseline")
FORMS = {
    "xpt": ("datasets", {"type": "sas", "encoding": "ascii", "special_missing": {}}),
    "json": ("dataset-json", {"type": "dataset-json"}),
    "ndjson": ("dataset-json", {"type": "dataset-json"}),
    "dsjc": ("dataset-json", {"type": "dataset-json"}),
}
# What ADSL of a study of analysed data has by itself.
OF_ITSELF = ("STUDYID", "USUBJID", "SUBJID", "ARMCD", "ARM", "TRT01P", "TRT01A", "INDEXDT", "DISCDT")


def copy_data_sets(export, folder, form):
    """Copy ADSL and ADLB of an export to the raw files of a study."""
    source, _ = FORMS[form]
    folder.mkdir(parents=True)
    for name in ("adsl", "adlb"):
        shutil.copy(export / source / f"{name}.{form}", folder)


def entered(content, form, adsl, analyses, outputs=()):
    """Return the configuration of a study that reads an export of the study `content`.

    Parameters
    ----------
    content : dict
        The other study's configuration.
    form : str
        `xpt`, `json`, `ndjson` or `dsjc`.
    adsl : Exported
        ADSL as it was exported: its other columns are declared.
    analyses : sequence of str
        The analyses that are kept.
    outputs : sequence of dict
        Rows of outputs.
    """
    content = deepcopy(content)
    flags = list(content["populations"])
    file = {"table": FORMS[form][1], "decimal": ".", "dates": ["ISO"], "missing": []}
    kinds = {"text": "text", "integer": "number", "float": "number", "date": "date"}
    own = {
        one.name: {"label": one.label, "kind": kinds[one.type]}
        for one in adsl.columns
        if one.name not in OF_ITSELF
    }
    subjects = {name: name for name in ("USUBJID", "TRT01P", "TRT01A", "INDEXDT", "DISCDT")}
    records = {name: name for name in RECORD_KINDS}
    visits = {visit["code"]: visit["code"] for visit in content["visits"]}
    found = {key: content[key] for key in KEPT if key in content}
    found["adam"] = {
        "adsl": file
        | {"file": f"adam/adsl.{form}", "columns": subjects, "screen_failures": [], "subject_columns": own},
        "bds": {
            "ADLB": file | {"file": f"adam/adlb.{form}", "columns": records, "first_day": 1, "visits": visits}
        },
    }
    found["arms"] = [
        {"code": arm["code"], "label": arm["label"], "texts": [arm["code"]]} for arm in content["arms"]
    ]
    found["populations"] = {
        name: {
            "label": content["populations"][name]["label"],
            "conditions": [
                {"variable": name, "equals": "Y", "if_missing": "fails", "otherwise": "no member"}
            ],
        }
        for name in flags
    }
    found["visits"] = [{key: visit[key] for key in WINDOW} for visit in content["visits"]]
    found["selection"] = None
    found["endpoints"] = {
        code: {key: one[key] for key in ENDPOINT if key in one}
        | {"source": {"dataset": "ADLB", "paramcd": code, "unit": None, "conditions": []}}
        for code, one in content["endpoints"].items()
    }
    found["analyses"] = {name: content["analyses"][name] for name in analyses}
    # Dates of intercurrent events stand in neither data set: analyses that leave data out after one cannot be kept.
    named = {one.get("estimand") for one in found["analyses"].values()}
    found["estimands"] = {
        name: one | {"intercurrent_events": {}} for name, one in found["estimands"].items() if name in named
    }
    found["outputs"] = list(outputs)
    return found
