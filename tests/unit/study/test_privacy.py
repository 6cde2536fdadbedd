"""One filter for every text that reaches the results: what it withholds, and what it must leave alone."""

import pytest

from trial.study.privacy import Identifiers

KNOWN = Identifiers(["Thạch Sùng Ngọc"], ["0012345671", "0011", "7", "2019", "A-7731"])


@pytest.mark.parametrize(
    "text",
    [
        "fever, patient Nguyễn Văn An 12345671 phone 0912 345 678",
        "gọi 0912.345.678", "+84 912 345 678",
        "Nguyễn An", "nguyễn an", "BN: Trần Bình, đau đầu", "bệnh nhân trần thị hoa", "LE VAN AN",
        "Dương Minh", "(Phạm_Hùng)", "thạch sùng ngọc",
        "0012345671", "12345671", "BN 012345671.", "x9123456710x",
        "BN 0011", "a-7731 came back",
    ],
)  # fmt: skip
def test_identifiers_are_held(text):
    assert KNOWN.holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "dương tính", "Lý do: đi công tác", "bệnh lý tim mạch", "hoàng đản", "Vi phạm đề cương",
        "duong huyet cao", "tran dich mang phoi", "dai thao duong type 2", "giảm trương lực cơ",
        "Gãy xương cẳng tay do tai nạn giao thông", "Sốt nhẹ sau truyền", "moved to another province",
        "11/02/2021", "2019-06-11", "CONSENT_DT 2019-06-02 after ENROL_DT 2019-06-01", "11", "7 days", "x = 0.0011",
        "1,0011", "in 2019",
    ],
)  # fmt: skip
def test_other_texts_are_left_alone(text):
    assert not KNOWN.holds(text)
