"""Small results rows for the display tests, made by plain arithmetic to the vocabulary of the ARD.

Values are chosen so that every cell differs from its neighbours: a swapped arm, visit or statistic shows.
"""

import math
from typing import Any

import pandas as pd

from trial.display.config import Template
from trial.display.context import Context
from trial.display.provenance import Stamp, read_stamp
from trial.display.registry import TEMPLATES
from trial.display.results import Results
from trial.display.spec import (
    Arm,
    Comparison,
    Endpoint,
    OutputSpec,
    Population,
    ShownAnalysis,
    ShownEvent,
    Visit,
)
from trial.endpoints.schema import adlb
from trial.study.ard import ARD
from trial.study.base import Identity
from trial.study.books import QUALITY
from trial.study.label import SYNTHETIC_MARK

ADLB = adlb({"FASFL": "Full analysis set"})
Arms = list[tuple[str, str]]
Visits = list[tuple[str, str, int]]

LABEL = {"marks": [SYNTHETIC_MARK]}
LOCK = {
    "lock_id": "DEMO-1",
    "short_hash": "ab12cd34",
    "state": "hard",
    "synthetic": True,
    "cut_date": "2020-10-31",
    "files": [],
}

ENDPOINTS = {
    "HBA1C": (1, "HbA1c", "%", "%", 1, "identity", "lower", False),
    "FPG": (2, "Fasting plasma glucose", "mmol/L", "mmol/L", 1, "identity", "lower", False),
    "CPEP": (3, "C-peptide", "ng/mL", "ng/mL", 2, "log", "higher", False),
    "HOMAIR": (4, "HOMA1-IR", "1", "index", 2, "log", "lower", False),
    "HOMAB": (5, "HOMA1-%B", "%", "%", 1, "log", "higher", False),
    "TNFA": (6, "TNF-α", "pg/mL", "pg/mL", 1, "log", "lower", True),
    "IL1B": (7, "IL-1β", "pg/mL", "pg/mL", 1, "log", "lower", True),
    "INS": (8, "Insulin", "u[IU]/mL", "µU/mL", 1, "log", "neutral", False),
}
ARMS = [("CELL", "BM-MNC + UC-MSC"), ("STD", "Standard medicines")]
THREE_ARMS = [("CELL", "BM-MNC + UC-MSC"), ("MSC", "UC-MSC alone"), ("STD", "Standard medicines")]
VISITS = [("BL", "Baseline", 0), ("M1", "Month 1", 1), ("M3", "Month 3", 3), ("M6", "Month 6", 6)]
MANY_VISITS = [("BL", "Baseline", 0), *((f"M{k}", f"Month {k}", k) for k in range(1, 13))]
SIZE = 30
PAIR = Comparison(code="CELL-STD", label=None, weights={"CELL": 1.0, "STD": -1.0})


STUDY = {
    "id": "NCT03943940",
    "title": "Autologous mononuclear and umbilical cord cells in type 2 diabetes",
    "sponsor": "Demonstration sponsor",
    "short_title": "Cell therapy in type 2 diabetes",
    "design": "single blind, two centres",
    "randomised": False,
}
# Which analysis plays which role, and the id of each template's output; {e} is the endpoint's number.
ROLES = {"model": "PRIMARY", "observed": "OBSERVED", "counts": "POPULATION"}
IDS = {
    "key_results": "t14-2-0-1",
    "forest": "f14-2-0-1",
    "lsmean_profile": "f14-2-{e}-1",
    "model_table": "t14-2-{e}-2",
    "comparison_table": "t14-2-{e}-3",
    "spaghetti": "f14-2-{e}-4",
    "differences_by_visit": "f14-2-{e}-2",
    "observed_means": "f14-2-{e}-3",
    "individual_changes": "f14-2-{e}-5",
    "change_distribution": "f14-2-{e}-7",
    "index_pole": "f14-2-{e}-9",
    "descriptive_table": "t14-2-{e}-1",
    "sensitivity_by_visit": "t14-2-9-9-{e}",
    "detectability_table": "t14-2-9-8-{e}",
    "queries_listing": "l16-2-9-1",
    "accounting_listing": "l16-2-9-2",
    "quality_listing": "l16-2-9-3",
    "readers_notes": "l16-0-1",
    "records_listing": "l16-2-9-4",
    "efficacy_listing": "l16-2-6",
}


