"""How a Hugging Face folder wants its pictures: the steps of its image processor as one ImagePreprocessing."""

import json
from typing import Any

from pydantic import ValidationError

from kdstudio.core.errors import ModelError
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.resizing import Interpolation

FILE = "preprocessor_config.json"
Size = tuple[int, int]
_AGAIN = "Download the folder again."
_FILTERS: tuple[Interpolation, ...] = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # as in Pillow
_BILINEAR = 2


def read_processor(folder: Folder) -> dict[str, Any]:
    """Return the processor's settings, with the defaults of its class where transformers knows it; empty: no file."""
    stored = folder.json(FILE)
    if not stored:
        return {}
    import transformers

    try:
        made = transformers.AutoImageProcessor.from_pretrained(
            folder.path, local_files_only=True, trust_remote_code=False, backend="pil"
        )
        known: dict[str, Any] = json.loads(made.to_json_string())
    except Exception:  # a file of others may make the library raise anything; what it says itself is left
        return stored
    return {name: value for name, value in known.items() if value is not None}


def preprocessing(processor: dict[str, Any], channels: int) -> ImagePreprocessing:
    """Turn a processor's steps into ours; raises ModelError for values that cannot be."""
    if not processor:
        return ImagePreprocessing.plain(channels)
    try:
        return _steps(processor, channels)
    except (ValueError, TypeError, ArithmeticError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ModelError(f"{FILE} has values that cannot be: {reason}", hint=_AGAIN) from error


def _steps(processor: dict[str, Any], channels: int) -> ImagePreprocessing:
    """(x·factor − mean) / std on 0..255 becomes (x − mean) / std on 0..1. The size is None where none is said."""
    mean, std = (0.0,) * channels, (1.0,) * channels
    if processor.get("do_normalize", True):
        mean = _numbers(processor.get("image_mean"), channels, 0.5)
        std = _numbers(processor.get("image_std"), channels, 0.5)
        if processor.get("include_top"):  # EfficientNet's divides by the deviation a second time
            std = tuple(value * value for value in std)
    factor = float(processor.get("rescale_factor", 1 / 255)) if processor.get("do_rescale", True) else 1.0
    offset = 1.0 if processor.get("rescale_offset") else 0.0
    scale = 255 * factor
    resized, size = _sizes(processor)
    number = processor.get("resample", _BILINEAR)
    how = _FILTERS[number] if number in range(len(_FILTERS)) else "bilinear"
    return ImagePreprocessing(
        channels=channels,
        size=size,
        mean=tuple(round((value + offset) / scale, 9) for value in mean),
        std=tuple(round(value / scale, 9) for value in std),
        resized=resized,
        interpolation="plain" if size is None else how,
    )


def processor_of(how: ImagePreprocessing) -> dict[str, Any]:
    """Return what `preprocessing` would read as `how`: the settings of an image processor that takes its steps.

    A picture that has another size than the network's comes to it by Pillow's filters, also where the student itself
    took the nearest four pixels ("plain").
    """
    steps: dict[str, Any] = {
        "image_processor_type": "ViTImageProcessor",
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(how.mean),
        "image_std": list(how.std),
        "do_resize": how.size is not None,
        "do_center_crop": False,
    }
    if how.size is None:
        return steps
    known = how.interpolation in _FILTERS
    steps["resample"] = _FILTERS.index(how.interpolation) if known else _BILINEAR
    if how.resized is None:
        return steps | {"size": _sides(how.size)}
    whole = {"shortest_edge": how.resized} if isinstance(how.resized, int) else _sides(how.resized)
    return steps | {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": how.channels == 3,
        "size": whole,
        "do_center_crop": True,
        "crop_size": _sides(how.size),
    }


def _sides(size: Size) -> dict[str, int]:
    return {"height": size[0], "width": size[1]}


def left_out(processor: dict[str, Any]) -> str:
    """Return which of the processor's steps is not carried out here, as the end of a sentence; empty: none."""
    size = processor.get("size")
    if processor.get("do_center_crop") and not processor.get("do_resize", True):
        return "the middle is cut out of each picture as large as it is"
    unusual = {"longest_edge", "max_height", "max_width"} & set(size if isinstance(size, dict) else ())
    return "a picture is resized by its longest edge" if unusual and processor.get("do_resize", True) else ""


def _sizes(processor: dict[str, Any]) -> tuple[int | Size | None, Size | None]:
    """Return what pictures are resized to before their middle is cut out (None: nothing is), and the size after it."""
    cut = _pair(processor.get("crop_size")) if processor.get("do_center_crop") else None
    if not processor.get("do_resize", True):
        return None, cut
    size = processor.get("size")
    edge = size.get("shortest_edge") if isinstance(size, dict) else None
    if not isinstance(edge, int):
        pair = _pair(size)
        edge = pair[0] if _share(processor) and pair and pair[0] == pair[1] else None
        if edge is None:
            return (pair, cut) if cut and pair and cut != pair else (None, cut or pair)
    kind = str(processor.get("image_processor_type", ""))
    if kind.startswith("ConvNext") and edge >= 384:  # such large pictures are stretched, not cut
        return ((edge, edge), cut) if cut and cut != (edge, edge) else (None, (edge, edge))
    if kind.startswith("Levit"):
        return int(256 / 224 * edge), cut or (edge, edge)
    return int(edge / (_share(processor) or 1.0)), cut or (edge, edge)


def _share(processor: dict[str, Any]) -> float | None:
    """Return the share of the resized picture that is kept, where the processor has one."""
    share = processor.get("crop_pct")
    return share if isinstance(share, float | int) and 0.01 < share <= 1 else None


def _pair(size: Any) -> Size | None:
    height, width = (size.get("height"), size.get("width")) if isinstance(size, dict) else (size, size)
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _numbers(values: Any, channels: int, usual: float) -> tuple[float, ...]:
    if isinstance(values, int | float):
        values = [values] * channels
    if values is None:
        values = [usual] * channels
    if len(values) != channels:
        raise ValueError(f"{len(values)} means or deviations, and pictures of {channels} channels")
    return tuple(float(value) for value in values)
