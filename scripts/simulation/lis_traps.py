"""Defects planted in the laboratory system's exports."""

from simulation.demo import STRANGERS
from simulation.lis import flag_of, make_row
from simulation.planting import Planter, change, later_time, redraw
from simulation.records import Row
from simulation.text import comma
from simulation.truth import stream

MG_DL = 18.0156


def plant(planter: Planter, seed: int) -> None:
    """Plant every defect that belongs in the laboratory exports."""
    plant_low_glucose(planter)
    plant_units(planter)
    plant_draws(planter, seed)
    plant_samples(planter, seed)
    plant_text(planter)
    plant_repeats(planter)
    plant_unscheduled(planter, seed)
    flag_again(planter)
    plant_logic(planter)
    plant_strangers(planter, seed)


def plant_low_glucose(planter: Planter) -> None:
    """Plant X6: one glucose where HOMA1-%B is undefined, one where it is unstable."""
    for visit, value, code in (("M3", 3.4, "HOMA_B_UNDEFINED"), ("M6", 3.8, "HOMA_B_UNSTABLE")):
        person = planter.lowest("CELL", visit)
        planter.set_truth(person, visit, "GLUC", value)
        row = planter.lis(person, visit, "GLUC")
        change(row, result=comma(value, 2), unit="mmol/L", flag="L")
        planter.note("X6", row, f"glucose {value} mmol/L with insulin present", "used", code)


def plant_units(planter: Planter) -> None:
    """Plant X1, X2, X5 and the units of X19."""
    person = planter.subject("M3", year=2020)
    row = planter.lis(person, "M3", "GLUC")
    value = planter.demo.values[person.usubjid, "M3", "GLUC"]
    change(row, result=comma(value * MG_DL, 0), unit="mmol/L")
    planter.note("X1", row, "glucose in mg/dL under mmol/L", "quarantined:IMPOSSIBLE_VALUE",
                 UNSIGNED.format("beyond the hard range, 18 times the subject's other values"))  # fmt: skip

    person = planter.subject("M1", year=2020)
    row = planter.lis(person, "M1", "GLUC")
    value = planter.demo.values[person.usubjid, "M1", "GLUC"]
    change(row, result=comma(value * MG_DL, 0), unit="mg/dL", limits="70 - 115")
    planter.note("X1", row, "glucose honestly in mg/dL", "used", "converted by 18.0156")

    person = planter.steady("M1", "INS", year=2019)
    row = planter.lis(person, "M1", "INS")
    value = planter.demo.values[person.usubjid, "M1", "INS"]
    change(row, result=comma(value * 6.0, 2), unit="µU/mL")
    planter.note("X2", row, "insulin in pmol/L (factor 6.00) under µU/mL", "quarantined:WRONG_UNIT",
                 UNSIGNED.format("6 to 7 times the subject's other values"))  # fmt: skip

    person = planter.subject("SCR", year=2020)
    row = planter.lis(person, "SCR", "CHOL")
    change(row, unit="đv/dL")
    planter.note("X19", row, "unit that no table knows", "quarantined:UNKNOWN_UNIT", "query", "Đơn vị")

    person = planter.subject("SCR", year=2019)
    row = planter.lis(person, "SCR", "UREA")
    change(row, unit="")
    planter.note("X19", row, "unit missing", "quarantined:NO_UNIT", "no dictionary declares it", "Đơn vị")

    person = planter.subject("BL", year=2019)
    row = planter.lis(person, "BL", "INS")
    change(row, unit="\u03bcU/mL")
    planter.note("X19", row, "Greek mu U+03BC in place of the micro sign", "used", "same unit", "Đơn vị")


