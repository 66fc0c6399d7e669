"""What is looked at while a run goes on: validation, the pinned inputs, and the arrays that the window reads."""

import os
from collections.abc import Generator

import numpy as np
import torch
from numpy.lib.format import open_memmap

from kdstudio.analysis.summary import metrics
from kdstudio.core.events import Evaluated, Event, Glimpsed
from kdstudio.core.files import write_array
from kdstudio.core.layout import RunFolder
from kdstudio.core.targets import HEADLINE
from kdstudio.core.types import Predictions
from kdstudio.models.model import Model
from kdstudio.recipe.lens import lens
from kdstudio.training.evaluate import Answered, predict
from kdstudio.training.learner import Learner
from kdstudio.training.setup import Setup

KEPT_EPOCHS = 30
GLIMPSES_PER_EPOCH = 4


def lens_temperature(setup: Setup) -> float:
    """Return the temperature at which transfer is measured."""
    return lens(setup.recipe)


def kept_epochs(epochs: int) -> set[int]:
    """Return the epochs (from 1) whose predictions are kept: all of up to 30, otherwise 30 evenly spread ones."""
    return {round(value) for value in np.linspace(1, epochs, num=min(epochs, KEPT_EPOCHS))}


def write_predictions(folder: RunFolder, predictions: Predictions, learner: str, epoch: int | str) -> str:
    """Write one learner's answers for a split and return the path of the logits; numbered epochs in half precision."""
    place = folder.split(learner, predictions.split)
    if not (place / "index.npy").exists():
        write_array(place / "index.npy", predictions.index)
        write_array(place / "targets.npy", predictions.targets)
    path = folder.logits(learner, predictions.split, epoch)
    logits = predictions.logits
    if isinstance(epoch, int):
        logits = np.clip(logits, -65504, 65504).astype(np.float16)
    write_array(path, logits, durable=False)
    if isinstance(predictions, Answered) and predictions.embedding is not None and not isinstance(epoch, int):
        write_array(path.with_name("embedding.npy"), predictions.embedding, durable=False)
        write_array(path.with_name("embedding_index.npy"), predictions.index[predictions.sampled], durable=False)
    return str(path)


class Probes:
    """The pinned inputs: answered several times an epoch into one memory-mapped array a learner."""

    def __init__(self, setup: Setup, steps_per_epoch: int) -> None:
        wanted = torch.tensor(setup.recipe.probes if isinstance(setup.recipe.probes, tuple) else (), dtype=torch.int64)
        rows = setup.validation.index.cpu()
        positions = [int(torch.nonzero(rows == row)[0]) for row in wanted if bool((rows == row).any())]
        self.index = [int(rows[position]) for position in positions]
        self.data, self.positions = setup.validation, torch.tensor(positions, dtype=torch.int64, device=setup.device)
        self.folder = setup.folder
        self.every = max(1, steps_per_epoch // GLIMPSES_PER_EPOCH)
        self.rows = setup.recipe.epochs * (steps_per_epoch // self.every + 1) + 1
        self.arrays: dict[str, np.ndarray] = {}

    def answer(self, model: Model) -> np.ndarray:
        """Return the model's logits (P, C) for the pinned inputs; neither mode nor statistics of the model change."""
        if not self.index:
            return np.zeros((0, model.spec.classes), dtype=np.float32)
        was_training = model.module.training
        model.module.eval()
        with torch.inference_mode():
            logits: np.ndarray = model.answer(self.data.batch(self.positions)).float().cpu().numpy()
        model.module.train(was_training)
        return np.asarray(logits)

    def teacher(self, answers: Predictions) -> None:
        """Write what the teacher answered to the pinned inputs, once, from its answers to all validation inputs."""
        logits = answers.logits[self.positions.cpu().numpy()]
        write_array(self.folder.glimpses("teacher"), logits[None].astype(np.float32))

    def glimpse(self, learner: Learner, step: int) -> Glimpsed:
        """Answer the pinned inputs and return where to find the answers."""
        steps = learner.order.steps
        epoch, inside = divmod(learner.step, steps)
        row = epoch * (steps // self.every + 1) + inside // self.every
        path = self.folder.glimpses(learner.name)
        logits = self.answer(learner.model)
        if learner.name not in self.arrays:
            self.arrays[learner.name] = self._open(learner.name, logits.shape)
        self.arrays[learner.name][row] = logits
        return Glimpsed(
            step=step, epoch=learner.step / steps, learner=learner.name, index=self.index, path=str(path), row=row
        )

    def _open(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        path = self.folder.glimpses(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            array: np.ndarray = np.load(path, mmap_mode="r+")
            if array.shape == (self.rows, *shape):
                return array
        made = open_memmap(path, mode="w+", dtype=np.float32, shape=(self.rows, *shape))
        if hasattr(os, "posix_fallocate"):  # a full disk is an error here; in a mapped page it would end the process
            with open(path, "rb+") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        return made


def judge(setup: Setup, learner: Learner, step: int) -> Generator[Event, object, None]:
    """Score a learner on validation at the end of its epoch, and remember its weights if they are the best so far."""
    epoch = learner.judged + 1
    predictions = yield from predict(
        learner.model,
        setup.validation,
        setup.class_names,
        name=learner.name,
        split="validation",
        pieces=learner.pieces,
    )
    scores = metrics(predictions, setup.teacher_predictions, lens_temperature(setup))
    path = ""
    if epoch in kept_epochs(setup.recipe.epochs):
        path = write_predictions(setup.folder, predictions, learner.name, epoch)
    write_predictions(setup.folder, predictions, learner.name, "last")
    first = scores.get(HEADLINE[predictions.task])
    if first is None:
        first = scores.get("correlation" if predictions.task == "regression" else "agreement")
    tie = scores.get("rmse" if predictions.task == "regression" else "nll")
    if learner.model.per_token and tie is not None:  # how likely the text is says more than how often a guess is right
        first = -tie
    key = (float(epoch) if first is None else first, -(tie if tie is not None else 0.0))
    if key > learner.best.key:
        learner.best.key, learner.best.epoch = key, epoch
        learner.best.weights = {
            name: value.detach().clone() for name, value in learner.model.module.state_dict().items()
        }
        write_predictions(setup.folder, predictions, learner.name, "best")
    learner.judged = epoch
    yield Evaluated(step=step, epoch=epoch, learner=learner.name, split="validation", metrics=scores, path=path)
