"""What attends to what inside a transformer: the queries, keys and values of a block, as its attention takes place.

Families name and split their projections differently, and some turn queries and keys afterwards. But all networks of
the transformers library hand the finished ones to a function that is looked up by name at each answer. The one that
they use by default is given ears here, once; what it computes stays the same. Attention that looks to the left alone,
or that adds numbers of its own to the products, is not told: it is more than queries and keys.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

ATTENTION = ":attention"  # behind a block's name: its queries, keys and values (N, 3, heads, L, d_h)
_USUAL = "sdpa"
_LISTENERS: WeakKeyDictionary[nn.Module, Callable[[Tensor], None]] = WeakKeyDictionary()


class Listening:
    """Hears what a block's attention is made of, until it is removed as a hook is."""

    def __init__(self, block: nn.Module, hear: Callable[[Tensor], None]) -> None:
        _give_ears()
        self.modules = tuple(block.modules())
        _LISTENERS.update(dict.fromkeys(self.modules, hear))

    def remove(self) -> None:
        """Stop listening."""
        for module in self.modules:
            _LISTENERS.pop(module, None)


def _give_ears() -> None:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    usual = ALL_ATTENTION_FUNCTIONS[_USUAL]
    if getattr(usual, "has_ears", False):
        return

    def attend(module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Any, **how: Any) -> Any:
        hear = _LISTENERS.get(module)
        if hear is not None and not _is_more(module, how):
            hear(_together(query, key, value))
        return usual(module, query, key, value, mask, **how)

    attend.has_ears = True  # type: ignore[attr-defined]
    ALL_ATTENTION_FUNCTIONS.register(_USUAL, attend)


def _is_more(module: nn.Module, how: dict[str, Any]) -> bool:
    one_sided = how.get("is_causal")
    one_sided = getattr(module, "is_causal", True) if one_sided is None else one_sided
    return bool(one_sided) or how.get("position_bias") is not None


def _together(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return (N, 3, heads, L, d_h); keys and values that several heads share are repeated for each of them."""
    times = query.shape[1] // key.shape[1]
    return torch.stack([query, *(one.repeat_interleave(times, dim=1) for one in (key, value))], dim=1)