def template_of(template: str) -> Template:
    """Return what a template declares of itself."""
    return TEMPLATES[template].TEMPLATE


def endpoint_spec(code: str, visits: Visits = VISITS) -> Endpoint:
    """Return an endpoint as outputs are told of it; its primary visit is the last."""
    _, label, _, unit_label, decimals, scale, benefit, has_limits = ENDPOINTS[code]
    return Endpoint(
        paramcd=code, label=label, unit_label=unit_label, decimals=decimals, scale=scale, benefit=benefit,
        has_limits=has_limits, primary_visit=visits[-1][0],
    )  # fmt: skip


def output_spec(
    template: str, code: str = "", arms: Arms = ARMS, visits: Visits = VISITS, **changes: Any
) -> OutputSpec:
    """Return the slice of an output: of one endpoint, or of all of them without a code."""
    codes = [code] if code else list(ENDPOINTS)
    content: dict[str, Any] = {
        "id": changes.get("id") or IDS[template].format(e=ENDPOINTS[code][0] if code else 0),
        "template": template,
        "e3": "14.2",
        "endpoint": code or None,
        "title": None,
        "footnotes": (),
        "study": Identity(**STUDY),
        "arms": tuple(Arm(code=arm, label=label) for arm, label in arms),
        "reference_arm": arms[-1][0],
        "visits": tuple(
            Visit(code=visit, label=label, number=number, day=30 * number, baseline=number == 0)
            for visit, label, number in visits
        ),
        "endpoints": tuple(endpoint_spec(name, visits) for name in codes),
        "roles": {
            role: (shown_analysis(role, codes),) for role in template_of(template).roles if role in ROLES
        },
        "many": template_of(template).many,
        "events": (),
        "columns": {},
        "p_values": "sas4",
        "ratio_decimals": 2,
    }
    return OutputSpec(**content | changes)


def shown_analysis(role: str, codes: list[str], **changes: Any) -> ShownAnalysis:
    """Return the analysis of a role."""
    content: dict[str, Any] = {
        "id": ROLES[role],
        "label": ROLES[role].capitalize(),
        "primary": role == "model",
        "method": {"model": "mmrm", "observed": "descriptive", "counts": "population"}[role],
        "estimand": "Treatment policy" if role == "model" else None,
        "population": Population(flag="FASFL", label="Full analysis set"),
        "treatment": "TRT01P",
        "endpoints": () if role == "counts" else tuple(codes),
        "level": 0.95 if role == "model" else None,
        "covariates": ("baseline",) if role == "model" else (),
        "at_mean_baseline": role == "model",
        "response": "change",
        "side": "two-sided",
        "null_value": None,
        "comparisons": (PAIR,) if role == "model" else (),
        "averages": (),
    }
    return ShownAnalysis(**content | changes)


def shown_event(code: str) -> ShownEvent:
    """Return an intercurrent event as outputs are told of it."""
    return ShownEvent(code=code, label=code.capitalize(), endpoints=tuple(ENDPOINTS), strategies=())


def result_table(codes: list[str], arms: Arms = ARMS, visits: Visits = VISITS) -> pd.DataFrame:
    """Return the rows of all analyses of some endpoints."""
    parts = [population_rows(arms)]
    for code in codes:
        parts += [descriptive_rows(code, arms, visits), model_rows(code, arms, visits)]
    return pd.concat(parts, ignore_index=True)


def results_of(spec: OutputSpec, role: str, table: pd.DataFrame) -> Results:
    """Return the look-up of one role, as the program reads it from that role's files."""
    names = {shown.id for shown in spec.roles[role]}
    return Results(table[table["analysis"].isin(names)].reset_index(drop=True), spec.covering(role))


def stamp_of(study: Identity, synthetic: bool = True) -> Stamp:
    """Return the stamp of an output of the small study."""
    return read_stamp(LOCK, (SYNTHETIC_MARK,) if synthetic else (), study, "scripts/x.py", "lock.json")


def context(
    spec: OutputSpec, table: pd.DataFrame | None = None, synthetic: bool = True, **data: pd.DataFrame
) -> Context:
    """Return what a template is given for an output of the small study."""
    codes = [endpoint.paramcd for endpoint in spec.endpoints]
    arms = [(arm.code, arm.label) for arm in spec.arms]
    visits = [(visit.code, visit.label, int(visit.number)) for visit in spec.visits]
    table = result_table(codes, arms, visits) if table is None else table
    return Context(
        spec=spec,
        stamp=stamp_of(spec.study, synthetic),
        results={role: results_of(spec, role, table) for role in spec.roles if role not in spec.many},
        panels={},
        records={role: (fit_record(),) for role in spec.roles},
        data=data,
    )


