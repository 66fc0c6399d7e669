"""A study: recipes that give back what a paper published, and the figures that are held beside it.

`NAME.json` is the study, the folder `NAME` beside it holds a recipe for each run, which a person can open in the
window, too. Where a run says that its teacher is another run, the teacher is its best student. Those that come with
kdstudio lie in `resources/recipes/papers`.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.paths import resource
from kdstudio.recipe.recipe import Recipe, parse, read_json, resolve_paths

Budget = Literal["quick", "full"]
Kind = Literal["errors", "error_rate", "accuracy", "gap_closed"]
FOLDER = ("recipes", "papers")
_STRICT = ConfigDict(frozen=True, extra="forbid")


class Work(BaseModel):
    """What a budget allows: epochs of each run by its name, and how many seeds."""

    model_config = _STRICT

    epochs: dict[str, int]
    seeds: int = Field(1, ge=1)


class Trial(BaseModel):
    """One run: its name, which is also that of its recipe, and the run that its teacher comes from."""

    model_config = _STRICT

    name: str
    teacher: str = ""


class Figure(BaseModel):
    """A number that was published (None: nobody did), and how it is measured here.

    `of` names the runs; `gap_closed` takes three: the student with soft targets, the one without, and one that had all
    labels. `among` is the class whose inputs alone are counted; `shifted` counts after the bias shift that the answers
    to validation inputs ask for.
    """

    model_config = _STRICT

    says: str
    of: tuple[str, ...]
    kind: Kind
    published: float | None = None
    among: str = ""
    shifted: bool = False

    @model_validator(mode="after")
    def _right_number_of_runs(self) -> "Figure":
        if len(self.of) != (3 if self.kind == "gap_closed" else 1):
            raise ValueError(f"{self.kind} is measured on another number of runs than {len(self.of)}")
        return self


class Study(BaseModel):
    """All that is tried of one paper."""

    model_config = _STRICT

    place: Path = Field(exclude=True)  # its file without the suffix, which is the folder of its recipes
    title: str
    paper: str
    data: str  # a folder among the data that the person has; empty: what is embedded
    differs: tuple[str, ...] = ()  # how this is not what the paper did
    budgets: dict[Budget, Work]
    runs: tuple[Trial, ...]
    figures: tuple[Figure, ...]

    @property
    def name(self) -> str:
        """What it is called in the terminal."""
        return self.place.name

    @model_validator(mode="after")
    def _names_are_known(self) -> "Study":
        names = [trial.name for trial in self.runs]
        unknown = {name for figure in self.figures for name in figure.of} - set(names)
        for at, trial in enumerate(self.runs):
            if trial.teacher and trial.teacher not in names[:at]:
                unknown.add(trial.teacher)
        for work in self.budgets.values():
            unknown |= set(names) ^ set(work.epochs)
        if unknown:
            raise ValueError(f"these are no runs of the study, or have no epochs: {', '.join(sorted(unknown))}")
        return self

    def recipe(self, trial: Trial, budget: Budget, seed: int, data: Path, runs: Path) -> Recipe:
        """Return the recipe of one run, its data found in the folder `data`, its teacher among `runs`."""
        value: dict[str, Any] = read_json(self.place / f"{trial.name}.json")
        value |= {"seed": seed, "epochs": self.budgets[budget].epochs[trial.name]}
        if self.data:
            value["data"] = value["data"] | {"path": str((data / self.data).absolute())}
        if trial.teacher:
            best = runs / folder_of(self, trial.teacher, budget, seed) / "checkpoints/best/student.safetensors"
            value["teachers"] = [{"path": str(best.absolute())}]
        return resolve_paths(parse(value), self.place)


def folder_of(study: Study, run: str, budget: Budget, seed: int) -> str:
    """Return where a run of a study lies among the runs."""
    return f"{study.name}/{budget}/{run}-{seed}"


def studies(folder: Path | None = None) -> tuple[Study, ...]:
    """Return all studies of a folder, by name; raises InvalidRecipe where one is damaged."""
    return tuple(map(read, sorted((folder or resource(*FOLDER)).glob("*.json"))))


def read(path: Path) -> Study:
    """Return the study of a file; raises InvalidRecipe."""
    try:
        return Study.model_validate(read_json(path) | {"place": path.with_suffix("")})
    except ValidationError as error:
        problems = [Problem(message=one["msg"], where=f"{path.name}: {one['loc']}") for one in error.errors()]
        raise InvalidRecipe(problems) from error
