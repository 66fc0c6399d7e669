"""What a method remembers of each training input from one epoch to the next."""

import torch
from torch import Tensor, nn

from kdstudio.methods.base import Setting


class Memory(nn.Module):
    """A bank (inputs, width) with one row for each training input; the checkpoint has it, the optimizer has not.

    Rows of the data set may be many more than training inputs and in any order, so that they are looked up.
    """

    bank: Tensor
    rows: Tensor

    def __init__(self, setting: Setting, width: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        rows = torch.arange(setting.inputs) if setting.rows is None else setting.rows.cpu().sort().values
        self.register_buffer("rows", rows, persistent=False)  # told by the data, whenever a run is opened
        self.register_buffer("bank", torch.zeros(setting.inputs, width, dtype=dtype))

    def read(self, index: Tensor) -> Tensor:
        """Return what is remembered (N, width) of the inputs in rows `index` (N,) of the data set."""
        return self.bank.index_select(0, self._places(index))

    def write(self, index: Tensor, values: Tensor) -> None:
        """Remember values (N, width), which are not differentiated, of the inputs in rows `index` (N,)."""
        self.bank.index_copy_(0, self._places(index), values.detach().to(self.bank.dtype))

    def _places(self, index: Tensor) -> Tensor:
        return torch.searchsorted(self.rows, index)


def bank_bytes(setting: Setting, width: int) -> int:
    """Return the size of a bank."""
    return 4 * setting.inputs * width
