"""What a file or folder was found to be: the answer of `inspect`, drawn as a card and printed as JSON."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from kdstudio.core.errors import Problem
from kdstudio.core.targets import NEXT_TOKEN, Task


class Range(BaseModel):
    """How the values of one number lie: the least, the middle one, the most, and how many are in each bin between."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    least: float
    median: float
    most: float
    bins: tuple[int, ...]  # of equal width


class Item(BaseModel):
    """One inspected path. Fields that do not apply are empty; a number that is not known is None."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    path: str
    role: Literal["model", "data", "recipe", "run", "project", "unknown"]
    format: str = ""  # a short word: "safetensors", "state dict", "IDX", "image folder", "npz"
    title: str = ""  # one line for people: "ResNet-20 · 0.27 M parameters"
    bytes: int = 0
    problems: tuple[Problem, ...] = ()

    # models and data
    kind: Literal["", "image", "text", "table", "audio"] = ""  # what one input is
    input: str = ""  # one input of the data in words: "28×28 grey", "14 columns: 6 numbers, 8 categories"

    # models
    architecture: str = ""
    knobs: dict[str, int | float | str | bool | list[int]] = {}
    layers: tuple[str, ...] = ()
    silhouette: tuple[tuple[int, int], ...] = ()  # (image size, channels) of each weight layer, for the picture
    parameters: int | None = None
    macs: int | None = None
    activation_bytes: int | None = None  # most memory of one input and the answers of layers to it, at one time
    activation_note: str = ""  # why that is not known
    latency_ms: float | None = None  # of one answer to one input, on this computer
    latency_note: str = ""  # how it was measured, or why it was not
    input_shape: tuple[int, ...] = ()  # (c, H, W) that the model wants
    preprocessing: str = ""  # in words: "mean .286 · std .353", "not stored in the file"
    output: str = ""  # which output is taken, and as what: "logits", "“probs”: probabilities, taken as …"
    can_train: bool = False
    training_note: str = ""  # why it cannot, where something could be done about it
    shrinks: tuple[str, ...] = ()  # how a smaller one can be made of it: "width", "depth"

    # data
    counts: dict[str, int] = {}  # inputs per split as shipped: train, validation, test
    class_counts: tuple[int, ...] = ()  # training inputs per class
    numbers: tuple[Range, ...] = ()  # those to predict, one for each
    target: str = ""  # the column of a table that the classes are taken from
    columns: tuple[str, ...] = ()  # those that could be chosen instead, this one among them

    # recipes
    pulls: dict[str, float] = {}  # each method's share of the gradient in the first step
    pull_note: str = ""  # why that is not known

    # both
    task: Task = "classification"  # what is to be answered, or what a model answers with
    classes: int | None = None
    class_names: tuple[str, ...] = ()

    @property
    def is_unlabelled(self) -> bool:
        """Whether this is data without any label; the text of a language model needs none."""
        return self.task != NEXT_TOKEN and bool(self.counts) and sum(self.class_counts) == 0
