"""Image folders: how they are laid out, and good images among bad files."""

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.errors import DataError
from kdstudio.data.readers.image_folder import ImageFolderReader


def warnings_of(dataset):
    return [problem.message for problem in dataset.problems if problem.severity == "warning"]


def test_that_folders_are_classes_in_natural_order(image_folder):
    dataset = ImageFolderReader.read(image_folder)
    assert dataset.class_names == ("cats", "class 2", "class 10")
    train = dataset.parts["train"]
    assert train.inputs.shape == (1, 6, 8)
    assert train.inputs.dtype == np.uint8
    assert train.targets.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert train.read(np.arange(9))[:, 0, 0, 0].tolist() == [0, 1, 2, 20, 21, 22, 10, 11, 12]
    (note,) = dataset.problems
    assert note.severity == "note"
    assert "natural order" in note.message


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_that_parts_on_top_are_used_as_they_are(tmp_path, write_image, name):
    for split, count in (("train", 4), (name, 2), ("test", 3)):
        for animal in ("cat", "dog"):
            for i in range(count):
                write_image(tmp_path / split / animal / "nested" / f"{i}.jpg", (i, 200, 30))
    dataset = ImageFolderReader.read(tmp_path)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 8, "validation": 4, "test": 6}
    assert dataset.input_shape == (3, 6, 8)
    assert not dataset.problems


def test_that_a_class_may_be_called_train(tmp_path, write_image):
    for vehicle in ("bus", "car", "train"):
        write_image(tmp_path / vehicle / "1.png")
    assert ImageFolderReader.read(tmp_path).class_names == ("bus", "car", "train")


def test_that_a_folder_around_the_data_is_entered(tmp_path, write_image):
    for animal in ("cat", "dog"):
        write_image(tmp_path / "archive" / "pets" / animal / "1.png")
    assert ImageFolderReader.read(tmp_path).class_names == ("cat", "dog")


def test_that_hidden_and_foreign_files_are_passed_over(image_folder, write_image):
    write_image(image_folder / ".hidden" / "1.png")
    write_image(image_folder / "__MACOSX" / "1.png")
    write_image(image_folder / "cats" / ".thumb.png")
    (image_folder / "cats" / "Thumbs.db").write_bytes(b"\xd0\xcf")
    (image_folder / "cats" / "notes.txt").write_text("BM is how some files begin")
    (image_folder / "empty").mkdir()
    dataset = ImageFolderReader.read(image_folder)
    assert len(dataset.parts["train"]) == 9
    assert not warnings_of(dataset)


def test_that_links_are_followed_but_not_in_circles(image_folder, tmp_path, write_image):
    write_image(tmp_path / "elsewhere" / "x.png")
    (image_folder / "dogs").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (image_folder / "cats" / "again").symlink_to(image_folder / "cats", target_is_directory=True)
    dataset = ImageFolderReader.read(image_folder)
    assert dataset.class_counts().tolist() == [3, 3, 3, 1]


def test_that_images_are_told_by_content_and_not_by_name(tmp_path, write_image):
    for animal in ("cat", "dog"):
        write_image(tmp_path / animal / "1.png").rename(tmp_path / animal / "one")
    assert ImageFolderReader.sniff(tmp_path) > 0.5
    assert len(ImageFolderReader.read(tmp_path).parts["train"]) == 2


