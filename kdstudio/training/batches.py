"""Inputs as tensors on the device, and the order in which a learner sees them."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from math import prod
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Noticed, Progress
from kdstudio.data.dataset import Part
from kdstudio.data.text.conversation import Conversation
from kdstudio.methods.losses import IGNORE
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.image import channels_last
from kdstudio.models.preprocessing.tokens import NOTHING, TokenPreprocessing, asked
from kdstudio.models.values import Batch, Prepares
from kdstudio.training.augment import Augmentation, Mixing
from kdstudio.training.streamed import Streamed, bytes_of, fits

CHUNK = 512  # inputs per forward pass outside of training; fixed, so that stored answers do not depend on who asks
TOKENS = 1 << 15  # places of a text in a forward pass, padding included
_ROWS, _NUMBERS = 2048, 1 << 24  # inputs, and numbers in them, that are read together: 64 MB of sound
_AHEAD = 4  # pieces that are read before they are wanted


@dataclass(frozen=True, slots=True)
class Tensors:
    """One part of the data on the device: `targets` (N,) int64 or (N, C) float32, `index` (N,) int64, and its inputs.

    Images: `inputs` (N, H, W, c) uint8 or float32. Small data lives on the device as it is on the disk (uint8), and
    becomes float 0..1 a batch at a time: a step then reads a quarter of the bytes, and nothing waits for a data loader.
    Channels lie last in memory, because pooling and convolutions are up to 7 times as fast so on a CPU
    (tests/benchmarks/README.md). Inputs of other kinds are not augmented: `ahead` has them as each model wants them.
    Images that memory has no room for are read a batch at a time, and decoded before that `within_reach`.
    """

    inputs: Tensor | Streamed | None
    targets: Tensor
    index: Tensor
    ahead: dict[Prepares, Tensor] = field(default_factory=dict)
    by_length: tuple[Tensor, ...] = ()  # positions of texts in pieces of like length, the shortest first
    scale: Tensor | None = None  # of numbers to predict: their standard deviation in training, (K,)
    reader: TokenPreprocessing | None = None  # of running text: whose tokens are predicted
    wanted: Tensor | None = None  # of prompts with answers: which tokens of `reader` are to be learned, (N, L) bool

    def __len__(self) -> int:
        return len(self.targets)

    def batch(
        self,
        positions: Tensor,
        augmentation: Augmentation | None = None,
        view: int = 0,
        among: Tensor | None = None,
    ) -> Batch:
        """Return the inputs at `positions` (n,) as one batch, augmented if wanted.

        Inputs are blended with those at the positions `among` (m,), or with any: a teacher's kept answers hold for any.
        """
        index, targets = self.index.index_select(0, positions), self.targets.index_select(0, positions)
        if self.inputs is None:
            batch = Batch(None, targets, index, ahead=self.ahead, positions=positions, scale=self.scale)
            return batch if self.reader is None else asked(batch, self.reader, self._wanted(positions))
        inputs = self._seen(self.inputs, positions, augmentation, view)
        if augmentation is None or not augmentation.choice.is_mixing:
            return Batch(inputs, targets, index, ahead=self.ahead, positions=positions, scale=self.scale)
        mixing = self._mixing(positions, augmentation, view, among)
        own = mixing.share.view(-1, 1, 1, 1)
        others = self._seen(self.inputs, mixing.partners, augmentation, view)
        inputs = inputs * own + others * (1 - own)
        if augmentation.choice.noise > 0:
            noisy = mixing.is_noise.nonzero()[:, 0]
            inputs[noisy] = augmentation.noise(index[noisy], view, self.inputs.shape[1:])
        targets, mixture = mixing.targets(targets, self.targets.index_select(0, mixing.partners))
        return Batch(inputs, targets, index, scale=self.scale, mixture=mixture)

    def _wanted(self, positions: Tensor) -> Tensor | None:
        return None if self.wanted is None else self.wanted.index_select(0, positions)

    def is_asked(self) -> Tensor:
        """Return which tokens of running text somebody is asked for, (N, L) bool: never the first, nor a prompt's."""
        assert self.reader is not None
        tokens = self.ahead[self.reader]
        found = tokens != NOTHING if self.wanted is None else self.wanted[:, : tokens.shape[1]].clone()
        found[:, 0] = False
        return found

    def within_reach(
        self,
        batches: Iterable[Tensor],
        augmentation: Augmentation | None = None,
        view: int = 0,
        among: Tensor | None = None,
    ) -> AbstractContextManager[None]:
        """Return a context in which what `batch` will be asked for, in this order, is read before it is wanted."""
        if not isinstance(self.inputs, Streamed):
            return nullcontext()
        return self.inputs.ahead(self._reads(batches, augmentation, view, among))

    def _reads(
        self, batches: Iterable[Tensor], augmentation: Augmentation | None, view: int, among: Tensor | None
    ) -> Iterator[Tensor]:
        for positions in batches:
            yield positions
            if augmentation is not None and augmentation.choice.is_mixing:
                yield self._mixing(positions, augmentation, view, among).partners

    def _mixing(self, positions: Tensor, augmentation: Augmentation, view: int, among: Tensor | None) -> Mixing:
        everything = torch.arange(len(self), device=positions.device) if among is None else among
        return augmentation.mixing(self.index.index_select(0, positions), view, everything)

    def _seen(
        self, inputs: Tensor | Streamed, positions: Tensor, augmentation: Augmentation | None, view: int
    ) -> Tensor:
        """Return the images at `positions` (n,), augmented by themselves, float32 (n, c, H, W)."""
        # index_select copies whole rows: 7 µs for 128 MNIST images where indexing takes 100
        images = inputs.index_select(0, positions).permute(0, 3, 1, 2)
        if augmentation is not None:
            images = augmentation(images, self.index.index_select(0, positions), view)
        return images.float().div_(255) if images.dtype == torch.uint8 else images.float()

    def chunks(self) -> Iterator[Tensor]:
        """Yield all positions, int64, in pieces of at most CHUNK: in order, or texts of like length together."""
        yield from self.by_length or torch.split(torch.arange(len(self), device=self.targets.device), CHUNK)

    def only(self, positions: Tensor) -> "Tensors":
        """Return running text with only the passages at `positions` (n,)."""
        assert self.reader is not None
        kept = {how: tensor.index_select(0, positions) for how, tensor in self.ahead.items()}
        return replace(
            self,
            targets=self.targets.index_select(0, positions),
            index=self.index.index_select(0, positions),
            ahead=kept,
            wanted=self._wanted(positions),
            by_length=_by_length([self.reader.lengths(kept[self.reader])], self.targets.device),
        )

    def in_order(self, pieces: Sequence[Tensor]) -> Tensor:
        """Return what was answered to each of `chunks` as one tensor (N, *), in the order of the data."""
        whole = torch.cat(list(pieces))
        if not self.by_length:
            return whole
        ordered = torch.empty_like(whole)
        return ordered.index_copy_(0, torch.cat(self.by_length), whole)


