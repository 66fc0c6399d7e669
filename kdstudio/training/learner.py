"""A learner: one student with its objectives, optimizer, order of inputs and random state."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from kdstudio.methods.base import Ask, Exchange, Method, Setting
from kdstudio.models.model import Model
from kdstudio.models.taps import ask
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.recipe.recipe import Precision
from kdstudio.training.batches import Order
from kdstudio.training.compiling import compiled
from kdstudio.training.group import ALONE, Group
from kdstudio.training.meter import Meter
from kdstudio.training.optimizing import make_optimizer
from kdstudio.training.parts import share_of
from kdstudio.training.pieces import Pieces
from kdstudio.training.precision import cast_answer, make_scaler
from kdstudio.training.random_state import fresh_random
from kdstudio.training.sharing import Shares, hold, shares_of, sum_up, ways_of, whole

T = TypeVar("T")


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
        precision: Precision = "float32",
        group: Group = ALONE,
    ) -> None:
        self.name = name
        self.precision, self.group = precision, group
        self.model = model
        self.order = order
        device = next(model.module.parameters()).device
        self.layers, self.teacher_layers = layers_of(method for _, method in methods)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(order.seed)
            self.objectives = {label: method.build(setting).to(device) for label, method in methods}
        self.ways = ways_of(group, self.objectives)
        self.held = hold(model, group)
        self.own = [p for objective in self.objectives.values() for p in objective.parameters() if p.requires_grad]
        self.parameters = [*self.held.parameters, *self.own]
        self.optimizer = make_optimizer(optimizer, self.parameters)
        self.zeros = self.held.zeros() if model.spec.sparse else []
        self.scaler = make_scaler(precision, device)
        self.random = fresh_random(order.seed, device)
        self.meter = Meter()
        self.spoiled = torch.zeros((), device=device)  # 1 from the first step on whose loss was not finite
        self.lost = torch.zeros((), device=device)  # how many steps that are
        self.best = Best()
        self.norms: dict[str, Tensor] = {}
        self.step = self.judged = 0  # the second: epochs that were evaluated
        self.pieces = Pieces(model, name)  # in which it is evaluated
        self.most = 0  # inputs at once where a batch does not fit into memory; 0 = all
        self.ask_teacher: Ask | None = None
        self.quick: Model | None = None  # the model as one compiled program
        self.looks = any(method.needs.inputs for _, method in methods)  # at the data's inputs

    @property
    def needs_teacher(self) -> bool:
        """Whether any of its methods looks at a teacher's answers to the data."""
        needs = [objective.method.needs for objective in self.objectives.values()]
        return any(one.teacher and one.inputs for one in needs)

    def is_done(self, patience: int) -> bool:
        """Whether the last `patience` epochs, if that is not 0, brought nothing better on validation."""
        return 0 < patience <= self.judged - self.best.epoch

    def compile(self) -> None:
        """Learn whole batches with a compiled network from now on, unless a method looks at its layers."""
        self.quick = None if self.layers else compiled(self.model)

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
        self._clear()
        student = own or self._answer(batch, moment)
        named, weighted = self._terms(batch, student, teacher, moment, shares_of(self.group, batch))
        if moment.weighs and len(weighted) > 1:
            norms = {name: self.held.pull(value, student.logits) for name, value in weighted.items()}
            self.norms = {name: norm for name, norm in norms.items() if norm is not None}
            self._clear()
        total = sum(weighted.values(), start=torch.zeros((), device=student.logits.device))
        self._backward(total, student)
        self._finish({"total": total, **named}, moment)
        return student.detached()

    def learn_in_parts(self, batch: Batch, teacher: Callable[[Batch], Outputs | None], moment: Moment) -> Outputs:
        """Make the same step with `most` inputs at once; `teacher` answers each part. Only logits are returned.

        Each term is the mean over the parts, which count as much as they have of what the term is a mean over.
        """
        self._clear()
        sums: dict[str, Tensor] = {}
        logits = []
        for part in batch.parts(self.most):
            student = self._answer(part, moment)
            shares: Shares = {"inputs": share_of(part, batch, "inputs"), "labelled": share_of(part, batch, "labelled")}
            named, weighted = self._terms(part, student, teacher(part), moment, shares)
            total = sum(weighted.values(), start=torch.zeros((), device=student.logits.device))
            self._backward(total, student)
            for name, value in {"total": total, **named}.items():
                sums[name] = sums.get(name, 0.0) + value.detach()
            logits.append(student.logits.detach())
        self._finish(sums, moment)
        return Outputs(torch.cat(logits))

    def _terms(
        self, batch: Batch, student: Outputs, teacher: Outputs | None, moment: Moment, shares: Shares
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the terms of all methods, and the same times their methods' weights; of a part, its share in them."""
        exchange = Exchange(
            batch,
            student,
            teacher,
            (teacher,) if teacher else (),
            moment.progress,
            moment.epoch,
            self.ask_teacher,
            partial(ask, self.held.model),
        )
        named: dict[str, Tensor] = {}
        weighted: dict[str, Tensor] = {}
        every = whole(self.group, exchange) if "batch" in self.ways.values() else exchange
        for label, objective in self.objectives.items():
            way = self.ways[label]
            for name, value in objective(every if way == "batch" else exchange).items():
                share = value * shares[way] if shares else value
                named[f"{label}/{name}"] = share
                weighted[f"{label}/{name}"] = objective.method.weight * share
        return named, weighted

    def _clear(self) -> None:
        for parameter in self.parameters:  # as zero_grad does, without its bookkeeping: 30 µs of a step of 4 ms
            parameter.grad = None

    def _backward(self, loss: Tensor, student: Outputs) -> None:
        self.held.backward(loss if self.scaler is None else self.scaler.scale(loss), student.logits)

    def _finish(self, terms: dict[str, Tensor], moment: Moment) -> None:
        """Move the weights by the gradients that are there; `terms` are those of the whole step."""
        for group in self.optimizer.param_groups:
            group["lr"] = moment.rate
        terms = sum_up(self.group, self.held.model.module, [*self.held.common, *self.own], terms)
        for weight, gone in self.zeros:  # no gradient ever was: neither momentum nor weight decay moves them then
            if weight.grad is not None:
                weight.grad.masked_fill_(gone, 0.0)
        self._guard(terms["total"].detach())
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.unscale_(self.optimizer)
            self.scaler.step(self.optimizer)
            self.scaler.update()
        self.meter.add(terms)
        self.step += 1

    def _answer(self, batch: Batch, moment: Moment) -> Outputs:
        """Return the student's answer. Where nothing looks at the data, it leaves no trace, not even in statistics."""
        if self.looks:
            is_whole = len(batch) == self.order.batch_size
            # weighing goes back through the network more than once, which a compiled one allows a single time
            model = self.quick if self.quick is not None and is_whole and not moment.weighs else self.held.model
            return cast_answer(model, batch, self.layers, self.precision)
        model = self.held.model
        model.module.eval()
        with torch.no_grad():
            answered = cast_answer(model, batch, self.layers, self.precision)
        model.module.train()
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
        return lost if lost or self.held.is_finite(self.own) else 1

    def gradient_norms(self) -> dict[str, float]:
        """Return the Euclidean norm of the last step's gradient as `total`, and of each term that was weighed since.

        Reads from the device.
        """
        total = self.held.norm(self.parameters)
        norms, self.norms = {"total": total, **self.norms}, {}
        return dict(zip(norms, torch.stack(list(norms.values())).tolist(), strict=True))

    def state(self) -> dict[str, Any]:
        """Return everything but the model's weights that an exact resume needs. All processes call it."""
        return {
            "optimizer": self.held.state(self.optimizer),
            "objectives": {label: objective.state_dict() for label, objective in self.objectives.items()},
            "random": self.random,
            "meter": {"sums": self.meter.sums, "steps": self.meter.steps},
            "best": {"key": list(self.best.key), "epoch": self.best.epoch},
            "step": self.step,
            "judged": self.judged,
            "most": self.most,
            "pieces": self.pieces.state(),
            "scaler": self.scaler.state_dict() if self.scaler is not None else {},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a state that `state()` gave, and the weights that are in `model`."""
        self.held.scatter()
        self.held.restore(self.optimizer, state["optimizer"])
        for label, objective in self.objectives.items():
            objective.load_state_dict(state["objectives"][label])
        if self.scaler is not None and state.get("scaler"):
            self.scaler.load_state_dict(state["scaler"])
        self.random = state["random"]
        self.meter.sums, self.meter.steps = state["meter"]["sums"], state["meter"]["steps"]
        first, second = state["best"]["key"]
        self.best = Best((first, second), state["best"]["epoch"])
        self.step, self.judged = state["step"], state["judged"]
        self.pieces.restore(state.get("pieces", {}))
        self.most = state.get("most", 0) if self.group.size == 1 else 0  # each has a share alone
