"""What is doubtful about data that can be read."""

import zipfile

import numpy as np
import pytest

from kdstudio.data import fingerprints
from kdstudio.data.dataset import ArrayInputs, Dataset, Part
from kdstudio.data.inspect import inspect
from kdstudio.data.problems import look_over
from kdstudio.data.read import read


def dataset(tmp_path, **parts):
    """Return a data set of parts (images, labels)."""
    made = {name: Part.whole(ArrayInputs(images[:, None]), labels) for name, (images, labels) in parts.items()}
    return Dataset(tmp_path, "made", ("a", "b", "c"), made)


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 255, (300, 5, 5)).astype(np.uint8)


def told(problems):
    return [(problem.severity, problem.message) for problem in problems]


def test_that_clean_data_has_no_problems(tmp_path, noise):
    labels = np.arange(200) % 3
    assert look_over(dataset(tmp_path, train=(noise[:200], labels), test=(noise[200:], labels[:100]))) == ()


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_that_copies_are_counted_with_examples(tmp_path, noise, kind):
    images = noise.astype(kind)
    images[7] = images[3]
    images[9] = images[3]
    (copies,) = look_over(dataset(tmp_path, train=(images, np.zeros(300, int))))
    assert told([copies]) == [("note", "2 training inputs are each a copy of another: row 7 = row 3; row 9 = row 7")]
    images[20:40] = images[50:70]
    assert look_over(dataset(tmp_path, train=(images, np.zeros(300, int))))[0].severity == "warning"


def test_that_copies_with_another_label_are_told(tmp_path, noise):
    noise[7] = noise[3]
    labels = np.zeros(300, int)
    labels[7] = 2
    labels[11:100] = 1
    (wrong,) = look_over(dataset(tmp_path, train=(noise, labels)))[-1:]
    assert wrong.severity == "warning"
    assert wrong.message == "1 training input is a copy with another label: row 7 (c) = row 3 (a)"


def test_that_the_same_input_in_train_and_test_is_told(tmp_path, noise):
    test = noise[200:].copy()
    test[[1, 5]] = noise[[10, 20]]
    labels = np.arange(200) % 3
    (leak,) = look_over(dataset(tmp_path, train=(noise[:200], labels), test=(test, labels[:100])))
    assert leak.severity == "warning"
    assert leak.message == "2 of 100 test inputs are training inputs too: row 1 = row 10; row 5 = row 20"


def test_that_lopsided_classes_and_wrong_labels_are_told(tmp_path, noise):
    labels = np.array([0] * 271 + [1] * 27 + [5, -1])
    problems = look_over(dataset(tmp_path, train=(noise, labels), test=(noise[:0], labels[:0])))
    messages = " | ".join(problem.message for problem in problems)
    assert "lopsided, 10 : 1: 271 training inputs of a, 27 of b" in messages
    assert "1 training labels name no class: row 298 has 5" in messages
    seen = look_over(dataset(tmp_path, train=(noise[:9], labels[:9]), test=(noise[100:109], np.full(9, 2))))
    assert "classes that training never shows: c" in seen[0].message


@pytest.mark.parametrize("is_zip", [True, False])
def test_that_equal_files_are_found(tmp_path, write_image, is_zip):
    root = tmp_path / "data"
    for split, count in (("train", 8), ("test", 3)):
        for name in ("cat", "dog"):
            for i in range(count):
                seed = sum(map(ord, split + name)) * 10 + i
                write_image(root / split / name / f"{i}.png", (seed % 251, seed // 251 % 251, 9))
    (root / "train" / "dog" / "7.png").write_bytes((root / "train" / "dog" / "2.png").read_bytes())
    (root / "test" / "cat" / "1.png").write_bytes((root / "train" / "cat" / "4.png").read_bytes())
    path = root
    if is_zip:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in root.rglob("*.png"):
                archive.write(file, file.relative_to(root).as_posix())
    messages = [problem.message for problem in inspect(path).problems]
    assert messages == [
        "1 training input is a copy of another: train/dog/7.png = train/dog/2.png",
        "1 of 6 test inputs are training inputs too: test/cat/1.png = train/cat/4.png",
    ]


def test_that_work_is_bounded_and_the_share_is_told(tmp_path, image_folder, noise, monkeypatch):
    monkeypatch.setattr(fingerprints, "_ARRAY_BYTES", 25 * 100)
    noise[:] = noise[0]
    (copies,) = look_over(dataset(tmp_path, train=(noise, np.zeros(300, int))))
    assert "99 training inputs are each a copy" in copies.message
    assert "100 of 300 inputs were compared" in copies.hint
    monkeypatch.setattr(fingerprints, "_MOST_FILES", 4)
    for i in range(3):
        (image_folder / "cats" / f"{i}.png").write_bytes((image_folder / "cats" / "0.png").read_bytes())
    assert "4 of 9 inputs were compared" in look_over(read(image_folder))[0].hint


def test_that_an_unreadable_input_is_told_and_not_raised(image_folder):
    found = read(image_folder)
    (image_folder / "cats" / "1.png").unlink()
    for file in image_folder.rglob("*.png"):
        file.write_bytes(b"same")
    problems = look_over(found)
    assert problems


def test_that_real_data_is_looked_over(real_data):
    assert look_over(read(real_data("mnist"))) == ()
