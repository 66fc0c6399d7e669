"""Students of a wished size: as close as the family's knobs come."""

from dataclasses import replace

import pytest

from kdstudio.core.errors import ModelError
from kdstudio.models.build import architecture, empty
from kdstudio.models.shrink import fewer_layers
from kdstudio.models.sizes import resized, smaller
from kdstudio.models.source import load
from kdstudio.recipe.choices import Shrink, StudentChoice
from tests.models.text_networks import write

IMAGE = (1, 28, 28)


def counted(choice: StudentChoice) -> int:
    module = empty(architecture(choice.architecture or "", choice.knobs), IMAGE, 10)
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("ratio", [2, 5, 10, 30, 100])
@pytest.mark.parametrize("name", ["resnet", "mlp", "small_cnn", "lenet"])
def test_that_a_teacher_gets_smaller_by_a_ratio(name, ratio, build):
    wide = {"resnet": {"depth": 56, "width": 32}, "small_cnn": {"width": 64, "depth": 2}}
    teacher = build(name, **wide.get(name, {}))
    found = smaller(teacher, teacher.parameters / ratio, IMAGE, 10)
    assert found.choice.architecture == name
    assert found.parameters == counted(found.choice)
    assert teacher.parameters / found.parameters == pytest.approx(ratio, rel=0.2 if ratio == 100 else 0.1)


def test_that_a_teacher_stays_as_deep_as_it_is_where_narrower_is_enough(build):
    teacher = build("resnet", depth=56, width=32)
    assert smaller(teacher, teacher.parameters / 10, IMAGE, 10).choice.knobs["depth"] == 56
    shallow = smaller(teacher, teacher.parameters / 1000, IMAGE, 10)
    assert shallow.choice.knobs["depth"] < 56


def test_that_a_transformer_has_fewer_layers(tmp_path):
    teacher = load(write(tmp_path / "teacher", "Bert"))
    found = smaller(teacher, teacher.parameters * 0.7, (8,), 2)
    made = fewer_layers(teacher, found.choice.shrink or Shrink())
    assert made.parameters == found.parameters
    assert made.parameters < teacher.parameters


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("resnet", {"depth": 20}),
        ("mlp", {"hidden": [32, 16]}),
        ("wide_resnet", {}),
        ("mobilenet", {}),
        ("lenet", {"channels": [6, 16], "hidden": [120]}),
    ],
)
def test_that_an_architecture_is_made_wider_or_narrower(name, knobs):
    like = StudentChoice(architecture=name, knobs=knobs)
    size = counted(like)
    for wanted in (size * 4, size, size / 4):
        found = resized(like, wanted, IMAGE, 10)
        assert found.parameters == counted(found.choice)
        assert found.off(wanted) <= resized(like, size, IMAGE, 10).off(wanted)
    assert resized(like, size, IMAGE, 10).parameters == size
    assert resized(like, size * 4, IMAGE, 10).parameters > size


def test_that_widths_stay_within_their_bounds():
    narrow = resized(StudentChoice(architecture="mobilenet"), 1, IMAGE, 10)
    assert narrow.choice.knobs["width"] == 8
    assert resized(StudentChoice(architecture="mobilenet"), 1e12, IMAGE, 10).choice.knobs["width"] == 128
    assert resized(StudentChoice(architecture="mlp", knobs={"hidden": [7]}), 1, IMAGE, 10).choice.knobs["hidden"] == [1]


def test_that_what_cannot_be_resized_is_said(build):
    teacher = build("mlp")
    foreign = replace(teacher, format="ONNX", spec=replace(teacher.spec, architecture="ONNX"))
    with pytest.raises(ModelError, match="ONNX model cannot be shrunk"):
        smaller(foreign, 1000, IMAGE, 10)
    with pytest.raises(ModelError, match="student is a file"):
        resized(StudentChoice(path="student.safetensors"), 1000, IMAGE, 10)
