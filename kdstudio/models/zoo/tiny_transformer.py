"""A small transformer that writes: a decoder as GPT-2 is one, with the norm before each part."""

from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from kdstudio.models.zoo.base import TOKENS, Architecture, Fit, InputShape, Shapes, scaled

_PLACES = 2048  # the longest passage that places are learned for


class TinyTransformer(Architecture):
    """Tokens and places as numbers, blocks of causal attention and an MLP, logits by comparison with the tokens."""

    title: ClassVar[str] = "Tiny transformer"
    family: ClassVar[str] = "Language models"
    paper: ClassVar[str] = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"
    help: ClassVar[str] = (
        "A language model built from scratch, as GPT-2 is built. Where the teacher is a transformer, a copy of some of "
        "its layers (“smaller teacher”) usually learns faster, because it does not begin with nothing."
    )
    takes: ClassVar[tuple[str, ...]] = (TOKENS,)

    width: int = Field(64, ge=8, le=2048, title="Width", description="Numbers that stand for a token in each block.")
    layers: int = Field(2, ge=1, le=24, title="Layers", description="Blocks, one upon the other.")
    heads: int = Field(
        4, ge=1, le=32, title="Heads", description="In how many ways a block looks back; they share the width."
    )

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"a width of {self.width} cannot be shared by {self.heads} heads")
        return self

    @property
    def label(self) -> str:
        """The name with its width and its layers."""
        return f"Tiny transformer {self.width}×{self.layers}"

    def build(self, input_shape: InputShape, classes: int) -> nn.Module:
        """Return the network for passages of up to L tokens."""
        return _Network(min(input_shape[0], _PLACES), classes, self.width, self.layers, self.heads)

    def shrunk(self, width: float, depth: float) -> Self:
        """Return narrower and fewer blocks with the same heads."""
        each = scaled(self.width // self.heads, width, -(-8 // self.heads))
        return self.model_copy(update={"width": each * self.heads, "layers": scaled(self.layers, depth)})

    @classmethod
    def recognise(cls, shapes: Shapes) -> Fit | None:
        """Its weights do not tell how many heads it has: only its own files do."""
        del shapes
        return None


ARCHITECTURE = TinyTransformer


class _Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.attend = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Let each place (N, L, d) look at those before it, then think by itself."""
        n, length, width = hidden.shape
        parts = self.attend(self.norm1(hidden)).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        hidden = hidden + self.project(seen.transpose(1, 2).reshape(n, length, width))
        answer: Tensor = hidden + self.down(F.gelu(self.up(self.norm2(hidden))))
        return answer


class _Network(nn.Module):
    def __init__(self, places: int, tokens: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.places = nn.Embedding(places, width)
        self.blocks = nn.Sequential(*(_Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Answer tokens (N, L), −1 for none, with logits (N, L, V) of the next.

        What stands behind the end of a passage is never looked at from inside it.
        """
        at = torch.arange(tokens.shape[1], device=tokens.device)
        hidden = self.blocks(self.embedding(tokens.clamp(min=0)) + self.places(at))
        logits: Tensor = F.linear(self.norm(hidden), self.embedding.weight)
        return logits
