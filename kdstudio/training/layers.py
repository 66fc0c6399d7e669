"""Pairing the layers that a recipe's methods compare, before a run: found by what both networks show of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kdstudio.core.errors import ModelError, Problem
from kdstudio.methods.catalogue import METHODS, method
from kdstudio.methods.layer_method import LayerMethod, StudentLayerMethod
from kdstudio.models.attention import ATTENTION
from kdstudio.models.model import Model
from kdstudio.models.pairs import Pairs, Shapes, propose, stages
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.taps import EMBEDDED, shapes
from kdstudio.recipe.choices import MethodChoice

_RANKS = {1: "vectors", 2: "tokens", 3: "maps", 4: "attention"}


@dataclass(frozen=True, slots=True)
class LayerShapes:
    """What each layer of student and teacher gives for one input, by name; empty where no method looks at layers."""

    student: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    teacher: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


NO_LAYERS = LayerShapes()


def paired(
    choices: tuple[MethodChoice, ...], student: Model, teacher: Model | None
) -> tuple[tuple[MethodChoice, ...], LayerShapes, list[Problem]]:
    """Return the methods with their layers chosen, what the layers give, and every problem with that."""
    where = [i for i, choice in enumerate(choices) if _is_a(choice, LayerMethod)]
    if not where and not any(_is_a(choice, StudentLayerMethod) for choice in choices):
        return choices, NO_LAYERS, []
    if where and teacher is None:
        hint = "Choose the teacher's model instead of its stored answers, or methods that compare answers."
        message = "compares layers, and there is no teacher whose layers can be seen"
        told = [Problem(message=f"{choices[i].method} {message}", where=f"methods[{i}]", hint=hint) for i in where]
        return choices, NO_LAYERS, told
    try:
        theirs = _seen(teacher, "teacher") if where and teacher is not None else {}
        found = LayerShapes(_seen(student, "student"), theirs)
    except ModelError as error:
        return choices, NO_LAYERS, list(error.problems)
    problems: list[Problem] = []
    made = []
    for i, choice in enumerate(choices):
        if _is_a(choice, LayerMethod):
            pairs, told = _pairs(choice, dict(found.student), dict(found.teacher))
            told = told or _read_apart(choice, student, teacher, found)
            problems += [problem.model_copy(update={"where": f"methods[{i}].pairs"}) for problem in told]
            made.append(choice.model_copy(update={"pairs": pairs}))
        elif _is_a(choice, StudentLayerMethod):
            layers, told = _layers(choice, dict(found.student))
            problems += [problem.model_copy(update={"where": f"methods[{i}].layers"}) for problem in told]
            made.append(choice.model_copy(update={"layers": layers}))
        else:
            made.append(choice)
    return tuple(made), found, problems


def _is_a(choice: MethodChoice, kind: type[LayerMethod] | type[StudentLayerMethod]) -> bool:
    return choice.method in METHODS and issubclass(METHODS[choice.method], kind)


def _seen(model: Model, whose: str) -> Shapes:
    found = shapes(model)
    if not found:
        raise ModelError(
            f"the {whose}'s layers cannot be seen: it is a model in the format {model.format}",
            hint="Choose methods that compare answers, or open the model's weights (a state dict, safetensors).",
        )
    return found


def _pairs(choice: MethodChoice, student: Shapes, teacher: Shapes) -> tuple[Pairs, list[Problem]]:
    """Return the pairs of a method, and what is wrong with those that the recipe names."""
    kind = METHODS[choice.method]
    assert issubclass(kind, LayerMethod)
    asked = choice.knobs.get("pairs", "auto")
    if asked == "auto":
        pairs = propose(_seen_by(kind, student), _seen_by(kind, teacher), kind.pairing)
        return pairs, _together(choice, student, teacher, pairs) if pairs else [_nothing(kind)]
    pairs = tuple((str(own), str(other)) for own, other in asked)
    told = [_misfit("student", own, student, kind) for own, _ in pairs]
    told += [_misfit("teacher", other, teacher, kind) for _, other in pairs]
    problems = [problem for problem in told if problem is not None]
    return pairs, problems or _together(choice, student, teacher, pairs)


def _together(choice: MethodChoice, student: Shapes, teacher: Shapes, pairs: Pairs) -> list[Problem]:
    """Return what the method itself says against pairs of layers."""
    made = method(choice)
    assert isinstance(made, LayerMethod)
    told = [made.misfit(student, teacher, own, other) for own, other in pairs]
    return [Problem(message=message, hint=_wants(type(made))) for message in dict.fromkeys(told) if message]


def _read_apart(choice: MethodChoice, student: Model, teacher: Model | None, found: LayerShapes) -> list[Problem]:
    """Say where two networks do not look at the same places, for a method that needs that."""
    asked = METHODS[choice.method]
    assert issubclass(asked, LayerMethod)
    if not asked.needs.attention or teacher is None:
        return []
    ours, theirs = student.preprocessing, teacher.preprocessing
    if isinstance(ours, TokenPreprocessing):
        is_alike = ours.same_tokens(theirs)
    else:
        is_alike = found.student[EMBEDDED][0] == found.teacher[EMBEDDED][0]
    if is_alike:
        return []
    hint = "Choose a student with the teacher's tokenizer or its patches, or methods that compare answers."
    return [Problem(message=f"{asked.title} needs a student that reads the same places as the teacher", hint=hint)]


def _layers(choice: MethodChoice, student: Shapes) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the student's layers for a method on them alone, and what is wrong with those that the recipe names."""
    asked = choice.knobs.get("layers", "auto")
    if asked == "auto":
        found = tuple(stages(student)[:-1])
        hint = "Choose a student with more layers, or leave the method out."
        return found, [] if found else [Problem(message="the student has one stage alone", hint=hint)]
    named = tuple(str(layer) for layer in asked)
    return named, [_unknown("student", layer, student) for layer in named if layer not in student]


