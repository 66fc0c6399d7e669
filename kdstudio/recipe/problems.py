"""Everything that can be said about a recipe without opening a model, checked against the catalogue.

Engine and terminal pass the live catalogue, the window the one it has cached; the knobs of methods and students are
checked through their JSON schemas, so that the window needs none of their classes.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task
from kdstudio.recipe.choices import MethodChoice, StudentChoice
from kdstudio.recipe.recipe import Recipe, where
from kdstudio.recipe.stages import stage_problems


class Entry(BaseModel):
    """One method or architecture as the window and the terminal know it."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", populate_by_name=True)

    name: str
    family: str
    title: str
    paper: str
    help: str
    knobs: dict[str, Any] = Field(alias="schema")  # JSON schema of the knobs
    needs_teacher: bool = False
    needs_labels: bool = False
    needs_layers: bool = False  # of student and teacher, in pairs
    tasks: tuple[Task, ...] = ("classification",)  # those that a method's loss makes sense for
    weight: float = Field(1.0, ge=0)  # what a method has where nobody says otherwise
    takes: tuple[str, ...] = ()  # kinds of data that an architecture is for; () is any

    def fits(self, kind: str | None) -> bool:
        """Whether it is for this kind of data; None is one that is not known yet."""
        return not kind or not self.takes or kind in self.takes


class Catalogue(BaseModel):
    """Everything pluggable that a recipe may name."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    methods: tuple[Entry, ...] = ()
    students: tuple[Entry, ...] = ()

    def method(self, name: str) -> Entry | None:
        """Return the method of that name, or None."""
        return next((entry for entry in self.methods if entry.name == name), None)

    def student(self, name: str) -> Entry | None:
        """Return the student architecture of that name, or None."""
        return next((entry for entry in self.students if entry.name == name), None)


def problems(recipe: Recipe, catalogue: Catalogue) -> list[Problem]:
    """Return all that is wrong with a recipe by itself, each with its path."""
    found = [*_student_problems(recipe.student, catalogue, ()), *_method_problems(recipe, recipe.methods, catalogue)]
    for i, stage in enumerate(recipe.stages):
        place = ("stages", i, "distil")
        if isinstance(stage.distil.student, StudentChoice):
            found += _student_problems(stage.distil.student, catalogue, place)
        if stage.distil.methods != "auto":
            found += _method_problems(recipe, stage.distil.methods, catalogue, place)
    return [*found, *stage_problems(recipe.stages, recipe.teachers)]


def _student_problems(student: StudentChoice, catalogue: Catalogue, place: tuple[str | int, ...]) -> list[Problem]:
    name = student.architecture
    if name is None:
        return []
    entry = catalogue.student(name)
    if entry is None:
        known = [e.name for e in catalogue.students]
        return [_unknown(name, where((*place, "student", "architecture")), known)]
    return _schema_problems(student.knobs, entry.knobs, (*place, "student", "knobs"))


def _method_problems(
    recipe: Recipe, methods: tuple[MethodChoice, ...], catalogue: Catalogue, place: tuple[str | int, ...] = ()
) -> list[Problem]:
    found: list[Problem] = []
    for i, choice in enumerate(methods):
        at = where((*place, "methods", i))
        entry = catalogue.method(choice.method)
        if entry is None:
            found.append(_unknown(choice.method, f"{at}.method", [e.name for e in catalogue.methods]))
            continue
        found += _schema_problems(choice.knobs, entry.knobs, (*place, "methods", i))
        if entry.needs_teacher and not recipe.teachers:
            hint = "Add one under 'teachers', or remove the method."
            found.append(Problem(message=f"{choice.method} needs a teacher", where=at, hint=hint))
        if entry.needs_labels and recipe.data.labelled == 0:
            hint = "Raise data.labelled, or remove the method."
            found.append(Problem(message=f"{choice.method} needs labels", where=at, hint=hint))
    if methods and all(choice.weight == 0 for choice in methods):
        message = "all weights are 0, nothing would be learned"
        found.append(Problem(message=message, where=where((*place, "methods"))))
    return found


def _unknown(name: str, path: str, known: list[str]) -> Problem:
    return Problem(message=f"{name!r} is not known", where=path, hint=f"Use one of: {', '.join(known)}.")


def _schema_problems(value: dict[str, Any], schema: dict[str, Any], path: tuple[str | int, ...]) -> list[Problem]:
    from jsonschema import Draft202012Validator

    found = []
    for error in Draft202012Validator(schema).iter_errors(value):
        location = where((*path, *error.absolute_path))
        if error.validator == "additionalProperties":
            known = sorted(schema.get("properties", {}))
            for key in sorted(set(value) - set(known)):
                hint = f"Its knobs are: {', '.join(known) or 'none'}."
                found.append(Problem(message="is not a knob of it", where=f"{location}.{key}", hint=hint))
            continue
        found.append(Problem(message=error.message, where=location, hint=_bounds(error.schema)))
    return found


def _bounds(schema: Any) -> str:
    parts = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return f"It must be {' and '.join(parts)}." if parts else ""


_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
