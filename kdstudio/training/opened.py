"""What a recipe names, opened: models and data in memory, and all that is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.answers import read as read_answers
from kdstudio.data.answers.recording import Recording
from kdstudio.data.answers.recording import read as read_recording
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.pairing import Pairing
from kdstudio.data.read import chosen
from kdstudio.data.splits import Splits
from kdstudio.methods.base import OWN
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.said import NOTHING, load_said
from kdstudio.models.score import Score, score
from kdstudio.recipe.choices import DataChoice, Said
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.layers import NO_LAYERS, LayerShapes
from kdstudio.training.recorded import RecordedTeacher
from kdstudio.training.stored import StoredTeacher


@dataclass(frozen=True, slots=True)
class StageModel:
    """Who learns in an earlier stage, and the layers of it and of its teacher that methods may compare."""

    model: Model
    shapes: LayerShapes = NO_LAYERS


@dataclass(frozen=True, slots=True)
class Ready:
    """What a run needs, whole."""

    recipe: Recipe
    dataset: Dataset
    splits: Splits
    student: Model
    teacher: Model | None
    stored: StoredTeacher | RecordedTeacher | None
    shapes: LayerShapes = NO_LAYERS
    peers: tuple[Model, ...] = ()
    pairings: dict[str, Pairing] = field(default_factory=dict)  # what a teacher sees instead, by its path
    plain: Model | None = None  # the student without what a method makes of it, for the baseline
    stages: tuple[StageModel, ...] = ()  # all but the last

    @property
    def is_taught(self) -> bool:
        """Whether there is more to learn from than labels: a teacher, or methods that stand in for one."""
        return bool(self.recipe.teachers) or any(METHODS[one.method].family in OWN for one in self.recipe.methods)


@dataclass(slots=True)
class Opened:
    """What a recipe names, as far as it could be opened, and every problem on the way."""

    recipe: Recipe
    dataset: Dataset | None = None
    splits: Splits | None = None
    members: list[Model] = field(default_factory=list)  # the teachers' models as their files are
    teacher: Model | None = None  # all of them as one, answering for the data's classes
    stored: StoredTeacher | RecordedTeacher | None = None
    score: Score | None = None
    student: Model | None = None
    plain: Model | None = None
    pairings: dict[str, Pairing] = field(default_factory=dict)
    shapes: LayerShapes = NO_LAYERS
    peers: tuple[Model, ...] = ()  # students that learn beside the student
    stages: tuple[StageModel, ...] = ()  # students that learn before the student, each from the one before
    reader: TokenPreprocessing | None = None  # whose tokens are learned, where the data is running text
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """The problems that forbid to train."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def ready(self) -> Ready:
        """Return what a run needs, or raise InvalidRecipe with everything that is wrong."""
        if self.errors or self.dataset is None or self.splits is None or self.student is None:
            raise InvalidRecipe(self.errors)
        return Ready(
            recipe=self.recipe,
            dataset=self.dataset,
            splits=self.splits,
            student=self.student,
            teacher=self.teacher,
            stored=self.stored,
            shapes=self.shapes,
            peers=self.peers,
            plain=self.plain,
            pairings=self.pairings,
            stages=self.stages,
        )


class Opener:
    """How data and models are opened; a subclass may remember what it has opened."""

    def read(self, choice: DataChoice) -> Dataset:
        """Read the data set that a recipe names."""
        return chosen(choice)

    def load(self, path: Path, said: Said = NOTHING) -> Model:
        """Load a model, as what it is said to be."""
        return load_said(path, said)

    def answers(self, path: Path) -> Answers:
        """Read a teacher's stored answers."""
        return read_answers(path)

    def recording(self, path: Path) -> Recording:
        """Read a teacher's recorded answers to prompts."""
        return read_recording(path)

    def score(self, model: Model, part: Part) -> Score:
        """Score a model on some inputs of `part`: enough to tell a wrong normalisation, quick enough for a form."""
        return score(model, part, limit=500)


@contextmanager
def collected(opened: Opened, where: str) -> Iterator[None]:
    """Keep an error as a problem at its place in the recipe, and go on with the rest.

    That is `where`, or the place that the error names in the same part of the recipe.
    """
    part = f"{where.partition('.')[0]}."
    try:
        yield
    except InvalidRecipe as error:
        opened.problems += error.problems
    except KdStudioError as error:
        opened.problems += [
            problem if problem.where.startswith(part) else problem.model_copy(update={"where": where})
            for problem in error.problems
        ]
