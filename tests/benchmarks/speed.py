"""Training speed as ratios in one run: the tutorial's loop, a hand-written one, kdstudio, kdstudio with its window.

    python tests/benchmarks/speed.py [--rounds 5] [--window]

Each way distils the same student from the same live teacher on the same 10,000 MNIST images, batch 128, SGD with
momentum. They take turns, `rounds` times; medians are compared. Only steps are timed (no reading, no validation).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from kdstudio.core.events import Advanced
from kdstudio.data.dataset import ArrayInputs
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.save import save
from kdstudio.models.student import student
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import DataChoice, StudentChoice
from kdstudio.recipe.recipe import parse
from kdstudio.training.device import choose_threads
from kdstudio.training.run import train

DATA = Path(os.environ.get("KDSTUDIO_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "mnist"
INPUTS, BATCH, EPOCHS, TEMPERATURE = 10_000, 128, 2, 4.0
NETS: dict[str, tuple[dict[str, object], dict[str, object]]] = {  # name → student, teacher
    "mlp 784-100-100": (
        {"architecture": "mlp", "knobs": {"hidden": [100, 100]}},
        {"architecture": "mlp", "knobs": {"hidden": [400, 400]}},
    ),
    "lenet": (
        {"architecture": "lenet", "knobs": {}},
        {"architecture": "lenet", "knobs": {"channels": [16, 32]}},
    ),
}


def new(choice: dict[str, object], preprocessing: ImagePreprocessing) -> Model:
    """Build a model for MNIST."""
    names = tuple(map(str, range(10)))
    return student(
        StudentChoice.model_validate(choice),
        ArrayInputs(np.zeros((1, 1, 28, 28), np.uint8)),
        10,
        names,
        preprocessing,
        0,
    )


def loss_of(logits: torch.Tensor, answers: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The tutorial's distillation loss."""
    soft = torch.nn.functional.softmax(answers / TEMPERATURE, dim=1)
    log_soft = torch.nn.functional.log_softmax(logits / TEMPERATURE, dim=1)
    divergence = torch.sum(soft * (soft.log() - log_soft)) / len(logits) * TEMPERATURE**2
    return 0.9 * divergence + 0.1 * torch.nn.functional.cross_entropy(logits, labels)


class Pictures(Dataset):
    """As tutorials write it: one picture at a time, scaled and normalised."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, preprocessing: ImagePreprocessing) -> None:
        self.images, self.labels, self.preprocessing = images, labels, preprocessing

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        picture = torch.from_numpy(self.images[row]).float() / 255
        mean, std = self.preprocessing.mean[0], self.preprocessing.std[0]
        return (picture - mean) / std, int(self.labels[row])


class Bench:
    """The data, the teacher's file and the ways to train."""

    def __init__(self, net: str, folder: Path) -> None:
        splits = divide(read(DATA), DataChoice(path=str(DATA), limit=INPUTS), 0)
        positions = np.arange(len(splits.train))
        self.images, self.labels = splits.train.read(positions), splits.train.targets
        self.preprocessing = ImagePreprocessing.of(splits.train)
        self.choice, teacher = NETS[net]
        self.teacher = new(teacher, self.preprocessing)
        self.teacher.module.eval()
        self.path = folder / "teacher.safetensors"
        save(self.teacher, self.path)
        self.folder = folder
        work = max(measure(new(self.choice, self.preprocessing)).macs, measure(self.teacher).macs)
        self.threads = choose_threads(work, BATCH)
        self.runs = 0

    def steps(self, batches: Callable[[], object], prepare: Callable[..., tuple]) -> float:
        """Train a hand-written way; return inputs per second."""
        torch.set_num_threads(self.threads)
        learner = new(self.choice, self.preprocessing)
        learner.module.train()
        optimizer = torch.optim.SGD(learner.module.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
        seen, spent = 0, 0.0
        for _ in range(EPOCHS):
            began = time.perf_counter()
            for batch in batches():
                inputs, labels = prepare(batch)
                with torch.no_grad():
                    answers = self.teacher.module(inputs)
                optimizer.zero_grad()
                loss_of(learner.module(inputs), answers, labels).backward()
                optimizer.step()
                seen += len(labels)
            spent += time.perf_counter() - began
        return seen / spent

    def tutorial(self) -> float:
        """(a1) a Dataset of single pictures and a DataLoader."""
        loader = DataLoader(Pictures(self.images, self.labels, self.preprocessing), batch_size=BATCH, shuffle=True)
        return self.steps(lambda: loader, lambda batch: batch)

    def by_hand(self) -> float:
        """(a2) tensors in memory and a permutation."""
        images, labels = torch.from_numpy(self.images), torch.from_numpy(self.labels)
        mean, std = self.preprocessing.mean[0], self.preprocessing.std[0]

        def prepare(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return (images[rows].float().div_(255) - mean) / std, labels[rows]

        return self.steps(lambda: torch.randperm(len(images)).split(BATCH), prepare)

    def recipe(self, **changes: object) -> dict[str, object]:
        """The same as a recipe."""
        return {
            "data": {"path": str(DATA), "limit": INPUTS},
            "teachers": [{"path": str(self.path)}],
            "student": self.choice,
            "methods": [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}],
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 5e-4},
            "epochs": EPOCHS,
            "batch_size": BATCH,
            "threads": self.threads,
            "device": "cpu",
            "teacher_cache": False,
            "baseline": False,
        } | changes

    def kdstudio(self, **changes: object) -> float:
        """(b) `kdstudio train`: the same generators, recorded into a run folder."""
        self.runs += 1
        folder = self.folder / f"run{self.runs}"
        stamps: list[tuple[float, int]] = []
        for event in recorded(folder, train(parse(self.recipe(**changes)), folder)):
            if isinstance(event, Advanced):
                stamps.append((time.perf_counter(), event.step))
        return speed(stamps, len(self.images))

    def cached(self) -> float:
        """(b') the same with the teacher's answers stored."""
        return self.kdstudio(teacher_cache=True)


