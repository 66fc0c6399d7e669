"""Files that would do harm if they were trusted. Each of them, run, would write the canary."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch


class Strike:
    """Writes the canary when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch '{self.canary}'",))


def _main_class(canary: Path) -> object:
    """An object of a class in __main__ whose state strikes."""
    made = type("Net", (), {"__module__": "__main__", "__reduce__": lambda _: (Builder.strike, (str(canary),))})
    return made()


class Builder:
    """A class method as the function that a pickle calls."""

    @staticmethod
    def strike(place: str) -> None:
        Path(place).touch()


def _opcodes(canary: Path) -> bytes:
    """A pickle written by hand: GLOBAL os.system, REDUCE, then a harmless dictionary."""
    return b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR0}."


def _torch_zip(path: Path, content: bytes) -> None:
    """The layout of torch.save with a pickle of our own inside."""
    torch.save({"weight": torch.zeros(2, 2)}, path)
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, old in inside.items():
            archive.writestr(name, content if name.endswith("data.pkl") else old)


def _torch_legacy(path: Path, value: object) -> None:
    torch.save(value, path, _use_new_zipfile_serialization=False)


def _object_array(strike: Strike) -> np.ndarray:
    array = np.empty(1, dtype=object)
    array[0] = strike
    return array


def _batches(folder: Path, strike: Strike) -> None:
    folder.mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"):
        (folder / name).write_bytes(pickle.dumps({b"data": strike, b"labels": [0]}, protocol=2))


def _nested(strike: Strike) -> dict[str, object]:
    return {"epoch": 3, "state_dict": {"fc.weight": torch.zeros(3, 4), "hooks": [{"x": (strike,)}]}}


def _whole_module(strike: Strike) -> torch.nn.Module:
    module = torch.nn.Linear(4, 2)
    module.extra = strike
    return module


def _plugin(folder: Path, canary: Path) -> None:
    """A Hugging Face folder that asks for its own code."""
    folder.mkdir()
    code = f"open({str(canary)!r}, 'w')\n"
    (folder / "modeling_x.py").write_text(code)
    (folder / "config.json").write_text(
        '{"architectures": ["Net"], "model_type": "x", "auto_map": {"AutoConfig": "modeling_x.Config", '
        '"AutoModelForImageClassification": "modeling_x.Net"}}'
    )
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Strike(canary)))


def _program(path: Path, strike: Strike) -> None:
    """The layout of an exported program whose example inputs are a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/archive_format", "pt2")
        archive.writestr("p/archive_version", "0")
        archive.writestr("p/models/model.json", "{}")
        archive.writestr("p/data/sample_inputs/model.pt", pickle.dumps(strike))


HOSTILE: dict[str, Callable[[Path, Strike], object]] = {
    "reduce.pkl": lambda path, strike: path.write_bytes(pickle.dumps(strike)),
    "reduce-2.bin": lambda path, strike: path.write_bytes(pickle.dumps(strike, protocol=2)),
    "reduce-0.pt": lambda path, strike: path.write_bytes(pickle.dumps(strike, protocol=0)),
    "reduce-5.ckpt": lambda path, strike: path.write_bytes(pickle.dumps({"a": [strike]}, protocol=5)),
    "opcodes.pth": lambda path, strike: path.write_bytes(_opcodes(strike.canary)),
    "opcodes-2.pth": lambda path, strike: path.write_bytes(b"\x80\x02" + _opcodes(strike.canary)),
    "zip.pt": lambda path, strike: _torch_zip(path, pickle.dumps(strike, protocol=2)),
    "zip-opcodes.pt": lambda path, strike: _torch_zip(path, b"\x80\x02" + _opcodes(strike.canary)),
    "zip-nested.pt": lambda path, strike: torch.save(_nested(strike), path),
    "legacy.th": _torch_legacy,
    "legacy-nested.th": lambda path, strike: _torch_legacy(path, _nested(strike)),
    "module.pt": lambda path, strike: torch.save(_whole_module(strike), path),
    "main-class.pt": lambda path, strike: torch.save({"net": _main_class(strike.canary)}, path),
    "bad-magic.pt": lambda path, strike: path.write_bytes(
        pickle.dumps(0x1950A86A20F9469CFC6C + 1, protocol=2) + pickle.dumps(strike, protocol=2)
    ),
    "magic-then-strike.pt": lambda path, strike: path.write_bytes(
        pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + pickle.dumps(strike, protocol=2)
    ),
    "object.npy": lambda path, strike: np.save(path, _object_array(strike), allow_pickle=True),
    "object.npz": lambda path, strike: np.savez(path, images=_object_array(strike), labels=np.zeros(1)),
    "pickled.gz": lambda path, strike: path.write_bytes(gzip.compress(pickle.dumps(strike))),
    "cifar": _batches,
    "hugging_face": lambda path, strike: _plugin(path, strike.canary),
    "program.pt2": _program,
    "net.py": lambda path, strike: path.write_text(f"open({str(strike.canary)!r}, 'w')\n"),
    "sitecustomize.py": lambda path, strike: path.write_text(f"open({str(strike.canary)!r}, 'w')\n"),
}


def write_hostile(folder: Path, canary: Path) -> list[Path]:
    """Write them all and return their paths."""
    folder.mkdir()
    for name, write in HOSTILE.items():
        write(folder / name, Strike(canary))
    return [folder / name for name in HOSTILE]


def write_traps(folder: Path) -> list[Path]:
    """Write files and folders that would fill the disk, leave their folder or never end; return their paths."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(6):
            archive.writestr(f"class{i % 2}/{i}.png", b"\x89PNG\r\n\x1a\n" + bytes(64 * 1024**2))
    with gzip.open(folder / "bomb-images-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">4I", 2051, 2**31 - 1, 28, 28) + bytes(64 * 1024**2))
    for name in ("../outside.png", "/tmp/outside.png", "..\\outside.png"):
        with zipfile.ZipFile(folder / "escape.zip", "a") as archive:
            archive.writestr(name, b"\x89PNG\r\n\x1a\n")
    with tarfile.open(folder / "escape.tar", "w") as archive:
        for name in ("../outside.png", "/outside.png"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
        link = tarfile.TarInfo("class0/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    loop = folder / "loop"
    (loop / "a").mkdir(parents=True)
    (loop / "a" / "again").symlink_to(loop, target_is_directory=True)
    (loop / "self").symlink_to(loop / "self")
    for name, length in (("huge.safetensors", 2**60), ("large.safetensors", 2**31), ("minus.safetensors", 2**64 - 1)):
        (folder / name).write_bytes(struct.pack("<Q", length) + b'{"a": {"dtype": "F32"')
    (folder / "lying.npy").write_bytes(
        b"\x93NUMPY\x01\x00\x76\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999, 99999), }".ljust(117)
        + b"\n"
    )
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "line.csv").write_bytes(b"text,label\n" + b"x" * 30_000_000)
    _external(folder / "external.onnx")
    os.mkfifo(folder / "pipe")
    return sorted(folder.iterdir())


def _external(path: Path) -> None:
    """An ONNX model whose weights lie outside of its folder."""
    import onnx
    from onnx import TensorProto, helper

    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[64, 4])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../../../etc/passwd")
    nodes = [helper.make_node("Flatten", ["image"], ["flat"]), helper.make_node("MatMul", ["flat", "weight"], ["out"])]
    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])
    answer = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph(nodes, "net", [given], [answer], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    assert onnx.__version__
