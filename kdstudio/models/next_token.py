"""What a language model answers: at each place of a passage, the token that follows."""

import re
from collections import Counter

import numpy as np
import torch

from kdstudio.core.errors import ModelError
from kdstudio.core.passages import BREAK, SPACE
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.tokens import TokenPreprocessing, following
from kdstudio.models.values import IGNORE

_SPACES = ("▁", "Ġ")  # how SentencePiece and byte-level BPE write the space in front of a word
_NAMED = {"Ċ": BREAK, "ĉ": "⇥", "<0x0A>": BREAK, "<0x09>": "⇥"}
_BYTE = re.compile(r"^<0x([0-9A-F]{2})>$")


def tokens_of(model: Model) -> TokenPreprocessing:
    """Return the tokenizer of a language model."""
    how = model.preprocessing
    if not isinstance(how, TokenPreprocessing):
        raise ModelError(f"{model.label or 'the model'} has no tokenizer", hint="Choose its Hugging Face folder.")
    return how


def vocabulary(model: Model) -> tuple[str, ...]:
    """Return the tokens that a language model answers with, as people read them, each different: `␣the`, `↵`, `ing`."""
    return words_of(tokens_of(model), model.spec.classes)


def words_of(tokenizer: TokenPreprocessing, count: int) -> tuple[str, ...]:
    """Return the first `count` tokens of a tokenizer as people read them, each different."""
    words = [tokenizer.word(number) or f"<unused {number}>" for number in range(count)]
    names = [_readable(word) for word in words]
    taken = {name for name, count in Counter(names).items() if count > 1}
    return tuple(f"{name} #{number}" if name in taken else name for number, name in enumerate(names))


def _readable(word: str) -> str:
    if word in _NAMED:
        return _NAMED[word]
    if (byte := _BYTE.match(word)) is not None:  # for letters that the vocabulary has not
        return f"byte {byte[1]}"
    for mark in _SPACES:
        word = word.replace(mark, SPACE)
    return word or "(empty)"


def same_tokens(first: Model, second: Model) -> bool:
    """Whether two language models read and answer in the same tokens, so that their answers can be compared."""
    return first.spec.classes == second.spec.classes and tokens_of(first).same_tokens(tokens_of(second))


def expected(model: Model, texts: np.ndarray) -> np.ndarray:
    """Return the logits (N, V) of what comes behind each of `texts` (N,), each asked by itself."""
    found = []
    for text in texts:
        tokens = tokens_of(model).apply(np.array([text], dtype=object))
        with torch.inference_mode():
            logits = model.output.logits(model.module(tokens.to(model.device)))
        found.append(logits[0, -1].float().cpu().numpy())
    return np.stack(found)


def answered(model: Model, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (P, V) for every place of `texts` (N,) that has a next token, and those tokens (P,) int64."""
    how = tokens_of(model)
    tokens = how.apply(texts)
    targets = following(tokens, how.wanted(texts))
    counts = targets != IGNORE
    with torch.inference_mode():
        logits = model.output.logits(model.module(tokens.to(model.device))).float().cpu()
    return logits[counts].numpy(), targets[counts].numpy()
