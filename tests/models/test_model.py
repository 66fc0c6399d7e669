import numpy as np
import torch

from kdstudio.data.dataset import ArrayInputs


def test_that_stages_blocks_and_weight_layers_can_be_tapped(build):
    assert build("resnet", depth=8).layers == (
        "conv1", "layer1", "layer1.0", "layer2", "layer2.0", "layer3", "layer3.0", "linear"
    )  # fmt: skip
    assert build("lenet").layers == ("conv1", "conv2", "fc1", "fc2", "fc3")
    assert build("small_cnn").classifier == "classifier"
    assert build("mlp").classifier == "fc3"


def test_that_every_tap_names_a_module(build):
    for name in ("mobilenet", "wide_resnet", "small_cnn", "mlp"):
        model = build(name)
        assert all(isinstance(model.module.get_submodule(layer), torch.nn.Module) for layer in model.layers)


def test_that_parameters_and_bytes_are_counted(build):
    model = build("mlp", hidden=[])
    assert model.parameters == 7850
    assert model.bytes == 4 * 7850


def test_that_the_size_of_the_data_is_filled_in_once(build, akamaster):
    from kdstudio.models.source import load

    model = load(akamaster / "resnet20-12fca82f.th")
    data = ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8))
    sized = model.suited(data)
    assert model.spec.input_shape is None
    assert sized.spec.input_shape == (3, 28, 28)
    assert sized.preprocessing.size == (28, 28)
    assert sized.suited(ArrayInputs(np.zeros((1, 1, 40, 40), np.uint8))).spec == sized.spec
    assert sized.module is model.module


def test_that_logits_come_from_raw_inputs(build, inputs):
    model, raw = build("small_cnn"), inputs(2, 1, 28, 28)
    torch.testing.assert_close(model.logits(raw), model.module((raw - 0.25) / 0.5))


def test_that_models_that_prepare_inputs_alike_share_them_unless_one_changed_them(build):
    from kdstudio.models.preprocessing.image import ImagePreprocessing
    from kdstudio.models.values import Batch

    half = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.5,), std=(0.5,))
    teacher, student = (build("mlp").with_preprocessing(half) for _ in range(2))
    raw = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    batch = Batch(raw, torch.zeros(3, dtype=torch.int64), torch.arange(3))
    torch.testing.assert_close(teacher.answer(batch), teacher.logits(raw))
    shared = batch.prepared(student.preprocessing)
    assert shared is batch.prepared(teacher.preprocessing)
    shared.zero_()
    torch.testing.assert_close(student.answer(batch), student.logits(raw))
