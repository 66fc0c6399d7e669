"""What is it? By content, quickly, and never with an error."""

import gzip
import json
import struct
import sys
import zipfile

import numpy as np
import pytest

from kdstudio.data.sniff import sniff
from tests.data.damage import cut_off


def safetensors(path, shapes=((4, 3), (4,))):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for i, shape in enumerate(shapes):
        size = 4 * int(np.prod(shape))
        header[f"w{i}"] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, b"x")


def onnx(path):
    import onnx as library

    value = library.helper.make_tensor_value_info("x", library.TensorProto.FLOAT, [1])
    node = library.helper.make_node("Identity", ["x"], ["y"])
    out = library.helper.make_tensor_value_info("y", library.TensorProto.FLOAT, [1])
    model = library.helper.make_model(library.helper.make_graph([node], "g", [value], [out]), producer_name="test")
    path.write_bytes(model.SerializeToString())


WRITERS = {
    "safetensors": (safetensors, "model", "safetensors"),
    "torch zip": (lambda p: archive(p, "archive/data.pkl", "archive/data/0"), "model", "PyTorch"),
    "torchscript": (lambda p: archive(p, "m/data.pkl", "m/code/a.py", "m/constants.pkl"), "model", "TorchScript"),
    "exported": (lambda p: archive(p, "m/archive_format", "m/models/model.json"), "model", "exported program"),
    "legacy": (lambda p: p.write_bytes(bytes.fromhex("80028a0a6cfc9c46f9206aa850192e") + b"rest"), "model", "PyTorch"),
    "pickle": (lambda p: p.write_bytes(b"\x80\x04\x95rest"), "unknown", "pickle"),
    "onnx": (onnx, "model", "ONNX"),
    "zip": (lambda p: archive(p, "a.txt"), "unknown", "zip"),
    "preset": (lambda p: p.write_text('{"data": {}, "student": {}, "preset": "kd"}'), "recipe", "recipe"),
    "recipe": (lambda p: p.write_text('{"data": {}, "student": {}, "methods": []}'), "recipe", "recipe"),
    "json": (lambda p: p.write_text('{"a": 1}'), "unknown", "JSON"),
    "broken json": (lambda p: p.write_text('{"a": '), "unknown", "JSON"),
    "text": (lambda p: p.write_text("hello"), "unknown", "text"),
    "hdf5": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), "unknown", ""),
    "gzip": (lambda p: p.write_bytes(gzip.compress(b"text")), "unknown", ""),
    "bytes": (lambda p: p.write_bytes(bytes(range(200, 256)) + bytes(99)), "unknown", ""),
    "empty": (lambda p: p.touch(), "unknown", ""),
    "protobuf": (lambda p: p.write_bytes(b"\x08\x08\x12\x04abcd"), "unknown", "text"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("suffix", [".bin", ".pth.tar", ""])
def test_that_content_and_not_the_name_decides(tmp_path, name, suffix):
    write, role, kind = WRITERS[name]
    path = tmp_path / f"thing ü{suffix}"
    write(path)
    seen = sniff(path)
    assert (seen.role, seen.format) == (role, kind)
    assert 0 < seen.confidence <= 1
    assert seen.reason


def test_that_safetensors_tell_their_parameters(tmp_path):
    safetensors(tmp_path / "x")
    assert sniff(tmp_path / "x").parameters == 16


@pytest.mark.parametrize("name", ["safetensors", "torch zip", "onnx"])
def test_that_models_that_are_cut_off_are_still_models(tmp_path, name):
    WRITERS[name][0](tmp_path / "x")
    content = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(content[: 60 if name == "safetensors" else len(content) - 30])
    seen = sniff(tmp_path / "x")
    assert seen.role == "model"
    assert "cut off" in seen.reason


def test_that_every_cut_of_every_file_is_survived(tmp_path):
    for write, _, _ in WRITERS.values():
        write(tmp_path / "x")
        for _ in cut_off(tmp_path / "x", 40):
            assert sniff(tmp_path / "x").reason


def test_that_data_is_seen(tmp_path, image_folder, images, labels, write_idx, write_image):
    assert sniff(image_folder).role == "data"
    assert sniff(image_folder).format == "image folder"
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    np.save(tmp_path / "x.npy", images)
    assert sniff(tmp_path / "a.npz").role == "data"
    assert sniff(tmp_path / "x.npy").role == "data"
    assert sniff(write_idx(tmp_path / "z.gz", images)).format == "idx"
    picture = sniff(write_image(tmp_path / "p.dat"))
    assert picture.role == "unknown"
    assert "choose the folder" in picture.reason


def test_that_folders_of_the_program_are_seen(tmp_path):
    for name in ("run", "project", "huggingface", "empty", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "run" / "recipe.json").write_text("{}")
    (tmp_path / "run" / "events.jsonl").touch()
    (tmp_path / "project" / "project.kdproj").write_text("{}")
    (tmp_path / "huggingface" / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "other" / "a.txt").write_text("x")
    assert sniff(tmp_path / "run").role == "run"
    assert sniff(tmp_path).role == "runs"
    assert sniff(tmp_path / "project").role == "project"
    assert sniff(tmp_path / "project" / "project.kdproj").role == "project"
    assert sniff(tmp_path / "huggingface").role == "model"
    assert sniff(tmp_path / "empty").reason == "an empty folder"
    assert sniff(tmp_path / "other").role == "unknown"
    assert sniff(tmp_path / "absent").role == "unknown"


def test_that_few_of_many_files_are_opened(tmp_path):
    for i in range(3000):
        (tmp_path / f"{i}.txt").write_bytes(b"x")
    opened, listening = [], [True]

    def hear(event, arguments):
        if event == "open" and listening and str(arguments[0]).startswith(str(tmp_path)):
            opened.append(arguments[0])

    sys.addaudithook(hear)  # it stays as long as Python does, and hears nothing more when the list is empty
    assert sniff(tmp_path).role == "unknown"
    listening.clear()
    assert len(opened) < 200


def test_that_real_files_are_seen(real_data):
    for file in real_data("cifar10-resnet-akamaster").glob("*.th"):
        assert sniff(file).role == "model"
    assert sniff(real_data("cifar10-jpg.zip")).format == "image archive"
    assert sniff(real_data("fashion-mnist")).role == "data"
    assert sniff(real_data("stories260k") / "hf").role == "model"
    assert sniff(real_data("sst2")).role == "data"


def test_that_safetensors_whose_header_begins_like_a_pickle_are_safetensors(tmp_path):
    header = b'{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'.ljust(640)
    path = tmp_path / "weights"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    assert path.read_bytes()[:2] == b"\x80\x02"
    assert sniff(path).format == "safetensors"


def test_that_a_folder_of_models_names_them(tmp_path):
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    for name in ("small.bin", "large.bin"):
        (tmp_path / name).write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("words")
    seen = sniff(tmp_path)
    assert seen.role == "unknown"
    assert seen.reason == "a folder with models: choose one of large.bin, small.bin, hf"
