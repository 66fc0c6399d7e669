"""Checkpoints of torchvision's ResNets, told by names and shapes that its users' files have."""

import pytest
import torch
from transformers import ResNetConfig, ResNetForImageClassification

from kdstudio.models.source import load


def torchvision_state(depth, blocks, bottleneck, width=64, classes=1000, stem=7):
    """Names and shapes as in torchvision/models/resnet.py, with numbers that tell right places from wrong ones."""
    generator = torch.Generator().manual_seed(depth)
    state, out = {}, 4 if bottleneck else 1

    def conv(name, after, before, kernel):
        state[f"{name}.weight"] = 0.1 * torch.randn(after, before, kernel, kernel, generator=generator)

    def norm(name, size):
        for part, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            state[f"{name}.{part}"] = torch.full((size,), value)
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    conv("conv1", width, 3, stem)
    norm("bn1", width)
    before = width
    for stage, count in enumerate(blocks):
        inner = width * 2**stage
        for i in range(count):
            name = f"layer{stage + 1}.{i}"
            sizes = [(inner, before, 1), (inner, inner, 3), (4 * inner, inner, 1)] if bottleneck else None
            for number, (after, given, kernel) in enumerate(sizes or [(inner, before, 3), (inner, inner, 3)], 1):
                conv(f"{name}.conv{number}", after, given, kernel)
                norm(f"{name}.bn{number}", after)
            if i == 0 and (stage or bottleneck):
                conv(f"{name}.downsample.0", inner * out, before, 1)
                norm(f"{name}.downsample.1", inner * out)
            before = inner * out
    state["fc.weight"] = torch.randn(classes, before, generator=generator)
    state["fc.bias"] = torch.zeros(classes)
    return state


@pytest.mark.parametrize(
    ("depth", "blocks", "bottleneck"),
    [(18, (2, 2, 2, 2), False), (34, (3, 4, 6, 3), False), (50, (3, 4, 6, 3), True), (101, (3, 4, 23, 3), True)],
)
def test_that_torchvisions_checkpoints_open_by_themselves(depth, blocks, bottleneck, tmp_path):
    state = torchvision_state(depth, blocks, bottleneck, width=8, classes=20)
    torch.save({"model": state, "epoch": 90}, tmp_path / "checkpoint.pth")
    model = load(tmp_path / "checkpoint.pth")
    assert model.label == f"ResNet-{depth} width 8"
    assert model.spec.knobs["stem"] == "large"
    assert model.spec.classes == 20
    assert not model.problems


def test_that_resnet_18_has_the_published_number_of_parameters(tmp_path):
    torch.save(torchvision_state(18, (2, 2, 2, 2), False), tmp_path / "resnet18.pth")
    assert load(tmp_path / "resnet18.pth").parameters == 11_689_512


def test_that_the_names_of_cifar_variants_are_known_too(tmp_path):
    state = torchvision_state(18, (2, 2, 2, 2), False, width=8, classes=10, stem=3)
    renamed = {
        "module." + key.replace("downsample", "shortcut").replace("fc.", "linear."): value
        for key, value in state.items()
    }
    torch.save({"net": renamed, "acc": 95.2}, tmp_path / "ckpt.pth")
    model = load(tmp_path / "ckpt.pth")
    assert model.label == "ResNet-18 width 8 (small stem)"
    assert model.module.eval()(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize(("kind", "depth"), [("basic", 10), ("bottleneck", 26)])
def test_that_it_answers_like_another_implementation(kind, depth, build):
    """transformers has its own ResNet: with the same numbers in the same places both must answer alike."""
    ours = build("resnet_imagenet", (3, 64, 64), depth=depth, width=8, stem="large").module.eval()
    widths = [8 * 2**stage * (4 if kind == "bottleneck" else 1) for stage in range(4)]
    config = ResNetConfig(
        embedding_size=8,
        hidden_sizes=widths,
        depths=[1 if depth == 10 else 2] * 4,
        layer_type=kind,
        num_labels=10,
        downsample_in_bottleneck=False,
    )
    with torch.device("meta"):
        theirs = ResNetForImageClassification(config)
    values = list(ours.state_dict().values())
    order = [tensor for name, tensor in _transformers_order(ours)]
    assert len(order) == len(values)
    names = list(theirs.state_dict())
    theirs.load_state_dict(dict(zip(names, order, strict=True)), assign=True)
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(ours(pictures), theirs.eval()(pictures).logits, atol=1e-4, rtol=1e-4)


def _transformers_order(module):
    """transformers lists a block's shortcut before its convolutions."""
    state = module.state_dict()
    ranked = sorted(state, key=lambda name: (_block(name), "downsample" not in name))
    return [(name, state[name]) for name in ranked]


def _block(name):
    stage = next((int(part[5:]) for part in name.split(".") if part.startswith("layer")), 0 if "1" in name else 9)
    inside = int(name.split(".")[1]) if name.startswith("layer") else 0
    return stage, inside
