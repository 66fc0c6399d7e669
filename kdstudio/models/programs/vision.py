"""Weights of networks that torchvision and timm define: named by how their weights are called, built where the
packages are installed (`pip install kdstudio[vision]`).
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kdstudio.core.digest import digest_file
from kdstudio.core.errors import UnknownArchitecture
from kdstudio.models.model import Model
from kdstudio.models.programs.program import of_module
from kdstudio.models.zoo.base import Shapes


@dataclass(frozen=True, slots=True)
class Family:
    """Networks of one package: the names of some of their weights, and how the package calls its members."""

    package: str
    title: str
    marks: tuple[str, ...]  # weights that all members have
    members: str  # what the package's names of them begin with


FAMILIES = (
    Family("torchvision", "MobileNetV2", ("features.0.0.weight", "features.1.conv.0.0.weight"), "mobilenet_v2"),
    Family("torchvision", "MobileNetV3", ("features.0.0.weight", "features.1.block.0.0.weight"), "mobilenet_v3"),
    Family("torchvision", "EfficientNet", ("features.0.0.weight", "features.1.0.block.0.0.weight"), "efficientnet"),
    Family("torchvision", "ConvNeXt", ("features.0.0.weight", "features.1.0.layer_scale"), "convnext"),
    Family("torchvision", "DenseNet", ("features.denseblock1.denselayer1.norm1.weight",), "densenet"),
    Family("torchvision", "SqueezeNet", ("features.0.weight", "features.3.squeeze.weight"), "squeeze"),
    Family("torchvision", "VGG", ("features.0.weight", "classifier.0.weight", "classifier.6.weight"), "vgg"),
    Family("torchvision", "AlexNet", ("features.0.weight", "classifier.1.weight", "classifier.6.weight"), "alexnet"),
    Family("torchvision", "Vision Transformer", ("encoder.layers.encoder_layer_0.ln_1.weight",), "vit"),
    Family("torchvision", "Swin Transformer", ("features.1.0.attn.relative_position_bias_table",), "swin"),
    Family("torchvision", "RegNet", ("stem.0.weight", "trunk_output.block1.block1-0.proj.0.weight"), "regnet"),
    Family("torchvision", "ShuffleNetV2", ("conv1.0.weight", "stage2.0.branch1.0.weight"), "shufflenet"),
    Family("torchvision", "GoogLeNet", ("conv1.conv.weight", "inception3a.branch1.conv.weight"), "googlenet"),
    Family("timm", "Vision Transformer", ("patch_embed.proj.weight", "blocks.0.attn.qkv.weight", "cls_token"), "vit"),
    Family("timm", "Swin Transformer", ("layers.0.blocks.0.attn.relative_position_bias_table",), "swin"),
    Family("timm", "ConvNeXt", ("stem.0.weight", "stages.0.blocks.0.conv_dw.weight"), "convnext"),
    Family("timm", "EfficientNet", ("conv_stem.weight", "blocks.0.0.conv_dw.weight"), "efficientnet"),
    Family("timm", "MLP-Mixer", ("stem.proj.weight", "blocks.0.mlp_tokens.fc1.weight"), "mixer"),
)  # fmt: skip


def family(shapes: Shapes) -> Family | None:
    """Return the family that these weights are called like, or None."""
    return next((known for known in FAMILIES if all(mark in shapes for mark in known.marks)), None)


def open_known(tensors: dict[str, Tensor], known: Family, path: Path) -> Model:
    """Return the model that the family's package builds for these weights.

    Raises UnknownArchitecture that says what to install where the package is not there, and where none of its networks
    fits.
    """
    try:
        package = importlib.import_module(known.package)
    except ImportError as error:
        message = f"these are weights of {known.package}'s {known.title}, and {known.package} is not installed here"
        hint = "Install it with: pip install kdstudio[vision]. Or export the model as ONNX where it was trained."
        raise UnknownArchitecture(message, hint=hint, where=str(path)) from error
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    for name, module in _members(package, known, tensors):
        if {key: value.shape for key, value in module.state_dict().items()} == shapes:
            module.load_state_dict(tensors, assign=True)
            return of_module(module, path, "state dict", digest_file(path), name, can_train=False)
    message = f"the weights are called like those of {known.package}'s {known.title}, but fit none that it builds"
    raise UnknownArchitecture(message, hint="Export the model as ONNX where it was trained.", where=str(path))


def _members(package: Any, known: Family, tensors: dict[str, Tensor]) -> Iterator[tuple[str, nn.Module]]:
    """Build the members of a family one by one, on `meta`, with as many classes as the last weight has rows."""
    classes = next(reversed([tensor for tensor in tensors.values() if tensor.dim()])).shape[0]
    build: Callable[..., nn.Module] = package.create_model if known.package == "timm" else package.models.get_model
    names = package.list_models() if known.package == "timm" else package.models.list_models(package.models)
    for name in names:
        if name.startswith(known.members):
            with torch.device("meta"):
                module = build(name, num_classes=classes)
            yield name, module
