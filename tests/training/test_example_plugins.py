"""The plug-ins of `resources/plugins`, found by KDSTUDIO_PLUGINS and really trained; and what they compute."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.events import Advanced, Losses
from kdstudio.core.layout import RunFolder
from kdstudio.core.paths import resource
from kdstudio.core.registry import Registry
from kdstudio.methods.base import Exchange, Method, Setting
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.source import load
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import StopRequested
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from tests.small_task import finish, write_digits
from tests.training.conftest import recipe

SMALL = {"architecture": "resnet", "knobs": {"depth": 8, "width": 4}}


@pytest.fixture(autouse=True)
def plugins(monkeypatch: pytest.MonkeyPatch) -> Registry[type[Method]]:
    """The methods with those of the plug-in folder."""
    monkeypatch.setenv("KDSTUDIO_PLUGINS", str(resource("plugins")))
    found: Registry[type[Method]] = Registry("kdstudio.methods", "METHOD")
    monkeypatch.setitem(METHODS.__dict__, "_plugins", dict(found.items()))
    return found


def wanted(tmp_path: Path, teacher: Path, *methods: dict[str, object], **changes: object) -> Recipe:
    choices: dict[str, object] = {
        "teachers": [{"path": str(teacher)}],
        "methods": list(methods),
        "student": SMALL,
        "optimizer": {"name": "adamw", "learning_rate": 0.003},
        "epochs": 4,
    }
    return recipe(write_digits(tmp_path / "few.npz", 600), **(choices | changes))


DATA_FREE = {"method": "data_free", "images": 32}
BOTH = ({"method": "hard_labels"}, {"method": "adversarial", "weight": 0.1})


def course(seen: list[object], term: str) -> list[float]:
    return [one.terms[term] for one in seen if isinstance(one, Losses) and one.learner == "student"]


@pytest.mark.slow
def test_that_a_student_learns_from_made_images_alone(tmp_path: Path, teacher: Path) -> None:
    asked = wanted(tmp_path, teacher, DATA_FREE, baseline=False, epochs=8, batch_size=16)
    seen, summary = finish(train(asked, tmp_path / "run"))
    assert course(seen, "total")[-1] < course(seen, "total")[0]
    assert course(seen, "data_free/entropy")[-1] < -0.8 * 5 * math.log(10)  # all classes about equally often
    assert course(seen, "data_free/kl")[-1] < course(seen, "data_free/kl")[0]
    assert course(seen, "data_free/one_hot")[-1] < course(seen, "data_free/one_hot")[0]
    assert summary["student"]["accuracy"] > 0.3  # 0.1 is chance
    norms = [one.gradient_norms for one in seen if isinstance(one, Losses)][-1]
    assert "data_free/one_hot" not in norms  # it is the generator's, and no sign of a term that does not teach


def test_that_made_images_leave_no_trace_of_the_data(tmp_path: Path, teacher: Path) -> None:
    """Also the running statistics of batch normalisation come from made images: turned inputs give the same bits."""
    weights = []
    for name in ("one", "other"):
        asked = wanted(tmp_path, teacher, DATA_FREE, baseline=False, epochs=1)
        if name == "other":
            with np.load(tmp_path / "few.npz") as old:
                images, labels = old["images"], old["labels"]
            np.savez(tmp_path / "few.npz", images=images.swapaxes(1, 2), labels=labels)
        finish(train(asked, tmp_path / name))
        weights.append(load_file(RunFolder(tmp_path / name).checkpoint("last") / "student.safetensors"))
    statistics = [key for key in weights[0] if key.endswith("running_mean")]
    assert statistics
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_that_the_adversary_is_deceived_beside_another_method(tmp_path: Path, teacher: Path) -> None:
    seen, summary = finish(train(wanted(tmp_path, teacher, *BOTH), tmp_path / "run"))
    assert course(seen, "total")[-1] < course(seen, "total")[0]
    assert all(0 < value < 2 for value in course(seen, "adversarial/told_apart"))
    assert summary["student"]["accuracy"] > 0.35
    baseline = [set(one.terms) for one in seen if isinstance(one, Losses) and one.learner == "baseline"]
    assert baseline[0] == {"total", "hard_labels/cross_entropy"}


@pytest.mark.slow
@pytest.mark.parametrize("methods", [(DATA_FREE,), BOTH], ids=["data_free", "adversarial"])
def test_that_a_stopped_run_resumes_to_the_same_bits_and_keeps_the_student_alone(methods, tmp_path, teacher) -> None:
    asked = wanted(tmp_path, teacher, *methods, baseline=False, epochs=2)
    finish(train(asked, tmp_path / "whole"))
    events = train(asked, tmp_path / "torn")
    for event in events:
        if isinstance(event, Advanced) and event.step == 9:
            break
    list(iter([events.throw(StopRequested(report=False)), *events]))
    finish(resume(tmp_path / "torn"))
    files = [RunFolder(tmp_path / run).checkpoint("last") / "student.safetensors" for run in ("whole", "torn")]
    whole, torn = (load_file(file) for file in files)
    assert all(torch.equal(whole[key], torn[key]) for key in whole)
    assert whole.keys() == load(files[0]).module.state_dict().keys()


def test_that_the_adversary_descends_what_the_student_climbs(plugins) -> None:
    student, teacher = torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64)
    game = plugins["adversarial"](standard=False).build(Setting(classes=4, inputs=6)).double()
    student.requires_grad_(True)
    batch = Batch(None, torch.zeros(6, dtype=torch.int64), torch.arange(6))
    loss = game(Exchange(batch, Outputs(student), Outputs(teacher)))["told_apart"]
    loss.backward()
    real, made = torch.sigmoid(game.discriminator(teacher)), torch.sigmoid(game.discriminator(student))
    by_hand = -real.log().mean() - (1 - made).log().mean()
    torch.testing.assert_close(loss, by_hand)
    into_student, *into_discriminator = torch.autograd.grad(by_hand, [student, *game.discriminator.parameters()])
    torch.testing.assert_close(student.grad, -into_student)
    for own, expected in zip(game.discriminator.parameters(), into_discriminator, strict=True):
        torch.testing.assert_close(own.grad, expected)


def test_that_data_free_sums_what_the_paper_has(plugins) -> None:
    answers = torch.randn(8, 3, dtype=torch.float64)
    teacher = Outputs(answers, {"embedding": torch.randn(8, 5, dtype=torch.float64)})
    student = Outputs(torch.randn(8, 3, dtype=torch.float64))
    method = plugins["data_free"](images=8, noise=4)
    objective = method.build(Setting(classes=3, inputs=8, image=(1, 6, 7))).double()
    torch.set_default_dtype(torch.float64)
    try:
        shapes: list[tuple[int, ...]] = []

        def ask_teacher(images: torch.Tensor, layers: object) -> Outputs:
            shapes.append(tuple(images.shape))
            return teacher

        batch = Batch(None, torch.zeros(2, dtype=torch.int64), torch.arange(2))
        asked = Exchange(batch, student, ask_teacher=ask_teacher, ask_student=lambda images, layers: student)
        terms = objective(asked)
    finally:
        torch.set_default_dtype(torch.float32)
    assert shapes == [(8, 1, 6, 7)]
    p, q = answers.softmax(1), student.logits.softmax(1)
    torch.testing.assert_close(terms["kl"], (p * (p / q).log()).sum(1).mean())
    torch.testing.assert_close(terms["one_hot"], -p.max(1).values.log().mean())
    torch.testing.assert_close(terms["activation"], -0.1 * teacher.features["embedding"].abs().mean())
    torch.testing.assert_close(terms["entropy"], 5 * (p.mean(0) * p.mean(0).log()).sum())


def test_that_who_cannot_be_asked_is_told_before_the_run(tmp_path: Path, teacher: Path) -> None:
    opened = open_recipe(wanted(tmp_path, teacher, DATA_FREE, teachers=[{"kind": "ema"}]))
    assert [problem.where for problem in opened.errors] == ["methods[0]"]
    assert "one teacher whose weights and layers can be seen" in opened.errors[0].message
