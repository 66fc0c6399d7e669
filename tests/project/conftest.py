"""A real run folder, written as training writes it."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.events import (
    Advanced,
    Checkpointed,
    Evaluated,
    Finished,
    Glimpsed,
    Losses,
    Started,
)
from kdstudio.core.files import replace_folder, write_array, write_json
from kdstudio.core.layout import RunFolder
from kdstudio.project.store import recorded

RECIPE = {
    "schema": 1,
    "data": {"path": "/data/kleider"},
    "student": {"architecture": "mlp", "knobs": {}},
    "methods": [{"method": "hard_labels"}],
}


def _train(folder: RunFolder):
    yield Started(task="train", total=4)
    for step in range(1, 5):
        yield Advanced(step=step, total=4, epoch=step / 2)
        for learner in ("student", "baseline"):
            yield Losses(
                step=step, epoch=step / 2, learner=learner, terms={"total": 4.0 / step, "hard_labels/nll": 1.0},
                gradient_norms={"student": 0.5}, learning_rate=0.1, samples_per_second=100.0,
            )  # fmt: skip
        yield Glimpsed(step=step, epoch=step / 2, learner="student", index=[4, 9], path="elsewhere", row=step - 1)
    yield Evaluated(
        step=4, epoch=2, learner="student", split="validation", metrics={"accuracy": 0.75, "structure": None}
    )
    yield Checkpointed(step=4, path="checkpoints/last")
    yield Finished(summary={"student": {"accuracy": 0.75}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished run with a student's and a teacher's answers."""
    run = RunFolder(tmp_path / "läufe" / "20260101-120000-mlp")
    write_json(run.recipe, RECIPE)
    write_json(run.path / "classes.json", {"class_names": ["Hemd", "Hose", "Schuh"]})
    generator = np.random.default_rng(0)
    for learner in ("teacher", "student"):
        write_array(run.split(learner, "validation") / "index.npy", np.arange(6))
        write_array(run.split(learner, "validation") / "targets.npy", np.arange(6) % 3)
        for epoch in [1, 2, "last", "best"] if learner == "student" else ["last"]:
            logits = generator.normal(size=(6, 3)).astype(np.float16 if isinstance(epoch, int) else np.float32)
            write_array(run.logits(learner, "validation", epoch), logits)
    write_array(run.glimpses("student"), np.arange(8 * 2 * 3, dtype=np.float32).reshape(8, 2, 3))
    write_array(run.glimpses("teacher"), np.ones((1, 2, 3), dtype=np.float32))
    replace_folder(run.checkpoint("last"), lambda place: (place / "student.safetensors").write_bytes(b"weights"))
    for _ in recorded(run.path, _train(run)):
        pass
    write_json(run.summary, {"student": {"accuracy": 0.75}})
    return run.path