def build(template: str, given: Context) -> Any:
    """Return what a template makes."""
    return TEMPLATES[template].build(given)


def population_rows(arms: Arms = ARMS) -> pd.DataFrame:
    """Return N per arm: 30, 31, ..."""
    return _frame([_row("", "POPULATION", "", arm, "", "N", SIZE + i) for i, (arm, _) in enumerate(arms)])


def descriptive_rows(code: str, arms: Arms = ARMS, visits: Visits = VISITS) -> pd.DataFrame:
    """Return the descriptive rows of one endpoint."""
    is_log, has_limits = ENDPOINTS[code][5] == "log", ENDPOINTS[code][7]
    rows = []
    for i, (arm, _) in enumerate(arms):
        for j, (visit, _, number) in enumerate(visits):
            level = 8.5 + 0.25 * i - 0.15 * j
            values = _summary("AVAL", level, 1.23 + 0.01 * j, SIZE + i - j)
            middle, name = (level - 0.1, "geomean") if is_log else (level, "mean")
            values |= {f"AVAL.{name}.lower": middle - 0.41, f"AVAL.{name}.upper": middle + 0.52}
            if number:
                values |= _summary("CHG", level - 8.5 - 0.25 * i, 0.87 + 0.01 * j, SIZE + i - j)
                if not is_log:
                    values["PCHG.mean"] = 100 * (level / (8.5 + 0.25 * i) - 1)
            if is_log:
                values |= {"AVAL.geomean": level - 0.1, "AVAL.geocv": 14.25 + j}
                if number:
                    values["RATIO.geomean"] = level / (8.5 + 0.25 * i)
            if has_limits:
                values |= {"BLQ.n": float(j), "BLQ.pct": 100 * j / (SIZE + i - j)}
            rows += [_row(code, "OBSERVED", visit, arm, "", name, value) for name, value in values.items()]
    return _frame([*rows, _row(code, "OBSERVED", "", "", "", "level", 0.95)])


def model_rows(code: str, arms: Arms = ARMS, visits: Visits = VISITS) -> pd.DataFrame:
    """Return the MMRM rows of one endpoint: the effect grows with time, each arm by its own factor."""
    number, benefit, is_log = ENDPOINTS[code][0], ENDPOINTS[code][6], ENDPOINTS[code][5] == "log"
    sign = 1.0 if benefit == "higher" else -1.0
    unit = 0.1 if is_log else 1.0
    reference = arms[-1][0]
    rows = []
    for j, (visit, _, time) in enumerate(visits):
        if time == 0:
            continue
        means = {arm: sign * unit * (0.55 - 0.2 * i) * time**0.5 for i, (arm, _) in enumerate(arms)}
        for i, (arm, _) in enumerate(arms):
            values = {"n": float(SIZE + i - j)} | _estimate("lsmean", means[arm], unit * (0.15 + 0.01 * j))
            if is_log:
                values |= _exponentials("ratio", "lsmean", values)
            rows += [_row(code, "PRIMARY", visit, arm, "", name, value) for name, value in values.items()]
        for i, (arm, _) in enumerate(arms[:-1]):
            values = _estimate("diff", means[arm] - means[reference], unit * (0.2 + 0.01 * i))
            values |= {
                "diff.statistic": -2.5 - i,
                "diff.pvalue": min(0.00004 * 10 ** (j + i) * number, 0.99996),
            }
            if is_log:
                values |= _exponentials("gmr", "diff", values)
                values["gmr.pct"] = 100 * (values["gmr"] - 1)
            for part in ("", ".lower", ".upper"):
                values[f"stddiff{part}"] = values[f"diff{part}"] / (unit * 1.1)
            comparison = f"{arm}-{reference}"
            rows += [
                _row(code, "PRIMARY", visit, "", comparison, name, value) for name, value in values.items()
            ]
    totals = {"n_subjects": 2.0 * SIZE, "n_obs": 170.0, "deviance": 512.5, "level": 0.95}
    totals["baseline_mean"] = math.log(7.3) if is_log else 8.6
    rows += [_row(code, "PRIMARY", "", "", "", name, value) for name, value in totals.items()]
    return _frame(rows)


