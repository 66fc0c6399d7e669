import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.inspect import inspect
from kdstudio.models.measure import measure
from kdstudio.models.programs.program import with_output
from kdstudio.models.score import score
from kdstudio.models.source import load
from kdstudio.models.tasks import answering

FLOAT = TensorProto.FLOAT


def net(digits, *, shape=("N", 1, 8, 8), kind=FLOAT, last=(), outputs=("logits",), before=(), metadata=None):
    """scikit-learn's net as a graph of Flatten, Gemm, Relu, Gemm; `before` and `last` are nodes around it."""
    weights = [numpy_helper.from_array(w.astype(np.float32), f"w{i}") for i, w in enumerate(digits.weights)]
    biases = [numpy_helper.from_array(b.astype(np.float32), f"b{i}") for i, b in enumerate(digits.biases)]
    nodes = [
        *before,
        helper.make_node("Flatten", ["image" if not before else "ready"], ["rows"]),
        helper.make_node("Gemm", ["rows", "w0", "b0"], ["h"]),
        helper.make_node("Relu", ["h"], ["a"]),
        helper.make_node("Gemm", ["a", "w1", "b1"], ["logits"]),
        *last,
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [*weights, *biases],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    return model


@pytest.fixture
def saved(digits, tmp_path):
    def save(**options):
        file = tmp_path / "mödel.bin"
        onnx.save(net(digits, **options), file)
        return file

    return save


def test_that_a_graph_answers_as_the_net_did_and_only_answers(digits, saved):
    model = load(saved())
    assert (model.format, model.spec.input_shape, model.spec.classes) == ("ONNX", (1, 8, 8), 10)
    torch.testing.assert_close(model.logits(digits.inputs), digits.module()(digits.inputs), atol=1e-4, rtol=1e-4)
    assert not model.can_train
    assert model.parameters == 64 * 32 + 32 + 32 * 10 + 10
    assert model.bytes == 4 * model.parameters
    model.module.train()
    assert not model.module.training
    assert measure(model).parameters == model.parameters
    assert measure(model).macs == 64 * 32 + 32 * 10
    assert measure(model).activations is None
    item = inspect(model.path, timed=True)
    assert item.activation_note == "ONNX Runtime does not tell it"
    assert item.latency_ms > 0
    assert item.latency_note.endswith("1 CPU thread")
    assert inspect(model.path).title == "ONNX · 2.41 k parameters"


def test_that_its_normalisation_is_found_on_data(digits, saved):
    model = load(saved())
    assert not model.preprocessing_known
    found = score(model, Part.whole(ArrayInputs(digits.images), digits.targets.astype(np.int64)))
    assert found.accuracy == pytest.approx((digits.probabilities.argmax(1) == digits.targets).mean(), abs=0.02)


@pytest.mark.parametrize("rows", [1, 7])
def test_that_a_fixed_batch_is_served_in_pieces(rows, digits, saved):
    model = load(saved(shape=(rows, 1, 8, 8)))
    torch.testing.assert_close(
        model.logits(digits.inputs[:10]), digits.module()(digits.inputs[:10]), atol=1e-4, rtol=1e-4
    )
    assert any(f"{rows} at a time" in problem.message for problem in model.problems)


@pytest.mark.parametrize("shape", [("N", 8, 8, 1), ("N", 8, 8), ("N", 64)], ids=["NHWC", "NHW", "rows"])
def test_that_other_layouts_are_seen_by_their_shape(shape, digits, saved):
    model = load(saved(shape=shape))
    torch.testing.assert_close(
        model.logits(digits.inputs[:9]), digits.module()(digits.inputs[:9]), atol=1e-4, rtol=1e-4
    )
    assert model.preprocessing.channels == 1


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_that_other_floats_are_fed(kind, digits, saved):
    model = load(saved(kind=kind, before=[helper.make_node("Cast", ["image"], ["ready"], to=FLOAT)]))
    torch.testing.assert_close(
        model.logits(digits.inputs[:9]), digits.module()(digits.inputs[:9]), atol=1e-2, rtol=1e-2
    )


def test_that_whole_numbers_are_pixels(digits, saved):
    scale = helper.make_node("Constant", [], ["full"], value=numpy_helper.from_array(np.float32(255)))
    cast = helper.make_node("Cast", ["image"], ["raw"], to=FLOAT)
    model = load(
        saved(kind=TensorProto.UINT8, before=[scale, cast, helper.make_node("Div", ["raw", "full"], ["ready"])])
    )
    assert model.preprocessing_known
    torch.testing.assert_close(model.logits(digits.inputs), digits.module()(digits.inputs), atol=1e-4, rtol=1e-4)


def test_that_probabilities_become_logits_of_the_same_softmax(digits, saved):
    model = load(saved(last=[helper.make_node("Softmax", ["logits"], ["p"], axis=1)], outputs=["p"]))
    assert model.output.kind == "probabilities"
    given = model.logits(digits.inputs).softmax(1)
    np.testing.assert_allclose(given.numpy(), digits.probabilities, atol=1e-4)
    assert any("probabilities" in problem.message for problem in model.problems)


def test_that_of_several_outputs_the_logits_are_taken_and_the_others_named(digits, saved):
    softmax = helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)
    model = load(saved(last=[softmax], outputs=["a", "probabilities", "logits"]))
    assert model.output.place == ("logits",)
    torch.testing.assert_close(
        model.logits(digits.inputs[:5]), digits.module()(digits.inputs[:5]), atol=1e-4, rtol=1e-4
    )
    (note,) = [problem.message for problem in model.problems]
    assert "“a” (N, 32)" in note
    assert inspect(model.path).output == "“logits”: logits"


