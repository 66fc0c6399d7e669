"""Who teaches. A teacher answers batches; methods do not know how."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from kdstudio.core.events import Event
from kdstudio.models.model import Model
from kdstudio.models.taps import ask
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.recipe import Precision
from kdstudio.training.learner import Moment
from kdstudio.training.matched import Targets
from kdstudio.training.pieces import Pieces
from kdstudio.training.precision import cast_answer


class Teacher(ABC):
    """Gives one answer a batch. `prepare` may work ahead for an epoch, with progress."""

    @abstractmethod
    def prepare(self, epoch: int) -> Iterator[Event]:
        """Do what must be done before an epoch."""

    @abstractmethod
    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the answers for `batch`, which shows the inputs at `positions` (n,) in `epoch`."""

    def news(self) -> Iterator[Event]:
        """Say what a person should know of the answers since the last time."""
        yield from ()

    def ask(self, images: Tensor, layers: Sequence[str] = ()) -> Outputs:
        """Return the answers to raw images (N, c, H, W) that are in no data set; raises ValueError where none can."""
        raise ValueError("only a model that was trained before can be asked about other images")

    def after_step(self, batch: Batch, student: Outputs, moment: Moment) -> None:  # noqa: B027  most learn nothing
        """Learn from the step that the student made; `student` is its answer before it, detached."""

    def told(self) -> dict[str, Any] | None:
        """Return what the summary says of answers that were stored; None where none are."""
        return None

    def state(self) -> dict[str, Any]:
        """Return everything that an exact resume needs and that its files do not hold."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:  # noqa: B027  most have none
        """Take over a state that `state()` gave."""


class Frozen(Teacher):
    """A trained model in evaluation mode, asked anew for each batch, for its logits and what `layers` gave."""

    def __init__(self, model: Model, layers: Sequence[str] = (), precision: Precision = "float32") -> None:
        self.model = model
        self.layers = layers
        self.precision = precision
        self.pieces = Pieces(model, "teacher")
        self.model.module.eval()
        for parameter in self.model.module.parameters():  # TorchScript refuses requires_grad_ on the whole
            parameter.requires_grad_(False)

    def prepare(self, epoch: int) -> Iterator[Event]:
        """Check what is easily lost: a teacher with dropout on teaches noise."""
        if self.model.module.training:
            raise RuntimeError("the teacher is in training mode")
        yield from ()

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the model's answer; nothing is recorded for gradients."""
        with torch.no_grad():
            return self.pieces.answer(lambda part: cast_answer(self.model, part, self.layers, self.precision), batch)

    def news(self) -> Iterator[Event]:
        """Say when the answers to a batch had to be computed in pieces."""
        yield from self.pieces.news()

    def ask(self, images: Tensor, layers: Sequence[str] = ()) -> Outputs:
        """Return the model's answer, with gradients to the images; its weights have none."""
        return ask(self.model, images, layers)

    def state(self) -> dict[str, Any]:
        """Return how many inputs are answered at once."""
        return self.pieces.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with as many."""
        self.pieces.restore(state)


class Stored(Teacher):
    """Answers that were made elsewhere, looked up by input: `answers` (N, C) to all training inputs, on the device.

    They hold for the inputs as they are, whatever the epoch: a run that augments is refused before it starts.
    """

    def __init__(self, answers: Tensor) -> None:
        self.answers = answers

    def prepare(self, epoch: int) -> Iterator[Event]:
        """Nothing is to be done: all is there."""
        yield from ()

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the stored logits (n, C) of the inputs at `positions` (n,)."""
        return Outputs(logits=self.answers.index_select(0, positions))


class Recorded(Teacher):
    """Recorded answers to all training inputs, looked up by input."""

    def __init__(self, targets: Targets, classes: int) -> None:
        self.targets = targets
        self.classes = classes

    def prepare(self, epoch: int) -> Iterator[Event]:
        """Nothing is to be done: all is there."""
        yield from ()

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the log-probabilities (n, L, V) of the inputs at `positions` (n,)."""
        rows = self.targets.row.index_select(0, positions)[:, : batch.targets.shape[1]]
        return Outputs(self.targets.logits(rows, batch.targets, self.classes))
