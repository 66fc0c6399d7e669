"""What an exported student takes: preprocessing.json and the input line of the model card, for each kind of data."""

from typing import Any

from kdstudio.data.dataset import ArrayInputs, Inputs
from kdstudio.data.delimited import MISSING
from kdstudio.export.opening import Student
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.table import TablePreprocessing
from kdstudio.models.preprocessing.text import FIRST, PADDING, UNKNOWN, WORD, WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing

TOKENIZER = "tokenizer.json"


def preprocessing(student: Student) -> dict[str, Any]:
    """Return what is done to an input before the network sees it, and where (contract: "Exported files")."""
    how = student.model.preprocessing
    if isinstance(how, ImagePreprocessing):
        return _image(how, student)
    if isinstance(how, WordPreprocessing):
        return _text(how)
    if isinstance(how, TokenPreprocessing):
        return _tokens(how, student)
    if isinstance(how, TablePreprocessing):
        return _table(how)
    if isinstance(how, LogMelPreprocessing):
        return _audio(how)
    return {"input": _graph(student)} | how.model_dump(mode="json")


def described(student: Student) -> str:
    """Return one input in words: `28×28 grey`, `12 columns`."""
    how = student.model.preprocessing
    if isinstance(how, ImagePreprocessing):
        channels, height, width = student.shape
        return f"{height}×{width} { ({1: 'grey', 3: 'colour'}.get(channels, f'{channels} channels')) }"
    if isinstance(how, TablePreprocessing):
        return f"a row of {len(how.columns)} columns"
    if isinstance(how, LogMelPreprocessing):
        return f"{how.samples / how.rate:.2g} s of sound at {how.rate:,} samples a second"
    return "a clip of sound" if how.takes == "audio" else "a text"


def _image(how: ImagePreprocessing, student: Student) -> dict[str, Any]:
    value = {
        "input": {
            "name": "image",
            "dtype": "uint8",
            "range": [0, 255],
            "layout": "NCHW",
            "shape": ["N", *student.shape],
        },
        "inside_the_onnx_graph": how.model_dump(mode="json") | {"scale": 1 / 255},
        "note": "Feed raw pixels to model.onnx. For model.safetensors do the same by hand: divide by 255, "
        f"{_resizing(how)}, subtract `mean`, divide by `std`.",
    }
    raw = _raw_values(student.splits.test.inputs)
    return value if raw is None else value | {"raw_values": raw}


def _resizing(how: ImagePreprocessing) -> str:
    if how.interpolation == "plain":
        return "resize to `size` (bilinear)"
    if how.resized is None:
        return "resize to `size` (`interpolation`, as Pillow does)"
    kept = "its shortest edge" if isinstance(how.resized, int) else "it"
    return f"resize {kept} to `resized` (`interpolation`, as Pillow does), cut out the middle `size`"


def _raw_values(inputs: Inputs) -> dict[str, Any] | None:
    """Return how values of the data become pixels, where they are no pixels already."""
    if not isinstance(inputs, ArrayInputs) or inputs.dtype == "uint8":
        return None
    return {
        "offset": inputs.offset,
        "divisor": inputs.divisor or 1.0,
        "pixel": "round(255 * (value - offset) / divisor), kept within 0 and 255",
        "note": "The data hold no pixels of 0 to 255 but numbers; rounding them to pixels is part of what was checked.",
    }


def word_numbers(how: WordPreprocessing) -> dict[str, Any]:
    """Return how the words of a text become numbers, but for what a word is."""
    return {
        "lower_case": True,
        "length": how.length,
        "padding": PADDING,
        "unknown": UNKNOWN,
        "first_word": FIRST,
        "words": list(how.words),
    }


def _text(how: WordPreprocessing) -> dict[str, Any]:
    return {
        "input": [
            {"name": "input_ids", "dtype": "int64", "shape": ["N", "L"]},
            {"name": "attention_mask", "dtype": "int64", "shape": ["N", "L"], "range": [0, 1]},
        ],
        "split": WORD.pattern,
        **word_numbers(how),
        "note": "Put the text into lower case, find all matches of `split`, keep the first `length`. The number of a "
        "word is its place in `words` plus `first_word`, or `unknown`. Fill shorter texts with `padding`, where the "
        "mask is 0.",
    }


def _tokens(how: TokenPreprocessing, student: Student) -> dict[str, Any]:
    return {
        "input": _graph(student),
        "tokenizer": TOKENIZER,
        "length": how.length,
        "padding": how.pad,
        "note": f"Turn the text into tokens with {TOKENIZER} (the `tokenizers` library), cut it at `length` tokens. "
        "Fill shorter texts with `padding`, where the mask is 0.",
    }


def columns(how: TablePreprocessing) -> list[dict[str, Any]]:
    """Return the columns of a row in their order: names, and categories or the numbers' mean and deviation."""
    found: list[dict[str, Any]] = []
    for column in how.columns:
        if column.categories:
            known: dict[str, Any] = {"kind": "category", "categories": list(column.categories)}
        else:
            known = {"kind": "number", "mean": column.mean, "std": column.std, "told_if_missing": column.may_miss}
        found.append({"name": column.name, **known})
    return found


def _table(how: TablePreprocessing) -> dict[str, Any]:
    return {
        "input": {"name": "row", "dtype": "float32", "shape": ["N", len(how.columns)]},
        "columns": columns(how),
        "missing": sorted(MISSING),
        "inside_the_onnx_graph": how.model_dump(mode="json", exclude={"source"}),
        "note": "Feed one number a column, in this order: raw numbers as they are; the code of a category is its place "
        "in `categories`, counted from 0; NaN where a value is missing or a category is not in the list. Scaling and "
        "one-hot codes are inside of model.onnx.",
    }


def _audio(how: LogMelPreprocessing) -> dict[str, Any]:
    return {
        "input": {"name": "audio", "dtype": "float32", "range": [-1, 1], "shape": ["N", how.samples]},
        "rate": how.rate,
        "samples": how.samples,
        "inside_the_onnx_graph": how.model_dump(mode="json", exclude={"source_rate"}),
        "note": "Feed one channel at `rate` samples a second; cut a longer clip at its end, fill a shorter one with "
        "silence (0). The log-mel picture is computed inside of model.onnx.",
    }


def _graph(student: Student) -> list[dict[str, Any]]:
    """Return the inputs of the graph by name, as far as a preprocessing of any kind tells them."""
    inputs = student.model.preprocessing.graph_inputs(student.shape)
    return [
        {
            "name": one.name,
            "dtype": str(one.example.dtype).removeprefix("torch."),
            "shape": [one.axes.get(axis, size) for axis, size in enumerate(one.example.shape)],
        }
        for one in inputs
    ]
