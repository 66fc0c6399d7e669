"""Small real files of every format, written by other tools, and many ways to spoil them."""

import gzip
import io
import json
import pickle
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

RANDOM = np.random.default_rng(0)


def net() -> torch.nn.Module:
    """A LeNet-like net for 8 × 8 grey images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 12), torch.nn.ReLU(), torch.nn.Linear(12, 4))


def _images(count: int = 12) -> np.ndarray:
    return RANDOM.integers(0, 256, (count, 8, 8), dtype=np.uint8)


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _wav(path: Path | io.BytesIO, seconds: float = 0.2) -> None:
    with wave.open(str(path) if isinstance(path, Path) else path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(RANDOM.integers(-9000, 9000, int(8000 * seconds), dtype=np.int16).tobytes())


def _onnx(path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(RANDOM.normal(size=(64, 4)).astype(np.float32), "weight")
    nodes = [helper.make_node("Flatten", ["image"], ["flat"]), helper.make_node("MatMul", ["flat", "weight"], ["out"])]
    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])
    answer = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph(nodes, "net", [given], [answer], [weight])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def _idx(folder: Path) -> None:
    folder.mkdir()
    for name, count in (("train", 12), ("t10k", 6)):
        images = struct.pack(">4I", 2051, count, 8, 8) + _images(count).tobytes()
        labels = struct.pack(">2I", 2049, count) + bytes(i % 3 for i in range(count))
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


def _class_folders(folder: Path) -> None:
    for i, image in enumerate(_images()):
        place = folder / f"class{i % 3}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i}.png").write_bytes(_png(image))


def _zip_of(write: Callable[[int], bytes], suffix: str) -> Callable[[Path], None]:
    def made(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for i in range(12):
                archive.writestr(f"class{i % 3}/{i}{suffix}", write(i))

    return made


def _tar(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for i, image in enumerate(_images()):
            content = _png(image)
            member = tarfile.TarInfo(f"class{i % 3}/{i}.png")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _sound(_: int) -> bytes:
    buffer = io.BytesIO()
    _wav(buffer)
    return buffer.getvalue()


WORDS = ("a quiet film that stays with you", "loud and empty", "I would watch it again", "two hours too long")


def _texts(separator: str) -> str:
    rows = [f"{WORDS[i % 4]} number {i} of them{separator}{('good', 'bad')[i % 2]}" for i in range(60)]
    return "\n".join(["text" + separator + "label", *rows]) + "\n"


def _table(path: Path) -> None:
    rows = [f"{i % 7},{i * 0.25:.2f},{('red', 'blue', '?')[i % 3]},{('yes', 'no')[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["size,weight,colour,target", *rows]) + "\n")


def _parquet(path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"text": [f"{WORDS[i % 4]} {i}" for i in range(60)], "label": [i % 2 for i in range(60)]})
    pyarrow.parquet.write_table(table, path)


def _image_parquet(path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    cells = [{"bytes": _png(image), "path": f"{i}.png"} for i, image in enumerate(_images())]
    pyarrow.parquet.write_table(pyarrow.table({"image": cells, "label": [i % 3 for i in range(12)]}), path)


def _answers(path: Path) -> None:
    shares = RANDOM.dirichlet(np.ones(4), 40)
    path.write_text("a,b,c,d\n" + "\n".join(",".join(f"{value:.6f}" for value in row) for row in shares) + "\n")


def _cifar(folder: Path) -> None:
    folder.mkdir()
    pixels = RANDOM.integers(0, 256, (10, 3072), dtype=np.uint8)
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        value = {b"data": pixels, b"labels": [i % 10 for i in range(10)]}
        (folder / name).write_bytes(pickle.dumps(value, protocol=2))
    names = {b"label_names": [bytes(f"class{i}", "ascii") for i in range(10)]}
    (folder / "batches.meta").write_bytes(pickle.dumps(names, protocol=2))


def _hugging_face(folder: Path) -> None:
    from transformers import ResNetConfig, ResNetForImageClassification

    with torch.random.fork_rng(devices=[]):
        config = ResNetConfig(embedding_size=4, hidden_sizes=[4, 4], depths=[1, 1], layer_type="basic", num_labels=3)
        ResNetForImageClassification(config).save_pretrained(folder)


def _text_onnx(folder: Path) -> None:
    """Write a folder as exporters of transformers do: a graph, its tokenizer, a config with the classes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir()
    known = sorted({word for text in WORDS for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(("[UNK]", *known))}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "id2label": {"0": "bad", "1": "good"}}))
    table = numpy_helper.from_array(RANDOM.normal(size=(1 + len(known), 2)).astype(np.float32), "table")
    axis = numpy_helper.from_array(np.array([1]), "axis")
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("ReduceMean", ["words", "axis"], ["logits"], keepdims=0),
    ]
    given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "l"])
    answer = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "net", [given], [answer], [table, axis])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), folder / "model.onnx"
    )


