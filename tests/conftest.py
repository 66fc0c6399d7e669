"""The environment that Qt needs before it is loaded: no screen, one scale, PySide6 everywhere. A home for a test."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")
os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")


@pytest.fixture(scope="session", autouse=True)
def _own_teacher_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the teachers' answers of all tests away from those of the person who runs them."""
    os.environ["KDSTUDIO_TEACHER_CACHE"] = str(tmp_path_factory.mktemp("teacher-cache"))


def move_home(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Let settings, caches and projects lie in `folder`."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(folder / name.lower()))
    return folder


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and projects of this test alone."""
    return move_home(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Return a file or folder of the real data that is shared, or skip the test."""
    root = Path(os.environ.get("KDSTUDIO_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))

    def find(name: str) -> Path:
        if not (root / name).exists():
            pytest.skip(f"needs the shared real data {name}: set KDSTUDIO_TEST_DATA to the folder that holds it")
        return root / name

    return find