def load(
    part: Part,
    device: torch.device,
    name: str,
    preparations: Iterable[Preprocessing],
    elsewhere: Mapping[str, Part] = MappingProxyType({}),
    reader: TokenPreprocessing | None = None,
) -> Generator[Event, object, Tensors]:
    """Read a part of the data onto the device; files are decoded by all cores. `preparations` are the models' own.

    Those that are `seen_in` another data set are of teachers that see the part of that name in `elsewhere` instead. Of
    running text the `reader` is the tokenizer whose tokens are predicted.
    """
    everybody = set(preparations)
    ahead: dict[Preprocessing, list[Tensor]] = {how: [] for how in everybody if how.ahead and not how.seen_in}
    images = None
    if part.inputs.kind == "image":
        images = _room(part) if fits(part, device) else Streamed(part, device)
    if isinstance(images, Streamed):
        yield Noticed(problem=_is_large(part, name))
    yield from _pieces(part, name, ahead, images)
    for source, other in elsewhere.items():
        theirs: dict[Preprocessing, list[Tensor]] = {how: [] for how in everybody if how.seen_in == source}
        yield from _pieces(other, f"the teacher's {name}", theirs)
        ahead |= theirs
    is_classes = part.targets.dtype.kind != "f"
    targets = np.where(part.targets < 0, IGNORE, part.targets).astype(np.int64) if is_classes else part.targets
    prepared = {how: how.joined(pieces) for how, pieces in ahead.items()}
    return Tensors(
        inputs=images.to(device) if isinstance(images, Tensor) else images,
        targets=torch.from_numpy(targets).to(device),
        index=torch.from_numpy(np.asarray(part.index, dtype=np.int64)).to(device),
        ahead={how: tensor.to(device) for how, tensor in prepared.items()},
        by_length=_by_length([how.lengths(tensor) for how, tensor in prepared.items()], device),
        reader=reader,
        wanted=None if reader is None else _learned(part, reader, device),
    )


