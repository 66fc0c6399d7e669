"""Weights whose architecture is a class in a person's own Python file."""

import pytest
import torch

from kdstudio.core.errors import ModelError, Untrusted, WeightsMismatch
from kdstudio.core.trust import trust
from kdstudio.models.programs.python_class import load_with_class
from kdstudio.models.weights import read_weights

NET = """
from pathlib import Path
import torch
Path(__file__).with_name("canary").touch()

class Odd(torch.nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.mixer = torch.nn.Conv2d(1, width, 3)
        self.gate = torch.nn.Parameter(torch.ones(width))
        self.answer = torch.nn.Linear(width, 4)

    def forward(self, x):
        return self.answer((self.mixer(x).relu() * self.gate[:, None, None]).mean((2, 3)))

class Greedy(torch.nn.Module):
    def __init__(self, size):
        super().__init__()

def half():
    return Odd(3)
"""


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """The file, and weights saved by a program that used it."""
    monkeypatch.setattr("kdstudio.core.trust._for_now", set())
    (tmp_path / "my net.py").write_text(NET)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        space = {"__file__": str(tmp_path / "elsewhere" / "x.py"), "__name__": "maker"}
        (tmp_path / "elsewhere").mkdir()
        exec(NET, space)
        module = space["Odd"]()
    torch.save(
        {"state_dict": {f"module.{key}": value for key, value in module.state_dict().items()}}, tmp_path / "w.pt"
    )
    return tmp_path, module


def test_that_the_file_is_run_only_once_it_is_trusted(odd):
    folder, module = odd
    code = f"{folder / 'my net.py'}:Odd"
    with pytest.raises(Untrusted, match=r"my net\.py is a Python program") as caught:
        load_with_class(read_weights(folder / "w.pt"), folder / "w.pt", code)
    assert not (folder / "canary").exists()
    trust(caught.value.digest, remember=False)
    model = load_with_class(read_weights(folder / "w.pt"), folder / "w.pt", code)
    assert (folder / "canary").exists()
    assert model.label == "Odd"
    assert model.layers == ("net.mixer", "net.answer")
    assert model.spec.classes == 4
    raw = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(model.logits(raw), module(raw))


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("Missing", ModelError, "has no class Missing"),
        ("Greedy", ModelError, r"Greedy\(\) cannot be built"),
        ("half", WeightsMismatch, "do not fit half: of another shape gate, mixer.weight"),
    ],
)
def test_that_a_class_that_does_not_do_is_told_why(odd, name, error, words):
    from kdstudio.core.digest import digest_file

    folder, _ = odd
    trust(digest_file(folder / "my net.py"), remember=False)
    with pytest.raises(error, match=words) as caught:
        load_with_class(read_weights(folder / "w.pt"), folder / "w.pt", f"{folder / 'my net.py'}:{name}")
    assert caught.value.hint


def test_that_a_file_that_stops_with_an_error_is_told(odd):
    from kdstudio.core.digest import digest_file

    folder, _ = odd
    (folder / "bad.py").write_text("import sys\nsys.exit(3)\n")
    trust(digest_file(folder / "bad.py"), remember=False)
    with pytest.raises(ModelError, match=r"bad\.py stops with an error: SystemExit: 3"):
        load_with_class(read_weights(folder / "w.pt"), folder / "w.pt", f"{folder / 'bad.py'}:Odd")


def test_that_what_names_no_class_is_refused(tmp_path):
    for code, words in (("net.py", "names no class"), (f"{tmp_path / 'none.py'}:Net", "there is no file")):
        with pytest.raises(ModelError, match=words):
            load_with_class({}, tmp_path / "w.pt", code)
