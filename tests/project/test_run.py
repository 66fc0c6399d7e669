import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from kdstudio.core.errors import RunError
from kdstudio.core.events import Losses, Resumed, Started, to_json
from kdstudio.core.files import write_array
from kdstudio.core.layout import RunFolder
from kdstudio.project import status
from kdstudio.project.run import Run, is_run
from kdstudio.project.store import recorded


def test_that_a_finished_run_is_read_back(folder) -> None:
    run = Run(folder)
    assert run.name == "20260101-120000-mlp"
    assert run.recipe.student.architecture == "mlp"
    assert run.status.state == "finished"
    assert (run.status.step, run.status.step_total) == (4, 4)
    assert run.summary == {"student": {"accuracy": 0.75}}
    assert run.class_names == ("Hemd", "Hose", "Schuh")
    assert run.learners == ("student", "teacher")
    assert run.splits("student") == ("validation",)
    assert run.epochs("student", "validation") == (1, 2, "last", "best")
    assert run.epochs("teacher", "validation") == ("last",)
    assert run.checkpoints == ("last",)
    assert run.checkpoint("last") == folder / "checkpoints" / "last"
    assert run.checkpoint("best") is None
    assert run.started == pytest.approx(time.time(), abs=60)


def test_that_curves_are_arrays_by_learner_and_name(folder) -> None:
    curves = Run(folder).curves
    assert set(curves.terms) == {
        (learner, term) for learner in ("student", "baseline") for term in ("total", "hard_labels/nll")
    }
    total = curves.terms["student", "total"]
    assert total.step.tolist() == [1, 2, 3, 4]
    assert total.epoch.tolist() == [0.5, 1, 1.5, 2]
    assert total.value.tolist() == [4, 2, 4 / 3, 1]
    assert len(total.time) == len(total) == 4
    assert curves.learning_rate["baseline"].value.tolist() == [0.1] * 4
    assert curves.samples_per_second["student"].value.tolist() == [100] * 4
    assert curves.gradient_norms["student", "student"].value.tolist() == [0.5] * 4
    assert set(curves.metrics) == {("student", "validation", "accuracy")}  # null has no point


def test_that_predictions_are_memory_mapped_with_their_class_names(folder) -> None:
    found = Run(folder).predictions("student", "validation", 2)
    assert isinstance(found.logits, np.memmap)
    assert found.logits.dtype == np.float16
    assert found.class_names == ("Hemd", "Hose", "Schuh")
    assert found.targets.tolist() == [0, 1, 2, 0, 1, 2]
    assert (found.model, found.split) == ("student", "validation")
    assert Run(folder).predictions("teacher", "validation").logits.shape == (6, 3)


def test_that_predictions_that_are_not_there_are_refused_with_what_is(folder) -> None:
    with pytest.raises(RunError) as refusal:
        Run(folder).predictions("student", "validation", 7)
    assert refusal.value.hint == "There are answers for: 1, 2, last, best."
    with pytest.raises(RunError, match="baseline for test") as refusal:
        Run(folder).predictions("baseline", "test")
    assert "first epoch" in refusal.value.hint


def test_that_torn_empty_and_foreign_arrays_are_refused(folder) -> None:
    path = RunFolder(folder).logits("student", "validation", "last")
    whole = path.read_bytes()
    for content in (whole[:-5], whole[:20], b"", b"no array"):
        path.write_bytes(content)
        with pytest.raises(RunError, match="has no answers"):
            Run(folder).predictions("student", "validation")
    write_array(path, np.zeros((5, 3)))
    with pytest.raises(RunError, match="do not belong together"):
        Run(folder).predictions("student", "validation")


def test_that_missing_or_unfit_class_names_are_numbers(folder) -> None:
    for content in (b'{"class_names": ["a"]}', b"[1]", b"torn"):
        (folder / "classes.json").write_bytes(content)
        assert Run(folder).predictions("student", "validation").class_names == ("0", "1", "2")


def test_that_glimpses_are_the_rows_that_the_events_name(folder) -> None:
    found = Run(folder).glimpses("student")
    assert found.index.tolist() == [4, 9]
    assert found.step.tolist() == [1, 2, 3, 4]
    assert found.epoch.tolist() == [0.5, 1, 1.5, 2]
    assert found.logits.shape == (4, 2, 3)
    assert found.logits[3, 0, 0] == 18
    teacher = Run(folder).glimpses("teacher")
    assert (teacher.logits.shape, teacher.step.tolist(), teacher.index.tolist()) == ((1, 2, 3), [0], [4, 9])
    assert Run(folder).glimpses("baseline") is None
    write_array(RunFolder(folder).glimpses("student"), np.zeros((2, 2, 3), dtype=np.float32))
    assert Run(folder).glimpses("student").step.tolist() == [1, 2]


