"""Opening data and models for questions that come again and again while a form is being filled in."""

from functools import lru_cache
from pathlib import Path

from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.recording import Recording
from kdstudio.data.dataset import Dataset, Part
from kdstudio.models.model import Model
from kdstudio.models.said import NOTHING
from kdstudio.models.score import Score
from kdstudio.recipe.choices import DataChoice, Said
from kdstudio.training.opened import Opener


class Remembering(Opener):
    """Opens each file once, as long as it does not change: a form that is being filled in asks again and again."""

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=2)(
            lambda source, _stamps: super(Remembering, self).read(DataChoice.model_validate_json(source))
        )
        self._load = lru_cache(maxsize=4)(
            lambda path, said, _stamps: super(Remembering, self).load(path, Said.model_validate_json(said))
        )
        self._answers = lru_cache(maxsize=2)(lambda path, _stamp: super(Remembering, self).answers(path))
        self._recording = lru_cache(maxsize=1)(lambda path, _stamp: super(Remembering, self).recording(path))
        self._scores: dict[tuple[int, bytes], Score] = {}

    def read(self, choice: DataChoice) -> Dataset:
        """Read a data set, or give back what was read before."""
        stamps = tuple(_stamp(Path(path)) for path in (choice.path, *choice.parts.values(), choice.transfer))
        dataset: Dataset = self._read(choice.source.model_dump_json(), stamps)
        return dataset

    def load(self, path: Path, said: Said = NOTHING) -> Model:
        """Load a model, or give back what was loaded before."""
        files = [path, Path(said.code.rpartition(":")[0] or path), Path(said.arch or path)]
        model: Model = self._load(path, said.model_dump_json(), tuple(_stamp(file) for file in files))
        return model

    def answers(self, path: Path) -> Answers:
        """Read stored answers, or give back what was read before."""
        answers: Answers = self._answers(path, _stamp(path))
        return answers

    def recording(self, path: Path) -> Recording:
        """Read recorded answers, or give back what was read before."""
        recording: Recording = self._recording(path, _stamp(path))
        return recording

    def score(self, model: Model, part: Part) -> Score:
        """Score a model, or give back its score on these inputs."""
        key = (id(model), part.index.tobytes())
        if key not in self._scores:
            self._scores = {key: super().score(model, part)}
        return self._scores[key]


def _stamp(path: Path) -> tuple[float, int]:
    """Return what changes when a file or folder changes."""
    try:
        status = path.stat()
    except OSError:
        return (0.0, 0)
    return (status.st_mtime, status.st_size)