def _learned(part: Part, reader: TokenPreprocessing, device: torch.device) -> Tensor | None:
    """Return which tokens of conversations are learned, (N, L) bool; None of running text, of which all are."""
    texts = part.read(np.arange(len(part)))
    return reader.wanted(texts).to(device) if any(isinstance(text, Conversation) for text in texts) else None


def _by_length(found: Sequence[Tensor | None], device: torch.device) -> tuple[Tensor, ...]:
    """Return positions in pieces whose texts are of like length (N,) to all; nothing where all inputs are of one."""
    lengths = [one.cpu() for one in found if one is not None]
    return tuple(piece.to(device) for piece in _alike(torch.stack(lengths).amax(0))) if lengths else ()


def _room(part: Part) -> Tensor:
    channels, height, width = part.inputs.shape
    dtype = torch.uint8 if part.inputs.dtype.itemsize == 1 else torch.float32
    return torch.empty((len(part), height, width, channels), dtype=dtype)


def _is_large(part: Part, name: str) -> Problem:
    message = f"the {name} pictures take {bytes_of(part) / 1e9:,.1f} GB, more than memory has room for"
    hint = "They are decoded anew each time they are seen, while the step before is computed. The result is the same."
    return Problem(message=message, hint=hint, where="data", severity="note")


def _pieces(
    part: Part, name: str, ahead: Mapping[Preprocessing, list[Tensor]], images: Tensor | Streamed | None = None
) -> Generator[Event, object, None]:
    """Read a part once, and add each piece as everybody in `ahead` wants it; `images` are given them as they are."""
    pieces_of = max(1, min(_ROWS, _NUMBERS // max(1, prod(part.inputs.shape))))
    positions = np.array_split(np.arange(len(part)), max(1, -(-len(part) // pieces_of)))
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        done = 0
        for piece in _read_ahead(pool, part, positions):
            if isinstance(images, Tensor):
                images[done : done + len(piece)] = channels_last(piece)
            elif images is not None:
                images.add(channels_last(piece))
            for how, pieces in ahead.items():
                pieces.append(how.apply(how.raw(piece)))
            done += len(piece)
            yield Progress(done=done, total=len(part), doing=f"Reading {name} inputs")


def _alike(lengths: Tensor) -> Iterator[Tensor]:
    """Yield positions in pieces whose texts (N,) are of like length: a short text is not padded to a long one.

    A piece has at most CHUNK texts and at most TOKENS places, because attention's memory grows with them.
    """
    order = torch.argsort(lengths, stable=True)
    sizes, start = lengths[order].tolist(), 0
    while start < len(order):
        count = CHUNK
        while count > 1 and count * sizes[min(start + count, len(order)) - 1] > TOKENS:
            count //= 2
        yield order[start : start + count]
        start += count


def _read_ahead(pool: ThreadPoolExecutor, part: Part, positions: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the inputs at each of `positions`, a few pieces ahead: an hour of sound is larger than its pictures."""
    waiting: deque[Future[np.ndarray]] = deque()
    for at in positions:
        waiting.append(pool.submit(part.read, at))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@dataclass(frozen=True, slots=True)
class Order:
    """Which positions a learner sees in which step: a permutation for each epoch, from the seed alone.

    `positions` (M,) are those that the learner may see (the labelled ones for a baseline); `count` is the number of
    inputs in an epoch, the same for every learner, so that all have the same budget of steps. Where M < count the
    positions are gone through again, each time in a new order. A last batch of one input is left out, because batch
    normalisation cannot use it.
    """

    positions: Tensor
    count: int
    batch_size: int
    seed: int

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        full, rest = divmod(self.count, self.batch_size)
        return max(1, full + (rest > 1))

    def epoch(self, epoch: int) -> tuple[Tensor, ...]:
        """Return the positions (n,) int64 of each batch of an epoch, the same for the same seed and epoch."""
        generator = torch.Generator().manual_seed((self.seed + 1) * 1_000_003 + epoch)
        size, rounds = len(self.positions), -(-self.count // len(self.positions))
        order = torch.cat([torch.randperm(size, generator=generator) for _ in range(rounds)])[: self.count]
        order = order.to(self.positions.device)
        return tuple(torch.split(self.positions[order], self.batch_size)[: self.steps])
