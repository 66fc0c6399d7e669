"""A student with its teacher's classifier: what it answers, that files of it open again, and what is refused."""

from dataclasses import replace

import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.head import Head, Reused
from kdstudio.models.inspect import describe, taken_over
from kdstudio.models.outputs import OutputChoice
from kdstudio.models.reused import reusing
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.models.taps import EMBEDDING, answer, shapes
from kdstudio.models.values import Batch
from tests.models.text_networks import write


@pytest.fixture
def batch() -> Batch:
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    return Batch(images, torch.zeros(3, dtype=torch.int64), torch.arange(3))


def test_that_the_teachers_classifier_answers_behind_the_projector(build, batch) -> None:
    student, teacher = build("small_cnn"), build("lenet", seed=3)
    random = torch.get_rng_state()
    made = reusing(student, teacher, 2.0, seed=0)
    assert torch.equal(torch.get_rng_state(), random)
    assert made.spec.reused == Reused(hidden=42, width=84)
    with torch.no_grad():
        given = answer(made, batch, (EMBEDDING,))
        assert given.features[EMBEDDING].shape == (3, 84)
        assert torch.allclose(teacher.module.fc3(given.features[EMBEDDING]), given.logits)
        own = answer(student, batch, (EMBEDDING,)).features[EMBEDDING]
        head = next(part for part in made.module.modules() if isinstance(part, Head))
        assert torch.allclose(head.projector(own), given.features[EMBEDDING])
    assert not any(one.requires_grad for one in head.classifier.parameters())
    assert all(one.requires_grad for one in head.projector.parameters())
    assert not any(isinstance(part, Head) for part in student.module.modules())  # the student given is as it was


def test_that_the_layers_and_the_size_are_those_of_the_whole(build) -> None:
    student = build("small_cnn")
    made = reusing(student, build("lenet"), 4.0, seed=0)
    before, after = shapes(student), shapes(made)
    assert {name: shape for name, shape in before.items() if name != EMBEDDING} == {
        name: shape for name, shape in after.items() if name != EMBEDDING
    }
    width = before[EMBEDDING][0]
    projector = width * 21 + 2 * 21 + 21 * 21 + 2 * 21 + 21 * 84 + 84
    assert made.parameters == student.parameters - (width + 1) * 10 + projector + 85 * 10
    assert f"the projector ({projector / 1000:.3g} k parameters)" in taken_over(made)
    assert taken_over(made) in [problem.message for problem in describe(made).problems]
    assert taken_over(student) == ""


@pytest.mark.parametrize("name", ["resnet", "mlp", "wide_resnet"])
def test_that_a_saved_one_comes_back_identical_and_frozen(name, build, batch, tmp_path) -> None:
    made = reusing(build(name), build("lenet", seed=3), 2.0, seed=0)
    save(made, tmp_path / "x")
    opened = load(tmp_path / "x")
    assert opened.spec == made.spec
    assert opened.layers == made.layers
    with torch.no_grad():
        assert torch.equal(opened.answer(batch), made.answer(batch))
    frozen = [key for key, one in opened.module.named_parameters() if not one.requires_grad]
    assert len(frozen) == 2


def test_that_transformers_can_have_it_too(tmp_path) -> None:
    teacher = load(write(tmp_path / "teacher"))
    student = load(write(tmp_path / "student", "DistilBert", dim=8, n_layers=2))
    made = reusing(student, teacher, 2.0, seed=0)
    assert made.layers[:2] == student.layers[:2]
    assert len(made.layers) == 3  # the blocks and the teacher's classifier; the projector shows none
    save(made, tmp_path / "x")
    opened = load(tmp_path / "x")
    tokens = student.preprocessing.apply(["a good movie", "a long and boring film"])
    with torch.no_grad():
        assert torch.equal(opened.module(tokens), made.module(tokens))


def test_that_the_rows_of_the_datas_classes_are_taken_in_their_order(build, batch) -> None:
    teacher, order = build("lenet", seed=3), (7, 2, 5, 0, 1, 3, 4, 6, 9, 8)
    mapped = teacher.with_classes(order, tuple(map(str, order)))
    made = reusing(build("small_cnn"), mapped, 2.0, seed=0)
    with torch.no_grad():
        given = answer(made, batch, (EMBEDDING,))
        assert torch.allclose(teacher.module.fc3(given.features[EMBEDDING])[:, order], given.logits)


def test_that_what_has_no_last_layer_to_take_is_told(build, tmp_path) -> None:
    student, teacher = build("small_cnn"), build("lenet")
    with pytest.raises(ModelError, match="the teacher shows no last linear layer"):
        reusing(student, replace(teacher, layers=(), format="ONNX"), 2.0, seed=0)
    with pytest.raises(ModelError, match="not what its last linear layer, fc3, gives"):
        reusing(student, replace(teacher, output=OutputChoice(kind="probabilities")), 2.0, seed=0)
    with pytest.raises(ModelError, match="no output for some of the data's classes"):
        reusing(student, teacher.with_classes((1, -1), ("one", "other")), 2.0, seed=0)
    with pytest.raises(ModelError, match="has a teacher's classifier already"):
        reusing(reusing(student, teacher, 2.0, seed=0), teacher, 2.0, seed=0)
    with pytest.raises(ModelError, match="not what its last linear layer"):  # one answer a token
        reusing(load(write(tmp_path / "gpt", "GPT2")), load(write(tmp_path / "bert")), 2.0, seed=0)
