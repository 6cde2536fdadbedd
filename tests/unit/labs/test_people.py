"""Subject ids of a study whose exports have no hospital numbers."""

import pytest

from trial.labs.files import read_subjects
from trial.labs.identity import SubjectKey
from trial.study.errors import DataError


def test_every_id_of_the_subjects_file_is_known(tmp_path):
    path = tmp_path / "subjects.csv"
    path.write_bytes("\ufeffARM, USUBJID \nx, S-1\ny,\nz,S-2\n".encode())
    assert read_subjects(path) == ("S-1", "S-2")
    assert SubjectKey({}, frozenset(read_subjects(path))).numbers() == frozenset()


@pytest.mark.parametrize("data", [b"ID,ARM\nS1,x\n", b"", b"\xff\xfe\x00"])
def test_a_file_without_ids_is_refused(tmp_path, data):
    path = tmp_path / "subjects.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"subjects\.csv: "):
        read_subjects(path)