def test_that_a_person_may_choose_another_output(digits, saved):
    softmax = helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)
    model = load(saved(last=[softmax], outputs=["probabilities", "logits", "a"]))
    chosen = with_output(model, "probabilities")
    assert chosen.output.kind == "probabilities"
    np.testing.assert_allclose(chosen.logits(digits.inputs).softmax(1).numpy(), digits.probabilities, atol=1e-4)
    assert with_output(model, "a").spec.classes == 32
    with pytest.raises(ModelError, match="no output 'nothing'") as caught:
        with_output(model, "nothing")
    assert caught.value.hint == "Choose one of: probabilities, logits, a."


def test_that_the_maps_of_scikit_learns_converter_are_read(digits, tmp_path):
    nodes = [
        helper.make_node("Softmax", ["logits"], ["p"], axis=1),
        helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
        helper.make_node("ZipMap", ["p"], ["scores"], domain="ai.onnx.ml", classlabels_int64s=list(range(10))),
    ]
    model = net(digits, last=nodes, outputs=["label", "scores"])
    model.opset_import.add(domain="ai.onnx.ml", version=3)
    outputs = model.graph.output
    outputs[0].CopyFrom(helper.make_tensor_value_info("label", TensorProto.INT64, None))
    row = helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(FLOAT, []))
    outputs[1].CopyFrom(helper.make_value_info("scores", helper.make_sequence_type_proto(row)))
    onnx.save(model, tmp_path / "x.onnx")
    opened = load(tmp_path / "x.onnx")
    assert opened.output.place == ("scores",)
    np.testing.assert_allclose(opened.logits(digits.inputs[:9]).softmax(1).numpy(), digits.probabilities[:9], atol=1e-4)


def test_that_our_own_exports_open_without_guessing(build, tmp_path):
    from kdstudio.export.exporters.onnx import Onnx

    student = build("mlp", (1, 8, 8), hidden=[16])
    Onnx.write(student, (1, 8, 8), tmp_path / "model.onnx")
    model = load(tmp_path / "model.onnx")
    assert model.preprocessing_known
    assert model.class_names == student.class_names
    assert model.label == student.label
    pixels = torch.arange(4 * 64).reshape(4, 1, 8, 8) % 256 / 255
    torch.testing.assert_close(model.logits(pixels), student.logits(pixels), atol=1e-5, rtol=1e-4)


def _external(model, location, length="999999"):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    return model


