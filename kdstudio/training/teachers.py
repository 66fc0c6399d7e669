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
from kdstudio.training.precision import cast_answer


class Teacher(ABC):
    """Gives one answer a batch. `prepare` may work ahead for an epoch, with progress."""

    @abstractmethod
    def prepare(self, epoch: int) -> Iterator[Event]:
        """Do what must be done before an epoch."""

    @abstractmethod
    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the answers for `batch`, which shows the inputs at `positions` (n,) in `epoch`."""

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
            return cast_answer(self.model, batch, self.layers, self.precision)

    def ask(self, images: Tensor, layers: Sequence[str] = ()) -> Outputs:
        """Return the model's answer, with gradients to the images; its weights have none."""
        return ask(self.model, images, layers)


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
