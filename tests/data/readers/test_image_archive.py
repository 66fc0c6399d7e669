"""Images in zip and tar archives, written by zipfile and tarfile, and archives that mean harm."""

import io
import stat
import struct
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.errors import DataError
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.readers.image_archive import ImageArchiveReader
from kdstudio.data.stores import zips
from tests.data.damage import bits_flipped, cut_off

TARS = {"a.tar": "w", "a.tar.gz": "w:gz", "a.tgz": "w:gz", "a.tar.bz2": "w:bz2", "a.tar.xz": "w:xz"}
pytestmark = pytest.mark.usefixtures("cache")


def png(value, size=(8, 6)):
    buffer = io.BytesIO()
    Image.new("L", size, value).save(buffer, "PNG")
    return buffer.getvalue()


def noise(value, kind="JPEG"):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(value).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def write_zip(path, files, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write(path, files):
    return write_zip(path, files) if path.suffix == ".zip" else write_tar(path, files, TARS[path.name])


@pytest.fixture
def pets():
    """train and test with two classes, inside a folder of its own, beside what systems leave in archives."""
    files = {f"pets/train/{name}/{i}.png": png(10 * k + i) for k, name in enumerate(("cat", "dog")) for i in range(3)}
    files |= {f"pets/test/{name}/{i}.png": png(50 + 10 * k) for k, name in enumerate(("cat", "dog")) for i in range(2)}
    return files | {"__MACOSX/pets/._x.png": b"x", "pets/.DS_Store": b"x", "pets/README.md": b"hello"}


def check_pets(dataset):
    assert dataset.class_names == ("cat", "dog")
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 6, "test": 4}
    train = dataset.parts["train"]
    assert train.read(np.arange(6))[:, 0, 0, 0].tolist() == [0, 1, 2, 10, 11, 12]
    assert train.targets.tolist() == [0, 0, 0, 1, 1, 1]
    assert not dataset.problems


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_that_a_zip_of_class_folders_is_read(tmp_path, pets, packing):
    path = write_zip(tmp_path / "no suffix", pets, packing)
    assert ImageArchiveReader.sniff(path) > 0.5
    dataset = read(path)
    assert dataset.format == "image zip"
    check_pets(dataset)
    assert dataset.files == (str(path),)
    assert len(dataset.digest()) == 64


@pytest.mark.parametrize("name", TARS)
def test_that_a_tar_of_class_folders_is_read(tmp_path, pets, name, cache):
    path = write_tar(tmp_path / name, {f"./{file}": content for file, content in pets.items()}, TARS[name])
    assert ImageArchiveReader.sniff(path) > 0.5
    for _ in range(2):
        dataset = read(path)
        assert dataset.format == "image tar"
        check_pets(dataset)
    kept = list(cache.rglob("*.*"))
    assert len(kept) == (0 if name == "a.tar" else 1)


def test_that_the_card_describes_an_archive(tmp_path, pets):
    item = inspect(write_zip(tmp_path / "pets.zip", pets))
    assert item.role == "data"
    assert item.title == "6 + 4 images · 8 × 6 grey · 2 classes"
    assert item.bytes == (tmp_path / "pets.zip").stat().st_size


def test_that_an_archive_with_a_table_of_labels_is_read(tmp_path):
    files = {f"img/{i}.png": png(i) for i in range(4)} | {
        "labels.csv": b"file,label\n0.png,a\n1.png,b\n2.png,a\n3.png,b\n"
    }
    for path in (write_zip(tmp_path / "a.zip", files), write_tar(tmp_path / "a.tar", files)):
        dataset = read(path)
        assert dataset.class_names == ("a", "b")
        assert dataset.parts["train"].targets.tolist() == [0, 1, 0, 1]


def test_that_an_archive_without_labels_is_a_transfer_set(tmp_path):
    dataset = read(write_zip(tmp_path / "a.zip", {f"{i}.png": png(i) for i in range(4)}))
    assert dataset.class_names == ()
    assert dataset.parts["train"].targets.tolist() == [-1] * 4


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_that_many_threads_read_the_same_archive(tmp_path, write):
    files = {f"{'ab'[i % 2]}/{i:02}.jpg": noise(i) for i in range(30)}
    train = read(write(tmp_path / "a", files)).parts["train"]
    wanted = train.read(np.arange(30))
    with ThreadPoolExecutor(8) as pool:
        for block in pool.map(train.read, [np.arange(30)] * 16):
            np.testing.assert_array_equal(block, wanted)


@pytest.mark.parametrize("write", [write_zip, write_tar])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_that_truncated_members_are_left_out(tmp_path, write, kind):
    files = {f"{'ab'[i % 2]}/{i}.img": noise(i, kind) for i in range(6)}
    files["a/cut.img"] = noise(9, kind)[:-200]
    dataset = ImageArchiveReader.read(write(tmp_path / "x", files))
    (problem,) = dataset.problems
    assert problem.message == "1 image left out that cannot be read: cut.img"


