"""What a step costs beside what it must cost: ratios to the student alone, and to the device's arithmetic.

    python tests/benchmarks/floors.py [--rounds 3] [--only mlp,resnet …] [--threads 2] [--compile]

For each workload, taking turns in `rounds`, medians compared:

- hand: the student alone in a loop by hand, on kdstudio's own batches: forward, cross-entropy, backward, fused step;
- alone: kdstudio with hard labels and no teacher;
- cached: distillation with the teacher's answers there from an earlier run;
- fill: the first epoch that shows a view, from an empty cache: what asking adds to an epoch;
- lookup: what finding stored answers takes of a cached step, which is all that the teacher still costs;
- live: the teacher asked in each step;
- tutorial (ResNet): a Dataset of single pictures, a DataLoader, the default layout, both networks in each step.

Only steps and asking are timed: no reading, no validation, and not the first step of a run, in which each term is
weighed by a backward pass of its own (again every 40 steps or more). The clock is the processor's (all threads of this
process together), because other programs share the machine: so take one thread to compare, or `--wall` on a machine
alone. The arithmetic reached counts 6 multiply-adds times batch a step (forward 2, backward 4 operations each), and is
compared with what a matrix product and a convolution reach here.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from workloads import WORKLOADS, Workload

from kdstudio.core.events import Advanced, Glimpsed, Losses, Progress
from kdstudio.methods.losses import cross_entropy
from kdstudio.models.measure import measure
from kdstudio.recipe.recipe import parse
from kdstudio.training.cache_folder import FOLDER
from kdstudio.training.learner import make_optimizer
from kdstudio.training.learners import make_learners, make_teacher
from kdstudio.training.run import train
from kdstudio.training.setup import Setup, prepare

EPOCHS, TEMPERATURE = 2, 4.0
clock = time.process_time


def result(events: Any) -> Any:
    """Step a generator to its end and return its result."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


class Bench:
    """One workload and the ways to train it; each returns milliseconds a step, `fill` milliseconds an epoch's step."""

    def __init__(self, work: Workload, folder: Path, threads: int, compiled: bool) -> None:
        self.work, self.folder, self.threads, self.runs = work, folder, threads, 0
        self.warm = 3 if compiled else 1  # the second step is compiled, or found again
        self.value = work.recipe(folder) | {
            "epochs": EPOCHS,
            "baseline": False,
            "precision": "float32",
            "device": "cpu",
            "threads": threads,
            "compile": compiled,
        }
        os.environ[FOLDER] = str(folder / "full")
        self.setup: Setup = result(prepare(parse(self.value), folder / "setup"))
        self.trained("full", teacher_cache=True)  # fills the cache that is read from

    def trained(self, answers: str, **changes: Any) -> tuple[float, float]:
        """Train a recipe; return the medians of milliseconds a step, and of asking an epoch a step of it."""
        os.environ[FOLDER] = str(self.folder / answers)
        self.runs += 1
        run = train(parse(self.value | changes), self.folder / f"run{self.runs}")
        spent, asked, steps, first = 0.0, 0.0, 0, 0
        while True:
            began = clock()
            try:
                event = next(run)
            except StopIteration:
                return 1000 * spent / steps, 1000 * asked / ((steps + first) / EPOCHS)
            took = clock() - began
            if isinstance(event, Advanced | Losses | Glimpsed):
                is_warm, is_step = first == self.warm, isinstance(event, Advanced)
                spent += took if is_warm else 0
                steps += is_warm and is_step
                first += is_step and not is_warm
            elif isinstance(event, Progress) and event.doing == "Asking the teacher about training inputs":
                asked += took

    def hand(self) -> float:
        """The student alone, by hand."""
        torch.set_num_threads(self.threads)
        learner, setup = make_learners(self.setup)[0], self.setup
        model, optimizer = learner.model, make_optimizer(setup.recipe.optimizer, learner.parameters)
        model.module.train()
        spent, steps = 0.0, 0
        for epoch in range(EPOCHS):
            batches = learner.order.epoch(epoch)
            began = clock()
            for positions in batches:
                batch = setup.train.batch(positions, setup.augmentation, 0)
                optimizer.zero_grad()
                torch.autograd.backward(cross_entropy(model.answer(batch), batch.targets))
                optimizer.step()
            spent += clock() - began
            steps += len(batches)
        return 1000 * spent / steps

    def alone(self) -> float:
        """Hard labels, no teacher."""
        return self.trained("none", teachers=[], methods=[{"method": "hard_labels"}])[0]

    def cached(self) -> float:
        """The teacher's answers are there."""
        return self.trained("full", teacher_cache=True)[0]

    def lookup(self) -> float:
        """Finding the stored answers of each batch."""
        os.environ[FOLDER] = str(self.folder / "full")
        torch.set_num_threads(self.threads)
        learner = make_learners(self.setup)[0]
        teacher = make_teacher(self.setup, [learner])
        result(teacher.prepare(0))
        batches = learner.order.epoch(0) * 20
        began = clock()
        for positions in batches:
            teacher.outputs(None, positions, 0)
        return 1000 * (clock() - began) / len(batches)

    def live(self) -> float:
        """The teacher is asked in each step."""
        return self.trained("none", teacher_cache=False)[0]

    def fill(self) -> float:
        """What asking adds to a step of the epoch that shows a new view."""
        return self.trained(f"empty{self.runs}", teacher_cache=True)[1]

    def tutorial(self) -> float:
        """As tutorials write it."""
        torch.set_num_threads(self.threads)
        setup, batch = self.setup, self.setup.recipe.batch_size
        learner = make_learners(setup)[0]
        student = learner.model.module.to(memory_format=torch.contiguous_format).train()
        teacher = setup.teacher.module.to(memory_format=torch.contiguous_format).eval()
        optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
        how = setup.student.preprocessing
        loader = DataLoader(Pictures(setup.train, how.mean, how.std), batch_size=batch, shuffle=True, drop_last=True)
        spent, steps = 0.0, 0
        began = clock()
        for inputs, labels in loader:
            with torch.no_grad():
                answers = teacher(inputs)
            optimizer.zero_grad()
            logits = student(inputs)
            soft = torch.nn.functional.softmax(answers / TEMPERATURE, dim=1)
            gap = soft.log() - torch.nn.functional.log_softmax(logits / TEMPERATURE, dim=1)
            loss = 0.9 * TEMPERATURE**2 * torch.sum(soft * gap) / len(logits)
            torch.autograd.backward(loss + 0.1 * torch.nn.functional.cross_entropy(logits, labels))
            optimizer.step()
            steps += 1
        spent = clock() - began
        teacher.to(memory_format=torch.channels_last)
        student.to(memory_format=torch.channels_last)
        return 1000 * spent / steps

    def ways(self) -> dict[str, Callable[[], float]]:
        """Return all ways by name."""
        found = {"hand": self.hand, "alone": self.alone, "cached": self.cached, "lookup": self.lookup}
        found |= {"fill": self.fill, "live": self.live}
        return found | ({"tutorial": self.tutorial} if self.work.has_tutorial else {})


