import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.save import save
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice


def test_that_a_new_student_takes_the_size_and_channels_of_the_data():
    own = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.5,), std=(0.25,))
    model = student(
        StudentChoice(architecture="small_cnn"),
        ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8)),
        3,
        ("a", "b", "c"),
        own,
        0,
    )
    assert model.preprocessing == own
    assert model.spec.input_shape == (1, 28, 28)
    assert model.class_names == ("a", "b", "c")


def test_that_a_student_goes_on_from_a_file(build, tmp_path):
    saved = build("small_cnn", seed=5)
    save(saved, tmp_path / "x")
    choice = StudentChoice(path=str(tmp_path / "x"))
    model = student(choice, ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8)), 10, (), ImagePreprocessing.plain(1), 0)
    assert torch.equal(model.module.classifier.weight, saved.module.classifier.weight)
    assert model.preprocessing == saved.preprocessing
    model.module.train()
    model.logits(torch.zeros(2, 1, 28, 28)).sum().backward()
    assert model.module.classifier.weight.grad is not None


def test_that_a_foreign_student_gets_the_given_preprocessing(akamaster):
    choice = StudentChoice(path=str(akamaster / "resnet20-12fca82f.th"))
    given = ImagePreprocessing(channels=1, size=(28, 28), mean=(0.3,), std=(0.4,))
    model = student(choice, ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8)), 10, tuple("abcdefghij"), given, 0)
    assert model.preprocessing == ImagePreprocessing(channels=3, size=(28, 28), mean=(0.3,) * 3, std=(0.4,) * 3)
    assert model.logits(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert model.class_names == tuple("abcdefghij")


def test_that_a_file_with_another_number_of_classes_is_refused(build, tmp_path):
    save(build("small_cnn"), tmp_path / "x")
    with pytest.raises(ModelError, match="10 classes and the data has 3"):
        student(
            StudentChoice(path=str(tmp_path / "x")),
            ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8)),
            3,
            (),
            ImagePreprocessing.plain(1),
            0,
        )
