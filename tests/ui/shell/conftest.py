"""A whole window in a home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.workspace import Workspace


@pytest.fixture
def window(qtbot: QtBot, own_home: Path) -> Iterator[MainWindow]:
    shown = MainWindow(Workspace(Settings(own_home / "settings.json")))
    shown.resize(1440, 900)
    shown.show()
    yield shown
    shown.closing.decide()
