"""The values that flow between batches, models, methods and training."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from torch import Tensor

IGNORE = -100  # the target of an input, or of a place in a text, without a label


class Prepares(Hashable, Protocol):
    """What turns raw inputs into what a network wants: a model's preprocessing."""

    def apply(self, inputs: Tensor) -> Tensor:
        """Return the network's inputs (N, …), float32 or token numbers int64, for raw ones (N, …) of its kind."""

    def trimmed(self, prepared: Tensor) -> Tensor:
        """Return a prepared batch (N, …) without what no row of it uses; N stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """The two targets of each input of a batch in which inputs are blended, both like `Batch.targets`.

    `share` (N,) float32 in 0..1 is how much of the first is in the input; 1 where nothing was blended. Where one of the
    two is not known, neither is: such an input has no label.
    """

    first: Tensor
    second: Tensor
    share: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Inputs with their targets.

    `targets` (N,) int64 with -100 where there is no label, or (N, C) float32 as `core.targets` says, with `scale` (K,)
    the standard deviation of numbers to predict; a blend of two inputs has no label there, but two in `mixture`.
    `index` (N,) int64 the rows in the data set, `mask` (N, L) for sequences or None. `inputs` (N, c, H, W) float32 in
    0..1 are raw images with the channels of the data; inputs of other kinds are not augmented, so they were prepared
    for a run at once: `ahead` has them by who wants them, and this batch shows those at `positions` (N,). `whole` is
    how many inputs the batch has on all devices together, of which these are one's share; 0 where there is one device.
    """

    inputs: Tensor | None
    targets: Tensor
    index: Tensor
    mask: Tensor | None = None
    ahead: Mapping[Prepares, Tensor] = field(default_factory=dict, repr=False)
    positions: Tensor | None = field(default=None, repr=False)
    scale: Tensor | None = None
    mixture: Mixture | None = None
    whole: int = 0
    _prepared: dict[Prepares, tuple[Tensor, int]] = field(default_factory=dict, repr=False)

    def prepared(self, by: Prepares) -> Tensor:
        """Return the inputs as `by` prepares them: once for all models that want them alike (teacher and student).

        They are prepared anew where a model has changed them in place.
        """
        tensor, version = self._prepared.get(by, (None, 0))
        if tensor is None or _version(tensor) != version:
            tensor = self._prepare(by)
            self._prepared[by] = tensor, _version(tensor)
        return tensor

    def parts(self, most: int) -> Iterator["Batch"]:
        """Yield the batch in parts of nearly equal size, of at most `most` inputs."""
        count = -(-len(self) // most)
        sizes = [len(self) // count + (i < len(self) % count) for i in range(count)]
        start = 0
        for size in sizes:
            yield self._part(slice(start, start + size))
            start += size

    def _part(self, at: slice) -> "Batch":
        def cut(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[at]

        mixture = self.mixture
        if mixture is not None:
            mixture = Mixture(mixture.first[at], mixture.second[at], mixture.share[at])
        return replace(
            self,
            inputs=cut(self.inputs),
            targets=self.targets[at],
            index=self.index[at],
            mask=cut(self.mask),
            positions=cut(self.positions),
            mixture=mixture,
            _prepared={
                by: (tensor[at], version)
                for by, (tensor, version) in self._prepared.items()
                if _version(tensor) == version
            },
        )

    def _prepare(self, by: Prepares) -> Tensor:
        if by in self.ahead and self.positions is not None:
            return by.trimmed(self.ahead[by].index_select(0, self.positions))
        if self.inputs is None:
            raise ValueError("these inputs were not prepared for this model")
        return by.apply(self.inputs)

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model answered: `logits` (N, C) and the tapped layers' `features` {layer: (N, c, h, w) or (N, d)}.

    Beside features of texts stand the `tokens` (N, L) int64 that the model read, −1 where a text has none.
    """

    logits: Tensor
    features: dict[str, Tensor] = field(default_factory=dict)
    tokens: Tensor | None = None

    def detached(self) -> "Outputs":
        """Return the same numbers, from which no gradient goes back."""
        features = {name: feature.detach() for name, feature in self.features.items()}
        return Outputs(self.logits.detach(), features, self.tokens)


def _version(tensor: Tensor) -> int:
    """Return how often a tensor was changed in place; inference tensors do not count it."""
    return 0 if tensor.is_inference() else tensor._version
