"""A frozen teacher's answers, asked for once and kept on the disk for this run and for all later ones.

Answers are computed in the order of the inputs, in pieces of a fixed size, before the first epoch that shows a view;
what was stored is what is used. An answer therefore depends on nothing but its key (teacher_key): neither on the
student, its batches and their order, nor on whether it was computed now, by an earlier run, or by another program at
this moment. A run that is killed and resumed ends with the same bits whatever is left of the cache.
"""

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kdstudio.analysis.embedding import sample
from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Noticed, Progress
from kdstudio.methods.losses import IGNORE
from kdstudio.models.model import Model
from kdstudio.models.taps import EMBEDDING, shapes
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.choices import CacheChoice
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import Tensors
from kdstudio.training.cache_choice import views_shown
from kdstudio.training.cache_folder import claim, touch
from kdstudio.training.device import free_memory
from kdstudio.training.evaluate import Answered, predict
from kdstudio.training.layers import LayerShapes
from kdstudio.training.shelf import Shelf
from kdstudio.training.stored_form import Form
from kdstudio.training.teacher_key import key
from kdstudio.training.teachers import Frozen, Teacher

_RESIDENT = 0.25  # share of a GPU's free memory that answers may take


@dataclass(slots=True)
class Counts:
    """How many answers were computed, and how many were there already; over all sessions of a run."""

    asked: int = 0
    read: int = 0


@dataclass(slots=True)
class Answers:
    """One teacher's answers to one part of the data; a view of it is a shelf."""

    teacher: Frozen
    data: Tensors
    form: Form
    augmentation: Augmentation | None
    threads: int
    views: int
    shapes: tuple[tuple[int, ...], ...] = ()  # of what the layers give for one input
    name: str = "training"
    keeps: bool = True  # on the disk, where that has room
    folder: Path | None = None
    shelves: dict[int, Shelf] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    is_placed: bool = False

    def filled(self, view: int) -> Generator[Event, None, list[np.ndarray]]:
        """Answer all inputs in a view, but for those that were answered before; return all arrays."""
        if not self.is_placed:
            yield from self._place()
        shelf = self.shelves.get(view)
        if shelf is None:
            ends = list(accumulate(len(positions) for positions in self.data.chunks()))
            shelf = Shelf(self.folder / f"view{view}" if self.folder is not None else None, ends)
            yield from self._fill(shelf, view)
            self.shelves[view] = shelf
        if self.folder is not None:
            touch(self.folder)
        return shelf.columns()

    def _fill(self, shelf: Shelf, view: int) -> Generator[Event, None, None]:
        pieces, missing = list(self.data.chunks()), shelf.missing
        # two programs that fill at once begin in different places, and so share the work
        start = os.getpid() * 7919 % max(1, len(pieces))
        missing.sort(key=lambda piece: (piece - start) % len(pieces))
        total, done = sum(len(pieces[piece]) for piece in missing), 0
        self.counts.read += len(self.data) - total
        with self.data.within_reach([pieces[piece] for piece in missing], self.augmentation, view):
            for piece in missing:
                if shelf.look(piece):
                    self.counts.read += len(pieces[piece])
                else:
                    self._answer(shelf, piece, pieces[piece], view)
                    self.counts.asked += len(pieces[piece])
                    yield from self.teacher.news()
                done += len(pieces[piece])
                yield Progress(done=done, total=total, doing=f"Asking the teacher about {self.name} inputs")
        if shelf.trouble:
            message = f"the teacher's answers cannot be kept on the disk ({shelf.trouble}): they stay in memory"
            yield Noticed(problem=Problem(message=message, where="teacher_cache", severity="warning"))

    def _answer(self, shelf: Shelf, piece: int, positions: Tensor, view: int) -> None:
        batch = self.data.batch(positions, self.augmentation, view)
        with cpu_threads(self.threads if positions.device.type == "cpu" else None):
            answer = self.teacher.outputs(batch, positions, view)
        rows = self.form.arrays(answer)
        divergence = difference = 0.0
        if not self.form.is_exact:
            stored = self.form.outputs([torch.from_numpy(one).to(positions.device) for one in rows])
            divergence, difference = self.form.error(answer.logits.float(), stored.logits)
        shelf.put(piece, rows, divergence=divergence, difference=difference)

    def _place(self) -> Generator[Event, None, None]:
        """Find the folder of these answers, where there is one with room."""
        self.is_placed = True
        if self.keeps:
            self.folder = claim(self._key(), self._about(), self.bytes)
        if self.folder is None and self.bytes > free_memory(torch.device("cpu")):
            message = f"the teacher's answers take {self.bytes / 1e9:,.1f} GB, more than disk and memory have room for"
            hint = "Set teacher_cache to false, or let it store half precision or the largest classes alone."
            yield Noticed(problem=Problem(message=message, hint=hint, where="teacher_cache", severity="warning"))

    def _key(self) -> str:
        model, form = self.teacher.model, self.form
        return key(model, self.data, self.augmentation, form, threads=self.threads, precision=self.teacher.precision)

    @property
    def bytes(self) -> int:
        """The room for all views, from the shapes of what the teacher's layers give."""
        return self.views * len(self.data) * self.form.bytes_a_row(self.shapes)

    def _about(self) -> dict[str, Any]:
        model = self.teacher.model
        return {
            "teacher": model.path.name if model.path is not None else model.spec.architecture,
            "part": self.name,
            "inputs": len(self.data),
            "classes": self.form.classes,
            "layers": list(self.form.layers),
            "form": self.form.choice.model_dump(mode="json", exclude={"threads"}),
        }

    def told(self) -> dict[str, Any]:
        """Return what the summary says of these answers."""
        shelves = list(self.shelves.values())
        errors = [shelf.errors for shelf in shelves]
        return {
            "folder": str(self.folder) if self.folder is not None and not any(s.trouble for s in shelves) else None,
            "views": len(shelves),
            "bytes": sum(column.nbytes for shelf in shelves for column in shelf.columns()),
            "asked": self.counts.asked,
            "read": self.counts.read,
            **self.form.choice.model_dump(mode="json", exclude={"threads"}),
            "error": None
            if self.form.is_exact or not errors
            else {"kl": float(np.mean([kl for kl, _ in errors])), "largest": max(far for _, far in errors)},
        }


