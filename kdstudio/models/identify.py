"""Which architecture weights belong to, from their names and shapes alone."""

from dataclasses import dataclass

from kdstudio.core.errors import KdStudioError, ModelError, UnknownArchitecture, WeightsMismatch
from kdstudio.models.build import ARCHITECTURES, empty, twins
from kdstudio.models.preprocessing.image import USUAL_SIZE
from kdstudio.models.zoo.base import Fit, Shapes


@dataclass(frozen=True, slots=True)
class Guess:
    """How well weights fit one reading of them. `wrong` has name, shape in the file, shape that is wanted."""

    fit: Fit
    matching: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]

    @property
    def is_exact(self) -> bool:
        """Whether every weight has its place."""
        return not (self.missing or self.unexpected or self.wrong)

    @property
    def share(self) -> float:
        """Share of weights that fit, 0..1."""
        return self.matching / max(1, self.matching + len(self.missing) + len(self.unexpected) + len(self.wrong))

    def tell(self) -> str:
        """Return how many weights fit and how many do not: `61 fit, 2 are missing, 1 is of another shape`."""
        kinds = ((self.missing, "missing"), (self._extra, "unexpected"), (self.wrong, "of another shape"))
        counts = [f"{len(names)} {'is' if len(names) == 1 else 'are'} {word}" for names, word in kinds if names]
        return ", ".join([f"{self.matching} fit", *counts])

    def examples(self) -> str:
        """Return the first few weights of each kind that does not fit, as sentences."""
        wrong = [f"{name} is {_shape(given)} and should be {_shape(wanted)}" for name, given, wanted in self.wrong]
        kinds = (("Missing", list(self.missing)), ("Unexpected", self._extra), ("Of another shape", wrong))
        return " ".join(f"{word}: {_few(names)}." for word, names in kinds if names)

    @property
    def _extra(self) -> list[str]:
        """Weights that the network has not, but for counters that say nothing."""
        return [name for name in self.unexpected if not name.endswith("num_batches_tracked")]

    def describe(self) -> str:
        """Return what does not fit, the first few of each kind."""
        wrong = [f"{name} is {_shape(given)} and should be {_shape(wanted)}" for name, given, wanted in self.wrong]
        parts = [("missing", list(self.missing)), ("unexpected", list(self.unexpected)), ("", wrong)]
        return "; ".join(f"{word} {_few(names)}".strip() for word, names in parts if names)


def identify(shapes: Shapes) -> Fit:
    """Return how the weights are to be read; raises WeightsMismatch for a near miss, else UnknownArchitecture."""
    ranked = guesses(shapes)
    if ranked and ranked[0].is_exact:
        return ranked[0].fit
    known = ", ".join(sorted(known.title for _, known in ARCHITECTURES.items() if "image" in known.takes))
    if ranked and ranked[0].share >= 0.75:
        best = ranked[0]
        raise WeightsMismatch(
            f"the weights look like {best.fit.architecture.label} but do not fit it: {best.describe()}",
            hint="It may be a changed version of that network. Save the weights of an unchanged one, or train a new "
            "model of this architecture in kdstudio.",
        )
    closest = "; ".join(f"{g.fit.architecture.label} fits {g.share:.0%} ({g.describe()})" for g in ranked[:3])
    names = _few(list(shapes))
    raise UnknownArchitecture(
        f"the weights belong to no architecture that can be built here (they are called {names})"
        + (f". Closest: {closest}" if closest else ""),
        hint=f"Architectures that can be opened: {known}. If a Python file of yours defines it, name its class for the "
        "teacher (code: FILE.py:Class); if it is one of these under other names, choose it (arch). Or export the "
        "model as ONNX where it was trained.",
    )


def guesses(shapes: Shapes) -> list[Guess]:
    """Return every architecture's reading of the weights, the best first, certain ones before those that assume."""
    found = []
    for variant, originals in _variants(shapes):
        for name in ARCHITECTURES:
            fit = ARCHITECTURES[name].recognise(variant)
            if fit is not None:
                renamed = {originals[key]: new for key, new in fit.renamed.items()}
                found.append(compare(_with(fit, renamed), shapes))
    return sorted((guess for guess in found if guess is not None), key=lambda g: (-g.share, len(g.fit.notes)))


def verify(fit: Fit, shapes: Shapes) -> None:
    """Raise WeightsMismatch where the weights do not fit what a file says that it is."""
    guess = compare(fit, shapes)
    if guess is None:
        raise ModelError(
            "the file describes a network that cannot be built", hint="The file is damaged: save it again."
        )
    if not guess.is_exact:
        message = f"the file says that it is {fit.architecture.label}, but: {guess.describe()}"
        raise WeightsMismatch(message, hint="The file is damaged or was changed: save it again.")


def _variants(shapes: Shapes) -> list[tuple[Shapes, dict[str, str]]]:
    """The names as they are, and without the part that all share (`backbone.conv1.weight` → `conv1.weight`)."""
    found = [(shapes, {key: key for key in shapes})]
    first = next(iter(shapes), "").split(".")
    depth = 0
    while depth < len(first) - 1 and all(key.split(".")[: depth + 1] == first[: depth + 1] for key in shapes):
        depth += 1
        shortened = {".".join(key.split(".")[depth:]): key for key in shapes}
        found.append(({short: shapes[key] for short, key in shortened.items()}, shortened))
    return found


def compare(fit: Fit, shapes: Shapes) -> Guess | None:
    """Return what of the weights fits a network that is built for them; None where it cannot be built."""
    try:
        shape = fit.input_shape or (fit.channels, *USUAL_SIZE)
        module = empty(fit.architecture, shape, fit.classes, fit.reused, fit.bits)
    except (KdStudioError, RuntimeError, ValueError):
        return None
    state = module.state_dict()
    shared = twins(state)  # written once
    wanted = {name: tuple(state[name].shape) for name in state if name not in shared or name in shapes}
    given = {fit.renamed.get(key, key): shape for key, shape in shapes.items()}
    originals = {fit.renamed.get(key, key): key for key in shapes}
    both = wanted.keys() & given.keys()
    return Guess(
        fit=fit,
        matching=sum(wanted[name] == given[name] for name in both),
        missing=tuple(name for name in wanted if name not in given and not name.endswith("num_batches_tracked")),
        unexpected=tuple(originals[name] for name in given if name not in wanted),
        wrong=tuple((originals[n], given[n], wanted[n]) for n in given if n in both and given[n] != wanted[n]),
    )


def _with(fit: Fit, renamed: dict[str, str]) -> Fit:
    return Fit(fit.architecture, fit.input_shape, fit.channels, fit.classes, renamed, fit.notes)


def _few(names: list[str], limit: int = 3) -> str:
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"