def _program(path: Path) -> None:
    program = torch.export.export(net().eval(), (torch.zeros(2, 1, 8, 8),))
    torch.export.save(program, path)


def _script(path: Path) -> None:
    torch.jit.save(torch.jit.trace(net().eval(), torch.zeros(2, 1, 8, 8)), path)


FORMATS: dict[str, Callable[[Path], None]] = {
    "weights.safetensors": lambda path: save_file(net().state_dict(), path),
    "weights.pt": lambda path: torch.save({"state_dict": net().state_dict()}, path),
    "old.th": lambda path: torch.save(net().state_dict(), path, _use_new_zipfile_serialization=False),
    "whole.pt": lambda path: torch.save(net(), path),
    "script.pt": _script,
    "program.pt2": _program,
    "net.onnx": _onnx,
    "hugging_face": _hugging_face,
    "text_onnx": _text_onnx,
    "images.npz": lambda path: np.savez(path, images=_images(), labels=np.arange(12) % 3),
    "images.npy": lambda path: np.save(path, _images()),
    "idx": _idx,
    "folder": _class_folders,
    "images.zip": _zip_of(lambda _: _png(_images(1)[0]), ".png"),
    "images.tar.gz": _tar,
    "images.parquet": _image_parquet,
    "cifar": _cifar,
    "texts.csv": lambda path: path.write_text(_texts(",")),
    "texts.tsv": lambda path: path.write_text(_texts("\t")),
    "texts.jsonl": lambda path: path.write_text(
        "".join(json.dumps({"text": f"{WORDS[i % 4]} {i}", "label": i % 2}) + "\n" for i in range(60))
    ),
    "texts.parquet": _parquet,
    "table.csv": _table,
    "sounds.zip": _zip_of(_sound, ".wav"),
    "answers.csv": _answers,
}


def spoiled(folder: Path) -> Iterator[tuple[Path, str]]:
    """Write every format and its spoiled copies; yield (path, how it was spoiled)."""
    (folder / "good").mkdir(parents=True)
    for name, write in FORMATS.items():
        good = folder / "good" / name
        write(good)
        yield good, "as it is"
        files = sorted(path for path in good.rglob("*") if path.is_file()) if good.is_dir() else [good]
        for number, (how, change) in enumerate(WAYS.items()):
            target = folder / f"{number:02}-{how.replace(' ', '-')}" / name
            if good.is_dir():
                for i, file in enumerate(files):
                    copy = target / file.relative_to(good)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(change(file.read_bytes(), i))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(change(good.read_bytes(), 0))
            yield target, how


def _cut(share: float) -> Callable[[bytes, int], bytes]:
    return lambda content, _: content[: int(len(content) * share)]


def _flipped(seed: int) -> Callable[[bytes, int], bytes]:
    def change(content: bytes, number: int) -> bytes:
        generator = np.random.default_rng([seed, number])
        spoilt = np.frombuffer(content, np.uint8).copy()
        reach = len(spoilt) if seed % 2 else min(len(spoilt), 512)  # headers are where it hurts
        places = generator.integers(0, max(1, reach), 1 + 4 * seed)
        spoilt[places[places < len(spoilt)]] ^= np.uint8(1 << (seed % 8))
        return spoilt.tobytes()

    return change


WAYS: dict[str, Callable[[bytes, int], bytes]] = {
    "empty": lambda content, _: b"",
    "one byte": lambda content, _: content[:1],
    "nine bytes": lambda content, _: content[:9],
    "a tenth": _cut(0.1),
    "a half": _cut(0.5),
    "nine tenths": _cut(0.9),
    "last byte missing": lambda content, _: content[:-1],
    "first byte missing": lambda content, _: content[1:],
    "zeros behind": lambda content, _: content + bytes(64),
    "zeros in the middle": lambda content, _: (
        content[: len(content) // 3] + bytes(64) + content[len(content) // 3 + 64 :]
    ),
    "a web page": lambda content, _: b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "noise": lambda content, number: np.random.default_rng(number).bytes(len(content)),
    **{f"flipped {seed}": _flipped(seed) for seed in range(1, 5)},
}
