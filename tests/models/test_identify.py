import pytest
import torch
from torch import nn

from kdstudio.core.errors import UnknownArchitecture, WeightsMismatch
from kdstudio.models.identify import guesses, identify
from kdstudio.models.source import load


def shapes(module):
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}


def test_that_akamaster_and_torchvision_names_are_the_same_network(build):
    ours = shapes(build("resnet", (3, 32, 32), depth=8, shortcut="projection").module)
    other = {key.replace("linear.", "fc.").replace("shortcut", "downsample"): shape for key, shape in ours.items()}
    fit = identify(other)
    assert fit.architecture.label == "ResNet-8"
    assert set(fit.renamed.values()) == set(ours)
    assert fit.input_shape is None


MLPS = {
    "bare sequence": {"0.weight": (30, 784), "0.bias": (30,), "2.weight": (10, 30), "2.bias": (10,)},
    "fc": {"fc1.weight": (30, 784), "fc1.bias": (30,), "fc2.weight": (10, 30), "fc2.bias": (10,)},
    "layers": {"layers.0.weight": (30, 784), "layers.0.bias": (30,), "out.weight": (10, 30), "out.bias": (10,)},
    "sorted": {"b.bias": (30,), "b.weight": (30, 784), "a.bias": (10,), "a.weight": (10, 30)},
}


@pytest.mark.parametrize("name", list(MLPS))
def test_that_a_chain_of_matrices_is_an_mlp_under_any_naming(name):
    fit = identify(MLPS[name])
    assert fit.architecture.label == "MLP 30"
    assert fit.input_shape == (1, 28, 28)
    assert "ReLU" in fit.notes[0]


def test_that_batch_norm_between_matrices_is_seen():
    module = nn.Sequential(
        nn.Linear(3072, 8, device="meta"), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 5, device="meta")
    )
    fit = identify(shapes(module))
    assert fit.architecture.model_dump()["batch_norm"]
    assert fit.input_shape == (3, 32, 32)
    assert fit.classes == 5


@pytest.mark.parametrize(("inputs", "shape"), [(64, (1, 8, 8)), (2352, (3, 28, 28)), (54, (1, 1, 54))])
def test_that_the_image_is_told_from_the_number_of_inputs(inputs, shape):
    assert identify({"weight": (10, inputs), "bias": (10,)}).input_shape == shape


class Tutorial(nn.Module):
    """The first network of PyTorch's CIFAR tutorial."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(16 * 5 * 5, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv2(self.pool(torch.relu(self.conv1(x))))))
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x.flatten(1))))))


class Example(nn.Module):
    """The network of PyTorch's MNIST example."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv2(torch.relu(self.conv1(x)))), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


@pytest.mark.parametrize(("module", "shape"), [(Tutorial, (3, 32, 32)), (Example, (1, 28, 28))])
def test_that_the_convolutional_networks_of_tutorials_answer_the_same(module, shape, tmp_path, inputs):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        original = module()
    torch.save(original.state_dict(), tmp_path / "x.pt")
    model = load(tmp_path / "x.pt")
    raw = inputs(3, *shape)
    torch.testing.assert_close(model.logits(raw), original(raw))
    assert model.spec.input_shape == shape
    assert any(problem.severity == "note" and "assumed" in problem.message for problem in model.problems)


def test_that_a_near_miss_says_what_does_not_fit(build):
    changed = shapes(build("resnet", depth=8).module) | {"attention.weight": (4, 4)}
    changed["layer2.0.conv2.weight"] = (32, 32, 5, 5)
    del changed["layer3.0.bn1.bias"]
    with pytest.raises(WeightsMismatch, match="look like ResNet-8") as caught:
        identify(changed)
    for words in ("missing layer3.0.bn1.bias", "unexpected attention.weight", "32×32×5×5 and should be 32×32×3×3"):
        assert words in caught.value.message


def test_that_an_unknown_network_gets_ranked_guesses_and_a_hint():
    imagenet = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (1000, 512), "fc.bias": (1000,)}
    imagenet |= {f"layer{s}.{b}.conv{c}.weight": (64, 64, 3, 3) for s in "1234" for b in "01" for c in "12"}
    ranked = guesses(imagenet)
    assert [g.share for g in ranked] == sorted((g.share for g in ranked), reverse=True)
    with pytest.raises(UnknownArchitecture, match="Closest: ResNet-14") as caught:
        identify(imagenet)
    assert "LeNet" in caught.value.hint


def test_that_weights_of_another_field_are_unknown_and_not_a_crash():
    strange = {"embed.weight": (512, 64), "norm.weight": (64,), "attn.qkv.weight": (192, 64), "": (3,)}
    with pytest.raises(UnknownArchitecture):
        identify(strange)
    with pytest.raises(UnknownArchitecture):
        identify({"stage1.conv1.weight": (0, 0, 3, 3), "classifier.weight": (0, 0)})