def test_that_only_the_beginning_of_packed_members_is_read_in_a_large_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "_WHOLE_BYTES", 100)
    files = {f"{'ab'[i % 2]}/{i}.png": noise(i, "PNG") for i in range(6)}
    train = read(write_zip(tmp_path / "a.zip", files)).parts["train"]
    assert train.read(np.arange(6)).shape == (6, 3, 40, 40)


@pytest.mark.parametrize("name", ["../../evil.png", "/etc/evil.png", "C:/evil.png", "a/..\\..\\evil.png"])
def test_that_names_which_lead_elsewhere_are_left_out(tmp_path, pets, name):
    for path in (
        write_zip(tmp_path / "a.zip", pets | {name: png(1)}),
        write_tar(tmp_path / "a.tar", pets | {name: png(1)}),
    ):
        (problem,) = read(path).problems
        assert "1 entries left out that have unsafe names" in problem.message
        assert problem.severity == "warning"


def test_that_links_in_archives_are_not_followed(tmp_path, pets):
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(99))
    path = write_zip(tmp_path / "a.zip", pets)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("pets/train/cat/link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, str(secret))
    tar = write_tar(tmp_path / "a.tar", pets)
    with tarfile.open(tar, "a") as archive:
        for name, kind in (
            ("link.png", tarfile.SYMTYPE),
            ("hard.png", tarfile.LNKTYPE),
            ("pipe.png", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(f"pets/train/cat/{name}")
            info.type, info.linkname = kind, str(secret)
            archive.addfile(info)
    for file, count in ((path, 1), (tar, 2)):
        dataset = read(file)
        assert len(dataset.parts["train"]) == 6
        assert f"{count} entries left out that are links" in dataset.problems[0].message


def test_that_an_encrypted_zip_is_told(tmp_path, pets):
    path = write_zip(tmp_path / "a.zip", pets)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"1 of the 13 files in a.zip are encrypted") as caught:
        read(path)
    assert "password" in caught.value.hint


def test_that_a_zip_bomb_is_refused(tmp_path):
    path = write_zip(tmp_path / "bomb.zip", {f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(4)})
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 24 : at + 28] = struct.pack("<I", 2**31)  # what the directory says that it unpacks to
    path.write_bytes(content)
    with pytest.raises(DataError, match="would unpack to 9 GB") as caught:
        read(path)
    assert caught.value.where == str(path)


def test_that_a_member_which_unpacks_to_more_than_it_says_is_damaged(tmp_path):
    path = write_zip(
        tmp_path / "a.zip", {f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(4)} | {"a/9.bmp": b"BM" + bytes(10**6)}
    )
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(content)
    assert "9.bmp" in read(path).problems[0].message


def test_that_a_packed_tar_that_grows_absurdly_is_refused(tmp_path, cache, monkeypatch):
    monkeypatch.setattr("kdstudio.data.stores.limits._UNSUSPICIOUS_BYTES", 10**6)
    files = {"a/1.png": png(1), "b/1.png": png(2), "b/2.bmp": bytes(10**7)}
    path = write_tar(tmp_path / "bomb.tar.gz", files, "w:gz")
    with pytest.raises(DataError, match="it is not opened"):
        read(path)
    assert not list(cache.rglob("*.*"))


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
def test_that_every_cut_of_an_archive_is_told_or_survived(tmp_path, pets, name):
    path = tmp_path / name
    write(path, pets)
    for _ in cut_off(path):
        item = inspect(path)
        assert item.role in ("data", "unknown")
        assert item.problems or item.counts


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_that_flipped_bits_are_told_or_survived(tmp_path, pets, name):
    path = tmp_path / name
    write(path, pets)
    for _ in bits_flipped(path, times=60, bits=4):
        item = inspect(path)
        assert item.problems or item.counts


def test_that_archives_of_other_things_are_not_claimed(tmp_path):
    for path in (write_zip(tmp_path / "a.zip", {"a.txt": b"x"}), write_tar(tmp_path / "a.tar", {"a.wav": b"x"})):
        assert ImageArchiveReader.sniff(path) == 0
    (tmp_path / "x").write_bytes(b"\x1f\x8bnothing")
    assert ImageArchiveReader.sniff(tmp_path / "x") == 0
    assert ImageArchiveReader.sniff(tmp_path) == 0


def test_that_real_cifar_opens_in_seconds(real_data):
    path = real_data("cifar10-jpg.zip")
    start = time.process_time()
    dataset = read(path)
    assert time.process_time() - start < 8  # 2.0 s on a quiet machine
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 50_000, "test": 10_000}
    assert dataset.input_shape == (3, 32, 32)
    assert dataset.parts["test"].read(np.arange(0, 10_000, 1000)).std() > 30
