"""Images: channels, size, normalisation."""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from torch import Tensor
from torch.nn import functional as F

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw
from kdstudio.models.preprocessing.resizing import OVERSHOOTING, Interpolation, shares, shortest

if TYPE_CHECKING:
    from kdstudio.data.dataset import Inputs, Part

USUAL_SIZE = (32, 32)
_Side = Annotated[int, Field(ge=1, le=4096)]
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
_NAMED = {"0..255": "pixels 0..255", "mean 0.5, std 0.5": "pixels −1..1"} | {
    name: f"{name} normalisation" for name in ("MNIST", "Fashion-MNIST", "ImageNet", "CIFAR-10", "CIFAR-100", "SVHN")
}


class ImagePreprocessing(Preprocessing):
    """How raw images become a model's inputs. `size` (H, W) None: the model takes images of any size as they are.

    A picture of another size is stretched to `size`. With `resized`, it is first brought to that, the shortest edge or
    (H, W), and the middle of `size` is cut out; zeros lie around where there is less. `interpolation` is as Pillow has
    it, but for "plain": bilinear between the four nearest pixels, also where a picture shrinks.
    """

    takes: ClassVar[Kind] = "image"
    ahead: ClassVar[bool] = False

    kind: Literal["image"] = "image"
    channels: int = Field(ge=1)
    size: tuple[int, int] | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resized: _Side | tuple[_Side, _Side] | None = None
    interpolation: Interpolation = "plain"

    @model_validator(mode="after")
    def _one_number_a_channel(self) -> Self:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(f"mean and std need {self.channels} numbers, one a channel")
        if min(self.std) <= 0:
            raise ValueError("std must be above 0")
        if self.resized is not None and (self.size is None or self.interpolation == "plain"):
            raise ValueError("what is resized before its middle is cut out needs a size and an interpolation")
        return self

    @model_serializer(mode="wrap")
    def _without_usual(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out how a picture is resized where that is as always: files of before and of now are the same bytes."""
        usual = {"resized": None, "interpolation": "plain"}
        return {name: value for name, value in whole(self).items() if name not in usual or value != usual[name]}

    @classmethod
    def plain(cls, channels: int, size: tuple[int, int] | None = None) -> Self:
        """Return the one that leaves 0..1 as it is."""
        return cls(channels=channels, size=size, mean=(0.0,) * channels, std=(1.0,) * channels)

    @classmethod
    def imagenet(cls, size: tuple[int, int] = (224, 224), resized: int | tuple[int, int] | None = 256) -> Self:
        """Return what networks for ImageNet usually want: the middle of the picture, and ImageNet's normalisation."""
        mean, std = CANDIDATES["ImageNet"]
        return cls(channels=3, size=size, mean=mean, std=std, resized=resized, interpolation="bilinear")

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
        if self.size is not None:
            inputs = self._sized(inputs, self.size)
        if self.is_plain:
            return inputs
        constants = _constants if torch.compiler.is_compiling() else _stored_constants
        mean, std = constants(self.mean, self.std, inputs.device, inputs.dtype)
        return (inputs - mean).div_(std)  # the difference is a new tensor: no need for a third

    def _sized(self, inputs: Tensor, size: tuple[int, int]) -> Tensor:
        """Bring pictures (N, c, H, W) to `size`; those that have it already stay as they are."""
        height, width = int(inputs.shape[-2]), int(inputs.shape[-1])
        whole = shortest(self.resized, height, width) if isinstance(self.resized, int) else self.resized or size
        if (height, width) == whole == size:
            return inputs
        if self.interpolation == "plain":
            return F.interpolate(inputs, size=size, mode="bilinear", align_corners=False)
        matrix = _matrix if torch.compiler.is_compiling() else _stored_matrix
        across = matrix((width, whole[1], size[1], self.interpolation), inputs.device, inputs.dtype)
        down = matrix((height, whole[0], size[0], self.interpolation), inputs.device, inputs.dtype)
        narrow = torch.matmul(inputs, across.T)
        if self.interpolation not in OVERSHOOTING:
            return torch.matmul(down, narrow)
        return torch.matmul(down, narrow.clamp(0, 1)).clamp(0, 1)  # as Pillow does after each of the two

    @property
    def is_plain(self) -> bool:
        """Whether 0..1 goes in unchanged."""
        return set(self.mean) == {0.0} and set(self.std) == {1.0}

    def with_size(self, size: tuple[int, int] | None) -> Self:
        """Return the same for inputs of `size` (H, W), or of any."""
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

    def constants(self, shape: tuple[int, ...]) -> int:
        """Mean, deviation and the two matrices that resize."""
        size = (0, 0) if self.size is None or self.interpolation == "plain" else self.size
        return 64 + size[0] * shape[1] + size[1] * shape[2]

    def describe(self) -> str:
        """Return it in words: `224×224 colour · the middle of 256 · bicubic · ImageNet normalisation`."""
        colours = {1: "grey", 3: "colour"}.get(self.channels, f"{self.channels} channels")
        size = "any size" if self.size is None else f"{self.size[0]}×{self.size[1]}"
        return " · ".join(filter(None, (f"{size} {colours}", self._resizing(), self._normalisation())))

    def _resizing(self) -> str:
        """Return how a picture comes to its size, empty where that is as always."""
        how = "" if self.interpolation == "plain" else self.interpolation
        if self.resized is None:
            return f"stretched, {how}" if how else ""
        if isinstance(self.resized, int):
            return f"middle of {self.resized} at the shortest edge, {how}"
        return f"middle of {self.resized[0]}×{self.resized[1]}, {how}"

    def _normalisation(self) -> str:
        """Return the normalisation by its name where it has one, otherwise its numbers."""
        if self.is_plain:
            return "0..1 as it is"
        for name, words in _NAMED.items():
            mean, std = (values * (self.channels // len(values)) for values in CANDIDATES[name])
            if _close(self.mean, mean) and _close(self.std, std):
                return words
        return f"mean {_numbers(self.mean)} · std {_numbers(self.std)}"


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


def _matrix(how: tuple[int, int, int, Interpolation], device: torch.device, dtype: torch.dtype) -> Tensor:
    with torch.inference_mode(False):
        return torch.from_numpy(shares(*how)).to(device, dtype)


_stored_matrix = lru_cache(maxsize=64)(_matrix)


def _close(some: tuple[float, ...], others: tuple[float, ...]) -> bool:
    return len(some) == len(others) and bool(np.allclose(some, others, rtol=1e-3, atol=1e-6))


def _numbers(values: tuple[float, ...]) -> str:
    distinct = values[:1] if len(set(values)) == 1 else values
    return " ".join(f"{value:.3g}".replace("0.", ".", 1) if 0 < value < 1 else f"{value:g}" for value in distinct)
