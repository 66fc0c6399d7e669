"""A learner: one student with its objectives, optimizer, order of inputs and random state."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from kdstudio.methods.base import Ask, Exchange, Method, Setting
from kdstudio.models.model import Model
from kdstudio.models.taps import answer, ask
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.choices import OptimizerChoice, ScheduleChoice
from kdstudio.training.batches import Order

T = TypeVar("T")


def learning_rate(choice: ScheduleChoice, peak: float, step: int, steps_per_epoch: int, total: int) -> float:
    """Return the learning rate of `step` (counted from 0) of `total`, a pure function so that resuming needs no state.

    Warm-up is linear; cosine then falls to 0 at `total` (Loshchilov, Hutter 2017); step divides at each mark.
    """
    warmup = min(int(choice.warmup_epochs * steps_per_epoch), total - 1)
    if step < warmup:
        return peak * (step + 1) / warmup
    share = (step - warmup) / max(1, total - warmup)
    if choice.name == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * share))
    if choice.name == "step":
        return peak / choice.factor ** sum(step / total >= mark for mark in choice.milestones)
    return peak


def make_optimizer(choice: OptimizerChoice, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer, in its fused form where the device has one (one kernel instead of one a tensor)."""
    fused = parameters[0].device.type in ("cpu", "cuda")
    rate, decay = choice.learning_rate, choice.weight_decay
    if choice.name == "adamw":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=fused)
    return torch.optim.SGD(parameters, lr=rate, momentum=choice.momentum, weight_decay=decay, fused=fused)


def label_terms(methods: Sequence[T], names: Sequence[str]) -> list[tuple[str, T]]:
    """Return (label, method) pairs; a method used twice is told apart as `soft_targets#2`."""
    labels: list[str] = []
    for name in names:
        count = sum(label.partition("#")[0] == name for label in labels)
        labels.append(f"{name}#{count + 1}" if count else name)
    return list(zip(labels, methods, strict=True))


def layers_of(methods: Iterable[Method]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the layers of the student and of the teacher that these methods look at, each once."""
    taps = [method.taps for method in methods]
    student = dict.fromkeys(layer for own, _ in taps for layer in own)
    return tuple(student), tuple(dict.fromkeys(layer for _, other in taps for layer in other))


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step is: its learning rate, how far the run is (0..1) and in which epoch (as a float).

    Where it `weighs`, the gradient that each term sends into the student is measured: one more backward pass for each.
    """

    rate: float
    progress: float
    epoch: float
    weighs: bool = False


@dataclass(slots=True)
class Best:
    """The best epoch on validation so far; `weights` is a copy of the model's state."""

    key: tuple[float, float] = (-math.inf, -math.inf)
    epoch: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)


class Meter:
    """Sums of loss terms on the device; they are copied to the host once a report, not once a step."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.steps = 0

    def add(self, terms: dict[str, Tensor]) -> None:
        """Add one step's terms (scalars on the device)."""
        self.steps += 1
        if not self.sums:
            self.sums = {name: value.detach().clone() for name, value in terms.items()}
            return
        for name, value in terms.items():
            self.sums[name] += value.detach()

    def means(self) -> dict[str, float]:
        """Return the mean of each term since the last call, and start anew. Reads from the device."""
        if not self.steps:
            return {}
        values = torch.stack(list(self.sums.values())).div(self.steps).tolist()
        means = dict(zip(self.sums, values, strict=True))
        self.sums, self.steps = {}, 0
        return means


