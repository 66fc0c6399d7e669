"""CIFAR as it is published: pickled batches and binary batches, written here as the authors wrote them."""

import io
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.readers.cifar import CifarReader
from kdstudio.data.sniff import sniff

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
pytestmark = pytest.mark.usefixtures("cache")


def batch(number, count=20):
    """(images (n, 3, 32, 32), labels): image i of a batch begins with the number of the batch, then i."""
    images = np.random.default_rng(number).integers(0, 255, (count, 3, 32, 32)).astype(np.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = number, np.arange(count)
    return images, np.arange(count) % 10


def ten(protocol=2):
    files = {}
    for number in range(1, 7):
        images, labels = batch(number)
        name = f"data_batch_{number}" if number < 6 else "test_batch"
        label = b"training batch %d of 5" % number
        value = {
            b"batch_label": label,
            b"labels": labels.tolist(),
            b"data": images.reshape(20, 3072),
            b"filenames": [b"x"],
        }
        files[name] = pickle.dumps(value, protocol=protocol)
    meta = {b"num_cases_per_batch": 20, b"label_names": [name.encode() for name in NAMES], b"num_vis": 3072}
    return files | {"batches.meta": pickle.dumps(meta, protocol=protocol), "readme.html": b"<html>"}


def ten_binary():
    files = {}
    for number in range(1, 7):
        images, labels = batch(number)
        name = f"data_batch_{number}.bin" if number < 6 else "test_batch.bin"
        files[name] = np.concatenate([labels[:, None].astype(np.uint8), images.reshape(20, -1)], axis=1).tobytes()
    return files | {"batches.meta.txt": "\n".join([*NAMES, ""]).encode()}


def hundred():
    files = {}
    for number, name in ((1, "train"), (6, "test")):
        images, _ = batch(number, 200)
        fine = np.arange(200) % 100
        value = {b"filenames": [b"bos_taurus_s_000507.png"] * 200, b"batch_label": b"x", b"fine_labels": fine.tolist()}
        value |= {b"coarse_labels": (fine // 5).tolist(), b"data": images.reshape(200, 3072)}
        files[name] = pickle.dumps(value, protocol=2)
    meta = {b"fine_label_names": [b"fine %d" % i for i in range(100)], b"coarse_label_names": [b"c"] * 20}
    return files | {"meta": pickle.dumps(meta, protocol=2), "file.txt~": b""}


def hundred_binary():
    files = {}
    for number, name in ((1, "train.bin"), (6, "test.bin")):
        images, _ = batch(number, 200)
        fine = (np.arange(200) % 100).astype(np.uint8)[:, None]
        files[name] = np.concatenate([fine // 5, fine, images.reshape(200, -1)], axis=1).tobytes()
    return files | {"fine_label_names.txt": "\n".join(f"fine {i}" for i in range(100)).encode()}


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def check_ten(dataset):
    assert dataset.class_names == tuple(NAMES)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 100, "test": 20}
    assert dataset.input_shape == (3, 32, 32)
    train = dataset.parts["train"]
    np.testing.assert_array_equal(train.read(np.arange(40, 60)), batch(3)[0])
    assert train.targets[40:60].tolist() == batch(3)[1].tolist()
    np.testing.assert_array_equal(dataset.parts["test"].read(np.arange(20)), batch(6)[0])
    assert not dataset.problems


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
def test_that_python_batches_are_read(tmp_path, protocol):
    folder = write(tmp_path / "cifar-10-batches-py", ten(protocol))
    for path in (folder, folder / "data_batch_2"):
        assert sniff(path).role == "data"
        dataset = read(path)
        assert dataset.format == "CIFAR Python batches"
        check_ten(dataset)
    check_ten(read(write(tmp_path / "around" / "cifar-10-batches-py", ten(protocol)).parent))


def test_that_binary_batches_are_read(tmp_path):
    folder = write(tmp_path / "b", ten_binary())
    for path in (folder, folder / "test_batch.bin"):
        dataset = read(path)
        assert dataset.format == "CIFAR binary batches"
        check_ten(dataset)


@pytest.mark.parametrize("files", [hundred, hundred_binary])
def test_that_cifar_100_has_its_fine_labels(tmp_path, files):
    folder = write(tmp_path / "c", files())
    dataset = read(folder)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 200, "test": 200}
    assert dataset.class_names[:2] == ("fine 0", "fine 1")
    assert dataset.parts["train"].targets.tolist() == (np.arange(200) % 100).tolist()
    np.testing.assert_array_equal(dataset.parts["test"].read(np.arange(200)), batch(6, 200)[0])
    assert not dataset.problems


def test_that_the_published_archives_are_read(tmp_path):
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        for name, content in ten().items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, content in ten_binary().items():
            archive.writestr(f"cifar-10-batches-bin/{name}", content)
    check_ten(read(tmp_path / "cifar-10-python.tar.gz"))
    check_ten(read(tmp_path / "x.zip"))


def test_that_missing_batches_and_names_are_survived(tmp_path):
    files = ten()
    for name in ("data_batch_4", "batches.meta", "test_batch"):
        del files[name]
    dataset = read(write(tmp_path / "cifar-10", files))
    assert len(dataset.parts["train"]) == 80
    assert dataset.class_names == tuple(NAMES)  # from the folder's name
    (problem,) = dataset.problems
    assert "4 of CIFAR-10's 5 training batches" in problem.message


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("name", ["data_batch_3", "batches.meta"])
def test_that_a_malicious_batch_runs_nothing(tmp_path, name):
    canary = tmp_path / "canary"
    bad = {b"labels": Canary(canary), b"data": b"", b"label_names": Canary(canary)}
    folder = write(tmp_path / "c", ten() | {name: pickle.dumps(bad, protocol=2)})
    with pytest.raises(DataError, match=rf"{name} is not opened: it names (posix|nt).system"):
        read(folder)
    item = inspect(folder)
    assert item.role == "data"
    assert "Nothing was run" in item.problems[0].message
    assert not canary.exists()


@pytest.mark.parametrize("files", [ten, ten_binary])
def test_that_cut_batches_are_told(tmp_path, files):
    made = files()
    name = next(iter(made))
    folder = write(tmp_path / "c", made)
    for share in (0.12, 0.47, 0.99):
        (folder / name).write_bytes(made[name][: int(len(made[name]) * share)])
        with pytest.raises(DataError, match="cut off or damaged") as caught:
            CifarReader.read(folder)
        assert name in caught.value.message


def test_that_other_pickles_and_bytes_are_not_claimed(tmp_path):
    other = {"train": pickle.dumps({"weights": [1]}), "train.bin": bytes(3073 * 4), "test.bin": bytes([200]) * 3073 * 4}
    folder = write(tmp_path / "o", other)
    assert CifarReader.sniff(folder) == 0
    for name in other:
        assert CifarReader.sniff(folder / name) == 0
    wrong = write(tmp_path / "w", {"train": pickle.dumps({"labels": [1], "data": np.zeros((1, 4), np.uint8)})})
    with pytest.raises(DataError, match="does not hold what a CIFAR batch holds"):
        read(wrong)
