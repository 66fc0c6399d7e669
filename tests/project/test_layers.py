import numpy as np
import pytest

from kdstudio.analysis.layers import LayersCompared
from kdstudio.core.layout import RunFolder
from kdstudio.project.layers import best_digest, read_layers, write_layers

FOUND = LayersCompared(
    layers={"teacher": ("conv", "logits"), "student": ("fc", "embedding", "logits")},
    cka={"student": np.array([[0.5, 0.25, np.nan], [1.0, -0.01, 0.5]])},
    classes={"teacher": np.eye(2), "student": np.array([[1.0, -0.5], [-0.5, 1.0]])},
    class_names=("gull", "ship"),
    inputs=90,
    of=100,
    checkpoint="abc",
)


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    made = RunFolder(tmp_path)
    made.checkpoint("best").mkdir(parents=True)
    (made.checkpoint("best") / "digest.txt").write_text("abc")
    return made


def test_that_what_is_written_is_read_back(folder: RunFolder) -> None:
    write_layers(folder, FOUND)
    read = read_layers(folder)
    assert read is not None
    assert (read.layers, read.class_names, read.inputs, read.of) == (FOUND.layers, FOUND.class_names, 90, 100)
    np.testing.assert_array_equal(read.cka["student"], FOUND.cka["student"])
    np.testing.assert_array_equal(read.classes["student"], FOUND.classes["student"])
    np.testing.assert_array_equal(read.best("student"), [0.5, 1.0])


def test_that_nothing_is_known_about_another_checkpoint(folder: RunFolder) -> None:
    write_layers(folder, FOUND)
    (folder.checkpoint("best") / "digest.txt").write_text("other")
    assert best_digest(folder) == "other"
    assert read_layers(folder) is None


@pytest.mark.parametrize("torn", [b"", b"PK\x03\x04torn", b"not an archive"])
def test_that_a_torn_file_is_none(folder: RunFolder, torn: bytes) -> None:
    assert read_layers(folder) is None
    write_layers(folder, FOUND)
    folder.layers.write_bytes(torn)
    assert read_layers(folder) is None
