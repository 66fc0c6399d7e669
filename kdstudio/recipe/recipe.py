"""The recipe: everything that decides a run, as one frozen value with a JSON form (contract: `recipe.json`)."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.targets import Task
from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.recipe.choices import (
    Auto,
    CacheChoice,
    Change,
    DataChoice,
    MethodChoice,
    StudentChoice,
    TeacherChoice,
)
from kdstudio.recipe.optimizing import OptimizerChoice, ScheduleChoice
from kdstudio.recipe.presets import PRESETS, USUAL_EPOCHS, preset
from kdstudio.recipe.stages import Stage

Precision = Literal["float32", "tf32", "bfloat16", "float16"]
USUAL_BATCH = 128
PROBES = 8  # that a run chooses itself, and that a selection gives at most


class Blend(BaseModel):
    """How several teachers become one; with one teacher it changes nothing."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    rule: Literal["probabilities", "logits", "confidence", "accuracy", "routed"] = Field(
        "probabilities",
        title="Blend",
        description="Average the teachers' probabilities or their logits; let each count as much as it is sure of the "
        "input, or as it is right on held-out inputs; or let the first one ask specialists that know some classes.",
    )
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = Field(
        None, title="Teacher weights", description="One number a teacher; without it all count the same."
    )


class StopChoice(BaseModel):
    """When to end before all epochs are done."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    patience: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Patience",
        description="End when so many epochs in a row brought no better result on validation; 0 trains all epochs. The "
        "same rule holds for the baseline, each for itself. The learning rate still falls as for all epochs.",
    )


class Recipe(BaseModel):
    """A weighted sum of methods plus student, teachers, data, optimizer and schedule.

    `auto` values are resolved before a run starts, and the run folder keeps the resolved recipe.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    version: Literal[1] = Field(1, alias="schema", title="Schema", description="The version of this format.")
    task: Auto | Task = Field(
        "auto",
        title="Task",
        description="What the models answer: one class for each input, several labels at once, or numbers "
        "(regression). Automatic takes what the data holds; whole numbers such as stars can be either.",
    )
    data: DataChoice
    teachers: tuple[TeacherChoice, ...] = Field((), max_length=64, title="Teachers", description="Who teaches.")
    blend: Blend = Blend()
    student: StudentChoice
    methods: tuple[MethodChoice, ...] = Field(min_length=1, title="Methods", description="The terms of the loss.")
    stages: tuple[Stage, ...] = Field(
        (),
        max_length=16,
        title="Stages",
        description="Teachers over time: each stage's student teaches the next, and the last one is the student. Each "
        "says what it does in another way than the recipe. Without any there is one stage.",
    )
    optimizer: OptimizerChoice = OptimizerChoice()
    schedule: ScheduleChoice = ScheduleChoice()
    stop: StopChoice = StopChoice()
    augmentation: AugmentationChoice = AugmentationChoice()
    epochs: int = Field(
        USUAL_EPOCHS, ge=1, le=100_000, title="Epochs", description="How often the student sees all inputs."
    )
    batch_size: Auto | Annotated[int, Field(ge=1, le=65_536)] = Field(
        USUAL_BATCH,
        title="Batch",
        description="How many inputs go into one step. auto doubles it from 32 while a few timed steps learn clearly "
        "more inputs a second and memory allows. A larger batch changes what is learned: an epoch has fewer steps, and "
        "the learning rate stays as it is.",
    )
    precision: Auto | Precision = Field(
        "auto",
        title="Precision",
        description="Number format of the networks' arithmetic in training; weights, losses and scores stay in single "
        "precision. Automatic times a few steps and takes another than float32 where a long run is clearly quicker "
        "with it. TF32 rounds what is multiplied to 10 bits after the point, on NVIDIA GPUs since Ampere; elsewhere it "
        "is float32, which never rounds so.",
    )
    compile: Auto | bool = Field(
        "auto",
        title="Compile steps",
        description="Turn the student's step into a program for this machine (torch.compile), which takes minutes, "
        "rounds other last bits and needs a C++ compiler (on a GPU: triton). Automatic times a few steps of long runs "
        "and does it where at least 5 % of the run is saved; never for texts, sounds, or methods that compare layers.",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        title="Device",
        description="Where to train: automatic takes a CUDA or Apple GPU when there is one, otherwise the CPU.",
    )
    devices: Annotated[int, Field(ge=1, le=1024)] = Field(
        1,
        title="Devices",
        description="How many GPUs of this computer share each batch; without a GPU, how many processes on the CPU, "
        "seldom quicker. The same result but for rounding; batch normalisation sees each one's share of the batch.",
    )
    threads: Auto | Annotated[int, Field(ge=1, le=1024)] = Field(
        "auto", title="Threads", description="CPU threads for the arithmetic; automatic chooses by the work in a step."
    )
    seed: int = Field(
        0, ge=0, lt=2**31, title="Seed", description="The same seed and recipe give the same run on the same machine."
    )
    teacher_cache: Auto | bool | CacheChoice = Field(
        "auto",
        title="Store the teacher's answers",
        description="Ask the teacher once for each view of an input and keep its answers on the disk, for this run and "
        "for later ones. Automatic does so when the number of views is fixed and smaller than the number of epochs, "
        "and the answers fit.",
    )
    baseline: bool = Field(
        True,
        title="Also train the same student without a teacher",
        description="Shows what really came from the teacher. It trains in turn with the student, with the same seed, "
        "order and number of steps.",
    )
    probes: Auto | tuple[int, ...] = Field(
        "auto",
        title="Probes",
        description="Rows of the validation inputs that are shown while the student trains; automatic takes the eight "
        "that the teacher finds most ambiguous.",
    )
    history: tuple[Change, ...] = Field(
        (), title="Changes", description="What was changed while the run went on; the same changes give the same run."
    )

    @property
    def every_method(self) -> list[tuple[str, MethodChoice]]:
        """The methods of the run and of those stages that have others, each with its place in the recipe."""
        found = [(f"methods[{i}]", choice) for i, choice in enumerate(self.methods)]
        for at, stage in enumerate(self.stages):
            own = () if stage.distil.methods == "auto" else stage.distil.methods
            found += [(f"stages[{at}].distil.methods[{i}]", choice) for i, choice in enumerate(own)]
        return found

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        """Put the methods of a preset where a recipe names one: `"preset": "dkd"`."""
        if not isinstance(value, dict) or "preset" not in value:
            return value
        rest = {key: kept for key, kept in value.items() if key != "preset"}
        found = preset(str(value["preset"]))
        if found is None:
            known = ", ".join(one.name for one in PRESETS)
            raise ValueError(f"there is no preset called {value['preset']!r}; there are {known}")
        if "methods" in rest:
            raise ValueError("a recipe has a 'preset' or 'methods', not both")
        said = {key: rest[key] for key in ("stages", "epochs") if key in rest}
        if isinstance(more := rest.get("augmentation"), dict):
            said["augmentation"] = found.augmentation | more
        return found.applied(rest) | said

    @property
    def batch(self) -> int:
        """How many inputs go into one step; the usual number as long as that is to be found by the run."""
        return USUAL_BATCH if self.batch_size == "auto" else self.batch_size

    @property
    def cache(self) -> CacheChoice:
        """How a teacher's answers are stored, where they are."""
        return self.teacher_cache if isinstance(self.teacher_cache, CacheChoice) else CacheChoice()

    def to_value(self) -> dict[str, Any]:
        """Return the JSON object of `recipe.json`."""
        return self.model_dump(mode="json", by_alias=True)


