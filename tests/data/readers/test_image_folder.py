"""Image folders: how they are laid out, and good images among bad files."""

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.errors import DataError
from kdstudio.data.read import read
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
    inputs = dataset.parts["train"].inputs
    row = [inputs.store.names[at] for at in inputs.places].index("cats/large.png")
    assert (dataset.parts["train"].read(np.array([row])) == 77).all()


def test_that_grey_stored_as_colour_is_grey(tmp_path, write_image):
    for name in ("a", "b"):
        write_image(tmp_path / name / "1.png", (50, 50, 50))
    assert ImageFolderReader.read(tmp_path).input_shape == (1, 6, 8)


def notes_of(dataset):
    return [problem.message for problem in dataset.problems if problem.severity == "note"]


@pytest.mark.parametrize("folders", [("",), ("cats/",), ("pets/more/",)])
def test_that_images_without_class_folders_have_no_labels(tmp_path, write_image, folders):
    for i in range(4):
        write_image(tmp_path / f"{folders[0]}{i}.png", i)
    assert ImageFolderReader.sniff(tmp_path) > 0.5
    dataset = ImageFolderReader.read(tmp_path)
    assert dataset.class_names == ()
    assert dataset.parts["train"].targets.tolist() == [-1] * 4
    assert dataset.parts["train"].read(np.arange(4))[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    (note,) = dataset.problems
    assert "have no labels" in note.message
    assert "cats/1.jpg" in note.hint


def test_that_parts_without_class_folders_have_no_labels(tmp_path, write_image):
    for name in ("train/1.png", "train/2.png", "test/1.png"):
        write_image(tmp_path / name)
    dataset = ImageFolderReader.read(tmp_path)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 2, "test": 1}
    assert dataset.class_names == ()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("labels.csv", ["file,age,species", "0.png,3,dog", "1.png,4,cat", "2.png,5,dog", "3.png,6,cat"]),
        ("labels.tsv", ["0\tdog", "1\tcat", "2\tdog", "3\tcat"]),
        ("list.txt", ["images/0.png dog", "images/1.png cat", "images/2.png dog", "images/3.png cat"]),
        ("m.csv", ['"id";"cat";"dog"', '"0";"0";"1"', '"1";"1";"0"', '"2";"0.0";"1.0"', '"3";"1.0";"0.0"']),
        ("named.csv", ["\ufefflabel,path", "dog,./0.png", "cat,.\\1.png", "dog,2.png", "cat,3.png"]),
    ],
)
@pytest.mark.parametrize("is_beside", [True, False])
def test_that_a_table_gives_the_labels_of_a_flat_folder(tmp_path, write_image, name, lines, is_beside):
    for i in range(4):
        write_image(tmp_path / "data" / "images" / f"{i}.png", i)
    (tmp_path / "data" / ("images" if not is_beside else "") / name).write_text("\n".join(lines), encoding="utf-8")
    for path in (tmp_path / "data", tmp_path / "data" / "images"):
        dataset = ImageFolderReader.read(path)
        assert dataset.class_names == ("cat", "dog")
        assert dataset.parts["train"].targets.tolist() == [1, 0, 1, 0]
        assert any("labels are taken from" in note and name in note for note in notes_of(dataset))
        assert not warnings_of(dataset)


def test_that_the_table_itself_may_be_dropped(tmp_path, write_image):
    for i in range(4):
        write_image(tmp_path / f"{i}.png", i)
    (tmp_path / "labels.csv").write_text("file,label\n0.png,a\n1.png,b\n2.png,a\n3.png,b\n")
    assert ImageFolderReader.sniff(tmp_path / "labels.csv") > 0.5
    assert ImageFolderReader.read(tmp_path / "labels.csv").class_names == ("a", "b")


def test_that_tables_of_other_things_are_not_claimed(tmp_path, write_image):
    (tmp_path / "sentences.csv").write_text("text,label\ngood film,1\nbad film,0\n")
    write_image(tmp_path / "cover.png")
    assert ImageFolderReader.sniff(tmp_path / "sentences.csv") == 0