def make_ancova(table: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the rows with the model of one endpoint as the last rung: no SD that visits share."""
    table = table.reset_index(drop=True)
    mine = (table["endpoint"] == code) & (table["analysis"] == "PRIMARY")
    table.loc[mine, "method"] = "mmrm-ancova-residual"
    standardised = mine & table["statistic"].str.startswith("stddiff")
    table.loc[standardised, "value"] = math.nan
    table.loc[standardised, "error"] = "no common covariance"
    return table


def drop_visit(table: pd.DataFrame, code: str, visit: str) -> pd.DataFrame:
    """Return the rows without those of a visit at which the model of an endpoint has no data."""
    chosen = (table["endpoint"] == code) & (table["analysis"] == "PRIMARY") & (table["visit"] == visit)
    return table[~chosen]


def warn_of_model(table: pd.DataFrame, code: str, text: str) -> pd.DataFrame:
    """Return the rows with a warning on the whole model of one endpoint, as the analysis writes it."""
    table = table.reset_index(drop=True)
    names = [f"{code}.PRIMARY.all.all.{name}" for name in ("n_subjects", "n_obs")]
    table.loc[table["result_id"].isin(names), "warning"] = text
    return table


def fit_record() -> dict[str, Any]:
    """Return the part of a fit record that the display room reads."""
    return {
        "rung": "us",
        "ladder": [{"structure": "us", "status": "used"}],
        "fit": {"n_subjects": 60, "n_obs": 170},
        "footnote": "Model: change ~ arm × visit + baseline × visit; unstructured covariance, REML, "
        "Kenward–Roger degrees of freedom; LS means with equal weights; 170 observations of 60 subjects.",
    }


def adlb_rows(code: str, arms: Arms = ARMS, visits: Visits = VISITS, size: int = 12) -> pd.DataFrame:
    """Return analysis data of `size` subjects per arm.

    In each arm subject 2 stops after the second visit, subject 3 misses the second visit, and subject 4 is
    below the limit (1.0, half of it is analysed) at the last visit when the endpoint has limits.
    """
    has_limits = ENDPOINTS[code][7]
    records = []
    for i, (arm, _) in enumerate(arms):
        for k in range(1, size + 1):
            subject = f"VH-{100 * (i + 1) + k}"
            for j, (visit, _, number) in enumerate(visits):
                if (k == 2 and j > 1) or (k == 3 and j == 1):
                    continue
                below = has_limits and k == 4 and j == len(visits) - 1
                value = (
                    0.5 if below else round(6 + 0.3 * k + 0.2 * i - 0.1 * j + 0.2 * math.sin(k * j + i), 3)
                )
                records.append(_analysis_record(code, arm, subject, visit, number, value, below))
    table = pd.DataFrame(records, columns=list(ADLB))
    table["ASEQ"] = table.groupby("USUBJID").cumcount() + 1.0
    table["BASE"] = table["USUBJID"].map(table[table["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"])
    return table.assign(CHG=(table["AVAL"] - table["BASE"]).where(table["ABLFL"] == ""))


def query_rows(count: int = 7) -> pd.DataFrame:
    """Return merged queries with text that a careless writer would break on."""
    return pd.DataFrame(
        {
            "QUERYID": [f"Q-{k:08x}" for k in range(1, count + 1)],
            "STATUS": ["open"] * count,
            "ANSWER": [""] * count,
            "SUBJECT": [f"VH-{k % 60 + 1:03d}" for k in range(count)],
            "ANALYTE": ["GLUC" if k % 2 else "INS" for k in range(count)],
            "DATE": ["2019-05-14"] * count,
            "RULE": ["UNIT_UNKNOWN" if k % 3 else "VALUE_IMPLAUSIBLE" for k in range(count)],
            "FOUND": ["=1+1 <b>mg/dL</b> & {x} đường huyết"] * count,
            "QUESTION": ["Which unit was reported? Please check the laboratory's printout."] * count,
            "DONE": ["Not used until answered."] * count,
            "SOURCE": ["lis_2019"] * count,
            "FILE": ["lis/lis_2019.csv"] * count,
            "SHEET": [""] * count,
            "ROW": [str(100 + k) for k in range(count)],
            "COLUMN": [""] * count,
            "FINGERPRINT": ["0123abcd"] * count,
        }
    )


def quality_rows() -> pd.DataFrame:
    """Return the data quality of two analytes of one source; the second has no used result."""
    numbers = ("RAW", "USED", "SUPERSEDED", "QUARANTINED", "SUBJECTS", "CENSORED", "CENSORED_PCT")
    first = dict(zip(numbers, (10.0, 8.0, 1.0, 1.0, 4.0, 2.0, 25.0), strict=True))
    second = dict(zip(numbers, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, math.nan), strict=True))
    return pd.DataFrame(
        [
            {"SOURCE": "lis", "ANALYTE": "IL1B", "UNITS": "pg/mL: 8", "RULES": "BY_RERUN: 1; LIPEMIC: 1"}
            | first,
            {"SOURCE": "lis", "ANALYTE": "", "UNITS": "", "RULES": "UNKNOWN_ANALYTE: 1"} | second,
        ],
        columns=list(QUALITY),
    )


def accounting_rows() -> pd.DataFrame:
    """Return the fates of 12 raw rows of two files: 6 used, 2 superseded, 4 quarantined."""
    fates = [
        *[("lis", "lis/lis_2019.csv", "used", "", "")] * 4,
        *[("lis", "lis/lis_2019.csv", "superseded", "DUPLICATE_RESULT", "lis/lis_2019.csv")] * 2,
        *[("lis", "lis/lis_2019.csv", "quarantined", "GROUP_HEADING", "")] * 1,
        *[("wide", "excel/hba1c.xlsx", "used", "", "")] * 2,
        *[("wide", "excel/hba1c.xlsx", "quarantined", "EMPTY_RESULT", "")] * 3,
    ]
    return pd.DataFrame(
        [
            {
                "SOURCE": s,
                "FILE": f,
                "SHEET": "",
                "ROW": str(k),
                "COLUMN": "",
                "FATE": fate,
                "RULE": rule,
                "BY_FILE": by,
                "BY_SHEET": "",
                "BY_ROW": "7" if by else "",
                "BY_COLUMN": "",
                "SUBJECT": "VH-001",
                "ANALYTE": "GLUC",
                "DATE": "2019-05-14",
                "SRCID": f"R-{k:012x}",
            }
            for k, (s, f, fate, rule, by) in enumerate(fates, start=1)
        ]
    )


def _summary(prefix: str, mean: float, sd: float, n: int) -> dict[str, float]:
    values = {
        "n": float(n),
        "mean": mean,
        "sd": sd,
        "se": sd / math.sqrt(n),
        "median": mean - 0.05,
        "q1": mean - 0.7,
        "q3": mean + 0.7,
        "min": mean - 2.1,
        "max": mean + 2.3,
    }
    return {f"{prefix}.{name}": value for name, value in values.items()}


def _estimate(name: str, value: float, se: float) -> dict[str, float]:
    half = 2.005 * se
    return {
        name: value,
        f"{name}.se": se,
        f"{name}.df": 54.3,
        f"{name}.lower": value - half,
        f"{name}.upper": value + half,
    }


def _exponentials(name: str, source: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{name}{part}": math.exp(values[f"{source}{part}"]) for part in ("", ".lower", ".upper")}


def _row(
    code: str, analysis: str, visit: str, group: str, comparison: str, statistic: str, value: float
) -> dict[str, Any]:
    parts = (code, analysis, visit, group or comparison)
    return {
        "result_id": ".".join([*(part or "all" for part in parts), statistic]),
        "output": "",
        "analysis": analysis,
        "method": "mmrm-us-kenward-roger" if analysis == "PRIMARY" else "",
        "endpoint": code,
        "visit": visit,
        "group": group,
        "comparison": comparison,
        "statistic": statistic,
        "value": float(value),
        "unit": "",
        "n": math.nan,
        "records": "",
        "warning": "",
        "error": "",
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(ARD))


def _analysis_record(
    code: str, arm: str, subject: str, visit: str, number: int, value: float, below: bool
) -> dict[str, Any]:
    record: dict[str, Any] = {name: math.nan if kind == "number" else "" for name, kind in ADLB.items()}
    return record | {
        "USUBJID": subject,
        "ARMCD": arm,
        "TRT01P": arm,
        "TRT01A": arm,
        "FASFL": "Y",
        "PARAMCD": code,
        "AVISIT": visit,
        "AVISITN": float(number),
        "AVAL": value,
        "ABLFL": "Y" if number == 0 else "",
        "ANL01FL": "Y",
        "BLQFL": "Y" if below else "",
        "LLOQ": 1.0 if below else math.nan,
    }
