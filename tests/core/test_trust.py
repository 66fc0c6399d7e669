import json

import pytest

from kdstudio.core import trust
from kdstudio.core.errors import KdStudioError, Untrusted

DIGEST = "ab" * 32


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())
    return tmp_path / "settings"


def test_that_nothing_is_trusted_at_first_and_the_digest_is_told(tmp_path):
    file = tmp_path / "x.pt"
    file.write_bytes(b"abc")
    with pytest.raises(Untrusted) as caught:
        trust.read_trusted(file, "this is a program")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc", FIPS 180-2
    assert caught.value.digest == digest
    assert f"--trust {digest}" in caught.value.hint
    (problem,) = caught.value.problems
    assert (problem.action, problem.value, problem.where) == ("trust", digest, str(file))
    trust.trust(digest.upper(), remember=False)
    assert trust.read_trusted(file, "this is a program") == (b"abc", digest)
    file.write_bytes(b"abd")
    with pytest.raises(Untrusted):
        trust.read_trusted(file, "this is a program")


def test_that_what_was_hashed_is_what_is_opened(tmp_path):
    file = tmp_path / "net.py"
    file.write_bytes(b"abc")
    with pytest.raises(Untrusted, match="this is a program") as caught:
        trust.read_trusted(file, "this is a program")
    trust.trust(caught.value.digest, remember=False)
    content, digest = trust.read_trusted(file, "this is a program")
    file.write_bytes(b"exchanged")
    assert (content, digest) == (b"abc", caught.value.digest)
    with pytest.raises(Untrusted):
        trust.read_trusted(file, "this is a program")


def test_that_trust_for_this_process_writes_nothing(folder):
    trust.trust(DIGEST, remember=False)
    assert trust.is_trusted(DIGEST)
    assert not folder.exists()


def test_that_trust_is_remembered_beside_what_was_trusted_before(folder, monkeypatch):
    trust.trust(DIGEST, remember=True)
    trust.trust("cd" * 32, remember=True)
    monkeypatch.setattr(trust, "_for_now", set())  # as in another process
    assert trust.is_trusted(DIGEST)
    assert trust.is_trusted("cd" * 32)
    assert not trust.is_trusted("ef" * 32)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"sha256": 3}', json.dumps({"sha256": {DIGEST: 1}}), "\x00"])
def test_that_a_damaged_list_trusts_nothing(content, folder):
    folder.mkdir()
    (folder / trust.FILE).write_text(content)
    assert not trust.is_trusted(DIGEST)
    trust.trust("cd" * 32, remember=True)
    assert json.loads((folder / trust.FILE).read_text())["sha256"] == ["cd" * 32]


@pytest.mark.parametrize("digest", ["", "yes", "ab" * 31, "zz" * 32, "../" * 20])
def test_that_what_is_no_digest_is_refused(digest):
    with pytest.raises(KdStudioError, match="digest"):
        trust.trust(digest, remember=True)
