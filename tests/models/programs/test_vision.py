"""Weights of torchvision's and timm's networks: named without the packages, built with them."""

import sys
import types

import pytest
import torch
from torch import nn

from kdstudio.core.errors import UnknownArchitecture
from kdstudio.models.programs.vision import FAMILIES, family
from kdstudio.models.source import load

MOBILE = {
    "features.0.0.weight": (32, 3, 3, 3),
    "features.1.conv.0.0.weight": (32, 1, 3, 3),
    "classifier.1.weight": (10, 1280),
    "classifier.1.bias": (10,),
}
TIMM = {
    "cls_token": (1, 1, 192),
    "patch_embed.proj.weight": (192, 3, 16, 16),
    "blocks.0.attn.qkv.weight": (576, 192),
    "head.weight": (10, 192),
}


@pytest.mark.parametrize(
    ("shapes", "title"), [(MOBILE, "torchvision's MobileNetV2"), (TIMM, "timm's Vision Transformer")]
)
def test_that_the_family_is_named_with_what_to_install(shapes, title, tmp_path):
    torch.save({name: torch.zeros(shape) for name, shape in shapes.items()}, tmp_path / "x.pth")
    with pytest.raises(UnknownArchitecture, match=f"weights of {title}") as caught:
        load(tmp_path / "x.pth")
    assert "pip install kdstudio[vision]" in caught.value.hint


def test_that_weights_of_nobody_stay_unknown():
    assert family({"a.weight": (1,)}) is None
    assert len({(known.package, known.title) for known in FAMILIES}) == len(FAMILIES)


class SmallVgg(nn.Module):
    """What a package may build under the names of VGG."""

    def __init__(self, num_classes: int, width: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        linear = [nn.Linear(4 * width, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16), nn.ReLU(), nn.Dropout()]
        self.classifier = nn.Sequential(*linear, nn.Linear(16, num_classes))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(pictures).flatten(1))


def test_that_the_member_that_fits_is_built_by_the_package(tmp_path, monkeypatch):
    sizes = {"alexnet": 8, "vgg11": 4, "vgg13": 6}
    package, models = types.ModuleType("torchvision"), types.ModuleType("torchvision.models")
    models.list_models = lambda _module: sorted(sizes)
    models.get_model = lambda name, num_classes: SmallVgg(num_classes, sizes[name])
    package.models = models
    monkeypatch.setitem(sys.modules, "torchvision", package)
    with torch.random.fork_rng(devices=[]):
        original = SmallVgg(7, 6).eval()
    torch.save(original.state_dict(), tmp_path / "x.pth")
    model = load(tmp_path / "x.pth")
    assert model.label == "vgg13"
    assert model.spec.classes == 7
    raw = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model.logits(raw), original(raw))
    with torch.random.fork_rng(devices=[]):
        torch.save(SmallVgg(7, 5).state_dict(), tmp_path / "y.pth")
    with pytest.raises(UnknownArchitecture, match="fit none that it builds"):
        load(tmp_path / "y.pth")
