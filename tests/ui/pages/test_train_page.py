"""The Train page over a run that was really trained: a small student of a digits teacher, with its baseline."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kdstudio.analysis.agreement import divergence
from kdstudio.analysis.calibration import accuracy
from kdstudio.core.errors import Problem
from kdstudio.core.events import Advanced, Evaluated, Event, Finished, Losses, Progress
from kdstudio.core.types import log_softmax
from kdstudio.methods.catalogue import entries
from kdstudio.project.run import Run
from kdstudio.recipe.problems import Catalogue
from kdstudio.ui.pages.train import TrainPage
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import number, percent, probability
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe, trained, write_digits

EPOCHS = 10
METHODS = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 4.0}]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a teacher that was trained first."""
    base = tmp_path_factory.mktemp("distilled")
    data = write_digits(base / "digits.npz")
    wide, small = ({"architecture": "mlp", "knobs": {"hidden": hidden}} for hidden in ([128, 64], [16]))
    teacher = trained(quick_recipe(data, student=wide, epochs=EPOCHS), base / "teacher")
    best = {"path": str(teacher / "checkpoints" / "best" / "student.safetensors")}
    distilled = quick_recipe(data, student=small, teachers=[best], methods=METHODS, epochs=EPOCHS)
    return trained(distilled, base / "run")


@pytest.fixture
def workspace(workspace: Workspace) -> Iterator[Workspace]:
    workspace.catalogue = Catalogue(methods=entries())
    yield workspace
    assert not workspace.engine.is_running


@pytest.fixture
def page(workspace: Workspace, qtbot: QtBot) -> TrainPage:
    made = TrainPage(workspace)
    made.resize(1360, 766)
    qtbot.addWidget(made)
    return made


Begin = Callable[..., list[Event]]


@pytest.fixture
def begin(workspace: Workspace, run_folder: Path, qtbot: QtBot) -> Begin:
    """Show the run as it was when a share of its steps was done, as the engine would have told it."""

    def start(share: float = 0.95) -> list[Event]:
        run = Run(run_folder)
        assert run.recipe is not None
        total = run.status.step_total
        told = [event for event in run.events if getattr(event, "step", 0) <= share * total]
        told = [event for event in told if not isinstance(event, Finished) and getattr(event, "split", "") != "test"]
        workspace.run.begin(run_folder, run.recipe)
        workspace.run.feed(told)
        workspace.run.feed([Advanced(step=int(share * total), total=total, epoch=share * EPOCHS)])
        qtbot.waitUntil(lambda: workspace.inputs.splits is not None)
        return told

    return start


def text(page: QWidget, name: str) -> str:
    found = page.findChild(QWidget, name)
    assert isinstance(found, Label | QAbstractButton), name
    return found.text()


def last(told: list[Event], learner: str, epoch: int) -> dict[str, float | None]:
    return next(
        e.metrics for e in told
        if isinstance(e, Evaluated) and e.learner == learner and e.split == "validation" and e.epoch == epoch
    )  # fmt: skip


def test_that_an_empty_page_leads_to_the_setup(page: TrainPage, workspace: Workspace, qtbot: QtBot) -> None:
    page.show()
    assert page.empty.isVisible()
    assert page.empty.sentence.words() == "Press F5. You will see the student lean towards the teacher here."
    with qtbot.waitSignal(workspace.pageRequested, check_params_cb=lambda name: name == "setup"):
        qtbot.mouseClick(page.empty.action, Qt.MouseButton.LeftButton)


def test_that_reading_is_told_before_the_first_step(page: TrainPage, workspace: Workspace, run_folder: Path) -> None:
    page.show()
    known = Run(run_folder).recipe
    assert known is not None
    workspace.run.begin(run_folder.with_name("new"), known)
    workspace.run.feed([Progress(done=300, total=1150, doing="Reading training inputs")])
    page.controls.refresh()
    assert text(page, "run-title") == "Reading training inputs"
    assert text(page, "run-note") == "300 of 1\N{THIN SPACE}150"
    assert text(page, "stopAndKeep") == "Stop"
    assert not page.controls.buttons.main.isEnabled()
    assert page.probes.waiting.isVisible()