def plant_draws(planter: Planter, seed: int) -> None:
    """Plant X7, X8 and X10: glucose that is of another draw, not fasting or capillary."""
    person = planter.subject("M3", year=2020)
    row = planter.lis(person, "M3", "INS")
    redraw(row, planter.shifted(planter.draw(person, "M3"), 900007, days=3))
    planter.note("X7", row, "insulin drawn three days after glucose", "used",
                 "FPG and insulin stay; no HOMA: no paired insulin", "SID")  # fmt: skip

    rng = stream(seed, "extra draws")
    person = planter.subject("M1", year=2019)
    draw = planter.shifted(planter.draw(person, "M1"), 900008, hours=2.5)
    row = make_row(person, draw, "GLUC", planter.demo.values[person.usubjid, "M1", "GLUC"] + 4.6, rng)
    row.kind = "after meal"
    change(row, test="Glucose*", comment="sau ăn 2 giờ")
    planter.demo.lis.append(row)
    planter.note("X8", row, "second glucose of the day, after a meal", "used",
                 "FASTING N: not for FPG, not for HOMA; the fasting one stands", "Ghi chú")  # fmt: skip

    person = planter.subject("M1", year=2020)
    row = planter.lis(person, "M1", "GLUC")
    change(row, test="Glucose*", comment="mẫu bất kỳ")
    planter.note("X8", row, "the only glucose of the visit is a random one", "used",
                 "FASTING N: no FPG and no HOMA at this visit", "Ghi chú")  # fmt: skip

    person = planter.subject("M3", year=2020)
    draw = planter.shifted(planter.draw(person, "M3"), 900010, minutes=10)
    row = make_row(person, draw, "GLUC", planter.demo.values[person.usubjid, "M3", "GLUC"] + 0.7, rng)
    row.kind = "capillary"
    change(row, test="Đường huyết", specimen="Máu mao mạch", device="Accu-Chek")
    planter.demo.lis.append(row)
    planter.note("X10", row, "glucose of a glucometer beside the venous one", "used",
                 "capillary specimen: not for FPG, not for HOMA", "Loại mẫu")  # fmt: skip


def plant_samples(planter: Planter, seed: int) -> None:
    """Plant X9 (haemolysis destroys insulin, not C-peptide) and other spoilt samples."""
    for visit, year, word, left in (("M1", 2019, "vỡ hồng cầu", 0.45), ("M3", 2020, "tán huyết (++)", 0.3)):
        person = planter.subject(visit, year=year, even=True)
        draw = planter.draw(person, visit)
        value = planter.demo.values[person.usubjid, visit, "INS"] * left
        fresh = make_row(person, draw, "INS", value, stream(seed, f"haemolysis {year}"))
        row = planter.lis(person, visit, "INS")
        change(row, result=fresh.cells["Kết quả"], unit=fresh.cells["Đơn vị"], quality=word)
        planter.note("X9", row, "haemolysed, insulin partly destroyed", "quarantined:HEMOLYZED",
                     "insulin and HOMA by insulin missing", "Chất lượng mẫu")  # fmt: skip
        row = planter.lis(person, visit, "CPEP")
        change(row, quality=word)
        planter.note("X9", row, "C-peptide of the haemolysed sample", "used", "kept, flagged HEMOLYZED",
                     "Chất lượng mẫu")  # fmt: skip
    for analyte, word in (("TG", "mẫu đục"), ("UREA", "huyết tán"), ("CHOL", "không đủ mẫu")):
        person = planter.subject("SCR", year=2019)
        row = planter.lis(person, "SCR", analyte)
        change(row, quality=word)
        if analyte == "CHOL":
            change(row, result="", comment="không đủ mẫu")
        fate = "quarantined:EMPTY_RESULT" if analyte == "CHOL" else "used"
        planter.note("X9", row, f"sample quality `{word}`", fate, "quality code kept", "Chất lượng mẫu")


def plant_text(planter: Planter) -> None:
    """Plant X12, X14, X15, X18, X20, X23 and X26: text that a careless reader turns into wrong numbers."""
    for number, (text, fate, what) in enumerate(GAD_TEXTS):
        person = planter.demo.people[2 + 3 * number]
        row = planter.lis(person, "SCR", "GAD")
        change(row, result=text)
        planter.note("X18" if "\t" in text or "＜" in text else "X12", row, what, fate, "negative anti-GAD")

    person = planter.subject("M1", year=2019)
    row = planter.lis(person, "M1", "GLUC")
    planter.set_truth(person, "M1", "GLUC", 7.5)
    change(row, result="7,500")
    planter.note("X14", row, "7,500 under decimal comma", "used", "7.5 mmol/L, by the declared format")

    person = planter.subject("SCR", year=2020)
    row = planter.lis(person, "SCR", "CHOL")
    change(row, result=str(row.cells["Kết quả"]).replace(",", "."))
    planter.note("X14", row, "decimal point where the comma is declared", "quarantined:DECIMAL_MARK",
                 "contradicts the declared format: query, never guessed")  # fmt: skip

    person = planter.subject("M3", year=2020)
    row = planter.lis(person, "M3", "GLUC")
    change(row, result=f"{row.cells['Kết quả']}\u00a0")
    planter.note("X18", row, "no-break space after the number", "used", "cleaned")

    person = planter.subject("M1", year=2019)
    row = planter.lis(person, "M1", "GLUC")
    change(row, test="Glucose\u200b máu đói\ufeff")
    planter.note("X18", row, "zero-width characters in the analyte name", "used", "cleaned", "Tên xét nghiệm")

    for limits in ("0 - 0", "< 32", "2,5- 7,5"):
        person = planter.subject("SCR", year=2019)
        row = planter.lis(person, "SCR", "UREA")
        change(row, limits=limits, flag="")
        planter.note("X20", row, f"reference range `{limits}`", "used", "0 - 0 is no limit",
                     "Trị số tham chiếu")  # fmt: skip

    person = planter.subject("M6", year=2020)
    row = planter.lis(person, "M6", "GLUC")
    change(row, sid="2,00101E+11")
    planter.note("X23", row, "barcode turned into a floating number", "asked:ROUNDED_BARCODE",
                 "accession unknown; pairs with insulin by time of draw", "SID")  # fmt: skip

    person = planter.subject("M6", year=2020)
    row = planter.lis(person, "M6", "TG")
    change(row, result="Nan")
    planter.note(
        "X26", row, "result `Nan`", "quarantined:MISSING_RESULT", "missing, not zero and not a crash"
    )

    person = planter.subject("SCR", year=2019)
    row = planter.lis(person, "SCR", "TG")
    change(row, comment="=2+3; <b>kiểm tra</b>")
    planter.note("X18", row, "comment that a spreadsheet would run, with the delimiter in it", "used",
                 "text is data", "Ghi chú")  # fmt: skip


