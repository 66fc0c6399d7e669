import pytest
from PySide6.QtCore import Qt, SignalInstance
from pytestqt.qtbot import QtBot

from kdstudio.ui.panels.train.run_buttons import FORCE_AFTER_MS, RunButtons


@pytest.fixture
def buttons(qtbot: QtBot) -> RunButtons:
    made = RunButtons()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    ("state", "words", "signal"),
    [
        ("running", "Pause", "pauseAsked"),
        ("paused", "Resume", "proceedAsked"),
        ("stopped", "Resume", "resumeAsked"),
        ("finished", "See what it learned", "lookAsked"),
    ],
)
def test_that_the_main_button_does_what_the_state_needs(
    buttons: RunButtons, qtbot: QtBot, state: str, words: str, signal: str
) -> None:
    buttons.set_state(state)
    assert buttons.main.text() == words
    asked: SignalInstance = getattr(buttons, signal)
    with qtbot.waitSignal(asked):
        qtbot.mouseClick(buttons.main, Qt.MouseButton.LeftButton)


def test_that_a_pause_is_asked_once(buttons: RunButtons, qtbot: QtBot) -> None:
    asked: list[int] = []
    buttons.pauseAsked.connect(lambda: asked.append(1))
    buttons.set_state("running")
    for _ in range(3):
        qtbot.mouseClick(buttons.main, Qt.MouseButton.LeftButton)
        buttons.set_state("running")  # more events of the same state come meanwhile
    assert asked == [1]
    buttons.set_state("paused")
    assert buttons.main.isEnabled()


def test_that_a_slow_stop_can_be_forced(buttons: RunButtons, qtbot: QtBot) -> None:
    buttons.set_state("stopping")
    assert not buttons.main.isEnabled()
    assert not buttons.stop.isVisible()
    assert not buttons.force.isVisible()
    assert FORCE_AFTER_MS == 5000
    buttons.patience.setInterval(10)
    buttons.patience.start()
    qtbot.waitUntil(buttons.force.isVisible)
    with qtbot.waitSignal(buttons.forceAsked):
        qtbot.mouseClick(buttons.force, Qt.MouseButton.LeftButton)
    buttons.set_state("stopped")
    assert not buttons.force.isVisible()


def test_that_a_run_of_another_program_has_no_buttons(buttons: RunButtons) -> None:
    buttons.set_state("running", is_ours=False)
    assert not buttons.isVisible()
    buttons.set_state("finished", is_ours=False)
    assert buttons.isVisible()


def test_that_the_menu_has_both_ways_to_stop(buttons: RunButtons, qtbot: QtBot) -> None:
    buttons.set_state("running")
    keep, discard = buttons.menu().actions()
    with qtbot.waitSignal(buttons.stopAsked):
        keep.trigger()
    with qtbot.waitSignal(buttons.discardAsked):
        discard.trigger()
