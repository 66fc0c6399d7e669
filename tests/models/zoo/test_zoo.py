import numpy as np
import onnxruntime
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.identify import identify
from kdstudio.models.model import Model

SHAPES = [(1, 28, 28), (3, 32, 32)]
KNOBS = {
    "lenet": [{}, {"channels": [32, 64], "kernel": 3, "hidden": [128], "padding": "none", "pool": "last"}],
    "mlp": [{}, {"hidden": []}, {"hidden": [30, 20], "batch_norm": True, "dropout": 0.5, "input_dropout": 0.2}],
    "mobilenet": [{"width": 8, "expansion": 1, "depth": 1}, {}],
    "resnet": [{"depth": 8}, {"depth": 14, "width": 5, "shortcut": "projection"}, {"depth": 8, "width": 7}],
    "resnet_imagenet": [
        {"depth": 10, "width": 8},
        {"depth": 18, "width": 4, "stem": "large"},
        {"depth": 26, "width": 4},
    ],
    "small_cnn": [{}, {"width": 8, "blocks": 5, "depth": 2}, {"blocks": 1}, {"batch_norm": False}],
    "wide_resnet": [{"depth": 10, "widen": 1}, {"depth": 16, "widen": 2, "dropout": 0.3}],
}
CASES = [(name, knobs, shape) for name, rows in KNOBS.items() for knobs in rows for shape in SHAPES]
FIRST = [(name, rows[0], SHAPES[at % len(SHAPES)]) for at, (name, rows) in enumerate(KNOBS.items())]


class Raw(torch.nn.Module):
    """What an export holds: raw values in, logits out."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.module, self.preprocessing = model.module, model.preprocessing

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.module(self.preprocessing.apply(image))


def test_that_every_architecture_for_images_is_covered_here():
    assert set(KNOBS) == {name for name, known in ARCHITECTURES.items() if "image" in known.takes}


@pytest.mark.parametrize(("name", "knobs", "shape"), CASES)
def test_that_a_built_network_is_recognised_from_its_shapes_alone(name, knobs, shape, build):
    model = build(name, shape, **knobs)
    fit = identify({key: tuple(tensor.shape) for key, tensor in model.module.state_dict().items()})
    assert type(fit.architecture) is ARCHITECTURES[name]
    unseen = {"dropout", "input_dropout", "padding", "pool"}  # these leave no trace in the weights
    dumped = fit.architecture.model_dump(mode="json")
    expected = {key: value for key, value in model.spec.knobs.items() if key not in unseen}
    assert {key: dumped[key] for key in expected} == expected
    assert (fit.channels, fit.classes) == (shape[0], 10)


@pytest.mark.parametrize(("name", "knobs", "shape"), CASES)
def test_that_logits_have_a_column_a_class_and_gradients_reach_every_weight(name, knobs, shape, build, inputs):
    model = build(name, shape, **{key: value for key, value in knobs.items() if not key.endswith("dropout")})
    model.module.train()
    logits = model.logits(inputs(4, *shape))
    torch.nn.functional.cross_entropy(logits, torch.arange(4)).backward()
    assert logits.shape == (4, 10)
    assert all(parameter.grad is not None for parameter in model.module.parameters())


@pytest.mark.parametrize(
    ("name", "knobs", "shape"),
    [case if case in FIRST else pytest.param(*case, marks=pytest.mark.slow) for case in CASES],
)
def test_that_torch_export_takes_it_with_any_batch_size(name, knobs, shape, build, inputs):
    model = Raw(build(name, shape, **knobs)).eval()
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(model, (inputs(2, *shape),), dynamic_shapes=({0: batch},))
    raw = inputs(5, *shape)
    torch.testing.assert_close(program.module()(raw), model(raw))


@pytest.mark.parametrize(
    "name", [name if name in ("lenet", "resnet") else pytest.param(name, marks=pytest.mark.slow) for name in KNOBS]
)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_that_onnxruntime_gives_the_same_logits_for_any_batch_size(name, build, inputs, tmp_path):
    model = Raw(build(name, (3, 28, 28), **KNOBS[name][0])).eval()
    batch = torch.export.Dim("batch", min=1)
    file = tmp_path / "model.onnx"
    program = torch.onnx.export(
        model, (inputs(2, 3, 28, 28),), dynamo=True, opset_version=18, dynamic_shapes=({0: batch},), verbose=False
    )
    program.save(file)
    raw = inputs(5, 3, 28, 28)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {session.get_inputs()[0].name: raw.numpy()})
    np.testing.assert_allclose(logits, model(raw).detach().numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "label"), [("resnet", "ResNet-20"), ("wide_resnet", "WRN-16-2"), ("lenet", "LeNet-5")]
)
def test_that_labels_are_the_names_of_the_field(name, label):
    assert ARCHITECTURES[name]().label == label


def test_that_the_default_student_has_about_ten_thousand_parameters(build):
    assert build("small_cnn").parameters == 10_986


def test_that_lenet_says_when_nothing_is_left_of_the_image(build):
    with pytest.raises(ModelError, match="nothing is left"):
        build("lenet", channels=[4, 4, 4, 4], padding="none")