def _unknown(whose: str, layer: str, known: Shapes) -> Problem:
    hint = f"Its layers are: {', '.join(name for name, shape in known.items() if len(shape) in (1, 2, 3))}."
    return Problem(message=f"the {whose} has no layer called {layer!r}", hint=hint)


def _misfit(whose: str, layer: str, known: Shapes, method: type[LayerMethod]) -> Problem | None:
    if layer not in known:
        return _unknown(whose, layer, known)
    rank = len(known[layer])
    if rank in method.ranks:
        return None
    return Problem(message=f"{layer} of the {whose} gives {_RANKS[rank]}", hint=_wants(method))


def _seen_by(method: type[LayerMethod], known: Shapes) -> Shapes:
    """Return the layers that a method can look at."""
    fitting = {name: shape for name, shape in known.items() if len(shape) in method.ranks}
    return {
        name: shape for name, shape in fitting.items() if not method.needs.attention or f"{name}{ATTENTION}" in known
    }


def _nothing(method: type[LayerMethod]) -> Problem:
    hint = f"{_wants(method)} Choose another method, or a student of the teacher's family."
    return Problem(message="no layer of the student can be compared with one of the teacher", hint=hint)


def _wants(method: type[LayerMethod]) -> str:
    if method.needs.attention:
        return f"{method.title} compares transformers that are opened from Hugging Face folders, and look both ways."
    return f"{method.title} compares {' or '.join(_RANKS[rank] for rank in method.ranks)}."


def unfit(choice: MethodChoice, known: Shapes) -> dict[str, str]:
    """Return the layers that a method cannot look at, each with the reason."""
    kind = METHODS[choice.method]
    assert issubclass(kind, LayerMethod)
    fitting = _seen_by(kind, known)
    return {
        name: f"It gives {_RANKS[len(shape)]}. {_wants(kind)}" for name, shape in known.items() if name not in fitting
    }
