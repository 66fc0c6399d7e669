"""One stage of a run while it is trained: its learners take turns, epoch by epoch.

Each learner keeps its own random state, so that the student's bits do not depend on whether a baseline runs.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import torch
from torch import Tensor

from kdstudio.core.errors import Problem
from kdstudio.core.events import Advanced, Losses, Noticed
from kdstudio.methods.catalogue import method
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.recipe import Recipe
from kdstudio.recipe.stages import STUDENT
from kdstudio.training.control import Steps, Wish
from kdstudio.training.divergence import diverged
from kdstudio.training.learner import Learner, Moment
from kdstudio.training.learners import PEER, make_learners, make_teacher, methods_of
from kdstudio.training.observe import Probes
from kdstudio.training.optimizing import learning_rate
from kdstudio.training.parts import halved, is_out_of_memory
from kdstudio.training.random_state import enter_random, leave_random
from kdstudio.training.setup import Setup
from kdstudio.training.sharing import draw_anew
from kdstudio.training.signs import Signs
from kdstudio.training.timeline import Timeline

REPORTS_PER_EPOCH = 20
WEIGHED = 4  # one report in so many says how strong each term is, which costs a backward pass for each of them


class Turns:
    """The learners of a stage, their teacher, and what is known of them between two steps.

    `number` counts the stages of the run `whole` from 0; `setup` is that of this one. `obey` is asked after each step,
    with what the caller wishes and the learner whose turn it is.
    """

    def __init__(self, whole: Setup, setup: Setup, number: int, obey: Callable[[Wish, Learner], Steps]) -> None:
        self.setup, self.obey = setup, obey
        self.learners = make_learners(setup)
        self.teacher = make_teacher(setup, self.learners)
        for learner in self.learners:
            learner.ask_teacher = self.teacher.ask if self.teacher is not None else None
        self.peers = [learner for learner in self.learners if learner.name.startswith(PEER)]
        self.timeline = Timeline(setup.recipe, number)
        self.adopted: dict[str, Recipe] = {}
        self.steps = self.learners[0].order.steps  # in an epoch
        epochs = [stage.recipe.epochs for stage in whole.stages]
        self.before = self.steps * sum(epochs[:number])
        learners = 1 + len(whole.peers) + (whole.baseline is not None)
        self.total = self.steps * (learners * whole.recipe.epochs + sum(epochs))
        self.probes = Probes(setup, self.steps)
        self.signs = {learner.name: Signs(learner.name) for learner in self.learners}

    @property
    def step(self) -> int:
        """Optimizer steps of all learners of all stages together."""
        return self.before + sum(learner.step for learner in self.learners)

    def turn(self, learner: Learner, epoch: int) -> Steps:
        """Let one learner see all of its inputs of an epoch, from where it stands."""
        setup = self.setup
        batches = learner.order.epoch(epoch)[learner.step - epoch * self.steps :]
        learner.held.model.module.train()
        enter_random(learner.random, setup.device)
        every, clock, seen = max(min(10, self.steps), self.steps // REPORTS_PER_EPOCH), time.perf_counter(), 0
        try:
            with self.within_reach(learner, batches, epoch):
                for positions in batches:
                    draw_anew(setup.group, learner.order.seed, learner.step)
                    moment = self.moment(learner, learner.step == 0 or (learner.step + 1) % (WEIGHED * every) == 0)
                    yield from self.make_step(learner, positions, epoch, moment)
                    seen += len(positions)
                    if learner.step % every == 0:
                        self.check()
                        losses = self.losses(learner, moment.rate, seen / (time.perf_counter() - clock))
                        yield losses
                        for problem in self.signs[learner.name].of(losses, moment.progress):
                            yield Noticed(problem=problem)
                        clock, seen = time.perf_counter(), 0
                    if learner.step % self.probes.every == 0:
                        learner.held.gather()
                        if setup.group.is_first:
                            yield self.probes.glimpse(learner, self.step)
                    wish = yield Advanced(
                        step=self.step, total=self.total, epoch=learner.step / self.steps, learner=learner.name
                    )
                    yield from self.obey(wish, learner)
            self.check()
        finally:
            learner.random = leave_random(setup.device)

    def within_reach(self, learner: Learner, batches: Sequence[Tensor], epoch: int) -> AbstractContextManager[None]:
        """Return a context in which this process's share of each batch is read before its step."""
        setup, group = self.setup, self.setup.group
        shares = [positions[group.span(len(positions))] for positions in batches]
        view = setup.augmentation.view_of(epoch)
        return setup.train.within_reach(shares, setup.augmentation, view, learner.order.positions)

    def make_step(self, learner: Learner, positions: Tensor, epoch: int, moment: Moment) -> Steps:
        """Make one step, in smaller and smaller parts where it does not fit into memory."""
        setup, teacher = self.setup, self.teacher if learner.needs_teacher else None
        view, count = setup.augmentation.view_of(epoch), len(positions)
        positions = positions[setup.group.span(count)]
        while True:
            try:
                batch = setup.train.batch(positions, setup.augmentation, view, learner.order.positions)
                if setup.group.size > 1:
                    batch = replace(batch, whole=count)
                if learner.most and learner.most < len(batch):
                    self.in_parts(learner, batch, positions, epoch, moment)
                    return
                answers = None if teacher is None else teacher.outputs(batch, positions, epoch)
                if teacher is not None:
                    yield from teacher.news()
                answered = learner.learn(batch, answers, moment)
                if teacher is not None and answers is not None:
                    teacher.after_step(batch, answered, moment)
                return
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or setup.group.size > 1:  # the others would go on without this one
                    raise
            yield Noticed(problem=self.split(len(positions), learner))

    def in_parts(self, learner: Learner, batch: Batch, positions: Tensor, epoch: int, moment: Moment) -> None:
        """Make a step of as many inputs at once as fit."""
        teacher = self.teacher if learner.needs_teacher else None
        rest = iter(torch.split(positions, [len(part) for part in batch.parts(learner.most)]))

        def outputs(part: Batch) -> Outputs | None:
            return None if teacher is None else teacher.outputs(part, next(rest), epoch)

        answered = learner.learn_in_parts(batch, outputs, moment)
        if teacher is not None:
            teacher.after_step(batch, answered, moment)

    def split(self, size: int, learner: Learner) -> Problem:
        """Let all learners take half as many inputs at once as the one that ran out of memory; return what to tell."""
        methods = [(label, one.method.splits) for label, one in learner.objectives.items()]
        if self.peers:
            methods.append(("learning with peers", "batch"))
        most, problem = halved(size, learner.most, learner.model.module, methods)
        for one in self.learners:
            one.most = most
        if self.setup.device.type == "cuda":
            torch.cuda.empty_cache()
        return problem

    def check(self) -> None:
        """Raise TrainingDiverged where a learner's numbers are none any more. Reads from the device."""
        for learner in self.learners:
            if learner.steps_lost():
                rate = self.timeline.at(learner.step, learner.name).optimizer.learning_rate
                raise diverged(self.setup, learner, self.teacher, rate)

    def moment(self, learner: Learner, weighs: bool) -> Moment:
        """Return when a learner's next step is, and let it take over what was changed up to then."""
        recipe = self.timeline.at(learner.step, learner.name)
        if self.adopted.get(learner.name) is not recipe:
            self.adopted[learner.name] = recipe
            for one in (learner, *(self.peers if learner.name == STUDENT else ())):
                one.adopt([method(choice) for choice in methods_of(recipe, one.name)])
        steps = self.steps * recipe.epochs
        rate = learning_rate(recipe.schedule, recipe.optimizer.learning_rate, learner.step, self.steps, steps)
        return Moment(rate, learner.step / steps, learner.step / self.steps, weighs)

    def losses(self, learner: Learner, rate: float, speed: float) -> Losses:
        """Return the report of the steps since the last one; `speed` in inputs a second."""
        return Losses(
            step=self.step,
            epoch=learner.step / self.steps,
            learner=learner.name,
            terms=learner.meter.means(),
            gradient_norms=learner.gradient_norms(),
            learning_rate=rate,
            samples_per_second=speed,
        )
