"""Own exits against the terms of their paper, written out by hand, and where the gradients go."""

import math

import pytest
import torch

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.own_exits import OwnExits
from kdstudio.models.values import Batch, Outputs

SHAPES = {"vectors": (3,), "maps": (2, 4, 4), "tokens": (5, 3), "embedding": (6,)}


def built(layer: str, classes: int) -> Objective:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return OwnExits(layers=(layer,)).build(Setting(classes=classes, inputs=9, student=SHAPES)).double()


def exchange(count: int, classes: int) -> Exchange:
    generator = torch.Generator().manual_seed(4)
    logits, *features = (
        torch.randn(count, *shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in ((classes,), *SHAPES.values())
    )
    targets = torch.arange(count) % classes
    batch = Batch(None, targets, torch.arange(count))
    return Exchange(batch, Outputs(logits, dict(zip(SHAPES, features, strict=True))))


def softened(row: list[float], temperature: float) -> list[float]:
    powers = [math.exp(value / temperature) for value in row]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize(("count", "classes"), [(1, 2), (4, 3)])
def test_that_the_terms_are_the_papers_for_a_layer_of_vectors(count: int, classes: int) -> None:
    objective, given = built("vectors", classes), exchange(count, classes)
    found = {name: float(value.detach()) for name, value in objective(given).items()}
    first, last = objective.heads[0].bottleneck[0], objective.heads[0].classifier
    hard = soft = far = 0.0
    for row in range(count):
        narrow = (given.student.features["vectors"][row] @ first.weight.T + first.bias).clamp(min=0)
        answer, deepest = (narrow @ last.weight.T + last.bias).tolist(), given.student.logits[row].tolist()
        hard -= math.log(softened(answer, 1.0)[row % classes])
        pairs = zip(softened(deepest, 3.0), softened(answer, 3.0), strict=True)
        soft += 9 * sum(p * math.log(p / q) for p, q in pairs)
        gaps = zip(narrow.tolist(), given.student.features["embedding"][row].tolist(), strict=True)
        far += sum((a - b) ** 2 for a, b in gaps) / 6
    expected = {"cross_entropy": 0.7 * hard / count, "kl": 0.3 * soft / count, "hint": 0.03 * far / count}
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("layer", ["vectors", "maps", "tokens"])
def test_that_exits_teach_their_stage_and_not_the_deepest_answer(layer: str) -> None:
    objective, given = built(layer, 3), exchange(4, 3)
    sum(objective(given).values()).backward()
    assert given.student.features[layer].grad.abs().sum() > 0
    assert given.student.logits.grad is None
    assert given.student.features["embedding"].grad is None
    assert all(parameter.grad.abs().sum() > 0 for parameter in objective.parameters())


def test_that_each_exit_adds_its_terms() -> None:
    setting, given = Setting(classes=3, inputs=9, student=SHAPES), exchange(4, 3)
    objective = OwnExits(layers=("maps", "tokens")).build(setting).double()
    both = {name: float(value.detach()) for name, value in objective(given).items()}
    alone = []
    for layer, head in zip(("maps", "tokens"), objective.heads, strict=True):
        one = built(layer, 3)
        one.heads[0].load_state_dict(head.state_dict())
        alone.append(one(given))
    assert both == pytest.approx({name: sum(float(one[name].detach()) for one in alone) for name in both})
