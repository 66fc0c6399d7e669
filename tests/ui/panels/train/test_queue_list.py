"""The line at the foot of Train and the list that it opens: places, moves, what is taken out, when the next begins."""

from pathlib import Path

import pytest

from kdstudio.ui.panels.train.queue_line import QueueLine
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe


@pytest.fixture
def line(workspace: Workspace, qtbot, tmp_path: Path) -> QueueLine:
    """Two runs behind one that no engine was asked for."""
    workspace.draft.replace(workspace.draft.value | quick_recipe(tmp_path / "digits.npz", epochs=1))
    folder = workspace.ensure_project().new_run("live")
    workspace.run.begin(folder, workspace.draft.recipe())
    for epochs in (7, 8):
        workspace.draft.change("epochs", epochs)
        workspace.train()
    made = QueueLine(workspace)
    qtbot.addWidget(made)
    return made


def test_that_the_line_says_who_is_next_and_when(line: QueueLine, workspace: Workspace) -> None:
    assert not line.isHidden()
    assert line.title.text() == "2 runs wait"
    assert line.note.text().endswith("mlp-32 begins when this run has ended")
    assert (line.start.isHidden(), line.hold.isHidden()) == (True, False)
    line.hold.click()
    assert line.note.text().endswith("is next, once you start the queue")
    assert (line.start.isHidden(), line.hold.isHidden()) == (False, True)
    line.start.click()
    assert workspace.queue.goes_on
    assert workspace.run.name.endswith("live")
    for run in workspace.queue.waiting:
        workspace.queue.remove(run)
    assert line.isHidden()


def test_that_rows_say_what_they_are_and_can_be_moved(line: QueueLine, workspace: Workspace) -> None:
    first, second = workspace.queue.waiting
    shown = line.open()
    assert [row.accessibleName().partition(", ")[2] for row in shown.rows] == ["1st in the queue", "2nd in the queue"]
    assert shown.rows[0].toolTip() == "Unlike the run that is shown:\nepochs: 1 → 7"
    assert [button.isEnabled() for row in shown.rows for button in (row.first, row.up, row.down)] == (
        [False, False, True, True, True, False]
    )
    shown.rows[1].first.click()
    assert workspace.queue.waiting == (second, first)
    shown.rows[0].down.click()
    assert workspace.queue.waiting == (first, second)


def test_that_a_run_is_taken_out_and_the_list_closes_with_the_last(line, workspace: Workspace) -> None:
    told: list[str] = []
    workspace.queue.removed.connect(lambda title, _back: told.append(title))
    first, second = workspace.queue.waiting
    titles = [workspace.queue.title(run) for run in (first, second)]
    shown = line.open()
    shown.rows[0].remove.click()
    assert workspace.queue.waiting == (second,)
    shown.rows[0].remove.click()
    assert told == titles
    assert not shown.isVisible()