def test_that_unreadable_images_are_left_out_and_named_once(image_folder, write_image):
    good = write_image(image_folder / "cats" / "big.jpg", (1, 2, 3), (64, 64)).read_bytes()
    (image_folder / "cats" / "cut.jpg").write_bytes(good[: len(good) // 2])
    png = write_image(image_folder / "cats" / "p.png", (9, 9, 9)).read_bytes()
    (image_folder / "cats" / "cut.png").write_bytes(png[:50])
    (image_folder / "cats" / "empty.png").write_bytes(b"")
    (image_folder / "class 2" / "text.jpg").write_text("no image")
    dataset = ImageFolderReader.read(image_folder)
    (message,) = [m for m in warnings_of(dataset) if "cannot be read" in m]
    assert message == "4 images left out that cannot be read: cut.jpg, cut.png, empty.png, text.jpg"
    assert dataset.class_counts().tolist() == [5, 3, 3]


def test_that_bytes_behind_the_end_of_a_jpeg_do_not_matter(image_folder, write_image):
    path = write_image(image_folder / "cats" / "tail.jpg")
    path.write_bytes(path.read_bytes() + b"camera notes" * 10)
    dataset = ImageFolderReader.read(image_folder)
    assert len(dataset.parts["train"]) == 10


def test_that_damage_found_while_decoding_names_the_file(image_folder):
    rng = np.random.default_rng(0)
    path = image_folder / "cats" / "noise.png"
    Image.fromarray(rng.integers(0, 255, (60, 60)).astype(np.uint8)).save(path)
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    train = ImageFolderReader.read(image_folder).parts["train"]
    with pytest.raises(DataError, match=r"noise.png is damaged") as caught:
        train.read(np.arange(len(train)))
    assert caught.value.where == str(path)
    assert "remove" in caught.value.hint


def test_that_other_sizes_are_stretched_with_a_warning(image_folder, write_image):
    write_image(image_folder / "cats" / "large.png", 77, (30, 30))
    dataset = ImageFolderReader.read(image_folder)
    assert dataset.input_shape == (1, 6, 8)
    (message,) = warnings_of(dataset)
    assert "commonest, 8 × 6" in message
    row = [file.endswith("large.png") for file in dataset.parts["train"].inputs.paths].index(True)
    assert (dataset.parts["train"].read(np.array([row])) == 77).all()


def test_that_grey_stored_as_colour_is_grey(tmp_path, write_image):
    for name in ("a", "b"):
        write_image(tmp_path / name / "1.png", (50, 50, 50))
    assert ImageFolderReader.read(tmp_path).input_shape == (1, 6, 8)


def test_that_images_without_class_folders_are_told_what_to_do(tmp_path, write_image):
    write_image(tmp_path / "1.png")
    assert 0 < ImageFolderReader.sniff(tmp_path) < 0.5
    with pytest.raises(DataError, match="no folders that say their class") as caught:
        ImageFolderReader.read(tmp_path)
    assert "cats/1.jpg" in caught.value.hint


def test_that_one_class_is_an_error(tmp_path, write_image):
    write_image(tmp_path / "cats" / "1.png")
    with pytest.raises(DataError, match=r"only one class \(cats\)"):
        ImageFolderReader.read(tmp_path)


def test_that_only_broken_images_are_an_error(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match="none of the training images"):
        ImageFolderReader.read(tmp_path)


def test_that_test_images_of_unknown_classes_and_loose_ones_are_left_out(tmp_path, write_image):
    for name in ("train/a", "train/b", "test/a", "test/z", "extra/q"):
        write_image(tmp_path / name / "1.png")
    write_image(tmp_path / "test" / "loose.png")
    write_image(tmp_path / "cover.png")
    dataset = ImageFolderReader.read(tmp_path)
    assert dataset.class_names == ("a", "b")
    assert dataset.parts["test"].targets.tolist() == [0]
    messages = " | ".join(warnings_of(dataset))
    for part in ("test/z", "loose.png", "cover.png", "not used: extra"):
        assert part in messages


def test_that_a_class_of_broken_images_is_a_warning(image_folder):
    for file in (image_folder / "cats").iterdir():
        file.write_bytes(b"broken")
    dataset = ImageFolderReader.read(image_folder)
    assert dataset.class_counts().tolist() == [0, 3, 3]
    assert "no training inputs of cats" in warnings_of(dataset)


def test_that_files_and_empty_folders_are_no_image_folders(tmp_path, write_image):
    assert ImageFolderReader.sniff(tmp_path) == 0
    assert ImageFolderReader.sniff(write_image(tmp_path / "1.png")) == 0
    assert ImageFolderReader.sniff(tmp_path / "absent") == 0
