from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kdstudio.core import trust
from kdstudio.core.digest import digest_file
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.kinds import TextInputs
from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.text import WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.student import student
from kdstudio.models.tasks import Answering
from kdstudio.models.zoo.base import TOKENS
from kdstudio.recipe.choices import StudentChoice

NAMES = tuple("abcdefghij")
WORDS = tuple(f"word{i}" for i in range(200))
TEXTS = tuple(" ".join(WORDS[(7 * i * j + i) % 200] for j in range(1 + i % 15)) for i in range(64))


@pytest.fixture(autouse=True)
def _default_generator_untouched():
    before = torch.get_rng_state()
    yield
    assert torch.equal(before, torch.get_rng_state()), "torch's default generator belongs to the training thread"


@pytest.fixture(autouse=True)
def _no_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())


@pytest.fixture
def trusted() -> Callable[[Path], Path]:
    """Trust a program that a test made, for this test alone."""

    def allow(file: Path) -> Path:
        trust.trust(digest_file(file), remember=False)
        return file

    return allow


@pytest.fixture
def build() -> Callable[..., Model]:
    def make(name: str, shape: tuple[int, ...] = (1, 28, 28), seed: int = 0, **knobs: Any) -> Model:
        if TOKENS in ARCHITECTURES[name].takes:
            from tests.models.text_networks import WORDS as COUNT
            from tests.models.text_networks import tokenizer

            tokens = TokenPreprocessing(tokenizer=tokenizer().backend_tokenizer.to_str(), length=32)
            choice = StudentChoice(architecture=name, knobs=knobs)
            return student(choice, TextInputs(TEXTS), COUNT, (), tokens, seed, Answering(NEXT_TOKEN))
        if "text" in ARCHITECTURES[name].takes:
            choice = StudentChoice(architecture=name, knobs=knobs)
            return student(choice, TextInputs(TEXTS), 10, NAMES, WordPreprocessing(words=WORDS, length=12), seed)
        preprocessing = ImagePreprocessing(
            channels=shape[0], size=shape[1:], mean=(0.25,) * shape[0], std=(0.5,) * shape[0]
        )
        choice = StudentChoice(architecture=name, knobs=knobs)
        return student(choice, ArrayInputs(np.zeros((1, *shape), np.uint8)), 10, NAMES, preprocessing, seed)

    return make


@pytest.fixture(scope="session")
def akamaster(real_data: Callable[[str], Path]) -> Path:
    return real_data("cifar10-resnet-akamaster")


@pytest.fixture(scope="session")
def cifar(real_data: Callable[[str], Path]) -> Part:
    with np.load(real_data("cifar10-lossless4000/cifar10_train_first4000.npz")) as arrays:
        return Part.whole(ArrayInputs(arrays["x"].transpose(0, 3, 1, 2)), arrays["y"].astype(np.int64))


@pytest.fixture
def inputs() -> Callable[..., torch.Tensor]:
    def make(count: int, *shape: int) -> torch.Tensor:
        return torch.rand((count, *shape), generator=torch.Generator().manual_seed(7))

    return make
