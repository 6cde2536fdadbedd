"""Dates of EDC files in their declared forms; a file in another form is refused once, not asked about per cell."""

from datetime import date

import pytest

from trial.study.date_formats import check_day_pattern, compile_pattern, read_day
from trial.study.errors import DataError

NAMES = ("CONSENT_DT", "ENROL_DT", "ALLOC_DT", "INFUSION_DT")


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("ISO", "2019-06-01", date(2019, 6, 1)),
        ("ISO", "2019-6-1", date(2019, 6, 1)),
        ("ISO", "2019-06-01T08:00", None),
        ("ISO", "2019-06-01\n", None),
        ("dd/mm/yyyy", "11/02/2021", date(2021, 2, 11)),
        ("mm/dd/yyyy", "11/02/2021", date(2021, 11, 2)),
        ("dd/mm/yyyy", "1/2/2021", date(2021, 2, 1)),
        ("dd/mm/yyyy", "29/02/2021", None),
        ("ddmmyyyy", "01022021", date(2021, 2, 1)),
        ("ddmmyyyy", "122021", None),
        ("dd-mmm-yyyy", "03-JAN-2020", date(2020, 1, 3)),
        ("ddmmmyyyy", "03Sep2020", date(2020, 9, 3)),
        ("dd mmm yyyy", "3 september 2020", date(2020, 9, 3)),
        ("dd mmm yyyy", "3 junk 2020", None),
        ("dd mmm yyyy", "3 tháng 9 2020", date(2020, 9, 3)),
        ("dd. mmm yyyy", "3. März 2020", date(2020, 3, 3)),
        ("dd/mm/yyyy", "01/01/9999", None),
    ],
)
def test_a_declared_form_is_read(form, text, day):
    assert read_day(text, (compile_pattern(form),))[0] == day


@pytest.mark.parametrize("form", ["dd/MM/yyyy", "dd/mm/yy", "yyyy-mm", "yyyy yyyy", "mm/mmm/yyyy", "iso", "",
                                  "HL7", "excel", "dd/mm/yyyy HH:MM"])  # fmt: skip
def test_a_form_without_a_meaning_is_refused_with_the_tokens(form):
    assert "yyyy (year), mm (month, 01) or mmm" in check_day_pattern(form)


def test_dates_in_the_declared_form_are_iso_in_the_data(derive):
    texts = {name: ["01/06/2019", "", "2019-06-11"] for name in NAMES}
    derived = derive(texts, edc={"dates": ["dd/mm/yyyy", "ISO"]})
    assert derived.adsl["ENRLDT"].tolist() == ["2019-06-01", "", "2019-06-11"]
    assert set(derived.asked("RULE")) <= {"NO_INDEX_DATE"}


def test_a_file_in_another_form_is_refused_once(derive):
    with pytest.raises(DataError) as error:
        derive({name: ["01/06/2019", "13/06/2019", "Tran Thi B"] for name in NAMES})
    text = str(error.value)
    assert text.startswith("data/raw/subjects.csv: nearly all dates are not in the declared 'ISO' (12 of 12)")
    assert "row 2, CONSENT_DT: '01/06/2019'" in text
    assert "row 4, CONSENT_DT: text that is no date" in text
    assert "What to do: declare the form that the file has in edc.dates" in text
    assert "Tran" not in text


def test_day_and_month_exchanged_are_seen(derive):
    """Half of such dates exist both ways and would be wrong without a question."""
    with pytest.raises(
        DataError, match="exist only with day and month exchanged, against the declared 'mm/dd"
    ):
        derive(
            {name: ["01/06/2019", "13/06/2019", "02/06/2019"] for name in NAMES},
            edc={"dates": ["mm/dd/yyyy"]},
        )


def test_dates_known_in_part_do_not_refuse_a_file(derive):
    events = {
        "USUBJID": ["S1"] * 4,
        "AETERM": list("abcd"),
        "AESTDTC": ["2019", "2019-06", "2019-07", "2019-08"],
    }
    assert derive(adverse_events=events).asked("RULE") == ["IMPOSSIBLE_DATE"] * 4
