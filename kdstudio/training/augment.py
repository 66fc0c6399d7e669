"""Augmentation as a batched tensor function whose random numbers are a hash of (seed, view, input).

So a view of an input is the same whenever and in whatever order it is asked for: stored teacher answers stay exact,
and a resumed run sees the same pictures. A `torch.Generator` per input would be 5 to 10 times slower. The mixing
constants are those of SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
"""

from dataclasses import dataclass
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor

from kdstudio.methods.losses import IGNORE
from kdstudio.models.values import Mixture
from kdstudio.recipe.augmenting import AugmentationChoice


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Mirrored and shifted copies of images, the same for every model that looks at the batch."""

    choice: AugmentationChoice
    seed: int

    def view_of(self, epoch: int) -> int:
        """Return which view of the inputs an epoch shows."""
        views = self.choice.views
        return epoch % views if isinstance(views, int) else epoch if self.choice.is_on else 0

    def __call__(self, inputs: Tensor, index: Tensor, view: int) -> Tensor:
        """Return view `view` of `inputs` (N, c, H, W), whose rows in the data set are `index` (N,) int64."""
        if not self.choice.is_on:
            return inputs
        bits = random_bits(index, view, self.seed)
        height, width, pad = inputs.shape[2], inputs.shape[3], self.choice.crop
        rows = torch.arange(height, device=inputs.device).expand(len(inputs), -1)
        columns = torch.arange(width, device=inputs.device).expand(len(inputs), -1)
        if self.choice.flip:
            mirrored = (bits & 1).bool()[:, None]
            columns = torch.where(mirrored, width - 1 - columns, columns)
        if pad:
            span = 2 * pad + 1
            rows = rows + ((bits >> 8) & 0xFFFFF)[:, None] % span
            columns = columns + ((bits >> 32) & 0xFFFFF)[:, None] % span
            inputs = F.pad(inputs, (pad, pad, pad, pad))
        cells = (rows[:, :, None] * inputs.shape[3] + columns[:, None, :]).flatten(1)  # (N, H·W)
        pixels = inputs.permute(0, 2, 3, 1).flatten(1, 2)  # a view where channels lie last
        chosen = pixels.gather(1, cells[:, :, None].expand(-1, -1, pixels.shape[2]))
        return chosen.reshape(len(inputs), height, width, -1).permute(0, 3, 1, 2)

    def mixing(self, index: Tensor, view: int, among: Tensor) -> "Mixing":
        """Return what the inputs in rows `index` (N,) become in a view, with partners from the positions `among` (M,).

        The weight of a blend is uniform, which is Beta(1, 1) of Zhang et al. 2018 (https://arxiv.org/abs/1710.09412).
        """
        bits = random_bits(index, view, self.seed + _MIXING)
        is_noise = (bits >> 44) < round(self.choice.noise * (1 << 19))
        is_mixed = ((bits >> 24) & 0xFFFFF) < round(self.choice.mixup * (1 << 20))
        share = (bits & 0xFFFFFF).float() / (1 << 24)
        partners = among[random_bits(index, view, self.seed + _PARTNERS) % len(among)]
        return Mixing(torch.where(is_mixed & ~is_noise, share, 1.0), partners, is_noise)

    def noise(self, index: Tensor, view: int, shape: tuple[int, ...]) -> Tensor:
        """Return images (N, c, H, W) float32 whose pixels are uniform in 0..1, for a `shape` (H, W, c)."""
        first = random_bits(index, view, self.seed + _NOISE)[:, None]
        bits = random_bits(first + torch.arange(prod(shape), device=index.device), view, self.seed)
        return ((bits >> 39).float() / (1 << 24)).view(len(index), *shape).permute(0, 3, 1, 2)


@dataclass(frozen=True, slots=True)
class Mixing:
    """What inputs become: `share` (N,) float32 of themselves, the rest of those at `partners` (N,); or noise."""

    share: Tensor
    partners: Tensor
    is_noise: Tensor

    def targets(self, own: Tensor, others: Tensor) -> tuple[Tensor, Mixture]:
        """Return what `Batch` has for inputs with the targets `own` (N, …) and partners with `others` (N, …)."""
        is_mixed = self.share < 1
        second = torch.where(_like(is_mixed, own), others, own)
        lacks_one = self.is_noise | _lacks(own) | _lacks(second)
        return _without(own, is_mixed | self.is_noise), Mixture(
            _without(own, lacks_one), _without(second, lacks_one), self.share
        )


def _lacks(targets: Tensor) -> Tensor:
    """Return where inputs (N,) have no label or numbers."""
    return targets.isnan().any(dim=1) if targets.is_floating_point() else targets == IGNORE


def _without(targets: Tensor, where: Tensor) -> Tensor:
    """Return targets (N, …) with none where `where` (N,) is true."""
    return targets.masked_fill(_like(where, targets), float("nan") if targets.is_floating_point() else IGNORE)


def _like(mask: Tensor, targets: Tensor) -> Tensor:
    """Return a mask (N,) in a shape that fits targets (N, …)."""
    return mask.view(-1, *([1] * (targets.dim() - 1)))


def random_bits(index: Tensor, view: int, seed: int) -> Tensor:
    """Return 63 pseudo-random bits per input, (N,) int64 ≥ 0, as a hash of (seed, view, index)."""
    state = index + _wrap(_GOLDEN * (view + 1)) + _wrap(_MIX_1 * (seed + 1))
    state = (state ^ _shifted(state, 30)) * _wrap(_MIX_1)
    state = (state ^ _shifted(state, 27)) * _wrap(_MIX_2)
    state = state * _wrap(_GOLDEN) + _wrap(_MIX_2)  # a second round: neighbouring rows and views must not correlate
    state = (state ^ _shifted(state, 30)) * _wrap(_MIX_1)
    state = (state ^ _shifted(state, 27)) * _wrap(_MIX_2)
    return (state ^ _shifted(state, 31)) & 0x7FFFFFFFFFFFFFFF


def _shifted(state: Tensor, by: int) -> Tensor:
    """Shift right without copying the sign bit in, as on unsigned numbers."""
    return (state >> by) & ((1 << (64 - by)) - 1)


def _wrap(value: int) -> int:
    """Return a 64-bit unsigned constant as the signed one with the same bits."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


_MIXING, _PARTNERS, _NOISE = 1 << 31, 2 << 31, 3 << 31  # beyond all seeds, so that each draws numbers of its own
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