def speed(stamps: list[tuple[float, int]], inputs: int) -> float:
    """Return inputs per second over the steps of all epochs, without what lies between epochs."""
    per_epoch = -(-inputs // BATCH)
    spent = steps = 0.0
    for epoch in range(EPOCHS):
        own = [when for when, step in stamps if epoch * per_epoch < step <= (epoch + 1) * per_epoch]
        spent += own[-1] - own[0]
        steps += len(own) - 1
    return steps * BATCH / spent


def main() -> None:
    """Run all ways in turn and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--window", action="store_true", help="also time training with the window attached")
    options = parser.parse_args()
    for net in NETS:
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(net, Path(name))
            ways: dict[str, Callable[[], float]] = {
                "a1 tutorial": bench.tutorial,
                "a2 by hand": bench.by_hand,
                "b kdstudio": bench.kdstudio,
                "b' stored answers": bench.cached,
            }
            found: dict[str, list[float]] = {way: [] for way in ways}
            if options.window:
                found |= {"b engine alone": [], "c with window": []}
            for _ in range(options.rounds):
                for way, run in ways.items():
                    found[way].append(run())
                if options.window:
                    found["b engine alone"].append(in_a_process(bench, window=False))
                    found["c with window"].append(in_a_process(bench, window=True))
            report(net, bench.threads, found)


def in_a_process(bench: Bench, *, window: bool) -> float:
    """(c) train in the engine process, with the real window drawing the Train page or with nobody listening."""
    script = Path(__file__).with_name("with_window.py")
    recipe = bench.folder / "recipe.json"
    recipe.write_text(json.dumps(bench.recipe(epochs=5)))
    arguments = [sys.executable, str(script), str(recipe), "window" if window else "alone"]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=600)
    return float(done.stdout.split()[-1])


def report(net: str, threads: int, found: dict[str, list[float]]) -> None:
    """Print medians and ratios."""
    medians = {way: statistics.median(values) for way, values in found.items()}
    print(f"\n{net}, {threads} thread{'s' if threads > 1 else ''}")
    for way, value in medians.items():
        low, high = min(found[way]), max(found[way])
        ratios = f"{value / medians['a1 tutorial']:5.2f} × a1   {value / medians['a2 by hand']:5.2f} × a2"
        print(f"  {way:20s} {value:9,.0f} inputs/s  ({low:,.0f} to {high:,.0f})   {ratios}")
    if "c with window" in medians:
        print(f"  window / engine alone: {medians['c with window'] / medians['b engine alone']:.2f}")


if __name__ == "__main__":
    main()
