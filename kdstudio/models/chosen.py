"""Weights read as the architecture that a person chose, where neither their names nor their shapes tell it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isqrt
from pathlib import Path
from typing import Any

from torch import Tensor

from kdstudio.core.errors import ModelError, Problem, UnknownArchitecture
from kdstudio.models.assemble import clean, of_fit
from kdstudio.models.build import architecture, empty, fill, initialise
from kdstudio.models.identify import Guess, compare
from kdstudio.models.model import Model
from kdstudio.models.zoo.base import Architecture, Fit, InputShape, Shapes

_SIZES = (28, 32, 64, 96, 128, 224)  # of pictures, for networks whose weights depend on it
_COUNTER = "num_batches_tracked"
_AVERAGED = ("ema", "swa", "averag")
FORMAT = "weights of a chosen architecture"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read weights: what fits, which of them were looked at, and in `notes` how their names were matched."""

    guess: Guess
    by_order: bool = False


def read_as(shapes: Shapes, chosen: Architecture) -> Reading:
    """Return the best reading of weights as this very network.

    Names are matched as they are, without a beginning that they share (`net.`, `backbone.`, one of several copies), and
    at last by order and shape alone. Raises ModelError where the network cannot be built.
    """
    found: list[Reading] = []
    for prefix, view in _views(shapes):
        for fit in _fits(chosen, view):
            if (guess := compare(_told(fit, prefix, shapes), _taken(shapes, prefix))) is not None:
                found.append(Reading(guess))
    if not found:
        raise ModelError(f"{chosen.label} cannot be built for these weights", hint="Change its knobs.")
    best = max(found, key=lambda one: (one.guess.is_exact, one.guess.matching, -_averaged(one), one.guess.share))
    if best.guess.is_exact:
        return best
    return next(filter(None, (_ordered(one, shapes) for one in found)), best)


def open_as(path: Path, tensors: Mapping[str, Tensor], name: str, knobs: Mapping[str, Any]) -> Model:
    """Return the model of an architecture, filled with weights that all fit; raises UnknownArchitecture if not."""
    cleaned, problems = clean(dict(tensors), path)
    reading = read_as(_shapes(cleaned), architecture(name, knobs))
    guess = reading.guess
    if not guess.is_exact:
        hint = f"{guess.examples()} Change its knobs, or let a student begin with the weights that fit (partly)."
        message = f"the weights do not fit {guess.fit.architecture.label}: {guess.tell()}"
        raise UnknownArchitecture(message, hint=hint, where=str(path))
    if reading.by_order:
        problems.append(_by_order(guess.fit.architecture.label, path))
    module = fill(_empty(guess.fit), {new: cleaned[old] for old, new in guess.fit.renamed.items()})
    return of_fit(module, guess.fit, path, FORMAT, tuple(problems))


def begin_as(path: Path, tensors: Mapping[str, Tensor], name: str, knobs: Mapping[str, Any], like: Model) -> Model:
    """Return `like`, a new network of that architecture, with those of the weights that fit it; it says which are new.

    Raises UnknownArchitecture where none fits.
    """
    cleaned, problems = clean(dict(tensors), path)
    best = read_as(_shapes(cleaned), architecture(name, knobs)).guess.fit
    own = like.module.state_dict()
    fitting = {new: old for old, new in best.renamed.items() if new in own and own[new].shape == cleaned[old].shape}
    if not any(own[name].dim() > 1 for name in fitting):
        hint = "Choose the architecture that they were trained in, or begin with new weights."
        raise UnknownArchitecture(f"none of the weights fits {like.label}", hint=hint, where=str(path))
    like.module.load_state_dict({**own, **{new: cleaned[old] for new, old in fitting.items()}})
    fresh = [name for name in own if name not in fitting and not name.endswith(_COUNTER)]
    left = [old for old, new in best.renamed.items() if new not in fitting]
    told = f"{len(fitting)} weights of the file are taken over; new are {_few(fresh)}; not used are {_few(left)}"
    problems.append(Problem(message=told, where=str(path), severity="note"))
    return replace(like, path=path, format=FORMAT, problems=tuple(problems))


def new_of(name: str, knobs: Mapping[str, Any], input_shape: InputShape, classes: int, seed: int) -> Any:
    """Return a new module of an architecture with weights that depend on `seed` alone."""
    return initialise(empty(architecture(name, knobs), input_shape, classes), seed)


