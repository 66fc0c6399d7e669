"""What fixed views cost in accuracy: the demo's task with flip and crop, 1, 4, 8 and endless views.

    python tests/benchmarks/views.py [--epochs 20] [--seeds 2]

Student, teacher and data are those of the demo (2,500 pictures, all labels seen); the baseline is off.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from kdstudio.core.paths import resource
from kdstudio.recipe.recipe import parse, resolve_paths
from kdstudio.training.cache_folder import FOLDER
from kdstudio.training.run import train


def main() -> None:
    """Train each number of views for each seed, from an empty cache, and print accuracy and seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    demo = json.loads(resource("recipes", "demo.json").read_text())
    for views in (1, 4, 8, "endless"):
        found, spent = [], []
        for seed in range(options.seeds):
            value: dict[str, Any] = demo | {
                "augmentation": {"flip": True, "crop": 2, "views": views},
                "epochs": options.epochs,
                "seed": seed,
                "baseline": False,
            }
            with tempfile.TemporaryDirectory() as name:
                os.environ[FOLDER] = str(Path(name) / "answers")
                began = time.process_time()
                run = train(resolve_paths(parse(value), resource("recipes")), Path(name) / "run")
                while True:
                    try:
                        next(run)
                    except StopIteration as end:
                        summary = end.value
                        break
                spent.append(time.process_time() - began)
                found.append(100 * summary["student"]["accuracy"])
        told = ", ".join(f"{value:.1f}" for value in found)
        mean, seconds = statistics.mean(found), statistics.mean(spent)
        print(f"views {views}: {mean:.2f} % ({told}), {seconds:.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
