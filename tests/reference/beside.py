"""The same model in SAS, R and here: code, printed digits, and where they differ who is right.

Sources. SAS: the published output in the reference folder; its program lines are written here, as what asks PROC MIXED for
these numbers. R: ``side_by_side/run.R``, whose lines are shown as they ran; its numbers, with the versions, are in
``side_by_side/output.csv``. R mmrm and pbkrtest: the reference folder. Here: the lines shown are run when the page is made.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any

import pandas as pd

from mmrm import MMRM
from reference.agreement import ROOT, SHARED
from reference.datasets import load

FOLDER = Path(__file__).resolve().parent / "side_by_side"
DIVERGENCES = ROOT / "workflow" / "docs" / "divergences.md"
# What the optimisers of three programs share: five digits. A listing's last digit may be one off by SAS's early stop.
DIGITS = 2e-5
DEVIANCE = 1e-6
WIDTH = 138
TITLE = "The same model in SAS, R and here"
INTRODUCTION = f"""## {TITLE}

Each with the code of all three, and every digit that SAS or R printed (full-precision output to seven, deviances to ten). "–": the
program does not print it. A last column that is empty means agreement: within one of SAS's last printed digit where it is a listing,
else within 2e-5 of the number (deviances: 1e-6). Where a program differs by more, the column names the entry of
[divergences.md](divergences.md) that says by how much, why and who is right; a test holds both, the agreement and the difference. SAS's
lines are what asks for these numbers; those of R and of the engine ran as they stand (`tests/reference/side_by_side/run.R`,
`tests/reference/beside.py`).

