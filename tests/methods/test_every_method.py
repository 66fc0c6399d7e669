"""The contract that every method keeps, whoever wrote it."""

import json

import pytest
import torch

from kdstudio.core.targets import TASKS
from kdstudio.methods.base import Exchange, Method, Setting
from kdstudio.methods.catalogue import METHODS, entries, method
from kdstudio.methods.losses import IGNORE
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.choices import MethodChoice
from kdstudio.training.parts import share_of

N, C = 6, 5
NAMES = sorted(METHODS)


def exchange(*, student: torch.Tensor, teacher: torch.Tensor, targets: torch.Tensor) -> Exchange:
    """One batch; what the layers of both give is made of their logits."""
    batch = Batch(torch.rand(len(targets), 1, 4, 4), targets, torch.arange(len(targets)))
    ours, theirs = (Outputs(x, features(x)) for x in (student, teacher))
    return Exchange(batch, ours, theirs, (theirs,), progress=0.5, epoch=30.0)


def feature(logits: torch.Tensor) -> torch.Tensor:
    """Return maps (N, C, 3, 3) that depend on logits (N, C)."""
    places = torch.linspace(-1, 2, 9, dtype=logits.dtype).view(1, 1, 3, 3)
    return logits[:, :, None, None] * places + logits.roll(1, 1)[:, :, None, None]


