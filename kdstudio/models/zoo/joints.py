"""Steps between layers, as modules of their own: a network of whole numbers rounds what they are given."""

from typing import Literal

from torch import Tensor, nn

Bits = Literal["int8"]
"""What the numbers of a network are rounded to: whole numbers of 8 bits."""


class Sum(nn.Module):
    """Adds what a block made to what goes around it."""

    def forward(self, made: Tensor, kept: Tensor) -> Tensor:
        """Return the sum, of the shape of both."""
        return made + kept


class Mean(nn.Module):
    """Averages each channel over the picture."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (N, c) of maps (N, c, h, w)."""
        return inputs.mean((2, 3))
