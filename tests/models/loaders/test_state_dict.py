import os
import pickle
import shutil
from collections import OrderedDict

import pytest
import torch

from kdstudio.core.errors import ModelError, Untrusted
from kdstudio.models.source import load


def weights(model):
    return OrderedDict(model.module.state_dict())


def same(left, right):
    first, second = left.module.state_dict(), right.module.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("key", [None, "state_dict", "model_state_dict", "model", "net", "anything"])
def test_that_weights_are_found_wherever_they_stand(key, is_new, build, tmp_path):
    model, file = build("resnet", (3, 32, 32), depth=8), tmp_path / "x.bin"
    content = weights(model) if key is None else {"epoch": 3, "best": 0.9, key: weights(model)}
    torch.save(content, file, _use_new_zipfile_serialization=is_new)
    assert same(load(file), model)


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "backbone.", "a.b."]
)
def test_that_what_wrappers_put_before_names_is_stripped(prefix, build, tmp_path):
    model, file = build("wide_resnet", depth=10, widen=1), tmp_path / "wräpped file.pth"
    torch.save({prefix + key: tensor for key, tensor in weights(model).items()}, file)
    assert same(load(file), model)


def test_that_lightning_checkpoints_with_an_optimizer_inside_open(build, tmp_path):
    model, file = build("lenet"), tmp_path / "last.ckpt"
    optimizer = torch.optim.SGD(model.module.parameters(), 0.1, momentum=0.9)
    content = {
        "state_dict": {f"model.{key}": tensor for key, tensor in weights(model).items()},
        "optimizer_states": [optimizer.state_dict()],
        "optimizer": {"buffers": weights(build("mlp"))},
    }
    torch.save(content, file)
    assert same(load(file), model)


def test_that_averaged_weights_are_taken_only_where_there_are_no_others(build, tmp_path):
    plain, averaged, file = build("lenet"), build("lenet", seed=1), tmp_path / "x.pt"
    torch.save({"state_dict_ema": weights(averaged), "state_dict": weights(plain)}, file)
    assert same(load(file), plain)
    torch.save({"state_dict_ema": weights(averaged)}, file)
    assert same(load(file), averaged)
    assert any("averaged" in problem.message for problem in load(file).problems)


def test_that_an_averaged_model_of_torch_opens(build, tmp_path):
    model, file = build("lenet"), tmp_path / "swa.pt"
    torch.save(torch.optim.swa_utils.AveragedModel(model.module).state_dict(), file)
    assert same(load(file), model)


def test_that_missing_batch_counters_start_at_zero(build, tmp_path):
    model, file = build("resnet", depth=8), tmp_path / "x.pt"
    torch.save({key: t for key, t in weights(model).items() if "num_batches" not in key}, file)
    assert same(load(file), model)


def test_that_shared_memory_is_not_shared_after_opening(build, tmp_path):
    model, file = build("mlp", hidden=[10, 10, 10]), tmp_path / "x.pt"
    content = weights(model)
    content["fc3.weight"] = content["fc2.weight"]
    torch.save(content, file)
    opened = load(file).module
    with torch.no_grad():
        opened.fc2.weight.zero_()
    assert bool(opened.fc3.weight.any())


def test_that_half_precision_becomes_float32_with_a_note(build, tmp_path):
    model, file = build("lenet"), tmp_path / "x.pt"
    torch.save({key: tensor.half() for key, tensor in weights(model).items()}, file)
    opened = load(file)
    assert {tensor.dtype for tensor in opened.module.parameters()} == {torch.float32}
    assert any("float16" in problem.message and problem.severity == "note" for problem in opened.problems)


def test_that_weights_without_numbers_are_a_warning_and_open(build, tmp_path):
    model, file = build("lenet"), tmp_path / "x.pt"
    content = {key: tensor.clone() for key, tensor in weights(model).items()}
    content["fc2.bias"][3] = float("nan")
    torch.save(content, file)
    (warning,) = [problem for problem in load(file).problems if problem.severity == "warning"]
    assert "fc2.bias" in warning.message
    assert warning.hint