class Cached(Teacher):
    """A frozen teacher whose answers to the training inputs are kept. They are looked up by input, never by step."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.columns: dict[int, list[Tensor]] = {}
        pieces = answers.data.by_length
        self.places = torch.argsort(torch.cat(pieces)) if pieces else None  # rows lie piece after piece

    def prepare(self, epoch: int) -> Generator[Event, None, None]:
        """Answer all inputs in this epoch's view, unless that was done before, in this run or another."""
        yield from self.answers.teacher.prepare(epoch)
        view = self._view(epoch)
        if view not in self.columns:
            self.columns[view] = self._laid_out((yield from self.answers.filled(view)))

    def outputs(self, batch: Batch, positions: Tensor, epoch: int) -> Outputs:
        """Return the stored answers to the inputs at `positions` (n,)."""
        places = positions if self.places is None else self.places.index_select(0, positions)
        columns = self.columns[self._view(epoch)]
        rows = [column.index_select(0, places.to(column.device)).to(positions.device) for column in columns]
        return self.answers.form.outputs(rows)

    def ask(self, images: Tensor, layers: Sequence[str] = ()) -> Outputs:
        """Return the model's answer: to other images nothing is kept."""
        return self.answers.teacher.ask(images, layers)

    def state(self) -> dict[str, Any]:
        """Return what was counted: answers themselves are found again, or computed again with the same bits."""
        counts = {"asked": self.answers.counts.asked, "read": self.answers.counts.read}
        return {**counts, **self.answers.teacher.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting, and asking for as many answers at once."""
        self.answers.counts = Counts(state["asked"], state["read"])
        self.answers.teacher.restore(state)

    def told(self) -> dict[str, Any]:
        """Return what the summary says of the answers."""
        return self.answers.told()

    def _view(self, epoch: int) -> int:
        return self.answers.augmentation.view_of(epoch) if self.answers.augmentation is not None else 0

    def _laid_out(self, arrays: Sequence[np.ndarray]) -> list[Tensor]:
        """Return the arrays as tensors: on a GPU that has room for them, otherwise mapped or in main memory."""
        tensors = [torch.from_numpy(array) for array in arrays]
        device = self.answers.data.targets.device
        size = self.answers.views * sum(array.nbytes for array in arrays)
        if device.type == "cpu" or size > _RESIDENT * free_memory(device):
            return tensors
        return [tensor.to(device) for tensor in tensors]


@contextmanager
def cpu_threads(count: int | None) -> Iterator[None]:
    """Compute with this many CPU threads for a while; None: with as many as before."""
    before = torch.get_num_threads()
    if count is not None and count != before:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if count is not None and count != before:
            torch.set_num_threads(before)


def threads_of(recipe: Recipe) -> int:
    """Return the CPU threads for the teacher's answers in a run of a resolved recipe."""
    said = recipe.cache.threads if recipe.cache.threads != "auto" else recipe.threads
    return said if said != "auto" else torch.get_num_threads()


def training_answers(
    teacher: Frozen, data: Tensors, augmentation: Augmentation, recipe: Recipe, shapes: LayerShapes
) -> Answers:
    """Return a teacher's answers to the training inputs as a resolved recipe stores them; nothing is asked yet."""
    layers = tuple(teacher.layers)
    form = Form(recipe.cache, teacher.model.spec.classes, teacher.model.task, layers)
    sizes = tuple(shapes.teacher[layer] for layer in layers)
    return Answers(teacher, data, form, augmentation, threads_of(recipe), views_shown(recipe), sizes)


def answered(
    model: Model, data: Tensors, class_names: tuple[str, ...], recipe: Recipe, *, split: str, keeps: bool
) -> Generator[Event, object, Answered]:
    """Return a teacher's logits for every input of a part (N, C), as `evaluate.predict` does.

    Where it `keeps` them, a later run with the same teacher does not ask again. They are exact whatever the recipe says
    of the training answers: reports are made of them. A model that came into being in a run is asked each time.
    """
    if model.per_token:  # a logit for each token of the vocabulary at each place: more than is read faster than made
        return (yield from predict(model, data, class_names, name="teacher", split=split))
    inner = shapes(model).get(EMBEDDING, ())
    layers = (EMBEDDING,) if len(inner) == 1 else ()
    form = Form(CacheChoice(), model.spec.classes, model.task, layers)
    keeps = keeps and all(one.path is not None for one in getattr(model, "members", (model,)))
    sizes = (inner,) if layers else ()
    answers = Answers(Frozen(model, layers), data, form, None, threads_of(recipe), 1, sizes, split, keeps)
    logits, *inside = yield from answers.filled(0)
    places = np.argsort(torch.cat(data.by_length).cpu().numpy()) if data.by_length else np.arange(len(data))
    targets = data.targets.cpu().numpy()
    rows = sample(targets if targets.ndim == 1 else np.zeros(len(targets), dtype=np.int64))
    return Answered(
        index=data.index.cpu().numpy(),
        targets=targets if targets.dtype.kind == "f" else np.where(targets == IGNORE, -1, targets),
        logits=np.asarray(logits)[places],
        class_names=class_names,
        model="teacher",
        split=split,
        task=model.task,
        sampled=rows,
        embedding=np.clip(inside[0][places[rows]], -65504, 65504).astype(np.float16) if inside else None,
    )
