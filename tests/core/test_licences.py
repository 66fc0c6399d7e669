"""Every piece of work of others is named, with the text of its licence."""

import importlib.util
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kdstudio.core.licences import Licence, licences
from kdstudio.core.paths import resource

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Licence]:
    return {one.name.replace("_", "-").lower(): one for one in licences()}


def test_that_every_library_that_kdstudio_asks_for_is_there(found: dict[str, Licence]) -> None:
    wanted = [Requirement(line) for line in requires("kdstudio") or ()]
    needed = [
        one.name.replace("_", "-").lower() for one in wanted if one.marker is None or "extra" not in str(one.marker)
    ]
    assert [name for name in needed if name not in found] == []
    assert "pytest" not in found
    assert len(found) > len(needed)


def test_that_all_have_a_licence_and_a_text(found: dict[str, Licence]) -> None:
    assert [name for name, one in found.items() if not one.licence or "\n" in one.licence] == []
    assert [name for name, one in found.items() if not one.files or len(one.text()) < 200] == []


def test_that_the_licence_of_qt_is_shown_whole_and_how_it_is_used(found: dict[str, Licence]) -> None:
    text = found["pyside6-essentials"].text()
    assert "can be exchanged" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "GNU GENERAL PUBLIC LICENSE" in text


def test_that_nothing_in_the_resources_is_forgotten(found: dict[str, Licence]) -> None:
    assert {"inter", "fashion-mnist", "onnx runtime web", "@huggingface/tokenizers", "kdstudio", "python"} <= set(found)
    shown = {file for one in found.values() for file in one.files}
    texts = [file for file in resource().rglob("*") if "OFL" in file.name or file.name.startswith("LICENSE")]
    assert [file for file in texts if file not in shown] == []


def test_that_the_versions_of_what_web_pages_use_are_those_that_were_taken(found: dict[str, Licence]) -> None:
    spec = importlib.util.spec_from_file_location("web_runtime", ROOT / "packaging" / "web_runtime.py")
    assert spec is not None
    assert spec.loader is not None
    taken = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(taken)
    sys.modules.pop("web_runtime", None)
    versions = {package.rpartition("@")[2] for package in taken.PACKAGES}
    assert versions == {one.version for one in found.values() if one.kind == "web"}
