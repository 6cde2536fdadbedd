"""Identifiers stop here: every text that reaches the results is checked against those the study knows."""

import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from trial.study.text import clean_text, fold

WITHHELD = "[withheld]"
LONGEST_NAME = 8
# Fewer characters than this, leading zeros apart, stand in too many texts that are no identifier.
SHORTEST = 5
SHORTEST_WRITTEN = 4
DIGITS = re.compile(r"\d+")
# Digits that are no decimals: 0.0011 shows no hospital number 0011.
WHOLE = re.compile(r"(?<!\d)(?<!\d[.,])\d+")
LETTERS = re.compile(r"[^\W\d_]+")
# The family names of nine Vietnamese in ten: a cell that slipped into another column may hold a name
# that no column of identifiers shows. Most are also words (`dương tính` is "positive", `lý do` is
# "reason", `duong huyet` is glucose without accents): those count with capitals or before a middle name.
ONLY_NAMES = {"nguyễn", "huỳnh", "trịnh", "nguyen", "huynh"}
ALSO_WORDS = {
    "trần", "lê", "phạm", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô",
    "dương", "lý", "đinh", "trương", "đoàn", "lương", "lưu",
    "tran", "pham", "hoang", "dang", "bui", "duong", "truong", "trinh",
}  # fmt: skip
BEFORE_MIDDLE = {"le", "vu", "vo", "ngo", "ly", "dinh", "doan", "luong", "luu"}
MIDDLE_NAMES = {"văn", "thị", "van", "thi"}
# Typed in lower case, a whole name is known by its three parts: family, middle and given name in this order.
# Two words alone (`lê hoa`, `pham tuan`) cannot be told from words.
MIDDLES = MIDDLE_NAMES | {
    "minh", "quang", "ngọc", "thu", "hữu", "đức", "thanh", "kim", "hồng", "xuân", "quốc", "đình", "gia",
    "bảo", "phương", "thùy", "tuấn", "hoài", "công", "mạnh", "trung", "thế", "duy", "đăng", "khánh", "hải",
    "bích", "tuyết", "diệu", "mỹ", "quỳnh", "trúc", "việt", "nhật", "tiến", "trọng", "chí", "viết", "bá",
    "anh", "ngoc", "huu", "duc", "hong", "xuan", "quoc", "dinh", "bao", "phuong", "thuy", "tuan", "hoai",
    "cong", "manh", "the", "dang", "khanh", "hai", "bich", "tuyet", "dieu", "my", "quynh", "truc", "viet",
    "nhat", "tien", "trong", "chi", "ba",
}  # fmt: skip
GIVEN_NAMES = {
    "an", "anh", "bình", "châu", "chi", "cường", "dung", "dũng", "duy", "giang", "hà", "hạnh", "hằng",
    "hiền", "hiếu", "hoa", "hòa", "hoàng", "hùng", "hương", "huy", "huyền", "khánh", "khoa", "kiên", "lan",
    "linh", "loan", "long", "lợi", "mai", "minh", "nam", "nga", "ngân", "ngọc", "nhung", "oanh", "phong",
    "phúc", "phương", "quân", "quang", "quyên", "sơn", "tâm", "tài", "thảo", "thành", "thắng", "thu",
    "thủy", "thúy", "trang", "trinh", "tuấn", "tùng", "tú", "tuyết", "uyên", "vân", "vinh", "yến", "binh",
    "chau", "cuong", "ha", "hanh", "hang", "hien", "hieu", "hoang", "hung", "huong", "huyen", "khanh",
    "kien", "loi", "ngan", "ngoc", "phuc", "phuong", "quan", "quyen", "son", "tam", "tai", "thao", "thang",
    "thuy", "tuan", "tung", "tu", "tuyet", "uyen", "yen",
}  # fmt: skip
PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)")


def has_name(text: str) -> bool:
    """Return whether a text holds a Vietnamese person's name: a family name and a further word or two."""
    words = LETTERS.findall(clean_text(text))
    if any(_is_name(word, after) for word, after in pairwise(words)):
        return True
    plain = [word.casefold() for word in words]
    return any(map(_is_whole_name, plain, plain[1:], plain[2:]))


def _is_whole_name(family: str, middle: str, given: str) -> bool:
    families = family in ALSO_WORDS or family in BEFORE_MIDDLE
    return families and middle in MIDDLES and given in GIVEN_NAMES


def _is_name(word: str, after: str) -> bool:
    family, middle = word.casefold(), after.casefold() in MIDDLE_NAMES
    if family in ALSO_WORDS:
        return middle or (word[0].isupper() and after[0].isupper())
    return family in ONLY_NAMES or (middle and family in BEFORE_MIDDLE)


class Identifiers:
    """Names, birth dates, hospital numbers and phones that no output may hold."""

    def __init__(self, texts: Iterable[str], numbers: Iterable[str]) -> None:
        folded = {fold(text) for text in texts}
        self._texts = {text for text in folded if len(text) >= SHORTEST}
        self._words = {text for text in self._texts if " " in text}
        written = {fold(number) for number in numbers}
        # Leading zeros get lost: a hospital number is compared without them. A short one would then be
        # any number of a text, so it is known by its leading zeros alone.
        self._numbers = {number.lstrip("0") for number in written if len(number.lstrip("0")) >= SHORTEST}
        self._short = {
            number
            for number in written
            if number.startswith("0")
            and len(number) >= SHORTEST_WRITTEN
            and len(number.lstrip("0")) < SHORTEST
        }
        self._codes = {n for n in written if len(n) >= SHORTEST and not n.isdigit()}
        self._sizes = sorted({len(number) for number in self._numbers})

    def withhold(self, texts: np.ndarray, *, prose: bool) -> np.ndarray:
        """Return texts with those that hold an identifier replaced.

        Parameters
        ----------
        texts : ndarray of object
        prose : bool
            Also replace what looks like a phone number or holds a hospital number among other digits.
            Not for barcodes, which are long numbers themselves; text with spaces is none.
        """
        codes, distinct = pd.factorize(texts)
        safe = np.empty(len(distinct), dtype=object)
        for at, text in enumerate(distinct):
            safe[at] = WITHHELD if self.holds(text, prose=prose) else text
        return safe[codes]

    def equals_number(self, values: np.ndarray) -> np.ndarray:
        """Return which numbers are hospital numbers (a cell that slipped into another column)."""
        numbers = [float(number) for number in self._numbers if number.isdigit()]
        return np.isin(values, np.array(numbers))

    def holds(self, text: str, *, prose: bool = True) -> bool:
        """Return whether a text holds an identifier."""
        if not text:
            return False
        folded = fold(text)
        if folded in self._texts:
            return True
        runs = DIGITS.findall(folded)
        if any(run.lstrip("0") in self._numbers for run in runs):
            return True
        if any(run in self._short for run in WHOLE.findall(folded)) or any(
            code in folded for code in self._codes
        ):
            return True
        if (prose or " " in folded) and (
            PHONE.search(folded) or any(self._holds_number(run) for run in runs)
        ):
            return True
        return has_name(text) or self._holds_name(folded.split())

    def _holds_number(self, run: str) -> bool:
        return any(
            run[start : start + size] in self._numbers
            for size in self._sizes
            for start in range(len(run) - size + 1)
        )

    def _holds_name(self, words: list[str]) -> bool:
        for size in range(2, min(len(words), LONGEST_NAME) + 1):
            for start in range(len(words) - size + 1):
                if " ".join(words[start : start + size]) in self._words:
                    return True
        return False
