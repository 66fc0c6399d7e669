"""The command line of the window."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from kdstudio.app import application, begin, parse
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.workspace import Workspace


@pytest.fixture
def window(qtbot: QtBot, own_home: Path) -> Iterator[MainWindow]:
    shown = MainWindow(Workspace(Settings(own_home / "settings.json")))
    yield shown
    shown.closing.decide()


def opened(window: MainWindow, *arguments: str | Path) -> argparse.Namespace:
    """Carry out a command line on a window."""
    options = parse([str(argument) for argument in arguments])
    begin(window, options)
    return options


def test_that_files_are_treated_as_if_dropped(window: MainWindow, tmp_path: Path) -> None:
    data = tmp_path / "dätä.npz"
    np.savez(data, images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20) % 2)
    opened(window, data)
    assert window.workspace.draft.path("data") == str(data)
    assert window.current_page() == "setup"


def test_that_a_page_can_be_named(window: MainWindow) -> None:
    opened(window, "--page", "export")
    assert window.current_page() == "export"


def test_that_a_missing_project_is_told_and_the_window_stays(window: MainWindow, tmp_path: Path) -> None:
    opened(window, "--project", tmp_path / "nowhere")
    assert "nowhere" in window.workspace.notices.problems[0][0].message
    assert window.workspace.engine.is_running


def test_that_watching_a_folder_that_is_no_run_is_told(window: MainWindow, tmp_path: Path) -> None:
    assert opened(window, "watch", tmp_path).watch == tmp_path
    assert "not a run folder" in window.workspace.notices.problems[0][0].message


@pytest.mark.parametrize("arguments", [["--page", "nowhere"], ["--theme", "pink"], ["--screenshot"]])
def test_that_wrong_usage_ends_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_that_the_application_has_a_name_and_an_icon(qapp) -> None:
    app = application()
    assert app.applicationName() == "kdstudio"
    assert not app.windowIcon().isNull()
