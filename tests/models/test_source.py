import gzip
import io
import zipfile

import numpy as np
import onnx
import pytest
import torch

from kdstudio.core.errors import ModelError, Untrusted
from kdstudio.models.source import load


def _onnx():
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [out])
    return onnx.helper.make_model(graph, producer_name="pytorch").SerializeToString()


def _zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def _npz():
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros(3))
    return buffer.getvalue()


KINDS = {
    "empty": (b"", "empty"),
    "html": (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
    "html after a byte order mark": ("\ufeff\n <html lang='de'>Zugriff verweigert äöü".encode(), "HTML"),
    "text": (b"hello, this is text\n" * 200, "text file"),
    "json": (b'{"schema": 1}', "JSON"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS"),
    "onnx": (_onnx(), "ONNX"),
    "npz": (_npz(), "npz"),
    "npy": (b"\x93NUMPY\x01\x00", "NumPy"),
    "keras": (b"\x89HDF\r\n\x1a\n" + b"\0" * 50, "HDF5"),
    "keras zip": (_zipped("config.json", "model.weights.h5"), "Keras"),
    "zip": (_zipped("notes.txt"), "zip archive"),
    "gz": (gzip.compress(b"x" * 100), "gzip"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
    "tflite": (b"\x1c\x00\x00\x00TFL3" + b"\0" * 50, "TensorFlow Lite"),
    "idx": (b"\x00\x00\x08\x03" + b"\0" * 50, "IDX"),
    "zeros": (b"\0" * 5000, "unknown kind"),
    "noise": (np.random.default_rng(0).bytes(5000), "unknown kind"),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_that_a_file_of_another_kind_is_named_with_what_can_be_opened(kind, tmp_path):
    content, words = KINDS[kind]
    file = tmp_path / "modèle.pt"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=words) as caught:
        load(file)
    assert caught.value.hint
    assert caught.value.where == str(file)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_that_torchscript_and_exported_programs_are_named(tmp_path):
    module, example = torch.nn.ReLU(), torch.zeros(1)
    torch.jit.save(torch.jit.trace(module, example), tmp_path / "a.pt")
    with pytest.raises(Untrusted, match="TorchScript"):
        load(tmp_path / "a.pt")
    torch.export.save(torch.export.export(module, (example,)), tmp_path / "b.pt2")
    with pytest.raises(Untrusted, match=r"exported PyTorch program"):
        load(tmp_path / "b.pt2")


def test_that_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    with pytest.raises(ModelError, match="folder"):
        load(tmp_path)
    with pytest.raises(ModelError, match="no such file"):
        load(tmp_path / "absent.pt")
