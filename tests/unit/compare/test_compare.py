"""The cause of a conclusion that turned while its own number stayed."""

from trial.compare.attribution import Cause
from trial.compare.compare import _causes


def test_conclusion_without_a_changed_number_has_the_cause_of_its_interval():
    known = {
        "a.lower": Cause(("code",), {}),
        "a.upper": Cause(("data", "code"), {}),
        "b": Cause(("data",), {}),
    }
    found = _causes(known, ["a", "b", "c"])
    assert found["a"].factors == ("data", "code")
    assert found["b"].factors == ("data",)
    assert found["c"].factors == ("config",), "another level or margin"
