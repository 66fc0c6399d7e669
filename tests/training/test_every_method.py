"""Each method of the registry, really trained between networks of different families, and resumed to the same bits."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced, Losses
from kdstudio.core.layout import RunFolder
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.control import StopRequested
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from tests.small_task import finish, write_digits
from tests.training.conftest import recipe
from tests.training.vision_transformer import write_vit

WIDE = {"architecture": "small_cnn", "knobs": {"width": 12, "blocks": 3}}
SMALL = {"architecture": "resnet", "knobs": {"depth": 8, "width": 2}}
OFTEN = (  # one of each family and of each kind of thing that a method keeps between steps; together all are slow
    "attention_relations",
    "contrastive",
    "curriculum_temperature",
    "hints",
    "label_smoothing",
    "masked_generation",
    "own_exits",
    "progressive_self",
    "relational",
    "reused_classifier",
    "soft_targets",
    "token_kl",
    "variational",
)
FAMILIES = {name: one.family for name, one in sorted(METHODS.items()) if "classification" in one.tasks}


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fewer digits than elsewhere: there are many methods."""
    return write_digits(tmp_path_factory.mktemp("digits") / "few.npz", 500)


@pytest.fixture(scope="session")
def seeing_teacher(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A convolutional teacher, whose stages give maps."""
    folder = tmp_path_factory.mktemp("seeing") / "run"
    finish(train(recipe(digits, student=WIDE, epochs=4), folder))
    return folder / "checkpoints" / "best" / "student.safetensors"


@pytest.fixture(scope="session")
def attending(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a transformer of 3 blocks, and one of 2, for the methods that look at attention."""
    folder = tmp_path_factory.mktemp("attending")
    write_vit(folder / "teacher", 32, 0, layers=3)
    write_vit(folder / "student", 16, 1)
    return folder


def wanted(name: str, digits: Path, teacher: Path, **changes: object) -> Recipe:
    no_ramp = {"warmup_epochs": 0.0} if "warmup_epochs" in METHODS[name].model_fields else {}
    choices: dict[str, object] = {
        "methods": [{"method": name, **no_ramp}],
        "teachers": [{"path": str(teacher)}] if METHODS[name].needs.teacher else [],
        "student": SMALL,
        "optimizer": {"name": "adamw", "learning_rate": 0.003},
        "epochs": 2,
        "baseline": False,
    }
    return recipe(digits, **(choices | changes))


@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES]
)
def test_that_the_loss_falls_and_a_stopped_run_resumes_to_the_same_bits(
    name: str, digits: Path, seeing_teacher: Path, attending: Path, tmp_path: Path
) -> None:
    asked = wanted(name, digits, seeing_teacher)
    if METHODS[name].needs.attention:
        student = {"path": str(attending / "student")}
        asked = wanted(name, digits, attending / "teacher", student=student)
    seen, summary = finish(train(asked, tmp_path / "whole"))
    course = [event.terms["total"] for event in seen if isinstance(event, Losses)]
    assert course[-1] < course[0]
    assert summary is not None
    events = train(asked, tmp_path / "torn")
    for event in events:
        if isinstance(event, Advanced) and event.step == 9:
            break
    list(iter([events.throw(StopRequested(report=False)), *events]))
    torch.rand(7)  # whatever happens between must not matter
    finish(resume(tmp_path / "torn"))
    files = [RunFolder(tmp_path / run).checkpoint("last") / "student.safetensors" for run in ("whole", "torn")]
    whole, torn = (load_file(file) for file in files)
    assert all(torch.equal(whole[key], torn[key]) for key in whole)
    assert whole.keys() == load(files[0]).module.state_dict().keys()  # the student alone


def test_that_the_run_folder_names_the_layers_that_were_paired(digits, seeing_teacher, tmp_path) -> None:
    finish(train(wanted("attention_transfer", digits, seeing_teacher, epochs=1), tmp_path / "run"))
    kept = parse(read_json(tmp_path / "run" / "recipe.json"))
    assert kept.methods[0].knobs["pairs"] == [["layer1", "stage1"], ["layer3", "stage3"]]
    assert kept.teacher_cache is True  # maps are stored, too


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([["conv9", "stage1"]], "the student has no layer called 'conv9'"),
        ([["layer1", "stages"]], "the teacher has no layer called 'stages'"),
        ([["embedding", "stage1"]], "embedding of the student gives vectors"),
    ],
)
def test_that_layers_that_cannot_be_compared_are_told_with_their_place(digits, seeing_teacher, pairs, words) -> None:
    asked = wanted("attention_transfer", digits, seeing_teacher)
    methods = [asked.methods[0].model_copy(update={"pairs": pairs})]
    opened = open_recipe(asked.model_copy(update={"methods": tuple(methods)}))
    assert [(problem.where, problem.message) for problem in opened.errors] == [("methods[0].pairs", words)]
    assert opened.errors[0].hint


def test_that_a_student_without_maps_is_told_before_the_run(digits, seeing_teacher) -> None:
    flat = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    with pytest.raises(InvalidRecipe, match="no layer of the student can be compared"):
        open_recipe(wanted("attention_transfer", digits, seeing_teacher, student=flat)).ready()


@pytest.mark.parametrize("name", ["class_consistency", "label_smoothing"])
def test_that_what_stands_in_for_a_teacher_has_a_baseline_of_labels_alone(name, digits, tmp_path) -> None:
    asked = recipe(digits, methods=[{"method": "hard_labels"}, {"method": name}], student=SMALL, epochs=1)
    seen, summary = finish(train(asked, tmp_path / "run"))
    terms = [set(event.terms) for event in seen if isinstance(event, Losses) and event.learner == "baseline"]
    assert terms[0] == {"total", "hard_labels/cross_entropy"}
    assert summary is not None
    assert summary["baseline"]["accuracy"] is not None
