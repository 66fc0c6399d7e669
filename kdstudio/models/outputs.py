"""What a model answers with, where it is not a plain tensor of logits: found by asking it about a few inputs.

Several outputs, dicts and dataclasses are searched for the one that has a number for each class. Probabilities are
taken as log-probabilities, which are logits of the same softmax (Hinton et al. 2015, section 2); the values of a
sigmoid are turned back into what went into it. One number an input is a value to predict, or a yes-or-no answer: the
data decides. A model that is none of these is said to be so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from kdstudio.core.errors import ModelError

Kind = Literal["logits", "probabilities", "sigmoid", "values", "binary"]
SMALLEST = 1e-7  # a probability that a model gives as 0 may be anything below float32's resolution near 1
_HEADS = ("logit", "prob", "score", "pred", "class", "label", "output")  # the names of what is meant, best first
_INSIDES = ("feat", "embed", "hidden", "pool", "state", "aux", "attention", "loss", "past", "cache")
_HINT = "Choose a model that answers each input with one number a class, or with a number to predict."


@dataclass(frozen=True, slots=True)
class OutputChoice:
    """Which of a model's outputs are its logits: the way to it (index, key or field at each level), and its kind."""

    place: tuple[str | int, ...] = ()
    kind: Kind = "logits"
    reason: str = ""  # why this one, for people; empty where there was nothing to choose
    columns: tuple[int, ...] = ()  # the output for each class of the data (class_map), -1 for none; empty: as they are
    scale: tuple[float, ...] = ()  # of values: what each is multiplied by, and what is then added
    shift: tuple[float, ...] = ()
    is_share: bool = False  # whether a single number lies between 0 and 1, as behind a sigmoid

    def logits(self, answer: Any) -> Tensor:
        """Return the logits (N, C) in what the module answered, or the numbers (N, K) in the units of the data."""
        for step in self.place:
            answer = getattr(answer, step) if isinstance(step, str) and not _has(answer, step) else answer[step]
        logits = _flat(answer)
        if self.kind in ("values", "binary"):
            values = logits.float() if logits.dim() > 1 else logits.float()[:, None]
            return self._two(values) if self.kind == "binary" else self._scaled(values)
        if self.kind == "probabilities":
            logits = logits.float().clamp(SMALLEST, 1).log()
        elif self.kind == "sigmoid":
            logits = torch.logit(logits.float().clamp(SMALLEST, 1), eps=SMALLEST)
        return self._mapped(logits) if self.columns else logits

    def _scaled(self, values: Tensor) -> Tensor:
        """A student answers in standard deviations from the mean of its training targets."""
        if not self.scale:
            return values
        return values * values.new_tensor(self.scale) + values.new_tensor(self.shift)

    def _two(self, values: Tensor) -> Tensor:
        """Return logits (N, 2) of a yes-or-no answer (N, 1), which may be the probability of the second class."""
        second = torch.logit(values, eps=SMALLEST) if self.is_share else values
        return torch.cat([torch.zeros_like(second), second], dim=1)

    def _mapped(self, logits: Tensor) -> Tensor:
        """A class that the model does not know is taken to be as unlikely as the least likely one that it knows."""
        columns = torch.tensor(self.columns, device=logits.device)
        chosen = logits.index_select(1, columns.clamp(min=0))
        if min(self.columns) >= 0:
            return chosen
        known = logits.index_select(1, columns[columns >= 0])
        return torch.where(columns >= 0, chosen, known.amin(dim=1, keepdim=True))

    def describe(self) -> str:
        """Return it in words: `logits`, `“probs”: probabilities, taken as log-probabilities`."""
        words = {
            "logits": "logits",
            "probabilities": "probabilities, taken as log-probabilities",
            "sigmoid": "a yes-or-no probability for each class (sigmoid), taken as logits",
            "values": "numbers",
            "binary": "one number, whether it is the second class",
        }[self.kind]
        return f"{_named(self.place)}: {words}" if self.place else words


PLAIN = OutputChoice()
"""The module answers with the logits and nothing else."""


@dataclass(frozen=True, slots=True)
class _Found:
    place: tuple[str | int, ...]
    tensor: Tensor

    @property
    def classes(self) -> int:
        return self.tensor.shape[1]


def choose(answers: Sequence[Any], count: int, wanted: str = "") -> tuple[OutputChoice, int]:
    """Return which output to take and its number of classes, from the answers to several batches of `count` inputs.

    `wanted` is the name of the one that a person chose, as `describe` and the notes write it. Raises ModelError that
    says what the model is where it is no classifier.
    """
    everything = [list(_tensors(answer)) for answer in answers]
    found = [_Found(place, _flat(tensor)) for place, tensor in everything[0]]
    scores = [one for one in found if _is_scores(one.tensor, count)]
    if wanted:
        scores = [one for one in scores if _named(one.place).strip("“”") == wanted.strip("“”")]
        if not scores:
            raise _no_such(wanted, found, count)
    else:
        _refuse_detectors(found)
    if not scores:
        return _value(found, [dict(answer) for answer in everything], count), 1
    rows = {one.place: torch.cat([_flat(dict(answer)[one.place]).float() for answer in everything]) for one in scores}
    kinds = {place: _kind(values) for place, values in rows.items()}
    best = min(scores, key=lambda one: _rank(one, kinds[one.place]))
    _refuse_embeddings(best, rows[best.place])
    return OutputChoice(best.place, kinds[best.place], _reason(best, kinds, found)), best.classes