def test_that_a_run_that_has_only_just_begun_is_a_run(tmp_path) -> None:
    task = recorded(tmp_path / "run", (event for event in [Started(task="train", total=9)]))
    next(task)
    run = Run(tmp_path / "run")
    assert (run.status.state, run.status.step) == ("running", 0)
    assert [event.event for event in run.events] == ["started"]
    assert (run.recipe, run.summary, run.glimpses("student"), run.checkpoint("last")) == (None,) * 4
    assert (run.learners, run.splits("student"), run.epochs("student", "test"), run.checkpoints) == ((),) * 4
    assert run.curves.terms == {}
    task.close()
    assert run.status.state == "stopped"


def test_that_what_is_no_run_is_refused_with_a_hint(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    for name, message in (("", "is not a run folder"), ("file", "is not a folder"), ("none", "is missing")):
        with pytest.raises(RunError, match=message) as refusal:
            Run(tmp_path / name)
        assert "recipe.json" in refusal.value.hint
    assert not is_run(tmp_path / "file")


def test_that_a_killed_run_is_interrupted_and_its_undone_steps_are_dropped(folder) -> None:
    found = status.read(folder / "status.json")
    status.write(folder / "status.json", found.model_copy(update={"state": "running", "pid": 2**22 + 1}))
    assert Run(folder).status.state == "interrupted"
    again = Losses(step=3, epoch=1.5, terms={"total": 0.25}, learning_rate=0.1)
    with open(folder / "events.jsonl", "a") as file:
        file.write('{"event": "losses", "st\n')
        file.write(to_json(Resumed(step=2)) + "\n" + to_json(again) + "\n" + '{"event": "loss')
    assert Run(folder).curves.terms["student", "total"].value.tolist() == [4, 2, 0.25]
    assert Run(folder).glimpses("student").step.tolist() == [1, 2]


def test_that_a_copied_folder_gives_the_same(folder, tmp_path) -> None:
    copy = tmp_path / "комод 箪笥" / "kopie"
    shutil.copytree(folder, copy)
    assert Run(copy).events == Run(folder).events
    assert Run(copy).status == Run(folder).status
    np.testing.assert_array_equal(Run(copy).glimpses("student").logits, Run(folder).glimpses("student").logits)


def test_that_without_a_status_the_events_tell_the_state(folder) -> None:
    os.remove(folder / "status.json")
    assert (Run(folder).status.state, Run(folder).status.step) == ("finished", 4)
    with open(folder / "events.jsonl", "a") as file:
        file.write(to_json(Resumed(step=2)) + "\n")
    assert Run(folder).status.state == "interrupted"
    (folder / "events.jsonl").write_bytes(b"\xff\xfe torn")
    assert Run(folder).status.state == "interrupted"
    assert Run(folder).started == pytest.approx(time.time(), abs=60)


def test_that_damaged_small_files_are_taken_as_missing(folder) -> None:
    for name in ("recipe.json", "summary.json", "status.json", "classes.json"):
        (folder / name).write_bytes(b'{"half')
    run = Run(folder)
    assert (run.recipe, run.summary, run.class_names) == (None, None, ())
    assert run.status.state == "finished"


def test_that_a_checkpoint_killed_while_it_is_replaced_is_found(folder) -> None:
    last = folder / "checkpoints" / "last"
    last.rename(folder / "checkpoints" / "last.previous")
    assert Run(folder).checkpoints == ("last",)
    assert Run(folder).checkpoint("last") == folder / "checkpoints" / "last.previous"


def test_that_a_run_whose_process_was_killed_is_interrupted(tmp_path) -> None:
    program = (
        "import sys, itertools; from pathlib import Path\n"
        "from kdstudio.core.events import Losses; from kdstudio.project.store import recorded\n"
        "steps = (Losses(step=s, epoch=s, terms={}, learning_rate=1) for s in itertools.count(1))\n"
        "for event in recorded(Path(sys.argv[1]), (e for e in steps)): print(event.step, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    with process:
        for _ in range(50):
            told = int(process.stdout.readline())
        assert Run(tmp_path).status.state == "running"
        process.kill()
    assert Run(tmp_path).status.state == "interrupted"
    steps = [event.step for event in Run(tmp_path).events]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= told
