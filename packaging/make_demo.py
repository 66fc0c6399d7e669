"""Make the embedded demo: a sample of Fashion-MNIST that the teacher has never seen, and the teacher itself.

    kdstudio train resources/recipes/fashion-teacher.json --set data.path=FASHION_MNIST --run RUN
    python packaging/make_demo.py FASHION_MNIST RUN resources/samples

The teacher was trained on 54,000 of the 60,000 training images. The demo's training and validation images are taken
from the 6,000 that were kept aside, its test images from the 10,000 test images, equally from all classes.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np

from kdstudio.data.dataset import Part
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.recipe.recipe import load

TRAIN, VALIDATION, TEST = 2500, 2000, 2000


def balanced(part: Part, count: int, seed: int, taken: np.ndarray | None = None) -> np.ndarray:
    """Return positions of `count` inputs of `part`, equally from all classes, none of them in `taken`."""
    generator = np.random.default_rng(seed)
    classes = np.unique(part.targets)
    chosen = []
    for target in classes:
        free = np.setdiff1d(np.flatnonzero(part.targets == target), taken if taken is not None else [])
        chosen.append(generator.permutation(free)[: count // len(classes)])
    return np.sort(np.concatenate(chosen))


def main(data: Path, run: Path, to: Path) -> None:
    """Write fashion.npz and fashion-teacher.safetensors."""
    recipe = load(run / "recipe.json")
    splits = divide(read(data), recipe.data, recipe.seed)
    training = balanced(splits.validation, TRAIN, seed=1)
    validation = balanced(splits.validation, VALIDATION, seed=2, taken=training)
    test = balanced(splits.test, TEST, seed=3)
    to.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        to / "fashion.npz",
        x_train=splits.validation.read(training)[:, 0],
        y_train=splits.validation.targets[training].astype(np.uint8),
        x_val=splits.validation.read(validation)[:, 0],
        y_val=splits.validation.targets[validation].astype(np.uint8),
        x_test=splits.test.read(test)[:, 0],
        y_test=splits.test.targets[test].astype(np.uint8),
        class_names=np.array(read(data).class_names),
    )
    shutil.copyfile(run / "checkpoints" / "best" / "student.safetensors", to / "fashion-teacher.safetensors")
    summary = json.loads((run / "summary.json").read_text())
    (to / "fashion-teacher.json").write_text(json.dumps(summary["student"], indent=1) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
