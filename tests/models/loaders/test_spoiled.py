"""Programs cut short, with flipped bits and zeroed bytes: a model, or an error that says what to do; never a crash."""

import random
import warnings

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from kdstudio.core.errors import ModelError
from kdstudio.models.source import load


@pytest.fixture
def program(digits, scripted, exported, tmp_path):
    def write(kind):
        file = tmp_path / f"x.{kind}"
        if kind == "pt":
            return scripted(digits.module(), file)
        if kind == "pt2":
            return exported(digits.module(), file, torch.zeros(2, 1, 8, 8))
        if kind == "onnx":
            nodes = [
                helper.make_node("Flatten", ["image"], ["rows"]),
                helper.make_node("Softmax", ["rows"], ["p"], axis=1),
            ]
            image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])
            graph = helper.make_graph(
                nodes, "net", [image], [helper.make_tensor_value_info("p", TensorProto.FLOAT, None)]
            )
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), file)
            return file
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.save(digits.module(), file, _use_new_zipfile_serialization=kind == "zip")
        return file

    return write


@pytest.mark.filterwarnings("ignore")  # what torch says of a damaged file is said again in the error
@pytest.mark.parametrize("kind", ["pt", "pt2", "onnx", "zip", "legacy"])
def test_that_a_spoiled_program_opens_or_says_what_to_do(kind, program, trusted, tmp_path):
    whole, chance = program(kind).read_bytes(), random.Random(kind)
    refusals: list[ModelError] = []
    file = tmp_path / "spoiled.bin"
    for number in range(40):
        content = bytearray(whole)
        if number % 3 == 0:
            del content[chance.randrange(1, len(content)) :]
        for _ in range(number % 3 * 4):
            place = chance.choice([0, max(0, len(content) - 2000)]) + chance.randrange(2000)
            content[min(place, len(content) - 1)] ^= 1 << chance.randrange(8)
        file.write_bytes(content)
        try:
            load(trusted(file))
        except ModelError as error:
            refusals.append(error)
    assert len(refusals) > 10
    assert all(error.message and error.hint for error in refusals)
