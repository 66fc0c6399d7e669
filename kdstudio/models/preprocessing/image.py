"""Images: channels, size, normalisation."""

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn import functional as F

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs, Part

USUAL_SIZE = (32, 32)
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's convert("L")

CANDIDATES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "0..1": ((0.0,), (1.0,)),
    "mean 0.5, std 0.5": ((0.5,), (0.5,)),
    "0..255": ((0.0,), (1 / 255,)),
    "MNIST": ((0.1307,), (0.3081,)),
    "Fashion-MNIST": ((0.2860,), (0.3530,)),
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR-10 with per-image deviations": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "CIFAR-100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    "SVHN": ((0.4377, 0.4438, 0.4728), (0.1980, 0.2010, 0.1970)),
}
"""Means and deviations in common use, tried on files that store none; one number stands for every channel."""


class ImagePreprocessing(Preprocessing):
    """How raw images become a model's inputs. `size` (H, W) None: the model takes images of any size as they are."""

    takes: ClassVar[Kind] = "image"
    ahead: ClassVar[bool] = False

    kind: Literal["image"] = "image"
    channels: int = Field(ge=1)
    size: tuple[int, int] | None
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @model_validator(mode="after")
    def _one_number_a_channel(self) -> Self:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(f"mean and std need {self.channels} numbers, one a channel")
        if min(self.std) <= 0:
            raise ValueError("std must be above 0")
        return self

    @classmethod
    def plain(cls, channels: int, size: tuple[int, int] | None = None) -> Self:
        """Return the one that leaves 0..1 as it is."""
        return cls(channels=channels, size=size, mean=(0.0,) * channels, std=(1.0,) * channels)

    @classmethod
    def of(cls, part: "Part", limit: int = 2000) -> Self:
        """Return the normalisation that gives `part` mean 0 and deviation 1, measured on up to `limit` inputs."""
        chosen = np.unique(np.linspace(0, max(len(part) - 1, 0), min(limit, len(part))).astype(np.int64))
        channels, height, width = part.inputs.shape
        values = as_tensor(part.read(chosen)).double()
        if not len(values):
            return cls.plain(channels, (height, width))
        mean, std = values.mean((0, 2, 3)), values.std((0, 2, 3), correction=0)
        return cls(
            channels=channels,
            size=(height, width),
            mean=tuple(round(value, 4) for value in mean.tolist()),
            std=tuple(round(max(value, 1e-3), 4) for value in std.tolist()),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """(c, H, W); where any size will do, that of CIFAR stands for it."""
        return (self.channels, *(self.size or USUAL_SIZE))

    def raw(self, values: np.ndarray) -> Tensor:
        """Turn images (n, c, H, W), uint8 or float32, into float32 in 0..1."""
        return as_tensor(values)

    def suited(self, inputs: "Inputs") -> Self:
        """Return the same, with an open size filled in from the data."""
        _, height, width = inputs.shape
        return self if self.size is not None else self.with_size((height, width))

    def apply(self, inputs: Raw) -> Tensor:
        """Turn raw (N, c, H, W) in 0..1 into the model's (N, channels, *size), normalised. Traces under export."""
        assert isinstance(inputs, Tensor)
        inputs = _with_channels(inputs, self.channels)
        if self.size is not None and tuple(inputs.shape[-2:]) != self.size:
            inputs = F.interpolate(inputs, size=self.size, mode="bilinear", align_corners=False)
        if self.is_plain:
            return inputs
        constants = _constants if torch.compiler.is_compiling() else _stored_constants
        mean, std = constants(self.mean, self.std, inputs.device, inputs.dtype)
        return (inputs - mean).div_(std)  # the difference is a new tensor: no need for a third

    @property
    def is_plain(self) -> bool:
        """Whether 0..1 goes in unchanged."""
        return set(self.mean) == {0.0} and set(self.std) == {1.0}

    def with_size(self, size: tuple[int, int]) -> Self:
        """Return the same for inputs of `size` (H, W)."""
        return self.model_copy(update={"size": size})

    def with_channels(self, channels: int) -> Self:
        """Return the same for another number of channels: repeated, or averaged to one value for all."""
        if channels == self.channels:
            return self
        mean, std = float(np.mean(self.mean)), float(np.mean(self.std))
        return self.model_copy(update={"channels": channels, "mean": (mean,) * channels, "std": (std,) * channels})

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Raw pixels of the data's size; any number of images."""
        return (GraphInput("image", torch.zeros(2, *shape, dtype=torch.uint8), {0: "batch"}),)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Scale pixels to 0..1, then prepare them."""
        return self.apply(given[0].float() / 255)

    def feed(self, values: np.ndarray) -> Feed:
        """Return uint8 images; values that are 0..1 are stretched to 0..255."""
        if values.dtype != np.uint8:
            values = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
        return {"image": np.ascontiguousarray(values)}

    def describe(self) -> str:
        """Return it in words: `32×32 colour · mean .485 .456 .406 · std .229 .224 .225`."""
        colours = {1: "grey", 3: "colour"}.get(self.channels, f"{self.channels} channels")
        size = "any size" if self.size is None else f"{self.size[0]}×{self.size[1]}"
        if self.is_plain:
            return f"{size} {colours} · 0..1 as it is"
        return f"{size} {colours} · mean {_numbers(self.mean)} · std {_numbers(self.std)}"


def candidates(channels: int, size: tuple[int, int] | None) -> dict[str, ImagePreprocessing]:
    """Return the common normalisations that suit a model of so many channels, by name."""
    return {
        name: ImagePreprocessing(
            channels=channels,
            size=size,
            mean=mean * (channels // len(mean)),
            std=std * (channels // len(std)),
        )
        for name, (mean, std) in CANDIDATES.items()
        if len(mean) in {1, channels} and not (channels == 3 and name.endswith("MNIST"))
    }


def channels_last(images: np.ndarray) -> Tensor:
    """Turn images (n, c, H, W) into a tensor (n, H, W, c): the layout in which convolutions and pooling are quickest.

    The strides are canonical also where c is 1. They decide in which layout a first convolution answers, and numpy
    leaves any stride to an axis of length 1.
    """
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    return torch.from_numpy(last.reshape(-1)).view(last.shape)


def as_tensor(images: np.ndarray) -> Tensor:
    """Turn images (n, c, H, W) as a Part reads them, uint8 or float32, into float32 in 0..1, channels last."""
    tensor = channels_last(images).permute(0, 3, 1, 2)
    return tensor.float().div_(255) if tensor.dtype == torch.uint8 else tensor.float()


def _with_channels(inputs: Tensor, channels: int) -> Tensor:
    given = inputs.shape[1]
    if given == channels:
        return inputs
    if given == 1:
        return inputs.expand(-1, channels, -1, -1)
    if given == 3 and channels == 1:
        red, green, blue = inputs.unbind(1)
        return (_LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue).unsqueeze(1)
    raise ModelError(
        f"the model takes {channels} channels and the inputs have {given}",
        hint="Only grey and colour images can be turned into each other; choose other data or another model.",
    )


def _constants(
    mean: tuple[float, ...], std: tuple[float, ...], device: torch.device, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    shape = (1, len(mean), 1, 1)
    with torch.inference_mode(False):
        return (
            torch.tensor(mean, device=device, dtype=dtype).view(shape),
            torch.tensor(std, device=device, dtype=dtype).view(shape),
        )


_stored_constants = lru_cache(maxsize=64)(_constants)  # a copy to the GPU in each step would stall it


def _numbers(values: tuple[float, ...]) -> str:
    distinct = values[:1] if len(set(values)) == 1 else values
    return " ".join(f"{value:.3g}".replace("0.", ".", 1) if 0 < value < 1 else f"{value:g}" for value in distinct)
