"""Files by name in folders, zips and tars."""

import io
import os
import tarfile
import zipfile

import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.stores.folder import FolderStore
from kdstudio.data.stores.tars import TarStore, tar_names
from kdstudio.data.stores.zips import ZipStore

FILES = {"b/long.bin": bytes(range(256)) * 100, "a.txt": b"short", "ü/empty": b""}


@pytest.fixture(params=["folder", "stored", "deflated", "tar", "tar.gz"])
def store(request, tmp_path, cache):
    place = tmp_path / "data"
    if request.param == "folder":
        for name, content in FILES.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        return FolderStore.open(place)
    if request.param in ("stored", "deflated"):
        packing = zipfile.ZIP_STORED if request.param == "stored" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(place, "w", packing) as archive:
            for name, content in FILES.items():
                archive.writestr(name, content)
        return ZipStore.open(place)
    with tarfile.open(place, "w:gz" if request.param == "tar.gz" else "w") as archive:
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return TarStore.open(place)


def test_that_every_store_gives_the_same_files(store):
    assert list(store.names) == sorted(FILES)
    assert not store.problems
    with store.access() as access:
        for at, name in enumerate(store.names):
            assert access.read(at) == FILES[name]
            assert access.ends(at) == (FILES[name][:4096], FILES[name][-32:])
            assert store.size(at) == len(FILES[name])
    assert all(os.path.isfile(file) for file in store.files(range(3)))


def test_that_hidden_files_are_passed_over(tmp_path):
    for name in (".git/config", "a/.x", "__MACOSX/a", "Thumbs.db", "seen"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert FolderStore.open(tmp_path).names == ("seen",)


def test_that_a_damaged_member_is_told_by_its_checksum(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"hello world")
    path.write_bytes(path.read_bytes().replace(b"hello", b"jello", 1))
    with ZipStore.open(path).access() as access, pytest.raises(DataError, match=r"a.txt in a.zip is damaged"):
        access.read(0)


def test_that_a_rare_packing_is_left_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", b"hello")
    store = ZipStore.open(tmp_path / "a.zip")
    assert store.names == ()
    assert "rare way" in store.problems[0].message


@pytest.mark.usefixtures("cache")
def test_that_a_changed_archive_is_unpacked_anew(tmp_path):
    path = tmp_path / "a.tar.gz"
    for name in ("one", "two.txt"):
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
        os.utime(path, (len(name), len(name)))
        assert TarStore.open(path).names == (name,)
        assert tar_names(path) == [name]
