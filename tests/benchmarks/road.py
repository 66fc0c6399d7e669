"""The road distil, prune, 8 bits on Fashion-MNIST: what each stage costs and gains, with the teacher and without.

    python tests/benchmarks/road.py FOLDER

A teacher (small CNN of width 64) learns from all 60,000 pictures. A student of width 32 is distilled, half of its
channels are taken out, and what is left learns to compute with 8 bits. Beside it, the same road without a teacher: the
student that was trained alone, pruned, and quantized, learning from the labels at each stage. Stages that FOLDER holds
already are not run again, and one that was interrupted goes on.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("KDSTUDIO_TEST_DATA", "../shared/data")).resolve() / "fashion-mnist"
SGD = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.0005}
SHARED: dict[str, Any] = {
    "schema": 1,
    "data": {"path": str(DATA), "validation": 0.1},
    "schedule": {"name": "cosine", "warmup_epochs": 1},
    "batch_size": 128,
    "seed": 0,
}
ALONE: dict[str, Any] = {"teachers": [], "methods": [{"method": "hard_labels"}], "baseline": False}
TAUGHT = [
    {"method": "hard_labels", "weight": 0.1},
    {"method": "soft_targets", "weight": 0.9, "temperature": 4.0},
]
EPOCHS = {"teacher": 8, "distil": 8, "prune": 6, "quantize": 1}
ON = {"prune": {"prune": 0.5}, "quantize": {"quantize": "int8"}}
BEFORE = {"prune": "distil", "quantize": "prune"}


def main() -> None:
    """Run what is missing, export each stage, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    teacher = SHARED | ALONE | {
        "student": {"architecture": "small_cnn", "knobs": {"width": 64, "depth": 2}},
        "optimizer": SGD,
        "augmentation": {"flip": True, "crop": 2},
    }  # fmt: skip
    train(folder, "teacher", teacher, EPOCHS["teacher"])
    student = SHARED | {
        "teachers": [{"path": str(best(folder / "teacher"))}],
        "student": {"architecture": "small_cnn", "knobs": {"width": 32, "depth": 2}},
        "optimizer": SGD,
        "methods": TAUGHT,
    }
    train(folder, "distil", student, EPOCHS["distil"])
    for stage, how in ON.items():
        gentle = {"optimizer": SGD | {"learning_rate": 0.02 if stage == "prune" else 0.005}}
        taught = student | gentle | {"student": {"path": str(best(folder / BEFORE[stage]))} | how}
        train(folder, stage, taught, EPOCHS[stage])
        lone = best(folder / "distil", "baseline") if stage == "prune" else best(folder / "prune-alone")
        train(folder, f"{stage}-alone", taught | ALONE | {"student": {"path": str(lone)} | how}, EPOCHS[stage])
    table(folder)


def train(folder: Path, name: str, recipe: dict[str, Any], epochs: int) -> None:
    """Train one stage, or go on with it."""
    run = folder / name
    if (run / "summary.json").exists():
        return
    file = folder / f"{name}.json"
    file.write_text(json.dumps(recipe | {"epochs": epochs}, indent=1))
    resumed = ("--resume", "--run", str(run)) if (run / "recipe.json").exists() else (str(file), "--run", str(run))
    command("train", *resumed)


def best(run: Path, who: str = "student") -> Path:
    """Return the best weights of a run's student or baseline."""
    return run / "checkpoints" / "best" / f"{who}.safetensors"


def command(*words: str) -> str:
    """Run kdstudio as a person would; what it tells goes to stderr."""
    done = subprocess.run([sys.executable, "-m", "kdstudio", *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: an export that failed its check, which the table shows
        raise SystemExit(done.returncode)
    return done.stdout


def table(folder: Path) -> None:
    """Export each stage and print its numbers beside the teacher's."""
    teacher = json.loads((folder / "teacher" / "summary.json").read_text())["student"]["accuracy"]
    print(f"Teacher: {teacher:.2%}\n")
    print("| Stage | File | Bytes | Teacher's bytes / its | ms | Teacher's ms / its | Accuracy | of the teacher's | "
          "Same answer | Without a teacher from here | Without a teacher at all |")  # fmt: skip
    print("|---" * 11 + "|")
    for stage in ("distil", "prune", "quantize"):
        run, quantized = folder / stage, stage == "quantize"
        summary = json.loads((run / "summary.json").read_text())
        alone = summary["baseline"] if stage == "distil" else told(folder / f"{stage}-alone")
        kinds = ("--format", "onnx") if quantized else ("--format", "onnx", "--quantize", "int8")
        reports = json.loads(command("export", str(run), "--to", str(folder / f"{stage}-out"), *kinds, "--json"))
        for one in reports["files"]:
            cells = (
                stage,
                one["format"],
                f"{one['bytes']:,}",
                f"{one['teacher_bytes'] / one['bytes']:.1f}",
                f"{one['latency_ms']['p50']:.3f}",
                f"{one['teacher_latency_ms'] / one['latency_ms']['p50']:.1f}",
                f"{one['accuracy']:.2%}",
                f"{one['accuracy'] / teacher:.1%}",
                f"{summary['transfer']['agreement']:.2%}",
                f"{summary['baseline']['accuracy']:.2%}",
                f"{alone['accuracy']:.2%}",
            )
            print(f"| {' | '.join(cells)} |", flush=True)


def told(run: Path) -> dict[str, Any]:
    """Return the student's scores of a finished run."""
    value: dict[str, Any] = json.loads((run / "summary.json").read_text())["student"]
    return value


if __name__ == "__main__":
    main()
