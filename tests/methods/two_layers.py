"""Features of one layer of a student and of one of a teacher, and a method that compares them, in float64."""

import torch

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.layer_method import LayerMethod
from kdstudio.models.values import Batch, Outputs

PAIR = (("ours", "theirs"),)


def feature(*shape: int, seed: int) -> torch.Tensor:
    """Return random numbers (N, …)."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def build(method: LayerMethod, student: torch.Tensor, teacher: torch.Tensor) -> Objective:
    """Return the method for features of these shapes, its own parts always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        shapes = {"ours": tuple(student.shape[1:])}, {"theirs": tuple(teacher.shape[1:])}
        return method.build(Setting(classes=2, inputs=10, student=shapes[0], teacher=shapes[1])).double()


def exchange(student: torch.Tensor, teacher: torch.Tensor, **moment: float) -> Exchange:
    """Return a batch in which both layers gave these features; the logits do not matter."""
    inputs = len(student)
    batch = Batch(None, torch.zeros(inputs, dtype=torch.int64), torch.arange(inputs))
    logits = torch.zeros(inputs, 2, dtype=torch.float64)
    return Exchange(batch, Outputs(logits, {"ours": student}), Outputs(logits, {"theirs": teacher}), **moment)


def loss(method: LayerMethod, student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Return the method's only term, between these features."""
    (term,) = build(method, student, teacher)(exchange(student, teacher)).values()
    return term