def test_that_images_missing_in_the_table_have_no_label_and_missing_images_are_told(tmp_path, write_image):
    for i in range(5):
        write_image(tmp_path / f"{i}.png", i)
    rows = ["0.png,1", "1.png,2", "2.png,1", "3.png,2", "gone.png,1"]
    (tmp_path / "labels.csv").write_text("\n".join(["image,class", *rows]))
    dataset = ImageFolderReader.read(tmp_path)
    assert dataset.class_names == ("1", "2")
    assert dataset.parts["train"].targets.tolist() == [0, 1, 0, 1, -1]
    messages = " | ".join(warnings_of(dataset))
    assert "1 images are not named" in messages
    assert "gone.png" in messages
    assert any("count from 1" in note for note in notes_of(dataset))


def test_that_a_split_column_makes_the_parts(tmp_path, write_image):
    for i in range(6):
        write_image(tmp_path / "img" / f"{i}.png", i)
    rows = [f"{i}.png,{'ab'[i % 2]},{'train' if i < 4 else 'test'}" for i in range(6)]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,label,split", *rows]))
    dataset = ImageFolderReader.read(tmp_path)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 4, "test": 2}
    assert dataset.parts["test"].targets.tolist() == [0, 1]


def test_that_a_table_counts_more_than_folders_that_only_divide_the_files(tmp_path, write_image):
    for i in range(8):
        write_image(tmp_path / f"{i // 4:02}" / f"{i}.png", i)
    rows = [f"{i},{'ab'[i % 2]}" for i in range(8)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,label", *rows]))
    dataset = ImageFolderReader.read(tmp_path)
    assert dataset.class_names == ("a", "b")
    assert dataset.parts["train"].targets.tolist() == [0, 1] * 4


def test_that_folders_count_where_the_table_says_the_same(image_folder):
    files = sorted(image_folder.rglob("*.png"))
    rows = [f"{file.relative_to(image_folder).as_posix()},{file.parent.name}" for file in files]
    (image_folder / "index.csv").write_text("\n".join(["path,label", *rows]))
    assert ImageFolderReader.read(image_folder).class_names == ("cats", "class 2", "class 10")


def test_that_test_images_without_labels_are_not_used_where_training_has_some(tmp_path, write_image):
    for i in range(4):
        write_image(tmp_path / "train" / f"{i}.png", i)
        write_image(tmp_path / "test" / f"t{i}.png", i)
    (tmp_path / "train.csv").write_text("id,label\n0,x\n1,y\n2,x\n3,y\n")
    (tmp_path / "sample_submission.csv").write_text("id,label\nt0,x\nt1,x\nt2,x\nt3,x\n")
    dataset = read(tmp_path)
    assert list(dataset.parts) == ["train"]
    assert dataset.parts["train"].targets.tolist() == [0, 1, 0, 1]
    assert any("4 test inputs have no labels" in note for note in notes_of(dataset))


def test_that_a_model_folder_with_a_picture_is_no_image_folder(tmp_path, write_image):
    for name in ("config.json", "model.safetensors", "README.md"):
        (tmp_path / name).write_text("{}")
    write_image(tmp_path / "curve.png")
    assert ImageFolderReader.sniff(tmp_path) == 0


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


def test_that_the_class_is_taken_from_the_column_that_is_named(tmp_path, write_image):
    lines = ["file,species,colour"]
    for at in range(12):
        write_image(tmp_path / "pets" / f"{at}.png", at * 20)
        lines.append(f"{at}.png,{('cat', 'dog')[at % 2]},{('black', 'brown', 'white')[at % 3]}")
    (tmp_path / "pets" / "labels.csv").write_text("\n".join(lines))
    found = read(tmp_path / "pets")
    assert (found.target, found.columns, found.class_names) == ("species", ("species", "colour"), ("cat", "dog"))
    named = read(tmp_path / "pets", "colour")
    assert (named.target, named.class_names) == ("colour", ("black", "brown", "white"))
    assert set(named.columns) == {"species", "colour"}
    with pytest.raises(DataError, match="no column called 'age'"):
        read(tmp_path / "pets", "age")


def test_that_a_named_column_counts_more_than_class_folders(tmp_path, write_image):
    lines = ["file,shade"]
    for at in range(8):
        name = f"{('cat', 'dog')[at % 2]}/{at}.png"
        write_image(tmp_path / "pets" / name, at * 20)
        lines.append(f"{name},{('dark', 'light')[at // 4]}")
    (tmp_path / "pets" / "shades.csv").write_text("\n".join(lines))
    assert read(tmp_path / "pets", "shade").class_names == ("dark", "light")
    with pytest.raises(DataError, match="no column called"):
        read(tmp_path / "pets", "weight")