def _shapes(tensors: Mapping[str, Tensor]) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _empty(fit: Fit) -> Any:
    return empty(fit.architecture, fit.input_shape or (fit.channels, 32, 32), fit.classes)


def _views(shapes: Shapes) -> Iterator[tuple[str, Shapes]]:
    """Yield (beginning, weights called so, without it): all, then those below each part of the names."""
    yield "", shapes
    parts = [name.split(".") for name in shapes]
    starts = Counter(".".join(one[:depth]) + "." for one in parts for depth in range(1, min(4, len(one))))
    for prefix, count in starts.items():
        if 2 * count >= len(shapes) or _is_copy(prefix):
            yield prefix, {name.removeprefix(prefix): shapes[name] for name in _taken(shapes, prefix)}


def _taken(shapes: Shapes, prefix: str) -> Shapes:
    return {name: shape for name, shape in shapes.items() if name.startswith(prefix)}


def _is_copy(prefix: str) -> bool:
    return any(word in prefix.lower() for word in (*_AVERAGED, "model", "net", "module", "backbone", "student"))


def _averaged(reading: Reading) -> bool:
    return any(word in next(iter(reading.guess.fit.renamed), "").lower() for word in _AVERAGED)


def _fits(chosen: Architecture, view: Shapes) -> Iterator[Fit]:
    """Yield how the weights would be read for each size of input: only those that make a difference."""
    known = type(chosen).recognise(view)
    rows = [shape for shape in view.values() if shape]
    if not rows:
        return
    images = [shape for shape in rows if len(shape) == 4]
    channels = known.channels if known is not None else images[0][1] if images else 1
    classes = known.classes if known is not None else rows[-1][0]
    renamed = known.renamed if known is not None else {name: name for name in view}
    built = {}
    for shape in _inputs(channels, next((shape[1] for shape in rows if len(shape) == 2), 0)):
        fit = Fit(chosen, shape, channels, classes, dict(renamed))
        try:
            built[shape] = (_shapes(_empty(fit).state_dict()), fit)
        except (ModelError, RuntimeError, ValueError):
            continue
    if len({str(state) for state, _ in built.values()}) == 1 and len(built) > 2:
        yield replace(next(iter(built.values()))[1], input_shape=None)  # of any size
        return
    for _, fit in built.values():
        yield fit


def _inputs(channels: int, features: int) -> Iterator[InputShape]:
    for size in _SIZES:
        yield channels, size, size
    for depth in (1, 3):
        side = isqrt(features // depth)
        if side not in _SIZES and side and depth * side * side == features:
            yield depth, side, side


def _told(fit: Fit, prefix: str, shapes: Shapes) -> Fit:
    """Return the fit with the file's own names, and a note of what was left out of them."""
    renamed = {prefix + old: new for old, new in fit.renamed.items()}
    notes = fit.notes
    if prefix:
        others = len(shapes) - len(renamed)
        rest = f"; the {others} other weights of the file are not used" if others else ""
        notes = (*notes, f"“{prefix}” was taken off the names of the weights{rest}")
    return replace(fit, renamed=renamed, notes=notes)


def _ordered(reading: Reading, shapes: Shapes) -> Reading | None:
    """Return the reading with names matched by their order, where all shapes are the same in that order."""
    fit = reading.guess.fit
    names = [name for name in fit.renamed if shapes[name] != ()]  # a counter of batches, whatever it is called
    wanted = {name: shape for name, shape in _shapes(_empty(fit).state_dict()).items() if shape != ()}
    if [shapes[name] for name in names] != list(wanted.values()):
        return None
    notes = (
        *fit.notes,
        "names were matched by order: " + _few([f"{a} → {b}" for a, b in zip(names, wanted, strict=True)]),
    )
    ordered = replace(fit, renamed=dict(zip(names, wanted, strict=True)), notes=notes)
    guess = compare(ordered, {name: shapes[name] for name in names})
    return None if guess is None or not guess.is_exact else Reading(guess, by_order=True)


def _by_order(label: str, path: Path) -> Problem:
    message = f"the weights are called differently than in {label}: they were matched by order and shape alone"
    hint = "Two weights of one shape may have changed places: trust it only if it scores well on labelled data."
    return Problem(message=message, hint=hint, where=str(path), severity="warning")


def _few(names: list[str], limit: int = 4) -> str:
    rest = len(names) - limit
    return (", ".join(names[:limit]) or "none") + (f" and {rest} more" if rest > 0 else "")
