"""Whether a model can do the task of the data, and how its output is then read."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kdstudio.core.errors import ModelError
from kdstudio.core.targets import NEXT_TOKEN, WORDS, Task
from kdstudio.models.model import Model
from kdstudio.models.outputs import PLAIN, OutputChoice


@dataclass(frozen=True, slots=True)
class Answering:
    """What a student is to answer: the task, and how its output is read."""

    task: Task = "classification"
    output: OutputChoice = PLAIN

    @classmethod
    def of(cls, task: Task, numbers: np.ndarray) -> "Answering":
        """Return what a new student answers: numbers in deviations from the mean of those that are known, (n, K)."""
        if task != "regression":
            return cls(task)
        spread = numbers.std(axis=0, dtype=np.float64)
        scale = tuple(float(one) if one > 0 else 1.0 for one in spread)
        shift = tuple(float(one) for one in numbers.mean(axis=0, dtype=np.float64))
        return cls(task, OutputChoice(kind="values", scale=scale, shift=shift))


CLASSES = Answering()


def of_config(config: Any) -> Answering:
    """Return what transformers' config says: one number is a regression (its own rule), or a `problem_type` is."""
    kind = getattr(config, "problem_type", None)
    if int(config.num_labels) == 1 or kind == "regression":
        return Answering("regression", OutputChoice(kind="values"))
    return Answering("multi_label") if kind == "multi_label_classification" else CLASSES


_OTHER = "Choose a model that was trained for this data, or set task in the recipe."


def answering(model: Model, task: Task, outputs: int) -> Model:
    """Return the model as it answers `outputs` classes, labels or numbers; raises ModelError where it cannot.

    A model of one number is a yes-or-no answer where the data has two classes. A language model's answer at each place
    is a classification of its own, of all tokens.
    """
    if model.per_token != (task == NEXT_TOKEN):
        raise _unlike(model)
    if model.per_token:
        return model
    if task == "regression":
        return _numbers(model, outputs)
    if model.output.kind == "values":
        return _yes_or_no(model, task, outputs)
    if task == "multi_label" and model.output.kind == "probabilities":
        message = "the model answers probabilities that sum to 1: one class for each input, and the data has several"
        raise ModelError(message, hint=_OTHER)
    if task == "classification" and model.task == "multi_label":
        message = "the model was trained for several labels at once: its answers are no shares of one whole"
        raise ModelError(message, hint=_OTHER)
    return replace(model, task=task)


def _unlike(model: Model) -> ModelError:
    if model.per_token:
        return ModelError(
            "the model writes text: it answers each token with the next one, and the data has one label a text",
            hint="Choose a classifier of text, or set task to next_token: the model then learns from the texts alone.",
        )
    return ModelError(
        "the model answers a whole text once, and this data asks for the next token at each place",
        hint="Choose a causal language model (a Hugging Face folder with its tokenizer).",
    )


def _numbers(model: Model, outputs: int) -> Model:
    if model.output.kind in ("probabilities", "sigmoid") or model.task == "multi_label":
        message = f"the model is a classifier ({model.output.describe()}), and the data has {WORDS['regression']}"
        raise ModelError(message, hint=_OTHER)
    if model.spec.classes != outputs:
        message = f"the model answers {model.spec.classes} numbers, and the data has {outputs} to predict"
        raise ModelError(message, hint=_OTHER)
    return replace(model, task="regression", output=replace(model.output, kind="values"))


def _yes_or_no(model: Model, task: Task, outputs: int) -> Model:
    if task == "multi_label" or outputs != 2 or model.output.scale:
        message = "the model answers one number an input: a yes-or-no detector or a regression, no scores of classes"
        raise ModelError(message, hint=_OTHER)
    return replace(
        model,
        task=task,
        output=replace(model.output, kind="binary"),
        spec=replace(model.spec, classes=2),
    )