| data | what | published with |
|---|---|---|
| `fev` | FEV1 at four visits, 200 subjects of whom 197 have a value, artificial; reference levels PBO, VIS1, Asian, Male | R mmrm (`fev_data`) and its SAS output |
| `trial` | change of HAMD17 at visits 4 to 7, 172 patients | R rbmi (`antidepressant_data`) and its SAS output |
| `drugs` | a count before and after three drugs, 30 subjects | SAS PROC GLM's example, printed by CAMIS |
| `sleep` | hours of sleep gained, 10 subjects with two drugs | R (`sleep`), Student (1908) |
| `shoes` | wear of two materials, boys' pairs of shoes, two pairs broken | R pbkrtest |
"""


@dataclass(frozen=True)
class Row:
    """One quantity: what SAS and R printed, how it is read here, and which known difference concerns whom.

    Attributes
    ----------
    sas : str or float or None
        The printed text of a listing, or a number of full precision.
    r : str or None
        The name of the number in ``output.csv``, or ``file:path`` of one in the reference folder.
    ours : str
        Expression in the names that the case's Python leaves.
    sas_differs, r_differs : int or None
        Entry of the page of divergences.
    """

    quantity: str
    sas: str | float | None
    r: str | None
    ours: str
    sas_differs: int | None = None
    r_differs: int | None = None


@dataclass(frozen=True)
class Case:
    """One model in three programs."""

    name: str
    title: str
    sas: str
    python: str
    rows: tuple[Row, ...]
    verdict: str


@cache
def read(path: str) -> Any:
    """A JSON file of the reference folder."""
    return json.loads((SHARED / path).read_text(encoding="utf-8"))


@cache
def recorded(folder: Path = FOLDER) -> dict[tuple[str, str], float]:
    """R's numbers by case and quantity."""
    lines = (folder / "output.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {(row["case"], row["quantity"]): float(row["value"]) for row in csv.DictReader(lines)}


def versions() -> str:
    """R and its packages, as the run recorded them."""
    return (FOLDER / "output.csv").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def r_code(name: str) -> str:
    """The lines of run.R between a case's mark and the next `# end`, without the library call's quietness."""
    text = (FOLDER / "run.R").read_text(encoding="utf-8")
    return re.search(rf"^# {name}\n(.*?)^# end$", text, re.S | re.M)[1].rstrip()


def _full(path: str, key: str) -> float:
    return float(read("fev/sas_fullprecision.json")[path][0][key])


def _listing(path: str) -> dict[str, Any]:
    return read("fev/sas_parsed.json")[path]


def _fev(covariance: str, kind: str, entries: dict[str, int], **ours: str) -> Iterator[Row]:
    """The arm difference of FEV1 = ARMCD at full precision: a row per quantity that ``ours`` names."""
    for key, expression in ours.items():
        label = {"StdErr": f"SE, {kind}", "DF": f"df, {kind}", "Probt": f"p, {kind}"}.get(key, "estimate")
        path = f"ddfm_covtype/{covariance}.csv"
        r = "estimate" if key == "Estimate" else None
        yield Row(
            f"TRT - PBO, {label}", _full(path, key), r, expression, entries.get(key), entries.get("R" + key)
        )


FEV_SAS = """proc mixed data=fev method=reml;
  class USUBJID AVISIT ARMCD(ref='PBO');
  model FEV1 = ARMCD / ddfm={df};
  repeated AVISIT / subject=USUBJID type={type};
  lsmeans ARMCD / diff cl;
run;"""
FEV_PYTHON = """model = MMRM.from_formula("FEV1 ~ ARMCD", fev, subject="USUBJID", visit="AVISIT", covariance="{type}")
fit = model.fit(df_method="kenward-roger{linear}")
difference = fit.contrasts("ARMCD", reference="PBO").iloc[0]"""
PLAIN = """
plain = fit.with_methods("asymptotic").contrasts("ARMCD", reference="PBO").iloc[0]"""


def _unstructured() -> Case:
    read_kr = {"Estimate": "difference.estimate", "StdErr": "difference.se", "DF": "difference.df"}
    early = {"StdErr": 4, "DF": 4, "Probt": 4}
    return Case(
        "unstructured",
        "Unstructured, Kenward–Roger (FEV1, 197 subjects, 4 visits)",
        FEV_SAS.format(df="kr", type="un"),
        FEV_PYTHON.format(type="us", linear="") + PLAIN,
        (
            Row(
                "-2 REML log-likelihood",
                _deviance("design/ddfm_covtype/kr_us.txt"),
                "deviance",
                "fit.deviance",
                4,
            ),
            *_fev("kr_us", "Kenward–Roger", early, **read_kr, Probt="difference.pvalue"),
            Row("TRT - PBO, SE without adjustment", None, "plain_se", "plain.se"),
        ),
        "SAS stops 7.6e-6 above the optimum, which moves the fourth digit of its standard error and df; `gls` ends at the engine's optimum. `gls` has no "
        "Kenward–Roger: its standard error is the unadjusted one, 3.4 % below, with normal or residual df. R's package mmrm has "
        "it, by default in another form ([1](divergences.md#1-r-mmrms-default-is-another-kenward-roger)).",
    )


def _deviance(path: str) -> float:
    return float(_listing(path)["neg2_loglik_full_precision"])


def _visits() -> Case:
    listing = _listing("design/SAS/sas_log_reml.txt")
    rows = [
        Row("-2 REML log-likelihood", listing["neg2_loglik_full_precision"], "deviance", "fit.deviance", 4)
    ]
    means = {(m["labels"]["AVISIT"], m["labels"]["ARMCD"]): m for m in listing["lsmeans"]}
    pairs = {
        d["labels"]["AVISIT"]: d
        for d in listing["lsmean_differences"]
        if d["labels"]["AVISIT"] == d["labels"]["_AVISIT"]
    }
    for visit in ("VIS1", "VIS2", "VIS3", "VIS4"):
        for arm in ("PBO", "TRT"):
            row, ours = means[visit, arm], f"means.loc[('{arm}', '{visit}')]"
            rows.append(
                Row(f"{arm} at {visit}", str(row["estimate"]), f"{visit} {arm} mean", f"{ours}.estimate")
            )
            rows.append(Row(f"{arm} at {visit}, SE", str(row["se"]), f"{visit} {arm} se", f"{ours}.se"))
        assert pairs[visit]["labels"]["ARMCD"] == "TRT"
        # One listed digit is off by more than rounding: SAS prints 3.7322 for 3.73232.
        early = {"estimate": 4} if visit == "VIS2" else {}
        rows += _pair("TRT - PBO at ", visit, pairs[visit], ("estimate", "se"), early)
    return Case(
        "visits",
        "Arms by visit with covariates, Satterthwaite (FEV1)",
        """proc mixed data=fev method=reml;
  class USUBJID RACE(ref='Asian') SEX(ref='Male') AVISIT(ref='VIS1') ARMCD(ref='PBO');
  model FEV1 = RACE SEX ARMCD AVISIT ARMCD*AVISIT / ddfm=satterthwaite;
  repeated AVISIT / subject=USUBJID type=un;
  lsmeans ARMCD*AVISIT / diff cl;
run;""",
        """formula = "FEV1 ~ RACE + SEX + ARMCD * AVISIT"
fit = MMRM.from_formula(formula, fev, subject="USUBJID", visit="AVISIT").fit(df_method="satterthwaite")
means = fit.lsmeans("ARMCD", by="AVISIT").set_index(["ARMCD", "AVISIT"])
differences = fit.contrasts("ARMCD", by="AVISIT", reference="PBO").set_index("AVISIT")""",
        tuple(rows),
        "All agree, but for one digit of SAS's listing (its early stop). emmeans has no df for a `gls` that can be relied on "
        "([22](divergences.md#22-emmeans-has-no-reliable-satterthwaite-df-for-a-gls)), so R's column has none. SAS prints df as whole numbers.",
    )


def _pair(
    title: str, visit: str, pair: dict[str, Any], in_r: tuple[str, ...], differs: dict[str, int]
) -> Iterator[Row]:
    """A comparison of a listing at one visit, a row per quantity; the engine's are in ``differences``."""
    for key, label in (("estimate", ""), ("se", ", SE"), ("df", ", df"), ("p", ", p")):
        r = f"{visit} {key}" if key in in_r else None
        ours = f"differences.loc['{visit}'].{'pvalue' if key == 'p' else key}"
        yield Row(f"{title}{visit}{label}", str(pair[key]), r, ours, differs.get(key))


def _antidepressant() -> Case:
    record = read("antidepressant/published.json")["sas_proc_mixed"]
    deviance = record["neg2_res_loglik"]
    rows = [Row("-2 REML log-likelihood", deviance, "deviance", "fit.deviance")]
    for pair in record["differences"]:
        visit = pair["visit"]
        if visit != pair["visit2"]:
            continue
        assert (pair["therapy"], pair["therapy2"]) == ("DRUG", "PLACEBO")
        rows += _pair("DRUG - PLACEBO at visit ", visit, pair, ("estimate",), {})
        rows.append(
            Row(
                f"DRUG - PLACEBO at visit {visit}, SE without adjustment",
                None,
                f"{visit} se",
                f"plain.loc['{visit}'].se",
            )
        )
    return Case(
        "antidepressant",
        "Antidepressant trial: unstructured, Kenward–Roger, baseline by visit (172 patients)",
        """proc mixed data=trial method=reml;
  class PATIENT VISIT THERAPY;
  model CHANGE = BASVAL*VISIT VISIT*THERAPY / ddfm=kr;
  repeated VISIT / subject=PATIENT type=un;
  lsmeans VISIT*THERAPY / diff cl;
run;""",
        """formula = "CHANGE ~ BASVAL:VISIT + VISIT:THERAPY"
fit = MMRM.from_formula(formula, trial, subject="PATIENT", visit="VISIT").fit(df_method="kenward-roger")
differences = fit.contrasts("THERAPY", by="VISIT", reference="PLACEBO").set_index("VISIT")
other = fit.with_methods("asymptotic")
plain = other.contrasts("THERAPY", by="VISIT", reference="PLACEBO").set_index("VISIT")""",
        tuple(rows),
        "All three agree. Kenward–Roger widens the standard error at the last visit, where patients are missing, by 0.2 %, and at the first by nothing.",
    )


def _autoregressive() -> Case:
    tables = {"kr": "difference", "kr1": "linear"}
    rows = [
        Row("-2 REML log-likelihood", _deviance("design/ddfm_covtype/kr_ar1.txt"), "deviance", "fit.deviance")
    ]
    for path, kind in (("kr", "KR"), ("kr1", "KR(LINEAR)")):
        keys = {"Estimate": "estimate"} if path == "kr" else {}
        keys |= {"StdErr": "se", "DF": "df"}
        named = {key: f"{tables[path]}.{name}" for key, name in keys.items()}
        rows += _fev(f"{path}_ar1", kind, {}, **named)
    rows.append(Row("TRT - PBO, SE without adjustment", None, "plain_se", "plain.se"))
    return Case(
        "autoregressive",
        "AR(1): two standard errors are called Kenward–Roger (FEV1)",
        FEV_SAS.format(df="kr /* and again: kr(linear) */", type="ar(1)"),
        FEV_PYTHON.format(type="ar1", linear="")
        + """
linear = fit.with_methods("kenward-roger-linear").contrasts("ARMCD", reference="PBO").iloc[0]"""
        + PLAIN,
        tuple(rows),
        "Both forms are SAS's to its digits. They differ by the second derivatives of the covariance "
        "([2](divergences.md#2-kr-and-krlinear-are-the-same-for-us-toep-and-cs-and-not-for-the-others)); a report must name the one it used.",
    )


def _symmetry() -> Case:
    return Case(
        "symmetry",
        "Heterogeneous compound symmetry: who reached the optimum (FEV1)",
        FEV_SAS.format(df="kr(linear)", type="csh"),
        FEV_PYTHON.format(type="csh", linear="-linear") + PLAIN,
        (
            Row(
                "-2 REML log-likelihood",
                _deviance("design/ddfm_covtype/kr1_csh.txt"),
                "deviance",
                "fit.deviance",
                4,
            ),
            *_fev(
                "kr1_csh",
                "KR(LINEAR)",
                {"Estimate": 4, "StdErr": 4, "DF": 4},
                Estimate="difference.estimate",
                StdErr="difference.se",
                DF="difference.df",
            ),
            Row("TRT - PBO, SE without adjustment", None, "plain_se", "plain.se"),
        ),
        "The smallest deviance is the one that maximises the likelihood: SAS's is 1.0e-5 above it. `gls` ends within 1e-8 of the "
        "engine's, its estimate 2e-5 away. **The engine is nearest**; a clinical reading does not change.",
    )


def _sandwich() -> Case:
    path = "Robust/empirical_us_lsmean.csv"
    return Case(
        "sandwich",
        "Sandwich standard errors, unstructured (FEV1)",
        """proc mixed data=fev method=reml empirical;
  class USUBJID AVISIT ARMCD(ref='PBO');
  model FEV1 = ARMCD / ddfm=bw;
  repeated AVISIT / subject=USUBJID type=un;
  lsmeans ARMCD / diff cl;
run;""",
        """model = MMRM.from_formula("FEV1 ~ ARMCD", fev, subject="USUBJID", visit="AVISIT")
first = model.fit(df_method="between-within", cov_type="CR0").contrasts("ARMCD", reference="PBO").iloc[0]
second = model.fit(cov_type="CR2").contrasts("ARMCD", reference="PBO").iloc[0]""",
        (
            Row("TRT - PBO, SE, CR0", _full(path, "StdErr"), "CR0", "first.se"),
            Row("TRT - PBO, df, between-within", _full(path, "DF"), None, "first.df"),
            Row("TRT - PBO, SE, CR2", None, "CR2", "second.se", None, 12),
        ),
        "CR0 (SAS's `EMPIRICAL`) agrees. It is too small where few subjects carry a coefficient; SAS has no other. "
        "CR2 has two definitions, **neither wrong**.",
    )


def _type3() -> Case:
    rows = []
    table = {row["Effect"]: row for row in read("fev/sas_fullprecision.json")["anova/test3_1.csv"]}
    for effect, term in (("ARMCD", "ARMCD"), ("FEV1_BL", "FEV1_BL"), ("FEV1_BL*ARMCD", "ARMCD:FEV1_BL")):
        name = term.replace(":", "*")
        rows.append(Row(f"{name}, F", table[effect]["FValue"], f"{name} F", f"tests.loc['{term}'].statistic"))
        rows.append(
            Row(f"{name}, denominator df", table[effect]["DenDF"], None, f"tests.loc['{term}'].df_den")
        )
    rows.append(
        Row("FEV1_BL, p", table["FEV1_BL"]["ProbF"], "FEV1_BL p", "tests.loc['FEV1_BL'].pvalue", None, 11)
    )
    rows.append(
        Row(
            "FEV1_BL, F by R with `contr.treatment`",
            None,
            "FEV1_BL F, contr.treatment",
            "tests.loc['FEV1_BL'].statistic",
            None,
            36,
        )
    )
    return Case(
        "type3",
        "Type 3 tests with a covariate by arm, AR(1), Satterthwaite (FEV1)",
        """proc mixed data=fev method=reml;
  class USUBJID AVISIT ARMCD(ref='PBO');
  model FEV1 = ARMCD FEV1_BL ARMCD*FEV1_BL / ddfm=satterthwaite htype=3;
  repeated AVISIT / subject=USUBJID type=ar(1);
run;""",
        """formula = "FEV1 ~ ARMCD * FEV1_BL"
model = MMRM.from_formula(formula, fev, subject="USUBJID", visit="AVISIT", covariance="ar1")
fit = model.fit(df_method="satterthwaite")
tests = fit.type3().set_index("term")""",
        tuple(rows),
        'F agrees. R needs `contr.sum`: with its default contrasts `anova(type = "marginal")` tests the slope of the reference arm alone, '
        "which is no type 3 test. `gls` takes residual df (533) for p, **SAS and the engine are right** for correlated data. The test of ARMCD is "
        "the difference at a baseline of 0 ([19](divergences.md#19-type-3-of-a-factor-with-a-covariate-interaction)).",
    )


def _ancova() -> Case:
    found = read("proportions_and_ancova/published.json")["ancova"]
    rows = [Row("residual variance", str(found["mse"]), "residual variance", "float(fit.sigma[0, 0])")]
    rows.append(
        Row(
            "drug, type 3 F",
            str(found["typeIII"]["drug"][2]),
            "drug F",
            "fit.type3().set_index('term').loc['drug'].statistic",
        )
    )
    for drug, (mean, se) in found["lsmeans"].items():
        ours = f"means.loc['{drug}']"
        rows.append(Row(f"LS mean of {drug}", str(mean), f"{drug} emmean", f"{ours}.estimate"))
        rows.append(Row(f"LS mean of {drug}, SE", str(se), f"{drug} SE", f"{ours}.se"))
    for pair, p in found["p_pairs"].items():
        one, other = pair.split("-")
        rows.append(
            Row(f"{one} - {other}, p", str(p), f"{one} - {other} p", f"pairs.loc['{one} - {other}'].pvalue")
        )
    return Case(
        "ancova",
        "One visit: analysis of covariance (drug test, 30 subjects)",
        """proc glm data=drugs;
  class drug;
  model post = drug pre / solution;
  lsmeans drug / stderr pdiff cov;
run;""",
        """drugs = drugs.assign(subject=range(len(drugs)), visit=1)
model = MMRM.from_formula("post ~ drug + pre", drugs, subject="subject", visit="visit")
fit = model.fit(df_method="residual")
means = fit.lsmeans("drug").set_index("drug")
pairs = fit.contrasts("drug").set_index("comparison")""",
        tuple(rows),
        "With one visit the model is least squares, and all three agree.",
    )


MMRM_SLEEP = "classic/recomputed_R.json:{}:coef:1:{}"
SHOES = "classic/recomputed_R.json:shoes_imbal:{}"


def _paired() -> Case:
    return Case(
        "paired",
        "Which Kenward–Roger: a paired t-test, and broken pairs",
        """proc mixed data=sleep method=reml;
  class ID group(ref='1');
  model extra = group / ddfm=kr;
  repeated group / subject=ID type=un;
  lsmeans group / diff;
run;  /* no published listing: R's t.test is exact here */""",
        """fit = MMRM.from_formula("extra ~ group", sleep, subject="ID", visit="group").fit(df_method="kenward-roger")
difference = fit.contrasts("group", reference="1").iloc[0]
model = MMRM.from_formula("wear ~ material", shoes, subject="boy", visit="material", covariance="cs")
broken = model.fit(df_method="kenward-roger")
observed = broken.contrasts("material", reference="A").iloc[0]
other = broken.with_methods("kenward-roger", information="expected")
expected = other.contrasts("material", reference="A").iloc[0]""",
        (
            Row("sleep, difference (R `t.test`)", None, "estimate", "difference.estimate"),
            Row("sleep, SE (R `t.test`)", None, "se", "difference.se"),
            Row("sleep, df (R `t.test`)", None, "df", "difference.df"),
            Row("sleep, p (R `t.test`)", None, "p", "difference.pvalue"),
            Row(
                "sleep, SE (R mmrm `Kenward-Roger-Linear`)",
                None,
                MMRM_SLEEP.format("sleep_us_KRlin", "Std. Error"),
                "difference.se",
            ),
            Row(
                "sleep, SE (R mmrm `Kenward-Roger`, its default)",
                None,
                MMRM_SLEEP.format("sleep_us_KR", "Std. Error"),
                "difference.se",
                None,
                1,
            ),
            Row(
                "shoes, two pairs broken, df (R mmrm)", None, SHOES.format("mmrm_cs:coef:1:df"), "observed.df"
            ),
            Row(
                'shoes, two pairs broken, df (R pbkrtest), ours with `information="expected"`',
                None,
                SHOES.format("KR:ddf"),
                "expected.df",
            ),
            Row(
                "shoes, two pairs broken, df (R pbkrtest), ours by default",
                None,
                SHOES.format("KR:ddf"),
                "observed.df",
                None,
                3,
            ),
        ),
        "The paired t-test is exact, and SAS's Kenward–Roger, the engine's and R mmrm's linear form are it; R mmrm's default is not "
        "(its second derivatives are those of its optimiser's parameters). **SAS and the engine are right.** With incomplete pairs pbkrtest takes the "
        "expected information, SAS, R mmrm and the engine the observed: **both are Kenward–Roger**.",
    )


def cases() -> list[Case]:
    """Every comparison of the page, in its order."""
    return [
        make()
        for make in (
            _unstructured,
            _visits,
            _antidepressant,
            _autoregressive,
            _symmetry,
            _sandwich,
            _type3,
            _ancova,
            _paired,
        )
    ]


def run_python(case: Case) -> dict[str, Any]:
    """Run the lines that the page shows; the names they leave."""
    space: dict[str, Any] = {
        "MMRM": MMRM,
        "fev": load("fev"),
        "trial": load("antidepressant"),
        "drugs": pd.read_csv(SHARED / "proportions_and_ancova" / "ancova_drugtest.csv"),
        "sleep": load("sleep"),
        "shoes": load("shoes_imbalanced"),
    }
    exec(case.python, space)
    return space


def r_number(case: Case, row: Row) -> float | None:
    """What R printed: recorded by run.R, or in the reference folder."""
    if row.r is None:
        return None
    if ":" not in row.r:
        return recorded()[case.name, row.r]
    path, *keys = row.r.split(":")
    found = read(path)
    for key in keys:
        found = found[int(key) if isinstance(found, list) else key]
    return float(found)


def allowance(printed: str | float) -> float:
    """How far a number may be from what was printed: one of its last digit, or five digits of full precision."""
    if isinstance(printed, float):
        return DIGITS * abs(printed) if abs(printed) < 1000 else DEVIANCE
    return 10.0 ** -len(printed.partition(".")[2])


def judge(printed: str | float | None, ours: float, entry: int | None) -> str:
    """The entry of divergences.md where a number differs as it says, nothing where it agrees.

    Raises
    ------
    AssertionError
        The number differs and no entry is named, or agrees though one is.
    """
    if printed is None:
        return ""
    text = printed.removeprefix("<") if isinstance(printed, str) else printed
    if isinstance(printed, str) and printed.startswith("<"):
        agrees = ours < float(text)
    else:
        agrees = abs(ours - float(text)) <= allowance(text)
    assert agrees == (entry is None), (printed, ours, entry)
    return "" if entry is None else f"[{entry}](divergences.md#{slug(entry)})"


@cache
def slug(entry: int) -> str:
    """The anchor of an entry of divergences.md."""
    (title,) = re.findall(rf"^### ({entry}\. .*)$", DIVERGENCES.read_text(encoding="utf-8"), re.M)
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def show(number: str | float | None) -> str:
    """A listing's own text; seven digits of a number, ten of a deviance."""
    if number is None:
        return "–"
    if isinstance(number, str):
        return number
    return f"{number:.10g}" if abs(number) >= 1000 else f"{number:.7g}"


def format_case(case: Case) -> list[str]:
    """One section of the page."""
    space = run_python(case)
    lines = [
        f"### {case.title}",
        "",
        "SAS:",
        "",
        "```sas",
        case.sas,
        "```",
        "",
        "R:",
        "",
        "```r",
        r_code(case.name),
        "```",
        "",
    ]
    lines += ["Here:", "", "```python", case.python, "```", ""]
    lines += ["| quantity | SAS | R | here | differs |", "|---|---|---|---|---|"]
    for row in case.rows:
        ours, r = float(eval(row.ours, space)), r_number(case, row)
        notes = {"SAS": judge(row.sas, ours, row.sas_differs), "R": judge(r, ours, row.r_differs)}
        told = "; ".join(f"{name} {note}" for name, note in notes.items() if note)
        lines.append(f"| {row.quantity} | {show(row.sas)} | {show(r)} | {show(ours)} | {told} |")
    return [*lines, "", *wrap(case.verdict, WIDTH, break_long_words=False, break_on_hyphens=False), ""]


def format_page() -> list[str]:
    """The part of validation.md that sets the three programs side by side."""
    lines = [INTRODUCTION, f"R {versions()}. R mmrm 0.3.18 and pbkrtest where a row names them.", ""]
    for case in cases():
        lines += format_case(case)
    return lines
