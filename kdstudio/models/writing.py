"""Letting a language model write: tokens drawn one after the other, for many texts at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kdstudio.core.passages import is_special
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of, vocabulary
from kdstudio.models.preprocessing.tokens import NOTHING
from kdstudio.models.transformers_net import TransformersNet


def write(
    model: Model, beginnings: Sequence[str], most: int, temperature: float, generator: torch.Generator | None
) -> list[str]:
    """Return each of `beginnings` with up to `most` tokens behind it, drawn at `temperature`; without a generator the
    likeliest ones. A text ends where the model says so, with a mark that is no text.
    """
    how = tokens_of(model)
    marks = torch.tensor([is_special(word) for word in vocabulary(model)])
    rows = [_begun(how.apply(np.array([text], dtype=object))[0], marks) for text in beginnings]
    width = min(how.length, max(map(len, rows)) + most)
    model.module.eval()
    write_on = _generated if isinstance(model.module, TransformersNet) else _asked_anew
    found = write_on(model, rows, width, marks, temperature, generator)
    return [how.text([int(one) for one in row]) for row in found]


def _generated(
    model: Model, rows: list[Tensor], width: int, marks: Tensor, temperature: float, generator: torch.Generator | None
) -> list[Tensor]:
    """Let transformers write, which remembers what its layers made of the text so far: beginnings end side by side."""
    net: Any = model.module
    longest = max(map(len, rows))
    tokens = torch.full((len(rows), longest), net.pad, dtype=torch.int64)
    mask = torch.zeros_like(tokens)
    for number, row in enumerate(rows):
        tokens[number, longest - len(row) :], mask[number, longest - len(row) :] = row, 1
    draws = {} if generator is None else {"temperature": temperature, "top_k": 0, "top_p": 1.0}
    with torch.inference_mode(), torch.random.fork_rng():
        if generator is not None:
            torch.manual_seed(int(torch.randint(1 << 62, (1,), generator=generator)))
        found = net.network.generate(
            tokens.to(model.device),
            attention_mask=mask.to(model.device),
            do_sample=generator is not None,
            max_new_tokens=width - longest,
            eos_token_id=marks.nonzero()[:, 0].tolist() or None,
            pad_token_id=net.pad,
            use_cache=True,
            **draws,
        ).cpu()
    ends = [_end(one[longest:], marks) for one in found]
    return [torch.cat([row, one[longest : longest + end]]) for row, one, end in zip(rows, found, ends, strict=True)]


def _end(tokens: Tensor, marks: Tensor) -> int:
    """Return how many tokens stand in front of the first mark."""
    at = marks[tokens].nonzero()
    return int(at[0]) if len(at) else len(tokens)


def _asked_anew(
    model: Model, rows: list[Tensor], width: int, marks: Tensor, temperature: float, generator: torch.Generator | None
) -> list[Tensor]:
    """Ask the network about all of the text at each step, which networks of all kinds can."""
    lengths = torch.tensor([len(row) for row in rows])
    tokens = torch.full((len(rows), width), NOTHING, dtype=torch.int64)
    for number, row in enumerate(rows):
        tokens[number, : min(len(row), width)] = row[:width]
    going = lengths < width
    while bool(going.any()):
        at = going.nonzero()[:, 0]
        now = tokens[at, : int(lengths[at].max())]
        with torch.inference_mode():
            logits = model.output.logits(model.module(now.to(model.device))).float().cpu()
        drawn = _drawn(logits[torch.arange(len(at)), lengths[at] - 1], temperature, generator)
        tokens[at, lengths[at]] = drawn
        lengths[at] += 1
        going[at] = ~marks[drawn] & (lengths[at] < width)
    return [row[:length] for row, length in zip(tokens, lengths, strict=True)]


def _begun(tokens: Tensor, marks: Tensor) -> Tensor:
    """Leave out what a tokenizer puts behind a whole text: this one goes on."""
    while len(tokens) > 1 and bool(marks[tokens[-1]]):
        tokens = tokens[:-1]
    return tokens


def _drawn(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    """Return one token for each row of logits (N, V)."""
    if generator is None:
        return logits.argmax(dim=1)
    return torch.multinomial((logits / temperature).softmax(dim=1), 1, generator=generator)[:, 0]