def features(logits: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return what the layers give: maps, the embedding, and a block of a transformer with its attention."""
    maps = feature(logits)
    tokens = maps.flatten(2).transpose(1, 2)  # (N, 9, C)
    parts = torch.stack([tokens, tokens.roll(1, 1), tokens.cos()], dim=1).unflatten(3, (1, C)).transpose(2, 3)
    return {
        "layer": maps,
        "embedding": logits.cos(),
        "block": tokens,
        "block:attention": parts,
        "embedded": tokens.sin(),
    }


SHAPES = {name: tuple(one.shape[1:]) for name, one in features(torch.zeros(1, C)).items()}


def make(name: str) -> Method:
    """Return the method with its defaults, and its layers chosen where it looks at layers."""
    layer = "block" if METHODS[name].needs.attention else "layer"
    pairs = {"pairs": ((layer, layer),)} if METHODS[name].needs.layers else {}
    layers = {"layers": ("layer",)} if METHODS[name].needs.student_layers else {}
    return METHODS[name](**pairs, **layers)


def total(made: Method, given: Exchange) -> torch.Tensor:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        objective = made.build(Setting(classes=C, inputs=100, student=SHAPES, teacher=SHAPES))
    terms = objective.to(given.student.logits.dtype)(given)
    return torch.stack(list(terms.values())).sum()


def value(made: Method, given: Exchange) -> float:
    return float(total(made, given).detach())


@pytest.fixture
def numbers() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "student": torch.randn(N, C, generator=generator),
        "teacher": torch.randn(N, C, generator=generator),
        "targets": torch.randint(0, C, (N,), generator=generator),
    }


@pytest.mark.parametrize("name", NAMES)
def test_that_a_method_survives_json(name: str) -> None:
    made = METHODS[name]()
    assert METHODS[name].model_validate(json.loads(made.model_dump_json())) == made


@pytest.mark.parametrize("name", NAMES)
def test_that_a_recipes_choice_builds_the_method_with_its_knobs(name: str) -> None:
    knobs = METHODS[name]().model_dump(exclude={"weight"})
    made = method(MethodChoice(method=name, weight=0.25, **knobs))
    assert made.weight == 0.25
    assert made.model_dump(exclude={"weight"}) == knobs


@pytest.mark.parametrize("name", NAMES)
def test_that_repeating_the_batch_three_times_does_not_change_the_loss(name: str, numbers) -> None:
    wide = {
        key: torch.cat([value] * 3).double() if key != "targets" else torch.cat([value] * 3)
        for key, value in numbers.items()
    }
    once = {key: value.double() if key != "targets" else value for key, value in numbers.items()}
    times, tolerance = (100, 0.04) if METHODS[name].draws else (1, 1e-12)  # what is drawn is the same on average
    one, three = (sum(value(make(name), exchange(**batch)) for _ in range(times)) / times for batch in (once, wide))
    assert three == pytest.approx(one, rel=tolerance)


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].splits != "batch"])
@pytest.mark.parametrize("labelled", [C + 1, 3], ids=["labelled", "partly"])
def test_that_a_batch_can_be_split_where_the_method_says_so(name: str, numbers, labelled: int) -> None:
    """The loss of the whole is the mean of those of two parts, by inputs or by labelled inputs."""
    whole = {key: value.double() if key != "targets" else value for key, value in numbers.items()}
    whole["targets"][labelled:] = IGNORE
    parts = [{key: value[at] for key, value in whole.items()} for at in (slice(0, 2), slice(2, None))]
    batches = [exchange(**one).batch for one in (whole, *parts)]
    shares = [share_of(part, batches[0], METHODS[name].splits) for part in batches[1:]]
    values = [value(make(name), exchange(**part)) for part in parts]
    mean = sum(float(share) * one for share, one in zip(shares, values, strict=True))
    assert mean == pytest.approx(value(make(name), exchange(**whole)), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_that_the_gradient_reaches_the_student_and_not_the_teacher(name: str, numbers) -> None:
    numbers["student"].requires_grad_(True)
    numbers["teacher"].requires_grad_(True)
    total(make(name), exchange(**numbers | {"teacher": numbers["teacher"].detach()})).backward()
    assert numbers["student"].grad.abs().sum() > 0
    assert numbers["teacher"].grad is None


@pytest.mark.parametrize("name", [name for name in NAMES if METHODS[name].vanishes_at_teacher])
def test_that_the_loss_vanishes_when_student_equals_teacher(name: str, numbers) -> None:
    same = numbers | {"student": numbers["teacher"].clone()}
    assert value(make(name), exchange(**same)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_that_large_logits_in_bfloat16_stay_finite(name: str, numbers) -> None:
    large = {key: (value * 1000).bfloat16() if key != "targets" else value for key, value in numbers.items()}
    large["student"].requires_grad_(True)
    loss = total(make(name), exchange(**large))
    loss.backward()
    assert loss.isfinite()
    assert large["student"].grad.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_that_every_knob_has_a_title_and_a_sentence(name: str) -> None:
    entry = next(entry for entry in entries() if entry.name == name)
    assert entry.help.endswith(".")
    assert "weight" not in entry.knobs["properties"]
    for knob in entry.knobs["properties"].values():
        assert knob["title"]
        assert knob["description"].endswith(".")


def test_that_no_file_outside_a_method_compares_its_name() -> None:
    from pathlib import Path

    import kdstudio

    root = Path(kdstudio.__file__).parent
    for file in root.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for name in set(NAMES) - set(TASKS):  # a task may be called like the method for it
            if file.stem != name:
                assert f'== "{name}"' not in text, f"{file} asks for {name} by name"


def test_that_a_file_in_a_plug_in_folder_is_a_method(tmp_path, monkeypatch) -> None:
    from kdstudio.core.registry import Registry

    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "absolute_distance.py").write_text(
        "from kdstudio.methods.base import Method\n"
        "class AbsoluteDistance(Method):\n"
        "    title = 'Absolute distance'\n    family = 'response'\n    paper = ''\n    help = 'For this test.'\n"
        "    def terms(self, exchange):\n"
        "        return {'l1': (exchange.student.logits - exchange.teacher.logits).abs().sum(-1).mean()}\n"
        "METHOD = AbsoluteDistance\n"
    )
    monkeypatch.setenv("KDSTUDIO_PLUGINS", str(tmp_path))
    registry: Registry[type[Method]] = Registry("kdstudio.methods", "METHOD")
    assert "absolute_distance" in registry
    assert set(NAMES) <= set(registry)
