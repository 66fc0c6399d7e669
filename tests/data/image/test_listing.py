"""Listings of folders: what is an image, and what is remembered."""

import os
import time

import pytest

from kdstudio.data.image import listing as image_listing
from kdstudio.data.image.listing import list_folder, list_store
from kdstudio.data.read import read
from kdstudio.data.stores.folder import FolderStore


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(image_listing, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(image_listing, "REMEMBERED", 1)
    return tmp_path / "cache"


def settle(folder):
    """Make all folders look as if nothing had changed in them for a minute."""
    for place, _, _ in os.walk(folder):
        os.utime(place, (time.time() - 60,) * 2)


def test_that_images_broken_images_and_other_files_are_told_apart(image_folder):
    (image_folder / "cats" / "bad.png").write_bytes(b"nothing")
    (image_folder / "notes.txt").write_text("x")
    listing = list_folder(image_folder)
    assert len(listing.images) == 9
    assert [listing.store.names[at] for at in listing.broken] == ["cats/bad.png"]


def test_that_a_listing_is_remembered_until_a_folder_changes(image_folder, cache, write_image):
    settle(image_folder)
    first = read(image_folder)
    assert len(list(cache.rglob("*.json"))) == 1
    (image_folder / "cats" / "0.png").write_bytes(b"broken behind our back")  # the folder's time stays
    assert len(list_folder(image_folder).broken) == 0
    assert read(image_folder).parts["train"].targets.tolist() == first.parts["train"].targets.tolist()
    write_image(image_folder / "class 2" / "new.png")
    assert len(list_folder(image_folder).images) == 9
    assert len(list_folder(image_folder).broken) == 1


def test_that_a_folder_that_has_just_changed_is_not_remembered(image_folder, cache):
    list_folder(image_folder)
    assert not list(cache.rglob("*.json"))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"version": 1, "path": 3}', b"\xff"])
def test_that_a_spoiled_memory_is_not_used(image_folder, cache, content):
    settle(image_folder)
    list_folder(image_folder)
    (file,) = cache.rglob("*.json")
    file.write_bytes(content)
    assert len(list_folder(image_folder).images) == 9


def test_that_of_very_many_files_a_share_is_checked(tmp_path, write_image, monkeypatch):
    monkeypatch.setattr(image_listing, "MOST_CHECKED", 10)
    for i in range(40):
        write_image(tmp_path / f"{i:02}.png", i)
    for i in (1, 4):
        (tmp_path / f"{i:02}.png").write_bytes(b"broken")
    listing = list_store(FolderStore.open(tmp_path))
    assert listing.broken.tolist() == [4]
    assert len(listing.images) == 39
    assert "10 were checked" in listing.problems[0].message


@pytest.mark.slow
def test_that_a_hundred_thousand_files_are_listed_in_seconds(tmp_path, write_image):
    content = write_image(tmp_path / "x.png").read_bytes()
    root = tmp_path / "many"
    for name in range(100):
        (root / f"{name:03}").mkdir(parents=True)
        for i in range(1000):
            (root / f"{name:03}" / f"{i:04}.png").write_bytes(content)
    settle(root)
    for limit in (10, 5):  # the second time from the memory; 3.5 s and 1.4 s on a quiet machine
        start = time.perf_counter()
        dataset = read(root)
        assert time.perf_counter() - start < limit
        assert len(dataset.parts["train"]) == 100_000
