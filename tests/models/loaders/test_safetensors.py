import json

import pytest
import torch
from safetensors.torch import save_file

from kdstudio.core.errors import ModelError, WeightsMismatch
from kdstudio.models.save import save
from kdstudio.models.source import load


def test_that_files_of_others_open_whatever_order_the_tensors_have(build, tmp_path):
    model, file = build("mlp", hidden=[20] * 11), tmp_path / "x.dat"
    save_file({f"net.{key.replace('fc', '')}": t for key, t in sorted(model.module.state_dict().items())}, file)
    opened = load(file)
    raw = torch.zeros(1, 1, 28, 28)
    torch.testing.assert_close(opened.module(raw), model.module(raw))
    assert opened.format == "safetensors"
    assert not opened.preprocessing_known


@pytest.mark.parametrize("kept", [9, 100, 3000, -1])
def test_that_a_file_that_was_cut_short_says_so(kept, build, tmp_path):
    file = tmp_path / "x.safetensors"
    save(build("lenet"), file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ModelError, match="cut short or damaged") as caught:
        load(file)
    assert caught.value.hint


def test_that_a_file_without_weights_says_so(tmp_path):
    save_file({}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match="no weights"):
        load(tmp_path / "x.safetensors")


def _with_description(model, file, **changes):
    save(model, file)
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    description = json.loads(header["__metadata__"]["kdstudio"]) | changes
    header["__metadata__"]["kdstudio"] = json.dumps(description)
    new = json.dumps(header).encode()
    file.write_bytes(len(new).to_bytes(8, "little") + new + content[8 + length :])


def test_that_a_description_that_does_not_fit_the_weights_is_told(build, tmp_path):
    file = tmp_path / "x.safetensors"
    _with_description(build("resnet", depth=8), file, knobs={"depth": 14})
    with pytest.raises(WeightsMismatch, match=r"layer1\.1\.conv1\.weight"):
        load(file)


@pytest.mark.parametrize(
    "changes", [{"architecture": "from_the_future"}, {"knobs": {"depth": 9}}, {"classes": "many"}, {"preprocessing": 3}]
)
def test_that_a_description_that_cannot_be_read_is_told_with_a_hint(changes, build, tmp_path):
    file = tmp_path / "x.safetensors"
    _with_description(build("resnet", depth=8), file, **changes)
    with pytest.raises(ModelError) as caught:
        load(file)
    assert caught.value.hint


def test_that_a_newer_writer_may_add_to_the_description(build, tmp_path):
    file = tmp_path / "x.safetensors"
    _with_description(build("resnet", depth=8), file, colour="blue")
    assert load(file).label == "ResNet-8"
