"""A convolutional network over words: windows of a few words, and the strongest answer of each filter."""

from typing import Annotated, ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional as F

from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes

USUAL_LENGTH = 256  # the weights do not tell for how long texts they were trained, and any length will do
PADDING = 0


class TextCnn(Architecture):
    """Embedding, convolutions over windows of words, maximum over the text, dropout, one linear layer."""

    title: ClassVar[str] = "Text CNN"
    family: ClassVar[str] = "Text"
    paper: ClassVar[str] = "Kim 2014, Convolutional Neural Networks for Sentence Classification"
    help: ClassVar[str] = (
        "Filters that look for phrases of a few words. With 128 numbers a word and 100 filters a window it makes a "
        "good teacher for sentences; with 16 and 16 a small student. AdamW with a learning rate of 0.001 to 0.01 suits "
        "it far better than SGD."
    )
    takes: ClassVar[tuple[str, ...]] = ("text",)

    width: int = Field(
        64, ge=2, le=1024, title="Width", description="Numbers that stand for a word: most of the weights are in them."
    )
    filters: int = Field(64, ge=1, le=1024, title="Filters", description="Filters for each size of window.")
    windows: tuple[Annotated[int, Field(ge=1, le=16)], ...] = Field(
        (3, 4, 5), min_length=1, max_length=8, title="Windows", description="How many words in a row a filter looks at."
    )
    dropout: float = Field(
        0.5, ge=0, le=0.9, title="Dropout", description="Share of filters' answers switched off while training."
    )

    @field_validator("windows")
    @classmethod
    def _each_once(cls, windows: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(windows)) != len(windows):
            raise ValueError("each size of window is given once")
        return tuple(sorted(windows))

    @property
    def label(self) -> str:
        """The name with the numbers a word and the filters."""
        return f"Text CNN {self.width}-{self.filters}×{len(self.windows)}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for (L, V): texts of any length, numbered words up to V."""
        return _Network(input_shape[1], self.width, self.filters, self.windows, classes, self.dropout)

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise weights saved by kdstudio."""
        words, head = shapes.get("embedding.weight"), shapes.get("classifier.weight")
        found = {
            key[4:-7]: shape for key, shape in shapes.items() if key.startswith("conv") and key.endswith(".weight")
        }
        if words is None or head is None or len(words) != 2 or len(head) != 2 or not found:
            return None
        first = next(iter(found.values()))
        if not all(size.isdigit() and 1 <= int(size) <= 16 for size in found) or len(first) != 3 or len(found) > 8:
            return None
        if not (2 <= words[1] <= 1024 and 1 <= first[0] <= 1024):
            return None
        knobs = cls(width=words[1], filters=first[0], windows=tuple(map(int, found)))
        return Fit(knobs, (USUAL_LENGTH, words[0]), 1, head[0], {key: key for key in shapes})


ARCHITECTURE = TextCnn


class _Network(nn.Module):
    def __init__(
        self, words: int, width: int, filters: int, windows: tuple[int, ...], classes: int, dropout: float
    ) -> None:
        super().__init__()
        self.windows = windows
        self.embedding = nn.Embedding(words, width, padding_idx=PADDING)
        for size in windows:
            self.add_module(f"conv{size}", nn.Conv1d(width, filters, size))
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(filters * len(windows), classes)

    def forward(self, numbers: Tensor) -> Tensor:
        """Answer word numbers (N, L) with logits (N, C).

        A window begins at each word and may reach over the end of the text, where there are zeros: so texts shorter
        than a window work, and answers do not depend on how much padding a batch has.
        """
        is_word = (numbers != PADDING)[:, None]  # (N, 1, L)
        words = self.embedding(numbers).transpose(1, 2)  # (N, width, L)
        found = []
        for size in self.windows:
            answers = self.get_submodule(f"conv{size}")(F.pad(words, (0, size - 1)))  # (N, filters, L)
            found.append((F.relu(answers) * is_word).amax(2))
        logits: Tensor = self.classifier(self.dropout(torch.cat(found, 1)))
        return logits
