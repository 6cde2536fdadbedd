"""The figures of each endpoint against results and analysis data, read from their files alone."""

import math

import pandas as pd


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def number(text):
    return math.nan if text == "" else float(text)


def check_figures(results, endpoints, later, arms, level=0.95):
    """Assert that every plotted number is its result, and every plotted subject its record.

    Parameters
    ----------
    endpoints : mapping
        Number and primary visit of each endpoint by code.
    later : sequence of str
        Visits after baseline.
    arms : sequence of str
        The reference last.
    """
    ard = read(results / "ard.csv").set_index("result_id")
    adlb = read(results / "data" / "adlb.csv")
    for code, (place, visit) in endpoints.items():
        folder = results / "figures"
        differences, means, single, curves = (read(folder / f"f14-2-{place}-{k}.csv") for k in (2, 3, 5, 7))
        _check_traced(ard, differences, {"estimate_result_id": ("x", "lower", "upper")})
        shown = differences[~differences["kind"].eq("average")]
        assert len(shown) == len(later) * (len(arms) - 1), code
        _check_traced(
            ard, means, {f"{name}_result_id": (name,) for name in ("estimate", "lower", "upper", "n")}
        )
        assert ard["value"][f"{code}.OBSERVED.all.all.level"] == f"{level}"
        _check_subjects(ard, adlb[adlb["PARAMCD"] == code], single, code, visit, arms)
        for frame in (curves, single):
            kept = frame[frame["mark"] == "subject"]
            assert kept["record"].is_unique
        columns = ["subject", "base", "value", "change", "low", "high"]
        both = [
            frame.loc[frame["mark"] == "subject", columns].reset_index(drop=True)
            for frame in (curves, single)
        ]
        pd.testing.assert_frame_equal(*both)
        _check_thresholds(ard, curves)


def _check_traced(ard, frame, columns):
    """Every number of the plot is the value of the result that its cell names, and none is left out."""
    for ids, names in columns.items():
        for row in frame.to_dict("records"):
            for name, result_id in zip(names, row[ids].split(), strict=True):
                known = ard["value"].get(result_id, "")
                assert (row[name] == "") == (known == ""), result_id
                if known:
                    assert float(row[name]) == float(known), result_id


def _check_subjects(ard, records, frame, code, visit, arms):
    """The subjects drawn are those that the observed results count, each with its own records."""
    used = records[(records["ANL01FL"] == "Y") & (records["AVAL"] != "")]
    for arm in arms:
        mine = frame[(frame["arm"] == arm) & (frame["mark"] == "subject")]
        assert len(mine) == float(ard["value"][f"{code}.OBSERVED.{visit}.{arm}.CHG.n"])
        (size,) = frame[(frame["arm"] == arm) & (frame["mark"] == "size")].to_dict("records")
        assert size["n"] == str(len(mine))
    by_key = {
        f"{row['PARAMCD']}!{row['USUBJID']}!{float(row['ASEQ']):.0f}": row for row in used.to_dict("records")
    }
    is_log = not frame.empty and f"{code}.OBSERVED.{visit}.{arms[0]}.RATIO.geomean" in ard.index
    for row in frame[frame["mark"] == "subject"].to_dict("records"):
        record, base = by_key[row["record"]], by_key[row["base_record"]]
        assert (record["USUBJID"], record["AVISIT"], base["ABLFL"]) == (row["subject"], visit, "Y")
        value, first = float(record["AVAL"]), float(base["AVAL"])
        change = value / first if is_log else value - first
        assert abs(number(row["change"]) - change) <= 1e-9 * max(1.0, abs(change))
        limited = {one for one, of in (("value", record), ("baseline", base)) if of["BLQFL"] == "Y"}
        assert row["below_limit"] == ("both" if len(limited) == 2 else "".join(limited))
        assert number(row["low"]) <= number(row["change"]) <= number(row["high"])


def _check_thresholds(ard, curves):
    """At a declared fall each curve has the share of responders among those with a value."""
    if "threshold_result_id" not in curves:
        return
    found = curves[curves["mark"] == "threshold"]
    for row in found.to_dict("records"):
        share = row["threshold_result_id"].split()[-1]
        mine = curves[(curves["arm"] == row["arm"]) & (curves["mark"] == "subject")]["change"].astype(float)
        at_most = 100 * (mine <= float(row["x"]) + 1e-9).sum() / len(mine)
        assert abs(at_most - float(ard["value"][share])) < 1e-9, share