def test_that_the_card_says_where_the_run_stands(page: TrainPage, begin: Begin) -> None:
    page.show()
    told = begin(0.75)
    page.refresh()
    scores = [e for e in told if isinstance(e, Evaluated) and e.learner == "student"]
    best = max(scores, key=lambda e: (e.metrics["accuracy"] or 0.0, -(e.metrics["nll"] or 0.0)))
    assert text(page, "run-title") == f"Epoch 8 of {EPOCHS}"
    assert text(page, "run-note") == f"best {percent(best.metrics['accuracy'])} at epoch {best.epoch:.0f}"
    assert page.controls.progress.accessibleName() == "Progress of the run: 75%"
    assert text(page, "runMain") == "Pause"


def test_that_the_parts_of_the_loss_add_up_to_the_total(page: TrainPage, begin: Begin) -> None:
    page.show()
    told = begin()
    page.refresh()
    reports = [e for e in told if isinstance(e, Losses) and e.learner == "student"]
    points = page.curves.grid.points("loss")
    assert points["total"].values.tolist() == [e.terms["total"] for e in reports]
    assert np.allclose(points["teacher"].values + points["label"].values, points["total"].values, rtol=1e-5)
    assert np.allclose(points["label"].values, [0.1 * e.terms["hard_labels/cross_entropy"] for e in reports])


def test_that_every_evaluation_is_a_point_and_the_teacher_a_level(
    page: TrainPage, begin: Begin, run_folder: Path
) -> None:
    page.show()
    told = begin()
    page.refresh()
    drawn = page.curves.grid.points("accuracy")
    for learner in ("student", "baseline"):
        known = [e.metrics["accuracy"] for e in told if isinstance(e, Evaluated) and e.learner == learner]
        assert drawn[learner].values.tolist() == known
    level = page.curves.grid.panels["accuracy"].plot.level
    assert level == accuracy(Run(run_folder).predictions("teacher", "validation"))
    assert page.curves.grid.panels["gap"].title() == "Softness gap, KL at T 4"


def test_that_the_probes_show_how_far_the_student_is_from_the_teacher(
    page: TrainPage, begin: Begin, workspace: Workspace, run_folder: Path
) -> None:
    page.show()
    begin(1.0)
    page.probes.refresh()
    taught, learned = Run(run_folder).glimpses("teacher"), Run(run_folder).glimpses("student")
    assert taught is not None
    assert learned is not None
    rows = page.probes.list.rows()
    assert 6 <= len(rows) <= 8
    for lens in (4.0, 1.0):
        workspace.view.set_lens(lens)
        page.probes.refresh()
        kl = divergence(log_softmax(taught.logits[0], lens), log_softmax(learned.logits[-1], lens))
        assert [row.probe.kl for row in rows] == pytest.approx(kl[: len(rows)].tolist())
    part = workspace.inputs.part("validation")
    assert part is not None
    for row in rows:
        at = int(np.flatnonzero(part.index == row.probe.index)[0])
        assert row.probe.truth == part.targets[at]
        assert np.array_equal(row.probe.face.picture, part.read(np.array([at]))[0])


def test_that_a_ghost_shows_the_answer_of_eight_epochs_ago(page: TrainPage, begin: Begin, run_folder: Path) -> None:
    page.show()
    begin(1.0)
    page.probes.refresh()
    learned = Run(run_folder).glimpses("student")
    assert learned is not None
    at = int(np.argmin(np.abs(learned.epoch - (learned.epoch[-1] - 8))))
    ghost = page.probes.list.rows()[0].probe.earlier
    assert ghost is not None
    assert np.allclose(ghost, np.exp(log_softmax(learned.logits[at, 0], 4.0)))


def test_that_a_probe_opens_in_understand(page: TrainPage, begin: Begin, workspace: Workspace, qtbot: QtBot) -> None:
    page.show()
    begin()
    page.refresh()
    row = page.probes.list.rows()[2]
    with qtbot.waitSignal(workspace.pageRequested, check_params_cb=lambda name: name == "understand"):
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert workspace.view.current == row.probe.index


def test_that_the_strip_compares_student_and_baseline_at_the_same_epoch(page: TrainPage, begin: Begin) -> None:
    page.show()
    told = begin(0.96)  # the student has seen 10 epochs, the baseline 9
    page.refresh()
    own, other = last(told, "student", 9), last(told, "baseline", 9)
    agreement, gap = (page.transfer.figures[name] for name in ("agreement", "kl"))
    assert text(page, "transferEpoch") == "validation, epoch 9"
    assert agreement.value.text() == percent(own["agreement"])
    assert agreement.without.text() == f"without {percent(other['agreement'])[:-1]}"
    assert gap.value.text() == number(own["kl"])
    assert (own["kl"] or 0) < (other["kl"] or 0)
    assert gap.accessibleName().endswith(", better")