def test_that_weights_beside_the_file_are_read(digits, tmp_path):
    onnx.save(net(digits), tmp_path / "x.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    model = load(tmp_path / "x.onnx")
    torch.testing.assert_close(
        model.logits(digits.inputs[:9]), digits.module()(digits.inputs[:9]), atol=1e-4, rtol=1e-4
    )
    content = (tmp_path / "weights.bin").read_bytes()
    (tmp_path / "weights.bin").write_bytes(content[:-4] + b"\0\0\0\0")
    assert load(tmp_path / "x.onnx").digest != model.digest
    (tmp_path / "weights.bin").write_bytes(content[:100])
    with pytest.raises(ModelError, match="shorter"):
        load(tmp_path / "x.onnx")
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ModelError, match=r"weights\.bin"):
        load(tmp_path / "x.onnx")


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../secret", "sub/../../secret", "link", "*/_ORT_MEM_ADDR_/*", "", "."]
)
def test_that_weights_outside_the_folder_are_refused(location, digits, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(bytes(1_000_000))
    (folder / "link").symlink_to(tmp_path / "secret")
    onnx.save(_external(net(digits), location, "8192"), folder / "x.onnx")
    with pytest.raises(ModelError, match=r"outside|not beside") as caught:
        load(folder / "x.onnx")
    assert caught.value.hint


def test_that_weights_hidden_in_a_node_are_looked_at_too(digits, tmp_path):
    constant = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.zeros((2, 2), np.float32)))
    tensor = constant.attribute[0].t
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    (tmp_path / "x.onnx").write_bytes(net(digits, last=[constant]).SerializeToString())
    with pytest.raises(ModelError, match="outside"):
        load(tmp_path / "x.onnx")


@pytest.mark.parametrize("domain", ["evil.ops", "com.microsoft"])
def test_that_operators_of_others_are_refused_by_name(domain, digits, tmp_path):
    kind = "Shell" if domain == "evil.ops" else "EPContext"
    model = net(digits, last=[helper.make_node(kind, ["logits"], ["y"], domain=domain)], outputs=["y"])
    model.opset_import.add(domain=domain, version=1)
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(ModelError, match=kind):
        load(tmp_path / "x.onnx")


def test_that_detectors_labels_and_maps_are_no_classifiers(saved):
    box = helper.make_node("Slice", ["logits", "from", "to", "axis"], ["boxes"])
    ends = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array([value])))
        for name, value in (("from", 0), ("to", 4), ("axis", 1))
    ]
    with pytest.raises(ModelError, match="boxes"):
        load(saved(last=[*ends, box], outputs=["boxes", "logits"]))
    one = helper.make_node("ReduceMax", ["logits", "axis"], ["speech"], keepdims=1)
    with pytest.raises(ModelError, match="boxes"):
        load(saved(last=[ends[2], one, *ends[:2], box], outputs=["speech", "boxes"]))
    detector = load(saved(last=[ends[2], one], outputs=["speech"]))
    assert detector.output.kind == "values"
    with pytest.raises(ModelError, match="yes-or-no detector or a regression"):
        answering(detector, "classification", 10)
    three = helper.make_node("Unsqueeze", ["logits", "axis"], ["tokens"])
    with pytest.raises(ModelError, match="sequence"):
        load(saved(last=[ends[2], three], outputs=["tokens"]))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_that_a_file_that_was_cut_short_says_so(share, saved):
    file = saved()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError) as caught:
        load(file)
    assert caught.value.hint


def test_that_a_text_classifier_says_what_it_takes(tmp_path):
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["N", 128])
    cast = helper.make_node("Cast", ["input_ids"], ["logits"], to=FLOAT)
    graph = helper.make_graph([cast], "g", [ids], [helper.make_tensor_value_info("logits", FLOAT, ["N", 128])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "x.onnx")
    with pytest.raises(ModelError, match="rows of 128 whole numbers"):
        load(tmp_path / "x.onnx")


def test_that_damaged_labels_of_an_export_are_left_out(saved):
    for labels in ("{", json.dumps({"a": 1}), json.dumps(["too", "few"])):
        assert load(saved(metadata={"kdstudio": "1", "labels": labels})).class_names == ()


@pytest.mark.slow
def test_that_convolutions_of_an_export_cost_what_the_student_costs(build, tmp_path):
    from kdstudio.export.exporters.onnx import Onnx

    student = build("mobilenet", width=8, expansion=2, depth=1)
    Onnx.write(student, (1, 28, 28), tmp_path / "model.onnx")
    assert measure(load(tmp_path / "model.onnx")).macs == measure(student).macs


def test_that_silero_and_magika_are_said_to_be_what_they_are():
    found = [spec for name in ("silero_vad", "magika") if (spec := find_spec(name)) is not None]
    if not found:
        pytest.skip("needs the optional package silero-vad or magika")
    for spec in found:
        for file in Path(spec.origin).parent.rglob("*.onnx"):
            with pytest.raises(ModelError, match=r"inputs|whole numbers"):
                load(file)
