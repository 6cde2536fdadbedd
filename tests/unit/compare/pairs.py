"""Hand-made raw rows and result rows of two runs."""

from trial.compare.raw_rows import RawRow
from trial.compare.results import read_results
from trial.study.ard import ARD


def lab(
    row, result, *, subject="S1", analyte="GLUC", date="2021-02-06T08:00", visit="BL", file="lab.csv", **cells
):
    """Return a raw laboratory row; further texts by role."""
    texts = {"analyte": analyte, "result": result, "unit": "mmol/L", "collected": date, **cells}
    listed = tuple((role, role.title(), text) for role, text in texts.items())
    return RawRow(file, "", str(row), "", listed, subject, analyte, visit, date, "", texts)


def form(row, file="edc/visits.csv", **texts):
    """Return a raw row of an EDC file by its cells."""
    listed = tuple((name, name, text) for name, text in texts.items())
    about = next((texts[name] for name in ("IETESTCD", "AETERM") if name in texts), "")
    return RawRow(
        file, "", str(row), "", listed, texts.get("USUBJID", ""), about, texts.get("VISIT", ""), "", "", texts
    )


def results(*rows):
    """Return results by id of (statistic, value) or (statistic, value, more columns)."""
    table = []
    for statistic, value, *more in rows:
        row = dict.fromkeys(ARD, "") | {
            "analysis": "PRIMARY",
            "endpoint": "HBA1C",
            "visit": "M6",
            "n": "20.0",
        }
        row |= {
            "comparison": "A-B",
            "statistic": statistic,
            "value": "" if value is None else repr(value),
            "unit": "%",
        }
        row |= more[0] if more else {}
        row["result_id"] = (
            f"{row['endpoint']}.{row['analysis']}.{row['visit']}.{row['comparison']}.{statistic}"
        )
        table.append(row)
    return read_results(table)


def one(statistic):
    """Return the id of a statistic of `results`."""
    return f"HBA1C.PRIMARY.M6.A-B.{statistic}"
