"""From a program that answers (TorchScript, exported program, ONNX, pickled module) to a model.

What it takes and what it answers with is found by handing it a few made-up inputs of each kind that it may take.
torch's default generator is not touched: they come from a generator of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.targets import Task
from kdstudio.data.dataset import Kind
from kdstudio.models.model import PROGRAM, Model, Spec, tappable
from kdstudio.models.outputs import choose
from kdstudio.models.programs.inputs import PROBES, Arranged, Takes
from kdstudio.models.programs.kinds import guessed
from kdstudio.models.programs.onnx_learning import OnnxModule
from kdstudio.models.programs.texts import role
from kdstudio.models.tasks import answering

_TOKENIZER = "If it takes tokens of texts, put its tokenizer (tokenizer.json or vocab.txt) beside the file."


@dataclass(frozen=True, slots=True)
class Program:
    """A module in eval mode with where it came from. `takes` has the inputs to try, the likeliest first.

    `weights` has the count and the bytes of its numbers where they are no parameters of the module.
    """

    module: nn.Module
    takes: Sequence[Takes]
    path: Path
    format: str
    digest: str
    can_train: bool = False
    layers: tuple[str, ...] = ()
    label: str = ""
    class_names: tuple[str, ...] = ()
    weights: tuple[int, int] | None = None
    task: Task | None = None  # where the file says it


def of_module(module: nn.Module, path: Path, format_: str, digest: str, label: str, *, can_train: bool) -> Model:
    """Return a module of Python code as a model; raises ModelError where it is no classifier."""
    module = module.float().eval()
    return as_model(
        Program(
            module=module,
            takes=guessed(*_arguments(module), [tuple(tensor.shape) for tensor in module.parameters()], path),
            path=path,
            format=format_,
            digest=digest,
            can_train=can_train,
            layers=tuple(tappable(module, "net.")),
            label=label,
        )
    )


def as_model(program: Program) -> Model:
    """Return the model; raises ModelError where the program takes nothing that it is given, or is no classifier.

    Where it takes several kinds of input (rows of numbers may be pictures or a table), the others are its `others`.
    """
    found: dict[Kind, Model] = {}
    trials = _Trials()
    for takes in program.takes:
        if takes.preprocessing.takes in found:
            continue
        accepted = trials.accepted(program.module, takes)
        if accepted is not None:
            model = _model(program, *accepted)
            found[model.preprocessing.takes] = model
    if not found:
        raise trials.refusal()
    first, *others = found.values()
    return replace(first, others=tuple(others))


def with_output(model: Model, wanted: str) -> Model:
    """Return the same model with the output that a person chose; raises ModelError where it has none of that name."""
    if not isinstance(model.module, Arranged):
        raise ModelError("the model has one output alone", hint="Leave the choice automatic.")
    net, takes = model.module.net, model.module.takes
    if isinstance(net, OnnxModule):  # it has one of the outputs alone
        net = net.exact
        model = replace(model, module=Arranged(net, takes), can_train=False, layers=())
    trials = _Trials()
    accepted = trials.accepted(net, takes)
    if accepted is None:
        raise trials.refusal()
    output, classes = choose(accepted[1], PROBES, wanted)
    others = [problem for problem in model.problems if problem.message != model.output.reason]
    note = Problem(message=output.reason, where=str(model.path), severity="note")
    return replace(
        model,
        output=output,
        task="regression" if output.kind == "values" else "classification",
        spec=replace(model.spec, classes=classes),
        class_names=model.class_names if len(model.class_names) == classes else (),
        problems=(*others, note),
        others=tuple(with_output(other, wanted) for other in model.others),
    )


def _model(program: Program, takes: Takes, answers: Sequence[Any]) -> Model:
    output, classes = choose(answers, PROBES)
    again = {PROGRAM: str(program.path.absolute()), "sha256": program.digest} if program.can_train else {}
    notes = [note for note in (output.reason, takes.describe()) if note]
    model = Model(
        module=Arranged(program.module, takes),
        spec=Spec(program.format, again, takes.input_shape, classes),
        preprocessing=takes.preprocessing,
        class_names=program.class_names if len(program.class_names) == classes else (),
        path=program.path,
        format=program.format,
        can_train=program.can_train,
        layers=program.layers,
        digest=program.digest,
        problems=tuple(Problem(message=note, where=str(program.path), severity="note") for note in notes),
        preprocessing_known=takes.is_told,
        label=program.label or program.format,
        output=output,
        task="regression" if output.kind == "values" else "classification",
        weights=program.weights,
    )
    return model if program.task is None else answering(model, program.task, classes)


class _Trials:
    """Inputs that a program was handed, and what it said to those that it did not answer."""

    def __init__(self) -> None:
        self.tried: list[Takes] = []
        self.failure: Exception | None = None

    def accepted(self, net: nn.Module, takes: Takes) -> tuple[Takes, list[Any]] | None:
        """Return it with the first size that the program answers, left open where the next one does as well."""
        options = takes.sized()
        for option, following in zip(options, [*options, None][1:], strict=True):
            answers = self._ask(net, option)
            if answers is not None:
                is_free = following is not None and self._ask(net, following) is not None
                return takes.settled(option, is_free=is_free), answers
        return None

    def refusal(self) -> ModelError:
        """Return why nothing was answered."""
        if isinstance(self.failure, ModelError) and len(self.tried) == 1:
            return self.failure
        if not self.tried:
            return ModelError(
                "the model takes no pictures, sound or rows of a table, as far as the shapes of its weights tell",
                hint=_TOKENIZER,
            )
        shapes = dict.fromkeys(" × ".join(map(str, one.preprocessing.shape)) for one in self.tried)
        said = str(self.failure).strip().splitlines()
        return ModelError(
            f"the model answers no input of the usual sizes (tried {', '.join(shapes)})"
            + (f"; it says: {said[-1][:300]}" if said else ""),
            hint="Save it as ONNX, whose file says what it takes, or as weights of a known architecture. " + _TOKENIZER,
        )

    def _ask(self, net: nn.Module, takes: Takes) -> list[Any] | None:
        """Return the answers to made-up inputs, None where there are none."""
        arranged = Arranged(net, takes)
        try:
            with torch.no_grad():
                return [arranged(prepared) for prepared in takes.probes()]
        except Exception as error:  # a program of others may raise anything
            self.tried, self.failure = [*self.tried, takes], error
            return None


def _arguments(module: nn.Module) -> tuple[list[str], list[str]]:
    """Return the names of what a module must be called with, and of a mask that it may be called with behind it."""
    try:
        known = list(signature(module.forward).parameters.values())
    except (TypeError, ValueError):
        return ["input"], []
    known = [one for one in known if one.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    wanted = [one.name for one in known if one.default is Parameter.empty] or [one.name for one in known[:1]]
    masks = takewhile(lambda one: role(one.name) == "mask", known[len(wanted) :])
    return wanted or ["input"], [one.name for one in masks]
