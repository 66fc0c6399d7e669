"""What a model that does not learn answers to more inputs than fit into memory: the same, in pieces."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from kdstudio.core.errors import OutOfMemory
from kdstudio.core.events import Advanced, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.models.values import Outputs
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.cache_folder import FOLDER
from kdstudio.training.compiling import choose_compile
from kdstudio.training.control import StopRequested
from kdstudio.training.distill import distill
from kdstudio.training.evaluate import predict
from kdstudio.training.precision import choose_precision
from kdstudio.training.setup import Setup, prepare
from kdstudio.training.teachers import Frozen
from tests.small_task import finish, result
from tests.training.conftest import SOFT, recipe


def refuse(model: Model, room: int) -> None:
    """Let a model run out of memory where it is asked for more answers at once, outside of its learning."""

    def check(module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if not module.training and len(given[0]) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    model.module.register_forward_pre_hook(check)


@pytest.fixture
def asked(digits: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setenv(FOLDER, str(tmp_path / "answers"))
    return recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), epochs=2, probes=[])


def told(events: list[object]) -> list[str]:
    return [one.problem.message for one in events if isinstance(one, Noticed) and "memory" in one.problem.message]


def narrowed(asked: Recipe, folder: Path, room: int) -> Setup:
    setup = result(prepare(asked, folder))
    for model in (setup.student, setup.baseline, setup.teacher):
        refuse(model, room)
    return setup


def last(folder: Path) -> Path:
    return RunFolder(folder).checkpoint("last")


def test_that_all_passes_of_a_run_go_on_in_pieces_and_say_so_once(asked: Recipe, tmp_path: Path) -> None:
    _, whole = finish(distill(result(prepare(asked, tmp_path / "whole"))))
    for answers in (tmp_path / "answers").iterdir():
        answers.rename(tmp_path / answers.name)  # so that the teacher is asked again
    seen, parted = finish(distill(narrowed(asked, tmp_path / "parted", room=40)))
    messages = told(seen)
    passes = ["teacher", "teacher", "student", "baseline"]  # on the training inputs and at the end on the test inputs
    assert sorted(message.partition(", so ")[2] for message in messages) == sorted(
        f"the {name} answers 32 at once" for name in passes
    )
    for name in ("teacher", "student", "baseline"):
        assert parted[name]["accuracy"] == whole[name]["accuracy"]
        assert parted[name]["nll"] == pytest.approx(whole[name]["nll"], rel=1e-4)


def test_that_answers_in_pieces_are_the_same(asked: Recipe, tmp_path: Path) -> None:
    setup = result(prepare(asked, tmp_path))
    model, names = setup.student, setup.class_names
    whole = result(predict(model, setup.train, names, name="student", split="train"))
    refuse(model, 100)
    parted = result(predict(model, setup.train, names, name="student", split="train"))
    assert np.allclose(whole.logits, parted.logits, atol=1e-5)
    assert np.allclose(whole.embedding, parted.embedding, atol=1e-2)
    assert np.array_equal(whole.sampled, parted.sampled)


def test_that_a_teacher_of_a_step_is_asked_in_pieces_where_the_batch_must_stay_whole(
    asked: Recipe, tmp_path: Path
) -> None:
    """A method that compares the inputs of a batch with each other needs all of its answers, not all at once."""
    asked = Recipe.model_validate(asked.to_value() | {"methods": [{"method": "dist"}], "teacher_cache": False})
    seen, _ = finish(distill(narrowed(asked, tmp_path / "parted", room=40)))
    assert "64 inputs at once do not fit into memory, so the teacher answers 32 at once" in told(seen)
    finish(distill(result(prepare(asked, tmp_path / "whole"))))
    one, other = (load_file(last(tmp_path / name) / "student.safetensors") for name in ("parted", "whole"))
    assert all(torch.allclose(one[key], other[key], atol=2e-5) for key in one)


def test_that_the_pieces_survive_a_resume(asked: Recipe, tmp_path: Path) -> None:
    """After it the models have room for everything, and still answer as before: the run ends with the same bits."""
    asked = Recipe.model_validate(asked.to_value() | {"teacher_cache": False})
    finish(distill(narrowed(asked, tmp_path / "through", room=20)))
    events = distill(narrowed(asked, tmp_path / "broken", room=20))
    for event in events:
        if isinstance(event, Advanced) and event.step == 50:
            break
    assert [events.throw(StopRequested(report=False)), *events]
    state = torch.load(last(tmp_path / "broken") / "state", weights_only=True)  # noqa: TID251
    assert state["teacher"] == {"most": 16}
    assert state["learners"]["student"]["pieces"] == {"most": 16}
    seen, _ = finish(distill(result(prepare(asked, tmp_path / "broken")), resume=True))
    assert not any("the teacher" in message or "the student" in message for message in told(seen))
    one, other = (load_file(last(tmp_path / name) / "student.safetensors") for name in ("through", "broken"))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_not_even_one_answer_is_a_clear_stop(asked: Recipe, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemory, match="the teacher cannot answer even one input") as stop:
        finish(distill(narrowed(asked, tmp_path, room=0)))
    assert "another device" in stop.value.hint


def test_that_other_errors_are_not_taken_for_a_lack_of_memory(asked: Recipe, tmp_path: Path) -> None:
    setup = result(prepare(asked, tmp_path))

    def fail(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    setup.student.module.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="mat1"):
        result(predict(setup.student, setup.validation, setup.class_names, name="student", split="validation"))


def test_that_what_layers_give_is_joined_too(asked: Recipe, teacher: Path, tmp_path: Path) -> None:
    setup, model = result(prepare(asked, tmp_path)), load(teacher)
    positions = torch.arange(50)
    batch = setup.train.batch(positions)
    frozen = Frozen(model, model.layers[:1])
    whole: Outputs = frozen.outputs(batch, positions, 0)
    refuse(model, 7)
    parted = frozen.outputs(setup.train.batch(positions), positions, 0)
    assert torch.allclose(whole.logits, parted.logits, atol=1e-5)
    assert torch.allclose(whole.features[model.layers[0]], parted.features[model.layers[0]], atol=1e-5)


def test_that_a_probe_of_a_batch_that_does_not_fit_times_what_fits(asked: Recipe, tmp_path: Path) -> None:
    setup = result(prepare(asked, tmp_path))

    def check(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if len(given[0]) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    setup.student.module.register_forward_pre_hook(check)
    batch = setup.train.batch(torch.arange(64))
    assert result(choose_precision(setup.student, None, batch, 10**9, setup.device))
    chosen, why = result(choose_compile(setup.student, None, batch, "float32", 10**9, setup.device))
    assert not chosen
    assert "the batch does not fit into memory at once" in why


LIMITED = """
import resource, sys
from pathlib import Path
from kdstudio.core.events import Noticed
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.evaluate import predict
from kdstudio.training.setup import prepare
from tests.small_task import result

setup = result(prepare(parse(read_json(Path(sys.argv[1]))), Path(sys.argv[2])))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[3]) * 1_000_000, resource.RLIM_INFINITY))
for event in predict(setup.student, setup.train, setup.class_names, name="student", split="train"):
    if isinstance(event, Noticed):
        print(event.problem.message, flush=True)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on a process's memory")
def test_that_memory_that_is_really_short_splits_an_evaluation(digits: Path, tmp_path: Path) -> None:
    """A real limit on the process: 512 answers at once need more than there is, fewer do not."""
    large = {"architecture": "small_cnn", "knobs": {"width": 256, "blocks": 1}}
    asked = recipe(digits, student=large, epochs=1, methods=[{"method": "hard_labels"}])
    (tmp_path / "recipe.json").write_text(json.dumps(asked.to_value()))
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "recipe.json"), str(tmp_path / "run"), "60"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "512 inputs at once do not fit into memory, so the student answers" in done.stdout
