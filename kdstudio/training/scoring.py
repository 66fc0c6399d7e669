"""Scoring any model file on one part of a data set."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from kdstudio.analysis.summary import learner
from kdstudio.core.errors import DataError, ModelError
from kdstudio.core.events import Event, Noticed
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.labels import AUTO
from kdstudio.data.read import chosen
from kdstudio.data.splits import divide
from kdstudio.models.next_token import tokens_of, vocabulary
from kdstudio.models.score import score
from kdstudio.models.source import load
from kdstudio.recipe.choices import DataChoice, TeacherChoice
from kdstudio.training.batches import load as load_tensors
from kdstudio.training.classes import mapped
from kdstudio.training.device import choose_device
from kdstudio.training.evaluate import predict
from kdstudio.training.final import size
from kdstudio.training.passages import answered_part, spelled
from kdstudio.training.resolving import place

PARTS = ("train", "validation", "test")


def score_file(
    path: Path, choice: DataChoice, split: str, seed: int = 0, task: str = AUTO
) -> Generator[Event, object, dict[str, Any]]:
    """Return one learner's part of summary.json for a model file on `split` of the data.

    The data is taken for the task of the model, where nobody says another. Where the file stores no preprocessing, the
    one that fits the validation inputs best is taken, and said.
    """
    if split not in PARTS:
        raise DataError(f"There is no part called {split!r}.", hint=f"Use one of: {', '.join(PARTS)}.")
    model = load(path)
    own = NEXT_TOKEN if model.per_token else model.task
    dataset = chosen(choice, own if task == AUTO and own != "classification" else task)
    names = vocabulary(model) if model.per_token else model.class_names
    dataset = dataset.with_classes(names, model.spec.classes, own)
    splits = divide(dataset, choice, seed)
    fitting, told = mapped(model.suited(splits.test.inputs), TeacherChoice(path=str(path)), dataset, splits)
    if fitting is None:
        raise ModelError(told[0].message.replace("teacher", "model"), hint="Choose the data that it was trained for.")
    found = score(fitting, splits.validation)
    for problem in (*told, *found.problems):
        yield Noticed(problem=problem)
    model = fitting.with_preprocessing(found.preprocessing)
    device = choose_device("auto")
    place(model, device)
    model.module.eval()
    part = {"train": splits.train, "validation": splits.validation, "test": splits.test}[split]
    reader = tokens_of(model) if model.per_token else None
    data = yield from load_tensors(part, device, split, [model.preprocessing], reader=reader)
    data, told = answered_part(data, model.spec.classes, split)
    for problem in told:
        yield Noticed(problem=problem)
    predictions = yield from predict(model, data, dataset.class_names, name="student", split=split)
    scores = learner(predictions, size(model))
    return scores | spelled(data, scores["nll"])