def test_that_a_hidden_page_waits_until_it_is_seen(page: TrainPage, begin: Begin) -> None:
    begin()
    assert not page.curves.grid.points("loss")
    assert not page.probes.list.rows()
    page.show()
    assert len(page.curves.grid.points("loss")["total"].values) > 5
    assert page.probes.list.rows()


def test_that_many_events_cost_few_redraws(page: TrainPage, begin: Begin, workspace: Workspace, qtbot: QtBot) -> None:
    page.show()
    begin(0.5)
    timer = page.findChild(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert isinstance(timer, QTimer)
    redraws: list[int] = []
    timer.timeout.connect(lambda: redraws.append(1))
    for step in range(200):
        workspace.run.feed([Advanced(step=300 + step // 100, total=460, epoch=6.5)])
    qtbot.waitUntil(lambda: text(page, "run-title") == f"Epoch 7 of {EPOCHS}")
    assert len(redraws) <= 8  # one a part, and the three charts in turn
    assert timer.interval() >= 40


def test_that_a_finished_run_says_what_came_out(page: TrainPage, workspace: Workspace, run_folder: Path) -> None:
    workspace.run.open(run_folder)
    page.show()
    summary = Run(run_folder).summary
    assert summary is not None
    assert text(page, "run-title") == f"Finished {EPOCHS} epochs"
    assert text(page, "run-right") == f"{percent(summary['student']['accuracy'])} on test"
    assert f"without {percent(summary['baseline']['accuracy'])[:-1]}" in text(page, "run-faint")
    assert text(page, "runMain") == "See what it learned"
    assert page.controls.buttons.again.isVisible()
    assert not page.controls.buttons.stop.isVisible()


def test_that_discarding_is_asked_in_place(page: TrainPage, begin: Begin, workspace: Workspace, qtbot: QtBot) -> None:
    page.show()
    begin()
    page.refresh()
    discard = next(a for a in page.controls.buttons.menu().actions() if a.text() == "Stop and discard…")
    discard.trigger()
    assert page.controls.discard.isVisible()
    assert workspace.run.state == "running"
    qtbot.mouseClick(page.controls.keep, Qt.MouseButton.LeftButton)
    assert not page.controls.discard.isVisible()
    assert page.controls.buttons.isVisible()


def test_that_out_of_memory_offers_half_the_batch(page: TrainPage, begin: Begin, workspace: Workspace) -> None:
    page.show()
    begin()
    workspace.run.fail(Problem(message="The device ran out of memory at batch 64.", hint="Try batch 32."), "a trace")
    card = page.error.card
    assert card is not None
    assert card.accessibleName().startswith("The computer ran out of memory. Batch 64 did not fit.")
    assert card.buttons["retry"].text() == "Retry with batch 32"
    assert not page.controls.isVisible()
    assert len(page.curves.grid.points("accuracy")["student"].values) == EPOCHS  # what was reached stays in view


def test_that_a_dead_engine_leaves_a_run_to_resume(page: TrainPage, begin: Begin, workspace: Workspace) -> None:
    page.show()
    begin(0.05)
    problem = Problem(message="The training engine stopped unexpectedly (signal 9).")
    workspace.run.fail(problem, interrupted=True)
    card = page.error.card
    assert card is not None
    assert card.accessibleName() == (
        "The training engine stopped unexpectedly (signal 9). Nothing was saved yet: it starts from the beginning."
    )
    assert card.buttons["resume"].text() == "Start again"
    workspace.run.set_state("queued")
    assert page.error.card is None
    assert page.controls.isVisible()


def test_that_a_loss_that_is_no_number_offers_to_go_on_slower_or_leads_to_the_recipe(
    page: TrainPage, begin: Begin, workspace: Workspace, qtbot: QtBot
) -> None:
    page.show()
    begin(0.6)
    message = "The loss of the student is no longer a number since step 12 (epoch 1)."
    workspace.run.fail(Problem(message=message, hint="It was too large.", action="slower", value=0.01))
    card = page.error.card
    assert card is not None
    assert card.buttons["onward"].text() == "Go on with learning rate 0.01"
    with qtbot.waitSignal(workspace.pageRequested, check_params_cb=lambda name: name == "setup"):
        qtbot.mouseClick(card.buttons["edit"], Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("wide", "high", "charts", "figures"), [(1360, 766, 5, 5), (968, 546, 2, 3)])
def test_that_everything_fits(page: TrainPage, begin: Begin, wide: int, high: int, charts: int, figures: int) -> None:
    page.resize(wide, high)
    page.show()
    begin()
    page.refresh()
    assert (page.width(), page.height()) == (wide, high)
    assert sum(panel.isVisible() for panel in page.curves.grid.panels.values()) == charts
    assert sum(view.isVisible() for view in page.transfer.figures.values()) == figures
    area = page.probes.list.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert area.verticalScrollBar().maximum() == 0
    cut = [
        label.text() for label in page.findChildren(Label)
        if label.isVisible() and label.minimumSizeHint().width() > label.width() + 1
    ]  # fmt: skip
    assert not cut
    for button in page.findChildren(QAbstractButton):
        assert button.accessibleName(), button.objectName()


def test_that_an_error_does_not_push_the_window_larger(
    page: TrainPage, begin: Begin, workspace: Workspace, qtbot: QtBot
) -> None:
    window = QWidget()
    QVBoxLayout(window).addWidget(page)
    window.resize(990, 570)
    window.show()
    begin()
    workspace.run.fail(Problem(message="The device ran out of memory at batch 64."))
    qtbot.waitUntil(lambda: page.error.card is not None and page.error.card.isVisible())
    page.grab()
    assert (window.width(), window.height()) == (990, 570)
    assert page.transfer.geometry().bottom() < page.height()
    page.setParent(None)  # it is closed by qtbot, the window by the fixture


def test_that_the_picker_brings_the_other_two_charts(page: TrainPage, begin: Begin, qtbot: QtBot) -> None:
    page.resize(968, 546)
    page.show()
    begin()
    page.refresh()
    assert not page.curves.grid.points("gap")
    qtbot.keyClick(page.curves.toolbar.picker, Qt.Key.Key_Right)
    assert page.curves.grid.panels["gap"].isVisible()
    assert not page.curves.grid.panels["loss"].isVisible()
    assert len(page.curves.grid.points("gap")["student"].values) == EPOCHS


def test_that_steps_epochs_and_minutes_are_shown(page: TrainPage, begin: Begin, qtbot: QtBot) -> None:
    page.show()
    begin()
    page.refresh()
    panel = page.curves.grid.panels["accuracy"]
    assert panel.plot.x_end == EPOCHS
    qtbot.keyClick(page.curves.toolbar.axis, Qt.Key.Key_Right)
    minutes = panel.plot.points["student"].x("time")
    assert panel.plot.axis == "time"
    assert 0 < minutes[0] < minutes[-1] < 1
    qtbot.keyClick(page.curves.toolbar.axis, Qt.Key.Key_Home)
    assert panel.plot.axis == "step"
    panel.set_crosshair(100)
    panel.crosshairMoved.emit(100.0)
    assert page.curves.toolbar.caption.text().startswith("shared crosshair at step ")


def test_that_all_numbers_can_be_saved(page: TrainPage, begin: Begin, workspace: Workspace, tmp_path: Path) -> None:
    page.show()
    told = begin()
    page.refresh()
    page.curves.save_csv(str(tmp_path / "curves.csv"))
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    first = last(told, "student", 1)
    assert lines[0] == "chart,series,step,epoch,seconds,value"
    assert any(line.startswith("gap,student,") and line.endswith(f",{first['kl']:.10g}") for line in lines)
    page.curves.save_csv(str(tmp_path))
    assert "Cannot write" in workspace.notices.problems[-1][0].message


def test_that_scrubbing_back_moves_the_probes_back(
    page: TrainPage, begin: Begin, workspace: Workspace, run_folder: Path
) -> None:
    page.show()
    begin(1.0)
    workspace.view.set_epoch(3)
    page.probes.refresh()
    taught, learned = Run(run_folder).glimpses("teacher"), Run(run_folder).glimpses("student")
    assert taught is not None
    assert learned is not None
    at = int(np.flatnonzero(learned.epoch <= 3)[-1])
    kl = divergence(log_softmax(taught.logits[0], 4.0), log_softmax(learned.logits[at], 4.0))
    assert page.probes.list.rows()[0].probe.kl == pytest.approx(float(kl[0]))
    assert probability(float(kl[0]))
