"""Folders that transformers itself wrote, tiny and random, against what transformers itself answers."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from kdstudio.core.errors import ModelError, WeightsMismatch
from kdstudio.data.sniff import sniff
from kdstudio.models.inspect import inspect
from kdstudio.models.loaders.folders import INDEX
from kdstudio.models.said import load_said
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.recipe.choices import Said

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
PICTURES = {"image_size": 32, "patch_size": 8}
NAMES = {0: "cat", 1: "dog", 2: "bird"}
LABELS = {"id2label": NAMES, "label2id": {name: i for i, name in NAMES.items()}}

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def network(kind: str) -> torch.nn.Module:
    t = transformers
    if kind == "vit":
        return t.ViTForImageClassification(t.ViTConfig(**SMALL, **PICTURES, **LABELS))
    if kind == "swin":
        sizes = {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2]}
        return t.SwinForImageClassification(t.SwinConfig(**sizes, window_size=4, num_labels=3))
    if kind == "resnet":
        sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}
        return t.ResNetForImageClassification(t.ResNetConfig(**sizes, num_labels=3))
    if kind == "mobilenet":
        sizes = {"image_size": 32, "depth_multiplier": 0.25, "finegrained_output": False}
        return t.MobileNetV2ForImageClassification(t.MobileNetV2Config(**sizes, num_labels=3))
    config = t.DeiTConfig(**SMALL, **PICTURES, num_labels=3)
    return t.DeiTForImageClassificationWithTeacher(config)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a folder; its weights come from a generator of their own, put back afterwards."""

    def write(kind: str = "vit", processor: dict | None = None, **how: object) -> Path:
        state = torch.get_rng_state()
        torch.manual_seed(0)
        folder = tmp_path / f"Modell {kind} ü"
        network(kind).save_pretrained(folder, **how)
        torch.set_rng_state(state)
        if processor is not None:
            (folder / "preprocessor_config.json").write_text(json.dumps(processor))
        return folder

    return write


def expected(folder: Path, pixels: torch.Tensor) -> torch.Tensor:
    model = transformers.AutoModelForImageClassification.from_pretrained(folder, local_files_only=True).eval()
    with torch.no_grad():
        return model(pixel_values=pixels).logits