def _value(found: list[_Found], answers: list[dict[tuple[str | int, ...], Tensor]], count: int) -> OutputChoice:
    """Return the only output that is one number an input; raises ModelError where there is none."""
    values = [one for one in found if one.tensor.is_floating_point() and one.tensor.shape in ((count,), (count, 1))]
    if len(values) != 1 or len(found) > 1:
        raise _no_classifier(found, count)
    reason = "the model answers one number an input: a number to predict, or a yes or no between two classes"
    numbers = torch.cat([answer[values[0].place].float().flatten() for answer in answers])
    return OutputChoice(values[0].place, "values", reason, is_share=bool(((numbers >= 0) & (numbers <= 1)).all()))


def _tensors(answer: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Tensor]]:
    """Every tensor in an answer, with the way to it."""
    if isinstance(answer, Tensor):
        yield place, answer
    elif isinstance(answer, Mapping):
        for key, value in answer.items():
            if isinstance(key, str | int):
                yield from _tensors(value, (*place, key))
    elif is_dataclass(answer):
        for field in fields(answer):
            yield from _tensors(getattr(answer, field.name), (*place, field.name))
    elif isinstance(answer, tuple | list):
        for index, value in enumerate(answer):
            yield from _tensors(value, (*place, index))


def _has(answer: Any, key: str) -> bool:
    return isinstance(answer, Mapping) and key in answer


def _flat(tensor: Tensor) -> Tensor:
    """(N, C, 1, 1), as nets without a linear layer answer, is (N, C)."""
    return tensor.flatten(1) if tensor.dim() > 2 and tensor.shape[2:].numel() == 1 else tensor


def _is_scores(tensor: Tensor, count: int) -> bool:
    return tensor.is_floating_point() and tensor.dim() == 2 and len(tensor) == count and tensor.shape[1] > 1


def _kind(rows: Tensor) -> Kind:
    if not bool(torch.isfinite(rows).all()) or float(rows.min()) < 0 or float(rows.max()) > 1 + 1e-3:
        return "logits"
    if not bool(rows.any()):  # a head that starts at zero, as some are before they learn
        return "logits"
    sums = rows.sum(1)
    return "probabilities" if torch.allclose(sums, torch.ones_like(sums), atol=5e-3) else "sigmoid"


def _rank(one: _Found, kind: Kind) -> tuple[bool, int, bool, int]:
    """Heads by name before insides, logits before what was made of them, narrow (classes) before wide (features)."""
    name = str(one.place[-1]).lower() if one.place else ""
    head = next((i for i, word in enumerate(_HEADS) if word in name), len(_HEADS))
    return any(word in name for word in _INSIDES), head, kind != "logits", one.classes


def _reason(best: _Found, kinds: dict[tuple[str | int, ...], Kind], found: list[_Found]) -> str:
    kind, why = kinds[best.place], []
    if len(found) > 1:
        others = ", ".join(f"{_named(one.place)} {_shape(one.tensor)}" for one in found if one is not best)
        why.append(f"of {len(found)} outputs {_named(best.place)} has a number for each class (beside it: {others})")
    if kind == "probabilities":
        why.append("the model answers probabilities (each row sums to 1), which are taken as log-probabilities")
    if kind == "sigmoid":
        why.append(
            "the model answers numbers between 0 and 1 that do not sum to 1: a sigmoid for each class, for inputs that "
            "may have several labels; they are taken as logits"
        )
    return "; ".join(why)


def _refuse_detectors(found: list[_Found]) -> None:
    names = {str(step).lower() for one in found for step in one.place}
    if any("box" in name for name in names):
        raise ModelError("the model finds objects in a picture (it answers boxes) and is no classifier", hint=_HINT)


def _refuse_embeddings(best: _Found, rows: Tensor) -> None:
    lengths = rows.norm(dim=1)
    if best.classes >= 8 and torch.allclose(lengths, torch.ones_like(lengths), atol=1e-3) and bool((rows < 0).any()):
        message = f"the model answers vectors of length 1 with {best.classes} numbers: an embedding, no classes"
        raise ModelError(message, hint=_HINT)


def _no_such(wanted: str, found: list[_Found], count: int) -> ModelError:
    names = [_named(one.place).strip("“”") for one in found if one.place and _is_scores(one.tensor, count)]
    hint = f"Choose one of: {', '.join(names)}." if names else "It has one output alone: leave the choice automatic."
    return ModelError(f"the model has no output {wanted!r} with a number for each class", hint=hint)


def _no_classifier(found: list[_Found], count: int) -> ModelError:
    shapes = " and ".join(f"{_named(one.place)} {_shape(one.tensor)}".strip() for one in found[:4])
    if not found:
        what = "nothing that is a tensor"
    elif all(not one.tensor.is_floating_point() for one in found):
        what = f"whole numbers alone ({shapes}): labels or token ids, without the scores that a student learns from"
    elif any(one.tensor.shape in ((count,), (count, 1)) for one in found):
        what = f"one number an input ({shapes}): a yes-or-no detector or a regression, no scores of several classes"
    elif any(one.tensor.dim() == 3 for one in found):
        what = f"a sequence for each input ({shapes}): a net that reads text (OCR), a language model or an encoder"
    elif any(one.tensor.dim() >= 4 for one in found):
        what = f"a map for each input ({shapes}): a segmentation net or features"
    else:
        what = f"{shapes} for {count} inputs"
    return ModelError(f"the model is no classifier: it answers {what}", hint=_HINT)


def _named(place: tuple[str | int, ...]) -> str:
    if not place:
        return ""
    if len(place) == 1 and isinstance(place[0], int):
        return f"output {place[0] + 1}"
    return "“" + ".".join(map(str, place)) + "”"


def _shape(tensor: Tensor) -> str:
    return "(" + ", ".join(["N", *map(str, tensor.shape[1:])]) + ")"
