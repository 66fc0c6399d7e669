"""Every method on one teacher and student, beside the student alone: accuracy, agreement, KL and the cost of a step.

    python tests/benchmarks/methods.py FOLDER [--seeds 3] [--epochs 15] [--only soft_targets,dist] [--student wider]

The embedded Fashion-MNIST sample and its teacher, the demo's student (or one of STUDENTS); each run is a run folder in
FOLDER, so that the command goes on where it was stopped. Each method has its preset's terms where a preset is called
after it, else its default weight beside hard labels. A method is named as doing nothing where its mean accuracy and
agreement both lie within two standard deviations of the student's alone (over ten seeds where methods have three).
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from kdstudio.core.paths import resource
from kdstudio.methods.catalogue import METHODS
from kdstudio.project.store import recorded
from kdstudio.recipe.presets import PRESETS
from kdstudio.recipe.recipe import Recipe, load, parse
from kdstudio.training.run import resume, train

ALONE = "hard_labels"
TEN = 10  # seeds of the student alone, where methods have three: the noise
NOISE = 2.0  # standard deviations that tell a method from the student alone
STUDENTS = {
    "wider": {"architecture": "lenet", "knobs": {"channels": [16, 32], "hidden": [64]}},
    "other": {"architecture": "resnet", "knobs": {"depth": 8, "width": 8}},  # residual, with batch norm
}
ROW = "{:24} {:>15} {:>15} {:>15} {:>6}"


def recipes(base: Recipe, only: list[str]) -> dict[str, dict[str, Any]]:
    """Return a recipe's JSON value for each method, and for the presets that need no file."""
    value = base.to_value() | {"baseline": False}
    named: dict[str, dict[str, Any]] = {ALONE: value | {"methods": [{"method": ALONE}], "teachers": value["teachers"]}}
    for name in METHODS:
        if name != ALONE and not METHODS[name].needs.attention and "classification" in METHODS[name].tasks:
            methods = [{"method": ALONE}, METHODS[name]().model_dump(mode="json") | {"method": name}]
            named[name] = value | {"methods": methods}
    presets = [one for one in PRESETS if one.name not in METHODS and not any(map(_of_transformers, one.methods))]
    named |= {preset.name: preset.applied(value) for preset in presets}
    return {name: value for name, value in named.items() if not only or name in (*only, ALONE)}


def _of_transformers(choice: dict[str, Any]) -> bool:
    """Whether a method needs blocks that attend, which the demo's networks do not have."""
    return METHODS[choice["method"]].needs.attention


def result(folder: Path, value: dict[str, Any], seed: int, epochs: int) -> dict[str, Any]:
    """Return the summary of a run, after training or finishing it where that was not done before."""
    summary = folder / "summary.json"
    if not summary.exists():
        asked = parse(value | {"seed": seed, "epochs": epochs})
        events = resume(folder) if (folder / "recipe.json").exists() else train(asked, folder)
        for _ in recorded(folder, events):
            pass
    found: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    return found


def speed_of(folder: Path) -> float:
    """Return how many inputs a second the student learned from, in the middle of its reports: steps alone are timed."""
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if '"losses"' in line]
    return statistics.median(one["samples_per_second"] for one in events if one["learner"] == "student")


def spread(values: list[float], scale: float = 1.0) -> str:
    """Write mean ± standard deviation."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{scale * statistics.mean(values):.2f} ± {scale * deviation:.2f}"


def is_noise(found: list[dict[str, Any]], alone: list[dict[str, Any]]) -> bool:
    """Whether neither accuracy nor agreement differs from the student's alone by more than the noise of one run."""
    for part, key in (("student", "accuracy"), ("transfer", "agreement")):
        noise = statistics.stdev(one[part][key] for one in alone) if len(alone) > 1 else 0.0
        gap = statistics.mean(one[part][key] for one in found) - statistics.mean(one[part][key] for one in alone)
        if abs(gap) > NOISE * noise:
            return False
    return True


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--only", default="")
    parser.add_argument("--student", choices=list(STUDENTS))
    given = parser.parse_args()
    base = load(resource("recipes", "demo.json"))
    wanted = recipes(base, [name for name in given.only.split(",") if name])
    if given.student:
        wanted = {name: value | {"student": STUDENTS[given.student]} for name, value in wanted.items()}
    print(ROW.format("", "accuracy %", "agreement %", "KL", "step"))
    alone: list[dict[str, Any]] = []
    fastest = 0.0
    for name, value in wanted.items():
        seeds = range(given.seeds if name != ALONE or given.seeds < 3 else max(TEN, given.seeds))
        found = [result(given.folder / f"{name}-{seed}", value, seed, given.epochs) for seed in seeds]
        alone = alone or found
        taught = [one for one in found if one["transfer"]["agreement"] is not None]
        columns = [spread([one["student"]["accuracy"] for one in found], 100)]
        columns += [spread([one["transfer"][key] for one in taught], scale) if taught else "–"
                    for key, scale in (("agreement", 100), ("kl", 1))]  # fmt: skip
        speed = statistics.median(speed_of(given.folder / f"{name}-{seed}") for seed in seeds)
        fastest = fastest or speed
        note = "" if name == ALONE or not taught or not is_noise(taught, alone) else "  like the student alone"
        print(ROW.format(name, *columns, f"{fastest / speed:.2f}") + note, flush=True)


if __name__ == "__main__":
    main()