class Pictures(Dataset):
    """One picture at a time, mirrored and shifted, scaled and normalised."""

    def __init__(self, data: Any, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        self.images, self.labels = data.inputs.permute(0, 3, 1, 2), data.targets
        self.mean, self.std = torch.tensor(mean)[:, None, None], torch.tensor(std)[:, None, None]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        picture = torch.nn.functional.pad(self.images[row].float() / 255, (4, 4, 4, 4))
        top, left = (int(value) for value in torch.randint(0, 9, (2,)))
        picture = picture[:, top : top + 32, left : left + 32]
        if torch.rand(()) < 0.5:
            picture = picture.flip(2)
        return (picture - self.mean) / self.std, int(self.labels[row])


def limits(threads: int) -> dict[str, float]:
    """Return GFLOP/s of a matrix product and of the convolutions of a small network, best of several."""
    torch.set_num_threads(threads)
    square = torch.randn(1024, 1024)
    found = {"matmul 1024³": _best(lambda: square @ square, 2 * 1024**3)}
    for channels, side in ((16, 32), (64, 8)):
        conv = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False).to(memory_format=torch.channels_last)
        image = torch.randn(128, channels, side, side).to(memory_format=torch.channels_last)
        with torch.no_grad():
            work = 2 * 128 * side * side * 9 * channels**2
            found[f"conv 3×3, {channels} channels"] = _best(lambda c=conv, i=image: c(i), work)
    return found


def _best(act: Callable[[], object], operations: float) -> float:
    times = []
    for _ in range(12):
        began = clock()
        act()
        times.append(clock() - began)
    return operations / min(times) / 1e9


def main() -> None:
    """Run all ways of all workloads in turn and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="workloads whose names begin so, separated by commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="compile the steps of kdstudio")
    parser.add_argument("--wall", action="store_true", help="time by the wall's clock")
    options = parser.parse_args()
    if options.wall:
        globals()["clock"] = time.perf_counter
    top = limits(options.threads)
    print(f"{options.threads} threads; " + ", ".join(f"{name} {value:.0f} GFLOP/s" for name, value in top.items()))
    for work in WORKLOADS:
        if options.only and not work.name.startswith(tuple(options.only.split(","))):
            continue
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(work, Path(name), options.threads, options.compile)
            found: dict[str, list[float]] = {way: [] for way in bench.ways()}
            for _ in range(options.rounds):
                for way, run in bench.ways().items():
                    found[way].append(run())
                    print(f"{work.name}: {way} {found[way][-1]:.2f} ms", file=sys.stderr, flush=True)
            report(bench, found, max(top.values()))


def report(bench: Bench, found: dict[str, list[float]], top: float) -> None:
    """Print medians, ratios to the student alone, and the arithmetic reached."""
    ms = {way: statistics.median(values) for way, values in found.items()}
    macs, teacher = measure(bench.setup.student).macs or 0, measure(bench.setup.teacher).macs or 0
    batch = bench.setup.recipe.batch_size
    print(f"\n{bench.work.name}: {macs / 1e6:.2f} M multiply-adds learn from {teacher / 1e6:.2f} M, batch {batch}")
    for way, value in ms.items():
        spread = f"({min(found[way]):.2f} to {max(found[way]):.2f})"
        print(
            f"  {way:9s} {value:8.2f} ms {spread:22s} {value / ms['hand']:5.2f} × hand"
            f" {value / ms['alone']:5.2f} × alone"
        )
    free = ms["cached"] / (ms["cached"] - ms["lookup"])
    print(f"  cached / the same step with answers that cost nothing: {free:.3f}")
    rounds = zip(found["cached"], found["alone"], strict=True)
    print(f"  cached / alone round by round: {np.round([one / other for one, other in rounds], 3).tolist()}")
    reached = 6 * macs * batch / ms["cached"] / 1e6
    print(f"  arithmetic of a cached step: {reached:.1f} GFLOP/s, {100 * reached / top:.0f} % of {top:.0f}")
    if "tutorial" in ms:
        empty = 30 * ms["tutorial"] / (30 * ms["cached"] + 8 * ms["fill"])
        full, endless = ms["tutorial"] / ms["cached"], ms["tutorial"] / ms["live"]
        print(f"  30 epochs against the tutorial, computed: views 8 from an empty cache {empty:.2f} ×")
        print(f"  from a full one {full:.2f} ×, endless views {endless:.2f} ×")


if __name__ == "__main__":
    main()
