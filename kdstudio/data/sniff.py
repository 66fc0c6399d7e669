"""What a file or folder is, from its first bytes and its size, fast enough for a drop. Without torch."""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any, Literal

from kdstudio.data import magic
from kdstudio.data.answers import sight as answer_sight
from kdstudio.data.readers import READERS
from kdstudio.data.sound.decoding import sound_kind
from kdstudio.data.zip_names import zip_names

Role = Literal["model", "data", "recipe", "run", "runs", "project", "unknown"]

_TORCH_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # pickled 0x1950a86a20f9469cfc6c, torch's magic number
ANSWERS = "answers"  # the format of a file of stored answers: a teacher, and never a student
MODELS = "folder of models"
_LOOK = 64  # entries of a folder that are looked at
_LARGEST_HEADER = 16 * 1024**2
_LARGEST_JSON = 1024**2
_FOREIGN = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras, TensorFlow)"),
    (b"GGUF", "a GGUF language model"),
    (b"\x1f\x8b", "a gzip file with something other than IDX inside"),
    (b"PAR1", "a Parquet table"),
    (b"%PDF", "a PDF document"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen: `reason` completes "it is …"; `parameters` only where the file tells them cheaply."""

    role: Role
    format: str
    confidence: float
    reason: str
    parameters: int | None = None


def sniff(path: Path) -> Sighting:
    """Return what `path` seems to be; never raises and reads little: the engine's `inspect` knows for certain."""
    path = Path(path)
    try:
        if path.is_dir():
            return _folder(path)
        size = path.stat().st_size
        if not path.is_file():
            return Sighting("unknown", "", 1.0, "neither a file nor a folder")
        start = magic.head(path)
    except OSError as error:
        return Sighting("unknown", "", 1.0, f"not readable ({error.strerror or error})")
    if size == 0:
        return Sighting("unknown", "", 1.0, "an empty file")
    if not start:
        return Sighting("unknown", "", 1.0, "a file that may not be read")
    for look in _LOOKS:
        seen = look(path, start, size)
        if seen is not None:
            return seen
    return Sighting("unknown", "", 0.5, "a file of a kind that kdstudio does not know")


def _folder(path: Path) -> Sighting:
    if _is_run(path):
        return Sighting("run", "run folder", 1.0, "the folder of a run")
    if (path / "project.kdproj").is_file():
        return Sighting("project", "project", 1.0, "the folder of a project")
    if _holds_runs(path):
        return Sighting("runs", "folder of runs", 1.0, "a folder with runs in it")
    seen = _data(path)
    if seen is not None:
        return seen
    config = _json_object(path / "config.json")
    if config is not None and {"architectures", "model_type"} & set(config):
        return Sighting("model", "Hugging Face folder", 0.9, "a Hugging Face model folder")
    if (path / "model.safetensors.index.json").is_file():
        return Sighting("model", "sharded safetensors", 0.9, "a folder of weights in safetensors format")
    return _other_folder(path)


def _is_run(path: Path) -> bool:
    return (path / "recipe.json").is_file() and (path / "events.jsonl").is_file()


def _holds_runs(path: Path) -> bool:
    try:
        return any(_is_run(entry) for entry in islice(path.iterdir(), _LOOK))
    except OSError:
        return False


def _other_folder(path: Path) -> Sighting:
    try:
        inside = sorted(islice(path.iterdir(), _LOOK))
    except OSError as error:
        return Sighting("unknown", "", 1.0, f"a folder that cannot be read ({error.strerror or error})")
    if not inside:
        return Sighting("unknown", "", 0.8, "an empty folder")
    models = [entry.name for entry in inside if entry.is_file() and _is_model(entry)]
    models += [entry.name for entry in inside if entry.is_dir() and (entry / "config.json").is_file()]
    if models:
        listed = ", ".join(models[:4]) + (" …" if len(models) > 4 else "")
        return Sighting("unknown", MODELS, 0.8, f"a folder with models: choose one of {listed}")
    return Sighting("unknown", "", 0.8, "a folder without models, images, sounds, texts or tables that can be opened")


def _is_model(path: Path) -> bool:
    start = magic.head(path)
    found = (look(path, start, path.stat().st_size) for look in _MODEL_LOOKS)
    return bool(start) and any(seen is not None and seen.role == "model" for seen in found)


def _data(path: Path) -> Sighting | None:
    confidence, name = max((reader.sniff(path), name) for name, reader in READERS.items())
    if confidence <= 0:
        return None
    return Sighting("data", name.replace("_", " "), confidence, READERS[name].title)


def _archive(path: Path, start: bytes, _: int) -> Sighting | None:
    if not magic.is_zip(start):
        return None
    names = zip_names(path)
    if names is None:
        is_model = b"data.pkl" in start
        reason = "a PyTorch file that is cut off" if is_model else "a zip archive that is cut off"
        return _data(path) or Sighting("model" if is_model else "unknown", "", 0.5, reason)
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner and any(name.startswith("code/") for name in inner):
        return Sighting("model", "TorchScript", 0.95, "a TorchScript model")
    if any(name.endswith(("archive_format", "serialized_exported_program.json")) for name in names):
        return Sighting("model", "exported program", 0.9, "a PyTorch exported program")
    if "data.pkl" in inner:
        return Sighting("model", "PyTorch", 0.95, "a file saved by PyTorch")
    return _data_file(path, start, 0) or Sighting(
        "unknown", "zip", 0.9, "a zip archive; unpack it and choose the folder"
    )


def _safetensors(path: Path, start: bytes, size: int) -> Sighting | None:
    if len(start) < 10:
        return None
    (length,) = struct.unpack("<Q", start[:8])
    if start[8:9] != b"{" or not 2 <= length <= min(_LARGEST_HEADER, 2**40):
        return None
    if length + 8 > size:
        return Sighting("model", "safetensors", 0.6, "a safetensors file that is cut off")
    try:
        header = json.loads(magic.head(path, 8 + length)[8:])
        shapes = [value["shape"] for key, value in header.items() if key != "__metadata__"]
        parameters = sum(prod(int(n) for n in shape) for shape in shapes)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Sighting("model", "safetensors", 0.98, "weights in safetensors format", parameters)


def _pickle(path: Path, start: bytes, _: int) -> Sighting | None:
    if start.startswith(_TORCH_LEGACY):
        return Sighting("model", "PyTorch", 0.95, "a file saved by PyTorch before version 1.6")
    if start[:1] == b"\x80" and start[1:2] in b"\2\3\4\5" and len(start) > 2:
        other = Sighting("unknown", "pickle", 0.8, "a Python pickle, which is not opened: it could run code")
        return _data(path) or other  # CIFAR's batches are pickles, read without running them
    return None


def _onnx(path: Path, start: bytes, size: int) -> Sighting | None:
    """ONNX has no magic number: follow the top fields of its ModelProto to the graph (field 7)."""
    if start[:1] not in (b"\x08", b"\x12", b"\x3a"):
        return None
    position = 0
    fields: list[int] = []
    with open(path, "rb") as file:
        while position < size and len(fields) < 64:
            file.seek(position)
            field = _field(file.read(24))
            if field is None or field[0] not in (1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26):
                return None
            number, length = field
            position += length
            fields.append(number)
    if 7 not in fields or 1 not in fields:
        return None
    if position > size:
        return Sighting("model", "ONNX", 0.6, "an ONNX file that is cut off")
    return Sighting("model", "ONNX", 0.95, "an ONNX model")


def _field(start: bytes) -> tuple[int, int] | None:
    """Return (number, length in all) of a protobuf field with a varint or a counted value, or None."""
    key, used = _varint(start)
    value, more = _varint(start[used:])
    if not used or not more or key & 7 not in (0, 2):
        return None
    return key >> 3, used + more + (value if key & 7 == 2 else 0)


def _varint(start: bytes) -> tuple[int, int]:
    value = 0
    for i, byte in enumerate(start[:10]):
        value |= (byte & 127) << (7 * i)
        if byte < 128:
            return value, i + 1
    return 0, 0


def _recipe(path: Path, start: bytes, _: int) -> Sighting | None:
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return None
    value = _json_object(path)
    if value is None:
        return Sighting("unknown", "JSON", 0.5, "a JSON file that is damaged or too large")
    if {"methods", "preset"} & set(value) and {"student", "data"} & set(value):
        return Sighting("recipe", "recipe", 0.95, "a recipe")
    if path.suffix.lower() == ".kdproj":
        return Sighting("project", "project", 0.9, "a project")
    return Sighting("unknown", "JSON", 0.7, "a JSON file that is no recipe")


def _json_object(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            return None
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _other(path: Path, start: bytes, _: int) -> Sighting | None:
    kind = magic.image_kind(start)
    if kind is not None:
        return Sighting("unknown", kind, 0.9, f"a single {kind} image; choose the folder that holds the class folders")
    sound = sound_kind(start)
    if sound is not None:
        return Sighting("unknown", sound, 0.9, f"a single {sound} sound; choose the folder that holds all of them")
    for beginning, reason in _FOREIGN:
        if start.startswith(beginning):
            return Sighting("unknown", "", 0.9, reason)
    if b"\0" not in start:
        return Sighting("unknown", "text", 0.6, "a text file")
    return None


def _llama2c(_path: Path, start: bytes, size: int) -> Sighting | None:
    parameters = magic.llama2c_parameters(start, size)
    return None if parameters is None else Sighting("model", "llama2.c", 0.95, "a llama2.c checkpoint", parameters)


def _data_file(path: Path, _start: bytes, _: int) -> Sighting | None:
    """Tell data from a teacher's stored answers, which are written in the same formats, by who is more sure."""
    seen, sure = _data(path), answer_sight.confidence(path)
    if sure > (0 if seen is None else seen.confidence):
        return Sighting("model", ANSWERS, sure, "a teacher's stored answers")
    return seen


# safetensors before pickle: a header of 640 bytes begins as a pickle of protocol 2 does
_MODEL_LOOKS = (_archive, _safetensors, _pickle, _llama2c, _onnx)
_LOOKS: tuple[Callable[[Path, bytes, int], Sighting | None], ...] = (
    _archive, _safetensors, _pickle, _llama2c, _data_file, _recipe, _onnx, _other
)  # fmt: skip