def plant_repeats(planter: Planter) -> None:
    """Plant X21: re-runs, preliminary, corrected and cancelled results, doubles."""
    _plant_runs(planter)
    _plant_versions(planter)
    _plant_doubles(planter)


def _plant_runs(planter: Planter) -> None:
    """Plant samples that were run or checked again under one barcode."""
    person = planter.subject("M1", year=2019)
    row = planter.lis(person, "M1", "GLUC")
    first = planter.copy(row, "first run", result=_other(row, 1.12))
    change(row, comment="chạy lại", reported=later_time(row, 75))
    planter.note(
        "X21", first, "first run of a sample that was run again", "superseded:BY_RERUN", "the re-run stands"
    )
    planter.note("X21", row, "re-run (`chạy lại`), same barcode, later result time", "used", "stands")

    person = planter.subject("M3", year=2020)
    row = planter.lis(person, "M3", "INS")
    first = planter.copy(row, "first run", result=_other(row, 1.35, 1))
    change(row, comment="kiểm tra lại", reported=later_time(row, 60))
    planter.note(
        "X21",
        first,
        "first run of a sample that was checked again",
        "superseded:BY_RERUN",
        "the check stands",
    )
    planter.note("X21", row, "check (`kiểm tra lại`), same barcode", "used", "stands")


def _plant_versions(planter: Planter) -> None:
    """Plant preliminary and corrected results beside final ones."""
    person = planter.subject("M6", year=2020)
    row = planter.lis(person, "M6", "GLUC")
    early = planter.copy(
        row, "preliminary", status="Sơ bộ", result=_other(row, 1.05), reported=later_time(row, -20)
    )
    planter.note(
        "X21", early, "preliminary beside final", "superseded:BY_STATUS", "final stands", "Trạng thái"
    )

    person = planter.subject("M1", year=2020)
    row = planter.lis(person, "M1", "INS")
    early = planter.copy(row, "preliminary", status="Sơ bộ", result=_other(row, 0.8))
    change(row, status="Hiệu chỉnh", reported=later_time(row, 180))
    planter.note(
        "X21", early, "preliminary beside corrected", "superseded:BY_STATUS", "corrected stands", "Trạng thái"
    )
    planter.note("X21", row, "corrected result", "used", "stands", "Trạng thái")

    person = planter.subject("SCR", year=2019)
    row = planter.lis(person, "SCR", "TG")
    fixed = planter.copy(
        row, "corrected", status="Hiệu chỉnh", result=_other(row, 1.3), reported=later_time(row, 90)
    )
    planter.note("X21", fixed, "corrected beside final", "used", "corrected first, as declared", "Trạng thái")
    planter.note("X21", row, "final beside corrected", "superseded:BY_CORRECTION", "the corrected one stands",
                 "Trạng thái")  # fmt: skip


def _plant_doubles(planter: Planter) -> None:
    """Plant a cancelled result beside a final one, and a line that stands twice."""
    person = planter.subject("M3", year=2020)
    row = planter.lis(person, "M3", "GLUC")
    void = planter.copy(row, "cancelled", status="Hủy", result=_other(row, 1.6))
    planter.note(
        "X21", void, "cancelled result", "quarantined:CANCELLED", "cancelled never counts", "Trạng thái"
    )

    person = planter.subject("M6", year=2020)
    row = planter.lis(person, "M6", "INS")
    twin = planter.copy(row, "double")
    planter.note(
        "X21", twin, "the same line twice", "superseded:REPEATED_ROW", "one of the two stands", "SID"
    )