@pytest.mark.parametrize("kind", ["vit", "swin", "resnet", "mobilenet", "deit"])
def test_that_logits_are_those_of_transformers(make: Make, inputs, kind: str) -> None:
    folder = make(kind)
    model = load(folder)
    pixels = inputs(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(model.logits(pixels), expected(folder, pixels))
    assert (model.spec.classes, model.can_train, model.format) == (3, True, "Hugging Face folder")
    assert not model.preprocessing_known
    assert model.spec.input_shape in (None, (3, 32, 32))
    modules = dict(model.module.named_modules())
    assert len(model.layers) > 2
    assert all(layer in modules for layer in model.layers)


def test_that_weights_may_lie_in_several_files_or_in_a_bin(make: Make, inputs) -> None:
    pixels = inputs(2, 3, 32, 32)
    whole = load(make()).logits(pixels)
    sharded = make(max_shard_size="20KB")
    (sharded / "model.safetensors").unlink()
    assert len(list(sharded.glob("*.safetensors"))) > 1
    assert torch.equal(load(sharded).logits(pixels), whole)
    assert torch.equal(load(sharded / INDEX).logits(pixels), whole)
    tensors = {}
    for file in sharded.glob("*.safetensors"):
        tensors |= load_file(file)
        file.unlink()
    (sharded / INDEX).unlink()
    torch.save(tensors, sharded / "pytorch_model.bin")
    assert torch.equal(load(sharded).logits(pixels), whole)


def test_that_preprocessing_is_that_of_the_processor(make: Make) -> None:
    steps = {"do_normalize": True, "do_rescale": True, "do_resize": True, "rescale_factor": 1 / 255, "resample": 2}
    told = steps | {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4], "size": {"height": 32, "width": 32}}
    folder = make(processor=told | {"image_processor_type": "ViTImageProcessor"})
    images = np.random.default_rng(0).integers(0, 255, (2, 3, 32, 32)).astype(np.uint8)
    model = load(folder)
    assert model.preprocessing_known
    assert model.class_names == ("cat", "dog", "bird")
    processor = transformers.ViTImageProcessorPil(**told)
    wanted = processor([image.transpose(1, 2, 0) for image in images], return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        assert torch.allclose(model.respond(images), expected(folder, wanted), atol=1e-5)
    offset = make(processor=told | {"rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False})
    prepared = load(offset).preprocessing.apply(torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 3, 32, 32))
    assert torch.allclose(prepared[:, 0, 0, 0], torch.tensor([-1.0, 0.0, 1.0]), atol=1e-6)


def test_that_the_middle_of_a_picture_is_cut_out(make: Make) -> None:
    told = {"do_center_crop": True, "crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 36}}
    how = told | {"resample": 3, "image_mean": 0.5, "image_std": [0.5] * 3, "image_processor_type": "BitImageProcessor"}
    model = load(make("resnet", processor=how))
    assert model.preprocessing.describe() == (
        "32×32 colour · middle of 36 at the shortest edge, bicubic · pixels −1..1"
    )
    assert not model.problems


def test_that_a_step_that_is_left_out_is_said(make: Make) -> None:
    told = {"do_resize": False, "do_center_crop": True, "crop_size": {"height": 32, "width": 32}}
    model = load(make("vit", processor=told))
    assert model.preprocessing.size == (32, 32)
    assert "cut out" in model.problems[0].message


def test_that_a_student_of_such_a_network_is_saved_and_opened_again(make: Make, tmp_path: Path, inputs) -> None:
    model = load(make(processor={"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": 32}))
    save(model, tmp_path / "student.safetensors")
    again = load(tmp_path / "student.safetensors")
    pixels = inputs(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(again.logits(pixels), model.logits(pixels))
    assert again.layers == model.layers
    assert again.class_names == model.class_names
    assert (again.spec, again.preprocessing) == (model.spec, model.preprocessing)
    assert (again.label, again.can_train) == ("ViTForImageClassification", True)


def test_that_inspect_tells_all_about_a_folder(make: Make) -> None:
    folder = make(processor={"size": {"height": 32, "width": 32}})
    assert (sniff(folder).role, sniff(folder).format) == ("model", "Hugging Face folder")
    item = inspect(folder)
    assert item.title.startswith("ViTForImageClassification · ")
    assert item.class_names == ("cat", "dog", "bird")
    assert item.macs
    assert item.silhouette
    assert item.bytes > 4 * (item.parameters or 0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights in the folder"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is damaged"),
        (lambda folder: (folder / "config.json").write_text("[]"), "no JSON object"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{"), "cut short"),
        (lambda folder: (folder / "preprocessor_config.json").write_text("{'"), "preprocessor_config.json is damaged"),
        (lambda folder: change(folder, model_type="sorcerer", auto_map={"AutoModel": "evil.Model"}), "is not run"),
        (lambda folder: change(folder, hidden_size="many"), "cannot be built"),
        (lambda folder: index(folder, {"a": "../../outside.safetensors"}), "outside of its folder"),
        (lambda folder: index(folder, {"a": "absent.safetensors"}), "1 of 1 files of the model are missing"),
        (lambda folder: index(folder, {}), "does not say which file"),
    ],
)
def test_that_a_spoiled_folder_is_told_and_runs_nothing(make: Make, spoil, words: str) -> None:
    folder = make()
    spoil(folder)
    (folder / "evil.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(ModelError, match=words) as caught:
        load(folder)
    assert caught.value.where == str(folder)
    assert caught.value.hint


def change(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


def index(folder: Path, places: dict[str, str]) -> None:
    (folder / "model.safetensors").unlink()
    (folder / INDEX).write_text(json.dumps({"weight_map": places}))


def test_that_missing_weights_are_told_and_never_drawn(make: Make) -> None:
    folder = make()
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("classifier.weight")
    first = next(name for name in tensors if "layer" in name)
    tensors.pop(first)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsMismatch, match="2 missing"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Wav2Vec2ForCTC", "writes down speech"),
        ("DetrForObjectDetection", "boxes"),
        ("Strange", "names no class"),
    ],
)
def test_that_what_is_no_classifier_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [name], "model_type": "bert"}))
    item = inspect(tmp_path)
    assert words in item.problems[0].message
    assert item.problems[0].hint


def test_that_shards_of_a_state_dict_are_joined(tmp_path: Path, build, inputs) -> None:
    model = build("lenet")
    state = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    places: dict[str, str] = {}
    for number, names in enumerate(np.array_split(sorted(state), 3), start=1):
        file = f"model-{number:05d}-of-00003.safetensors"
        save_file({str(name): state[str(name)] for name in names}, tmp_path / file)
        places |= {str(name): file for name in names}
    (tmp_path / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}))
    assert sniff(tmp_path).role == "model"
    found = load(tmp_path)
    prepared = inputs(2, 1, 28, 28)
    assert torch.equal(found.module(prepared), model.module(prepared))
    assert found.path == tmp_path
    digest = found.digest
    shutil.copy(tmp_path / "model-00001-of-00003.safetensors", tmp_path / "more.safetensors")
    assert load(tmp_path).digest != digest


def test_that_a_folder_without_a_model_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="folder without a model"):
        load(tmp_path)


def test_that_a_real_llama2c_file_is_named(real_data) -> None:
    path = real_data("stories260k/stories260K.bin")
    assert sniff(path).role == "model"
    (problem,) = inspect(path).problems
    assert "llama2.c checkpoint, a causal language model" in problem.message
    assert "“hf” beside it" in problem.hint
    assert sniff(path).parameters == 260_032


def test_that_weights_are_read_with_a_config_that_lies_elsewhere(make: Make, tmp_path: Path) -> None:
    folder = make("vit")
    wanted = load(folder)
    weights = tmp_path / "elsewhere" / "weights.safetensors"
    weights.parent.mkdir()
    (folder / "model.safetensors").rename(weights)
    model = load_said(weights, Said(arch=str(folder / "config.json")))
    assert model.path == weights
    for name, tensor in wanted.module.state_dict().items():
        assert torch.equal(model.module.state_dict()[name], tensor)
    change(folder, hidden_size=48)
    with pytest.raises(ModelError, match="do not fit the config"):
        load_said(weights, Said(arch=str(folder / "config.json")))
    with pytest.raises(ModelError, match="there is no file"):
        load_said(weights, Said(arch=str(folder / "none.json")))
