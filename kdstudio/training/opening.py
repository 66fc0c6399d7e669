"""Opening what a recipe names: data, teacher, student. All that is wrong is collected and told at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kdstudio.core.errors import InvalidRecipe, KdStudioError, ModelError, Problem
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.answers import read as read_answers
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.read import read
from kdstudio.data.sniff import ANSWERS, sniff
from kdstudio.data.splits import Splits, divide
from kdstudio.methods.catalogue import METHODS, entries
from kdstudio.models.catalogue import students
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.fit import fitted
from kdstudio.models.programs.program import with_output
from kdstudio.models.programs.python_class import load_with_class
from kdstudio.models.score import Score, score
from kdstudio.models.shrink import shrunk
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.models.weights import read_weights
from kdstudio.recipe.problems import Catalogue, problems
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.classes import mapped
from kdstudio.training.device import device_problem
from kdstudio.training.stored import StoredTeacher, join


@dataclass(frozen=True, slots=True)
class Ready:
    """What a run needs, whole."""

    recipe: Recipe
    dataset: Dataset
    splits: Splits
    student: Model
    teacher: Model | None
    stored: StoredTeacher | None

    @property
    def has_teacher(self) -> bool:
        """Whether there is anyone to learn from: a model, or its stored answers."""
        return self.teacher is not None or self.stored is not None


@dataclass(slots=True)
class Opened:
    """What a recipe names, as far as it could be opened, and every problem on the way."""

    recipe: Recipe
    dataset: Dataset | None = None
    splits: Splits | None = None
    teacher: Model | None = None
    stored: StoredTeacher | None = None
    score: Score | None = None
    student: Model | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """The problems that forbid to train."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def ready(self) -> Ready:
        """Return what a run needs, or raise InvalidRecipe with everything that is wrong."""
        if self.errors or self.dataset is None or self.splits is None or self.student is None:
            raise InvalidRecipe(self.errors)
        return Ready(self.recipe, self.dataset, self.splits, self.student, self.teacher, self.stored)


def catalogue() -> Catalogue:
    """Return everything that can be chosen in a recipe, from the code itself."""
    return Catalogue(methods=entries(), students=students())


class Opener:
    """How data and models are opened; a subclass may remember what it has opened."""

    def read(self, path: Path, target: str = "auto") -> Dataset:
        """Read a data set; `target` names the column of its classes."""
        return read(path, target)

    def load(self, path: Path, code: str = "") -> Model:
        """Load a model; `code` names the Python class that its weights belong to, if that is needed."""
        return load(path) if not code else load_with_class(read_weights(path), path, code)

    def answers(self, path: Path) -> Answers:
        """Read a teacher's stored answers."""
        return read_answers(path)

    def score(self, model: Model, part: Part) -> Score:
        """Score a model on some inputs of `part`: enough to tell a wrong normalisation, quick enough for a form."""
        return score(model, part, limit=500)


def open_recipe(recipe: Recipe, opener: Opener | None = None) -> Opened:
    """Open data, teacher and student of a recipe, score the teacher on a sample, and compare what they say."""
    opener = opener or Opener()
    opened = Opened(recipe, problems=problems(recipe, catalogue()))
    _check_device(opened)
    with _collected(opened, "data.path"):
        opened.dataset = opener.read(Path(recipe.data.path), recipe.data.target)
        opened.problems += opened.dataset.problems
        opened.splits = divide(opened.dataset, recipe.data, recipe.seed)
    answers = _teacher(opened, opener)
    if opened.dataset and not opened.dataset.class_names:
        opened.dataset = _named_by_teacher(opened, opened.dataset, answers)
    if opened.dataset and opened.splits:
        _check_labels(opened, opened.splits)
        _check_teacher(opened, opened.dataset, opened.splits, opener)
        if answers is not None:
            opened.stored, found = join(answers, opened.dataset, opened.splits, recipe.augmentation)
            opened.problems += found
        with _collected(opened, "student"):
            opened.student = _student(opened, opened.dataset, opened.splits)
    return opened