def plant_unscheduled(planter: Planter, seed: int) -> None:
    """Plant X21's draws beside the planned ones: one inside a window, one outside all."""
    for visit, days, serial, what in (
        ("M3", 21.0, 900021, "unscheduled draw inside the month 3 window, farther from its target"),
        ("BL", 13.0, 900022, "unscheduled draw in the first days after time zero: no window"),
    ):
        person = planter.subject(visit, year=2019 if visit == "BL" else 2020)
        draw = planter.shifted(planter.draw(person, visit), serial, days=days)
        for analyte in ("GLUC", "INS"):
            value = planter.demo.values[person.usubjid, visit, analyte] * 1.07
            row = make_row(person, draw, analyte, value, stream(seed, f"unscheduled {visit}{analyte}"))
            row.kind = "unscheduled"
            planter.demo.lis.append(row)
            planter.note("X21", row, what, "used", "listed, not analysed", "Ngày lấy mẫu")


def flag_again(planter: Planter) -> None:
    """Let the system set the flags of changed results, as it does by itself whatever the defect."""
    for row in planter.demo.lis:
        change(row, flag=flag_of(str(row.cells["Kết quả"]), str(row.cells["Trị số tham chiếu"])))


def plant_logic(planter: Planter) -> None:
    """Plant X24: no low flag below the reference range; collected after received."""
    row = next(
        row for row in planter.demo.lis
        if row.analyte == "CPEP" and row.cells["Cờ"] == "L" and row.kind == "main"
    )  # fmt: skip
    change(row, flag="")
    planter.note(
        "X24", row, "below the reference range without flag L", "asked:FLAG_CONTRADICTED", "kept", "Cờ"
    )

    person = planter.subject("M1", year=2019, third=True, copied=None)
    row = planter.lis(person, "M1", "HBA1C")
    change(row, received=later_time(row, -900))
    planter.note("X24", row, "received before it was collected", "asked:TIME_ORDER", "kept", "Ngày nhận mẫu")


def plant_strangers(planter: Planter, seed: int) -> None:
    """Plant X17's unknown test, two patients who are not in the key, and telephone numbers in comments."""
    for year, hospital, name in STRANGERS:
        person = planter.subject("M1", year=year, copied=None)
        rng = stream(seed, f"stranger {year}")
        draw = planter.shifted(planter.draw(person, "M1"), 900000 + year, hours=1)
        for analyte, value in (("GLUC", 6.1), ("INS", 8.4)):
            row = make_row(person, draw, analyte, value, rng)
            row.usubjid, row.visit, row.kind = "", "", "stranger"
            change(row, patient=hospital, person=name)
            planter.demo.lis.append(row)
            planter.note("X17", row, "patient who is not in the key", "quarantined:UNKNOWN_PATIENT", "query",
                         "Mã BN")  # fmt: skip

    person = planter.subject("SCR", year=2020)
    row = planter.copy(planter.lis(person, "SCR", "UREA"), "ferritin", test="Định lượng Ferritin*",
                       result="212,0", unit="ng/mL", limits="30 - 400")  # fmt: skip
    row.analyte = "FERRITIN"
    planter.note("X17", row, "test that no dictionary knows", "quarantined:UNKNOWN_ANALYTE",
                 "query that lists the name", "Tên xét nghiệm")  # fmt: skip

    for visit in ("BL", "M1", "M3", "M6"):
        person = planter.subject(visit, copied=None)
        row = planter.lis(person, visit, "GLUC")
        change(row, comment=f"BN hẹn lấy kết quả, ĐT {person.phone}")
        planter.note(
            "X18", row, "telephone number in a comment", "used", "must not leave the intake", "Ghi chú"
        )


UNSIGNED = "{}: query, never corrected unsigned"
GAD_TEXTS = (
    ("Âm tính\t", "used", "trailing tab"),
    ("<5,0", "used", "below the cut-off, decimal comma"),
    ("＜5,0", "used", "full-width less-than sign"),
    ("< 5,0", "used", "below the cut-off, with a space"),
    ("âm tính", "used", "other case"),
)


def printed(row: Row) -> float:
    """Return the printed result of a row."""
    return float(str(row.cells["Kết quả"]).replace(",", "."))


def _other(row: Row, factor: float, decimals: int = 2) -> str:
    return comma(printed(row) * factor, decimals)