def parse(value: Any) -> Recipe:
    """Read a recipe from a decoded JSON value, or raise InvalidRecipe with all that is wrong."""
    try:
        return Recipe.model_validate(value)
    except ValidationError as error:
        raise InvalidRecipe(_problems(error)) from error


def load(path: Path) -> Recipe:
    """Read a recipe file; relative paths in it are taken from the file's folder."""
    return resolve_paths(parse(read_json(path)), path.parent)


def read_json(path: Path) -> Any:
    """Read a JSON file, or raise InvalidRecipe that says where it is broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecipe([Problem(message=f"cannot read the recipe: {error}", where=str(path))]) from error
    except json.JSONDecodeError as error:
        message = f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise InvalidRecipe([Problem(message=message, where=str(path))]) from error


def resolve_paths(recipe: Recipe, folder: Path) -> Recipe:
    """Return the recipe with every relative path made absolute from `folder`."""

    def absolute(path: str) -> str:
        return os.path.abspath(folder / Path(path).expanduser())  # without `..`, but links stay as they were named

    def config(arch: str, key: str = "arch") -> dict[str, str]:
        return {key: absolute(arch)} if arch.endswith(".json") else {}

    def located(student: StudentChoice) -> StudentChoice:
        if student.path is not None:
            return student.model_copy(update={"path": absolute(student.path), **config(student.arch)})
        return student.model_copy(update=config(student.architecture or "", "architecture"))

    def teaching(teacher: TeacherChoice) -> TeacherChoice:
        if not teacher.path:
            return teacher
        seen = {"data": absolute(teacher.data)} if teacher.data else {}
        return teacher.model_copy(update={"path": absolute(teacher.path), **config(teacher.arch), **seen})

    data = recipe.data
    files = {"path": absolute(data.path), "parts": {part: absolute(path) for part, path in data.parts.items()}}
    if data.transfer:
        files["transfer"] = absolute(data.transfer)
    stages = tuple(
        stage.learning(located(stage.distil.student)) if isinstance(stage.distil.student, StudentChoice) else stage
        for stage in recipe.stages
    )
    return recipe.model_copy(
        update={
            "data": data.model_copy(update=files),
            "teachers": tuple(teaching(teacher) for teacher in recipe.teachers),
            "student": located(recipe.student),
            "stages": stages,
        }
    )


def where(location: tuple[str | int, ...]) -> str:
    """Return a path in the recipe as people write it: `methods[1].temperature`."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part.startswith(("function-", "constrained", "literal", "int", "float", "tuple", "bool")):
            text += f".{part}" if text else part
    return text


def _problems(error: ValidationError) -> list[Problem]:
    """Return one problem a path: a value that fits none of several forms is told once, with all of them."""
    at: dict[str, list[Any]] = {}
    for item in error.errors(include_url=False):
        at.setdefault(where(item["loc"]), []).append(item)
    for path in list(at):  # a list whose items are wrong is not also empty
        if at[path][0]["type"] == "too_short" and any(other.startswith(f"{path}[") for other in at):
            del at[path]
    return [_problem(path, items) for path, items in at.items()]


def _problem(path: str, items: list[Any]) -> Problem:
    """Turn pydantic's errors at one path into a problem with a hint."""
    messages = {"missing": "is missing", "extra_forbidden": "is not a key that kdstudio knows"}
    texts = [messages.get(item["type"], str(item["msg"]).removeprefix("Value error, ")) for item in items]
    message = " or ".join([texts[0], *(text.removeprefix("Input should be ") for text in texts[1:])])
    return Problem(message=message, where=path, hint=_HINTS.get(items[-1]["type"], ""))


_HINTS = {
    "missing": "Add it: every recipe needs data, student and methods.",
    "extra_forbidden": "Check the spelling, or remove it.",
    "greater_than": "Use a larger number.",
    "greater_than_equal": "Use a larger number.",
    "less_than": "Use a smaller number.",
    "less_than_equal": "Use a smaller number.",
}