def _teacher(opened: Opened, opener: Opener) -> Answers | None:
    """Load the teacher's model; or return its stored answers, which are joined with the data once that is open."""
    if opened.recipe.teachers:
        choice = opened.recipe.teachers[0]
        with _collected(opened, "teachers[0].path"):
            if choice.kind == "stored":
                return opener.answers(Path(choice.path))
            if sniff(Path(choice.path)).format == ANSWERS:
                hint = 'Write "kind": "stored" for this teacher.'
                raise ModelError("the file holds a teacher's answers and no model", hint=hint)
            opened.teacher = opener.load(Path(choice.path), choice.code)
            if choice.output != "auto":
                opened.teacher = with_output(opened.teacher, choice.output)
            opened.problems += opened.teacher.problems
    return None


def _named_by_teacher(opened: Opened, dataset: Dataset, answers: Answers | None) -> Dataset | None:
    """Return data without any label with the teacher's classes, which stand in for its own; None without a teacher."""
    if opened.teacher is not None:
        names, classes = opened.teacher.class_names, opened.teacher.spec.classes
    elif answers is not None:
        names, classes = answers.class_names, answers.classes
    else:
        if not opened.recipe.teachers:
            hint = "Choose a teacher that answers in place of labels, or data with labels."
            opened.problems.append(
                Problem(message="there is nothing to learn from: no labels", where="data.path", hint=hint)
            )
        return None
    return dataset.with_classes(names, classes)


def _student(opened: Opened, dataset: Dataset, splits: Splits) -> Model | None:
    choice = opened.recipe.student
    if choice.shrink is not None:
        if opened.teacher is None:
            raise ModelError("there is no teacher to shrink", hint="Add a teacher, or choose an architecture.")
        choice = shrunk(opened.teacher, choice.shrink)
        opened.recipe = opened.recipe.model_copy(update={"student": choice})
    if choice.architecture is not None and any(p.where.startswith("student") for p in opened.errors):
        return None
    names, own = dataset.class_names, fitted(splits.train)
    made = student(choice, splits.train.inputs, len(names), names, own, opened.recipe.seed)
    if choice.path is not None:
        opened.problems += made.problems
    return made


def _check_device(opened: Opened) -> None:
    import torch

    wish = opened.recipe.device
    problem = "" if wish == "auto" else device_problem(torch.device(wish))
    if problem:
        hint = "Use device auto or cpu, or install a PyTorch build for your GPU."
        opened.problems.append(Problem(message=problem, where="device", hint=hint))


def _check_labels(opened: Opened, splits: Splits) -> None:
    if splits.labelled.any():
        return
    for i, choice in enumerate(opened.recipe.methods):
        if choice.method in METHODS and METHODS[choice.method].needs.labels:
            hint = "Remove this method: the teacher's answers are enough. Or choose data with labels."
            message = f"{choice.method} needs labels, and this data has none"
            opened.problems.append(Problem(message=message, where=f"methods[{i}]", hint=hint))


def _check_teacher(opened: Opened, dataset: Dataset, splits: Splits, opener: Opener) -> None:
    """Score the teacher on validation inputs and compare its classes with the data's."""
    teacher = opened.teacher
    if teacher is None:
        return
    with _collected(opened, "teachers[0]"):
        teacher, told = mapped(teacher.suited(splits.train.inputs), opened.recipe.teachers[0], dataset, splits)
        opened.problems += told
        if teacher is None:
            return
        opened.score = opener.score(teacher, splits.validation)
        opened.problems += opened.score.problems
        opened.teacher = teacher.with_preprocessing(opened.score.preprocessing)


@contextmanager
def _collected(opened: Opened, where: str) -> Iterator[None]:
    """Keep an error as a problem at its place in the recipe, and go on with the rest."""
    try:
        yield
    except InvalidRecipe as error:
        opened.problems += error.problems
    except KdStudioError as error:
        opened.problems += [problem.model_copy(update={"where": where}) for problem in error.problems]
