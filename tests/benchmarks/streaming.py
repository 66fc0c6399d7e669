"""Pictures that memory has no room for: inputs a second with decoding ahead, without it, and with all in memory.

    KDSTUDIO_TEST_DATA=FOLDER python tests/benchmarks/streaming.py [--pictures 2000] [--rounds 3]

JPEG files of 224 × 224 pixels are made from the pictures of `fashion-mnist`. A small network learns them in steps of
64; the ways take turns, an epoch each, and the median of the time by the clock is told: what waits for a decoder takes
no time of the processor.
"""

import argparse
import os
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from kdstudio.data.read import read
from kdstudio.methods.losses import cross_entropy
from kdstudio.training.batches import Order, Tensors, load
from kdstudio.training.streamed import LIMIT

BATCH = 64


def main() -> None:
    """Make the pictures, take turns and print a line a way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--width", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), options.pictures)
        ways = {way: loaded(Path(name), way) for way in ("memory", "ahead", "waiting")}
        found: dict[str, list[float]] = {way: [] for way in ways}
        for at in range(options.rounds):
            for way, data in ways.items():
                found[way].append(len(data) / epoch(data, at, options.width, is_ahead=way == "ahead"))
    for way, speeds in found.items():
        told = ", ".join(f"{speed:.0f}" for speed in speeds)
        print(f"{way:8} {statistics.median(speeds):6.0f} inputs a second ({told})", flush=True)


def write(folder: Path, count: int) -> None:
    """Write so many JPEG files of 224 × 224 colour pixels, quality 90, into a folder a class."""
    part = read(Path(os.environ["KDSTUDIO_TEST_DATA"]) / "fashion-mnist").parts["test"]
    rng = np.random.default_rng(0)
    for i, picture in enumerate(part.read(np.arange(count))):
        large = np.asarray(Image.fromarray(picture[0]).resize((224, 224), Image.Resampling.BICUBIC), dtype=np.int16)
        noisy = np.clip(large[:, :, None] + rng.normal(0, 12, (224, 224, 3)), 0, 255).astype(np.uint8)
        place = folder / f"class{part.targets[i]}"
        place.mkdir(exist_ok=True)
        Image.fromarray(noisy).save(place / f"{i}.jpg", quality=90)


def loaded(folder: Path, way: str) -> Tensors:
    """Return the training pictures, in memory or read when they are seen."""
    os.environ[LIMIT] = "100" if way == "memory" else "0"
    reading = load(read(folder).parts["train"], torch.device("cpu"), "training", ())
    while True:
        try:
            next(reading)
        except StopIteration as end:
            data: Tensors = end.value
            return data


def epoch(data: Tensors, at: int, width: int, *, is_ahead: bool) -> float:
    """Return the seconds by the clock of one epoch of steps of a small network."""
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, width, 3, stride=2), torch.nn.ReLU(), torch.nn.Conv2d(width, 2 * width, 3, stride=2),
        torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(2 * width, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    batches = Order(torch.arange(len(data)), len(data), BATCH, 0).epoch(at)
    reach: AbstractContextManager[None] = data.within_reach(batches) if is_ahead else nullcontext()
    began = time.perf_counter()
    with reach:
        for positions in batches:
            step(net, optimizer, data, positions)
    return time.perf_counter() - began


def step(net: torch.nn.Module, optimizer: torch.optim.Optimizer, data: Tensors, positions: torch.Tensor) -> None:
    """Learn one batch."""
    batch = data.batch(positions)
    optimizer.zero_grad()
    cross_entropy(net(batch.inputs), batch.targets).backward()
    optimizer.step()


if __name__ == "__main__":
    main()