class Learner:
    """One student in training. All of its state is in `state()` and `model`, its place in the run in `step`."""

    def __init__(
        self,
        name: str,
        model: Model,
        methods: list[tuple[str, Method]],
        order: Order,
        setting: Setting,
        optimizer: OptimizerChoice,
        seed: int,
    ) -> None:
        self.name = name
        self.model = model
        self.order = order
        device = next(model.module.parameters()).device
        self.layers, self.teacher_layers = layers_of(method for _, method in methods)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.objectives = {label: method.build(setting).to(device) for label, method in methods}
        own = [p for objective in self.objectives.values() for p in objective.parameters()]
        self.parameters = [p for p in [*model.module.parameters(), *own] if p.requires_grad]
        self.optimizer = make_optimizer(optimizer, self.parameters)
        self.random = fresh_random(seed, device)
        self.meter = Meter()
        self.spoiled = torch.zeros((), device=device)  # 1 from the first step on whose loss was not finite
        self.lost = torch.zeros((), device=device)  # how many steps that are
        self.best = Best()
        self.norms: dict[str, Tensor] = {}
        self.step = 0
        self.judged = 0  # epochs that were evaluated
        self.ask_teacher: Ask | None = None
        self.looks = any(method.needs.inputs for _, method in methods)  # at the data's inputs

    @property
    def needs_teacher(self) -> bool:
        """Whether any of its methods looks at a teacher's answers to the data."""
        needs = [objective.method.needs for objective in self.objectives.values()]
        return any(one.teacher and one.inputs for one in needs)

    def adopt(self, methods: Sequence[Method]) -> None:
        """Go on with other weights and knobs of the same methods; what they have learned stays.

        A baseline that would be left without any method keeps those that it has.
        """
        if [type(one) for one in methods] == [type(one.method) for one in self.objectives.values()]:
            for objective, method in zip(self.objectives.values(), methods, strict=True):
                objective.method = method

    def learn(self, batch: Batch, teacher: Outputs | None, moment: Moment, own: Outputs | None = None) -> Outputs:
        """Make one optimizer step and return the student's answer before it. No value is read back from the device.

        `own` is that answer where it is there already, with its gradients.
        """
        student = own or self._answer(batch)
        exchange = Exchange(
            batch,
            student,
            teacher,
            (teacher,) if teacher else (),
            moment.progress,
            moment.epoch,
            self.ask_teacher,
            partial(ask, self.model),
        )
        named: dict[str, Tensor] = {}
        total = torch.zeros((), device=student.logits.device)
        weighted: dict[str, Tensor] = {}
        for label, objective in self.objectives.items():
            for name, value in objective(exchange).items():
                named[f"{label}/{name}"] = value
                weighted[f"{label}/{name}"] = objective.method.weight * value
                total = total + weighted[f"{label}/{name}"]
        if moment.weighs and len(weighted) > 1:
            norms = {name: self._norm(value) for name, value in weighted.items()}
            self.norms = {name: norm for name, norm in norms.items() if norm is not None}
        for parameter in self.parameters:  # as zero_grad does, without its bookkeeping: 30 µs of a step of 4 ms
            parameter.grad = None
        torch.autograd.backward(total)
        for group in self.optimizer.param_groups:
            group["lr"] = moment.rate
        self._guard(total.detach())
        self.optimizer.step()
        self.meter.add({"total": total, **named})
        self.step += 1
        return student.detached()

    def _answer(self, batch: Batch) -> Outputs:
        """Return the student's answer. Where nothing looks at the data, it leaves no trace, not even in statistics."""
        if self.looks:
            return answer(self.model, batch, self.layers)
        self.model.module.eval()
        with torch.no_grad():
            answered = answer(self.model, batch, self.layers)
        self.model.module.train()
        return answered

    def _guard(self, total: Tensor) -> None:
        """Let the weights stay as they are from the first loss on that is not finite, without a look at the device.

        Only fused optimizers can, as mixed precision has them do; with others the weights are lost with that step.
        """
        self.spoiled = torch.where(total - total == 0, self.spoiled, 1.0)
        self.lost += self.spoiled
        if self.optimizer.defaults.get("fused"):
            self.optimizer.found_inf = self.spoiled  # type: ignore[attr-defined]

    def steps_lost(self) -> int:
        """Return how many of the last steps came to nothing, from the first loss on that was not finite.

        A step whose gradient or weights overflowed counts too. Reads from the device.
        """
        lost = int(self.lost.item())
        state = [*self.parameters, *self.model.module.buffers()]
        parts = [torch.isfinite(one).all() for one in state if one.is_floating_point()]
        return lost if lost or bool(torch.stack(parts).all()) else 1

    def gradient_norms(self) -> dict[str, float]:
        """Return the Euclidean norm of the last step's gradient as `total`, and of each term that was weighed since.

        Reads from the device.
        """
        total = torch.nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        norms, self.norms = {"total": total, **self.norms}, {}
        return dict(zip(norms, torch.stack(list(norms.values())).tolist(), strict=True))

    def _norm(self, loss: Tensor) -> Tensor | None:
        """Return the norm of the gradient that a loss sends into the student; 0 for a constant.

        None where it is for parts of the method alone, as a generator's is.
        """
        if not loss.requires_grad:
            return loss.detach() * 0
        own = [parameter for parameter in self.model.module.parameters() if parameter.requires_grad]
        gradients = torch.autograd.grad(loss, own, retain_graph=True, allow_unused=True)
        reached = [one for one in gradients if one is not None]
        return torch.nn.utils.get_total_norm(reached) if reached else None

    def state(self) -> dict[str, Any]:
        """Return everything but the model's weights that an exact resume needs."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "objectives": {label: objective.state_dict() for label, objective in self.objectives.items()},
            "random": self.random,
            "meter": {"sums": self.meter.sums, "steps": self.meter.steps},
            "best": {"key": list(self.best.key), "epoch": self.best.epoch},
            "step": self.step,
            "judged": self.judged,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a state that `state()` gave."""
        self.optimizer.load_state_dict(state["optimizer"])
        for label, objective in self.objectives.items():
            objective.load_state_dict(state["objectives"][label])
        self.random = state["random"]
        self.meter.sums, self.meter.steps = state["meter"]["sums"], state["meter"]["steps"]
        first, second = state["best"]["key"]
        self.best = Best((first, second), state["best"]["epoch"])
        self.step, self.judged = state["step"], state["judged"]


def fresh_random(seed: int, device: torch.device) -> dict[str, Tensor]:
    """Return the random state that a learner starts with: the same for each learner of a run."""
    state = {"cpu": torch.Generator().manual_seed(seed).get_state()}
    if device.type == "cuda":
        state["cuda"] = torch.Generator(device).manual_seed(seed).get_state()
    return state


def enter_random(state: dict[str, Tensor], device: torch.device) -> None:
    """Make a learner's random state torch's own: its turn begins."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)


def leave_random(device: torch.device) -> dict[str, Tensor]:
    """Return torch's random state: the learner's turn ends."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state