class Exploit:
    def __reduce__(self):
        return os.system, (f"touch {os.environ['KDSTUDIO_TEST_TRAP']}",)


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_that_a_pickle_that_wants_to_run_code_is_refused_by_name_and_not_run(is_new, protocol, tmp_path, monkeypatch):
    trap, file = tmp_path / "ran", tmp_path / "x.pt"
    monkeypatch.setenv("KDSTUDIO_TEST_TRAP", str(trap))
    content = {"state_dict": {"w": torch.zeros(2, 2)}, "extra": Exploit()}
    torch.save(content, file, pickle_protocol=protocol, _use_new_zipfile_serialization=is_new)
    with pytest.raises(Untrusted, match="system") as caught:
        load(file)
    assert "OrderedDict" not in caught.value.message
    assert "_rebuild" not in caught.value.message
    assert caught.value.hint
    assert not trap.exists()


def test_that_weights_in_a_new_pickle_protocol_say_how_to_save_them(build, tmp_path):
    torch.save(weights(build("lenet")), tmp_path / "x.pt", pickle_protocol=4)
    with pytest.raises(ModelError, match="protocol 4") as caught:
        load(tmp_path / "x.pt")
    assert not isinstance(caught.value, Untrusted)


def test_that_a_plain_pickle_is_refused_and_not_run(tmp_path, monkeypatch):
    trap, file = tmp_path / "ran", tmp_path / "x.pkl"
    monkeypatch.setenv("KDSTUDIO_TEST_TRAP", str(trap))
    file.write_bytes(pickle.dumps(Exploit()))
    with pytest.raises(Untrusted, match="system"):
        load(file)
    assert not trap.exists()


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")
def test_that_a_whole_pickled_model_is_refused_as_such(is_new, build, tmp_path):
    file = tmp_path / "whole.pth"
    torch.save(torch.nn.Sequential(torch.nn.ReLU()), file, _use_new_zipfile_serialization=is_new)
    with pytest.raises(Untrusted, match="whole pickled model") as caught:
        load(file)
    assert "torch.nn.modules.container.Sequential" in caught.value.message
    assert "state_dict" in caught.value.hint


def test_that_an_optimizer_state_is_named_as_such(build, tmp_path):
    file = tmp_path / "optimizer.pt"
    torch.save(torch.optim.Adam(build("lenet").module.parameters()).state_dict(), file)
    with pytest.raises(ModelError, match="optimizer"):
        load(file)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {}, "text", torch.zeros(3), {"a": {"b": torch.zeros(3)}}])
def test_that_a_file_without_weights_says_what_it_holds(content, tmp_path):
    file = tmp_path / "x.pt"
    torch.save(content, file)
    with pytest.raises(ModelError) as caught:
        load(file)
    assert caught.value.hint
    assert caught.value.where == str(file)


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("share", [0.0005, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_that_a_file_that_was_cut_short_says_so(share, is_new, build, tmp_path):
    file = tmp_path / "x.pt"
    torch.save({"state_dict": weights(build("resnet", depth=8))}, file, _use_new_zipfile_serialization=is_new)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="cut short or damaged") as caught:
        load(file)
    assert not isinstance(caught.value, Untrusted)


def test_that_the_real_old_checkpoints_open_under_any_name(akamaster, tmp_path):
    for name, depth in (("resnet20-12fca82f.th", 20), ("resnet56-4bfd9763.th", 56)):
        file = tmp_path / "x.bin"
        shutil.copy(akamaster / name, file)
        model = load(file)
        assert model.label == f"ResNet-{depth}"
        assert model.spec.classes == 10
        assert model.preprocessing.channels == 3
        assert not model.preprocessing_known
        assert not model.problems
