"""The page about what is left out sends nobody to what is not there."""

import re

from kdstudio.core.paths import resource
from kdstudio.methods.catalogue import METHODS
from kdstudio.recipe.presets import PRESETS

_WORDS = resource("help", "left_out.md").read_text(encoding="utf-8")
_OTHERS = {"shrink", "augmentation.mixup", "augmentation.noise", '"kind": "peer"', '"kind": "ema"'}


def test_that_what_to_use_instead_is_there() -> None:
    named = set(re.findall(r"`([^`]+)`", _WORDS)) - _OTHERS
    files = {name for name in named if name.endswith(".md")}
    assert files == {"kdstudio/methods/README.md"}
    assert named - files <= {*METHODS, *(one.name for one in PRESETS)}


def test_that_everything_left_out_has_its_paper() -> None:
    for line in _WORDS.splitlines():
        if line.startswith("- "):
            assert "https://" in line
            assert line.endswith(".")
