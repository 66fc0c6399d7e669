"""A recurrent language model: a few numbers that remember the text so far, and one table of tokens for both ends."""

from typing import ClassVar, Self

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from kdstudio.models.zoo.base import TOKENS, Architecture, Fit, InputShape, Shapes, scaled


class Gru(Architecture):
    """Embedding, GRU layers, and logits by comparison with the embedding (tied weights)."""

    title: ClassVar[str] = "GRU language model"
    family: ClassVar[str] = "Language models"
    paper: ClassVar[str] = "Cho et al. 2014, https://arxiv.org/abs/1406.1078; Press, Wolf 2017 (tied weights)"
    help: ClassVar[str] = (
        "A small model that reads text once, token by token, and keeps what matters in a few numbers. It has few "
        "weights and needs no memory for long texts; transformers remember better what was said long ago."
    )
    takes: ClassVar[tuple[str, ...]] = (TOKENS,)

    width: int = Field(
        64, ge=4, le=2048, title="Width", description="Numbers that stand for a token, and that are remembered."
    )
    layers: int = Field(1, ge=1, le=8, title="Layers", description="GRU layers, one upon the other.")
    dropout: float = Field(
        0.0, ge=0, le=0.9, title="Dropout", description="Share of numbers switched off between layers while training."
    )

    @property
    def label(self) -> str:
        """The name with its width and its layers."""
        return f"GRU-{self.width}" + (f"×{self.layers}" if self.layers > 1 else "")

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for passages of any length, of `classes` tokens."""
        del input_shape
        return _Network(classes, self.width, self.layers, self.dropout)

    def shrunk(self, width: float, depth: float) -> Self:
        """Return fewer numbers and fewer layers."""
        update = {"width": scaled(self.width, width, 4), "layers": scaled(self.layers, depth)}
        return self.model_copy(update=update)

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Recognise weights saved by kdstudio."""
        tokens, first = shapes.get("embedding.weight"), shapes.get("gru0.weight_ih_l0")
        if tokens is None or first is None or len(tokens) != 2 or first != (3 * tokens[1], tokens[1]):
            return None
        layers = sum(name.endswith("weight_ih_l0") for name in shapes)
        if not (4 <= tokens[1] <= 2048 and 1 <= layers <= 8):
            return None
        knobs = cls(width=tokens[1], layers=layers)
        return Fit(knobs, (512, tokens[0]), 1, tokens[0], {key: key for key in shapes})


ARCHITECTURE = Gru


class _Network(nn.Module):
    def __init__(self, tokens: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.depth = layers
        for i in range(layers):
            self.add_module(f"gru{i}", nn.GRU(width, width, batch_first=True))
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Answer tokens (N, L), −1 for none, with logits (N, L, V) of the next."""
        hidden = self.embedding(tokens.clamp(min=0))
        for i in range(self.depth):
            answer, _ = self.get_submodule(f"gru{i}")(self.dropout(hidden))
            hidden = hidden + answer
        logits: Tensor = F.linear(self.norm(hidden), self.embedding.weight)
        return logits
