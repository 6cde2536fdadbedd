"""Read the study: all problems of `config.yaml` are reported at once, with their keys."""

from collections.abc import Mapping
from types import MethodType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trial.plan.jobs import check_data
from trial.plan.rooms import rooms_of
from trial.plan.study import AnyStudy, model_of
from trial.study.load import config_error, problems_of, require_sections, source_of


def load_study(content: Any, name: str = "config.yaml") -> AnyStudy:
    """Return the checked study.

    Parameters
    ----------
    content : mapping
        The parsed configuration (`read_yaml`).
    name : str
        How error messages call the file.

    Raises
    ------
    ConfigError
        With every problem found, one line each, as dotted key, expectation and finding. Sections that are
        sound by themselves are compared with each other also where another section is not.
    """
    require_sections(content, name)
    model = model_of(content)
    try:
        study = model.model_validate(dict(content))
    except ValidationError as error:
        source = source_of(name, content)
        problems = [*problems_of(error, content, source), *cross_check(_Sound(content, model), model)]
        raise config_error(name, problems, source) from None
    if problems := cross_check(study, model):
        raise config_error(name, problems, source_of(name, content))
    return study


def cross_check(study: Any, model: type[AnyStudy]) -> list[str]:
    """Return every contradiction between sections, as dotted key, expectation and finding."""
    lines: list[str] = []
    checks = [*(room.check for room in rooms_of(model)), lambda study: check_data(study, model)]
    for check in checks:
        try:
            lines += check(study)
        except _BrokenSectionError:  # the section itself has its own line
            continue
    return lines


class _BrokenSectionError(Exception):
    """A section that is not sound by itself was asked for."""


class _Sound:
    """A study of which only the sound sections can be read."""

    def __init__(self, content: Mapping[str, Any], model: type[AnyStudy]) -> None:
        self._model = model
        self._sections: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            if name not in content and not field.is_required():
                self._sections[name] = field.get_default(call_default_factory=True)
                continue
            adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
            try:
                self._sections[name] = adapter.validate_python(content[name])
            except (KeyError, ValidationError):
                continue

    def __getattr__(self, name: str) -> Any:
        if name in self._sections:
            return self._sections[name]
        if name in self._model.model_fields:
            raise _BrokenSectionError(name)
        # What every study has, or works out of its sections.
        found = getattr(self._model, name)
        return MethodType(found, self) if callable(found) else found
