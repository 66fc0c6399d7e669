"""How fast the teacher, the student and the student's exported files answer, as ratios from one run.

    python tests/benchmarks/latency.py RUN [--rounds 30] [--threads 1]

RUN is a finished run of pictures with one teacher's file. All ways take turns; medians of the rounds are compared. In
PyTorch a model is asked with its preprocessing, as an exported file is.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from kdstudio.export.export import export
from kdstudio.export.opening import open_student
from kdstudio.export.raw import FromRaw
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.training.control import Control, controlled

BATCHES = (1, 32)
LEAST = 0.01  # seconds of one round


def main() -> None:
    """Export the student, let all answer in turn, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    student = open_student(options.run, "best")
    teacher = load(Path(student.recipe.teachers[0].path))
    teacher = teacher.suited(student.splits.test.inputs)
    with tempfile.TemporaryDirectory() as name:
        for _ in controlled(export(options.run, Path(name), ["onnx", "onnx_int8"]), Control()):
            pass
        files = {title: Path(name) / file for title, file in (("fp32", "model.onnx"), ("int8", "model.int8.onnx"))}
        print(f"| | bytes | {' | '.join(f'batch {batch}, ms | × teacher' for batch in BATCHES)} |")
        print("|---" * (2 + 2 * len(BATCHES)) + "|")
        test = student.splits.test
        rows = {batch: times(teacher, student.model, files, test.read(np.arange(batch)), options) for batch in BATCHES}
        sizes = {
            "teacher in PyTorch": 4 * teacher.parameters,
            "student in PyTorch": 4 * student.model.parameters,
        } | {f"student, ONNX {title}": file.stat().st_size for title, file in files.items()}
        for title, size in sizes.items():
            cells = [
                f"{1000 * found[title]:.3f} | {found['teacher in PyTorch'] / found[title]:.1f}"
                for found in rows.values()
            ]
            print(f"| {title} | {size:,} | {' | '.join(cells)} |")


def times(
    teacher: Model, student: Model, files: dict[str, Path], values: np.ndarray, options: argparse.Namespace
) -> dict[str, float]:
    """Return the median seconds of each way to answer a batch of test inputs."""
    ways: dict[str, Callable[[], object]] = {}
    for title, model in (("teacher", teacher), ("student", student)):
        fed = model.preprocessing.feed(values)
        given = [torch.from_numpy(one) for one in fed.values()]
        ways[f"{title} in PyTorch"] = partial(asked, FromRaw(model).eval(), given)
    for title, file in files.items():
        how = onnxruntime.SessionOptions()
        how.intra_op_num_threads, how.log_severity_level = options.threads, 3
        session = onnxruntime.InferenceSession(file, how, providers=["CPUExecutionProvider"])
        ways[f"student, ONNX {title}"] = partial(session.run, None, student.preprocessing.feed(values))
    found: dict[str, list[float]] = {title: [] for title in ways}
    for _ in range(options.rounds):
        for title, answer in ways.items():
            found[title].append(seconds(answer))
    return {title: statistics.median(some) for title, some in found.items()}


def asked(network: torch.nn.Module, given: list[torch.Tensor]) -> torch.Tensor:
    """Answer in PyTorch."""
    with torch.inference_mode():
        return network(*given)


def seconds(answer: Callable[[], object]) -> float:
    """Return what one answer takes, of as many as fill a round."""
    answer()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < LEAST:
        answer()
        count += 1
    return spent / count


if __name__ == "__main__":
    main()
