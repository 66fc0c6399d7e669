"""Teachers over time: a run as a chain of stages, in which each stage's student teaches the next."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kdstudio.core.errors import Problem
from kdstudio.recipe.choices import Auto, MethodChoice, StudentChoice, TeacherChoice

STUDENT = "student"  # what the last stage's learner is called
ASSISTANT, GENERATION = "assistant", "generation"  # before a number, of the others


class Distil(BaseModel):
    """A part of a recipe over the common rest: what this stage does in another way."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False)

    student: StudentChoice | Auto | None = Field(
        None,
        title="Assistant",
        description="Who learns in this stage and then teaches the next. Automatic is an assistant midway in size "
        "between the first teacher and the student; without it the student itself, with other first weights.",
    )
    methods: Auto | Annotated[tuple[MethodChoice, ...], Field(min_length=1)] = Field(
        "auto", title="Methods", description="The terms of this stage's loss; automatic takes those of the recipe."
    )
    epochs: Auto | Annotated[int, Field(ge=1, le=100_000)] = Field(
        "auto", title="Epochs", description="How often this stage sees all inputs; automatic takes what the recipe has."
    )


class Stage(BaseModel):
    """One stage of a run."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    distil: Distil = Distil()

    def learning(self, student: StudentChoice) -> "Stage":
        """Return the same stage with another learner."""
        return Stage(distil=self.distil.model_copy(update={"student": student}))


def chain(stages: Sequence[Stage], teachers: Sequence[TeacherChoice]) -> tuple[Stage, ...]:
    """Return the stages of a run: those that are written, or one; two where the student's past self teaches."""
    born_again = any(teacher.kind == "past_self" for teacher in teachers)
    return tuple(stages) or (Stage(),) * (2 if born_again else 1)


def names(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Return what the learner of each stage is called: `assistant1`, `generation0` …, and last `student`."""
    found: list[str] = []
    for stage in stages[:-1]:
        kind, first = (GENERATION, 0) if stage.distil.student is None else (ASSISTANT, 1)
        found.append(f"{kind}{first + sum(name.startswith(kind) for name in found)}")
    return (*found, STUDENT)


def stage_problems(stages: Sequence[Stage], teachers: Sequence[TeacherChoice]) -> list[Problem]:
    """Return what is wrong with a chain by itself, each with its path in the recipe."""
    if not stages:
        return []
    found = []
    if stages[-1].distil != Distil():
        hint = 'Write the last one as {"distil": {}}: its student, methods and epochs are the recipe\'s own.'
        found.append(Problem(message="the last stage cannot differ", where=_place(len(stages) - 1), hint=hint))
    if len(stages) < 2:
        return found
    kinds = {teacher.kind for teacher in teachers}
    if not kinds:
        hint = 'Add one, or {"kind": "past_self"}: the first generation then learns from the labels alone.'
        found.append(Problem(message="a chain of stages begins with a teacher", where="teachers", hint=hint))
    if kinds & {"peer", "ema"}:
        hint = "Begin with a model, with stored answers or with the past self; or leave out the stages."
        message = "peers and averages come into being with one student, and cannot begin a chain of stages"
        found.append(Problem(message=message, where="teachers", hint=hint))
    if "past_self" in kinds:
        first = next((i for i, stage in enumerate(stages) if stage.distil.student is not None), None)
        if first is not None:
            hint = "Leave out the stage's student, or begin with a model that is no past self."
            message = "generations of a student have no assistants between them"
            found.append(Problem(message=message, where=f"{_place(first)}.student", hint=hint))
    return found


def _place(at: int) -> str:
    return f"stages[{at}].distil"
