"""The Compare page on real runs: what it lists, one focus for table and charts, two students against each other."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMainWindow, QWidget

from kdstudio.analysis.compare import accuracy_difference, mcnemar
from kdstudio.analysis.validated import validated
from kdstudio.project import notes
from kdstudio.project.contenders import contenders
from kdstudio.project.run import Run
from kdstudio.ui.drops import DropTarget
from kdstudio.ui.page_table import PAGES
from kdstudio.ui.pages.compare import ComparePage
from kdstudio.ui.workspace import Workspace

Open = Callable[..., ComparePage]


@pytest.fixture
def folder(tmp_path: Path, run: Path, alone: Path) -> Path:
    """A folder of three runs: with a teacher, without one, and the first again without its end."""
    for name, source in (("20261101-100000-mlp", run), ("20261101-110000-mlp", alone), ("mine", run)):
        shutil.copytree(source, tmp_path / "runs" / name)
    (tmp_path / "runs" / "mine" / "summary.json").unlink()
    (tmp_path / "runs" / "mine" / "status.json").unlink()
    return tmp_path / "runs"


@pytest.fixture
def opened(qtbot, workspace: Workspace) -> Open:
    def open_page(folder: Path | None, size: tuple[int, int] = (1360, 820)) -> ComparePage:
        page = ComparePage(workspace)
        qtbot.addWidget(page)
        page.resize(*size)
        page.show()
        if folder is not None:
            page.take([folder])
            qtbot.waitUntil(lambda: bool(page.models.rows) and not page.models.is_reading)
        return page

    return open_page


def key(page: ComparePage, title: str) -> str:
    return next(row.key for row in page.models.rows if page.models.title(row) == title)


def cell(page: ComparePage, title: str, column: str) -> str:
    rows = page.list.table.rows
    at = next(i for i, one in enumerate(rows.columns) if one.key == column)
    return str(rows.index(rows.row_of(key(page, title)), at).data())


def compared(qtbot, page: ComparePage, *titles: str) -> ComparePage:
    page.models.select([key(page, title) for title in titles])
    qtbot.waitUntil(lambda: " against " in page.pair.card.heading.text() and bool(page.pair.card.sentence.words()))
    qtbot.waitUntil(lambda: not page._workspace.analyses.is_busy)
    QApplication.processEvents()
    return page


def test_that_the_rail_has_the_page_between_understand_and_export() -> None:
    assert [page.name for page in PAGES][3:] == ["understand", "compare", "export"]


def test_that_without_runs_it_says_what_to_do(qtbot, opened: Open, workspace: Workspace) -> None:
    page = opened(None)
    qtbot.waitUntil(lambda: not workspace.analyses.is_busy)
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        page.empty.action.click()
    assert asked.args == ["setup"]


def test_that_one_run_offers_another_temperature(qtbot, opened: Open, run: Path, workspace: Workspace) -> None:
    page = opened(run)
    assert page.hint.text() == "One run so far. Try another temperature."
    with qtbot.waitSignal(workspace.pageRequested):
        page.alone.click()
    assert workspace.draft.value["methods"][1]["temperature"] == 8.0


def test_that_the_table_says_what_the_summaries_say(opened: Open, folder: Path) -> None:
    page = opened(folder)
    summary = Run(folder / "20261101-100000-mlp").summary
    assert summary is not None
    assert cell(page, "Run 1", "score") == f"{summary['student']['accuracy']:.1%}"
    chosen_by = validated(folder / "20261101-100000-mlp", "classification")
    assert summary["validation"]["student"] == chosen_by
    assert cell(page, "Run 1", "rank") == f"{chosen_by['accuracy']:.1%}"
    assert cell(page, "Run 1", "agreement") == f"{chosen_by['agreement']:.1%}"
    assert cell(page, "Run 1", "student") == "mlp-8"
    assert cell(page, "Run 2", "agreement") == "–"
    assert cell(page, "Run 2", "temperature") == "–"
    shown = page.list.table.rows.shown
    assert (shown[0].kind, len(shown)) == ("teacher", 4)  # the one teacher of two runs stands first
    assert cell(page, "mine", "rank") != "–"  # a run without an end has its last evaluation
    assert cell(page, "mine", "score") == "–"  # and none on test
    assert "not finished" in page.list.caption.text()


def test_that_latency_is_a_column_and_an_axis_for_the_runs_that_measured_it(opened: Open, folder: Path) -> None:
    page = opened(folder)
    summary = Run(folder / "20261101-100000-mlp").summary
    assert summary is not None
    measured = summary["timing"]["latency"]["student"]["milliseconds"]
    assert cell(page, "Run 1", "latency_ms") == f"{measured:.2g} ms"
    assert cell(page, "mine", "latency_ms") == "–"
    page.pareto.cost.set_value("latency_ms")
    page.pareto.refresh()
    assert page.pareto.chart.point(key(page, "Run 1")) is not None
    assert page.pareto.chart.point(key(page, "mine")) is None
    assert "milliseconds for one input" in page.pareto.chart.as_text()
    assert "1 CPU thread" in page.pareto.accessibleDescription()


def test_that_columns_that_say_the_same_everywhere_are_hidden_until_they_are_asked_for(opened: Open, folder) -> None:
    page = opened(folder)
    assert {"seconds", "temperature"} <= page.list.table.hidden | {"temperature"}
    assert "method" in page.list.table.hidden
    assert "score" not in page.list.table.hidden
    menu = page.list.columns_menu()
    next(action for action in menu.actions() if action.text() == "Method").setChecked(True)
    assert "method" not in page.list.table.hidden


def test_that_rows_are_sorted_and_what_is_not_known_comes_last(opened: Open, folder: Path) -> None:
    page = opened(folder)
    rows = page.list.table.rows
    at = next(i for i, one in enumerate(rows.columns) if one.key == "agreement")
    for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
        rows.sort(at, order)
        values = [rows.columns[at].value(row) for row in rows.shown[rows.teachers :]]
        assert values[-1] is None
        known = values[:-1]
        assert known == sorted(known, reverse=order == Qt.SortOrder.DescendingOrder)


def test_that_the_filter_finds_tags_and_notes(opened: Open, folder: Path) -> None:
    page = opened(folder)
    page.models.note(key(page, "Run 1"), tags=("keep",), note="the good one")
    page.list.filter.setText("GOOD keep")
    assert [row.path.name for row in page.list.table.rows.shown if row.kind == "run"] == ["20261101-100000-mlp"]
    assert page.list.title.text() == "1 of 3 runs"
    assert notes.read(folder / "20261101-100000-mlp").tags == ("keep",)


def test_that_a_name_is_kept_beside_the_run(opened: Open, folder: Path) -> None:
    page = opened(folder)
    page.models.select([key(page, "Run 1")])
    asking = page.verbs.describe(page.more)
    assert asking is not None
    asking.name.set_value("Small and good")
    asking.save()
    assert cell(page, "Small and good", "name") == "Small and good"
    assert notes.read(folder / "20261101-100000-mlp").name == "Small and good"


def test_that_a_run_that_was_put_away_can_be_brought_back(qtbot, opened: Open, folder: Path) -> None:
    page = opened(folder)
    page.models.select([key(page, "Run 1")])
    qtbot.keyClick(page.list.table, Qt.Key.Key_Delete)
    assert not (folder / "20261101-100000-mlp").exists()
    assert (folder / "archived" / "20261101-100000-mlp" / "recipe.json").exists()
    assert cell(page, "Run 2", "name") == "Run 2"  # the others keep their numbers
    (toast,) = page.verbs.toasts.toasts()
    assert "Run 1" in toast.accessibleName()
    toast.acted.emit()
    qtbot.waitUntil(lambda: len(page.models.rows) == 3)
    assert (folder / "20261101-100000-mlp" / "recipe.json").exists()


def test_that_pointing_anywhere_marks_the_run_everywhere(qtbot, opened: Open, folder: Path) -> None:
    page = opened(folder)
    wanted = key(page, "Run 2")
    place = page.pareto.chart.point(wanted)
    assert place is not None
    qtbot.mouseMove(page.pareto.chart, place.toPoint() - QPoint(1, 0))
    qtbot.mouseMove(page.pareto.chart, place.toPoint())
    assert page.models.hovered == wanted
    assert page.list.table.hovered_key() == wanted
    page.models.hover("")
    index = page.list.table.rows.index(page.list.table.rows.row_of(wanted), 0)
    page.list.table.entered.emit(index)
    qtbot.waitUntil(lambda: page.charts.overlay.named.text() == "Run 2")


def test_that_a_click_in_the_chart_chooses_and_ctrl_adds(qtbot, opened: Open, folder: Path) -> None:
    page = opened(folder)
    first, second = key(page, "Run 1"), key(page, "Run 2")
    for one, keys in ((first, Qt.KeyboardModifier.NoModifier), (second, Qt.KeyboardModifier.ControlModifier)):
        place = page.pareto.chart.point(one)
        assert place is not None
        qtbot.mouseClick(page.pareto.chart, Qt.MouseButton.LeftButton, keys, place.toPoint())
    assert page.models.selected == (first, second)
    chosen = {index.row() for index in page.list.table.selectionModel().selectedRows()}
    assert chosen == {page.list.table.rows.row_of(one) for one in (first, second)}


def test_that_a_run_is_compared_with_its_baseline(qtbot, opened: Open, folder: Path) -> None:
    page = compared(qtbot, opened(folder), "Run 1")
    card = page.pair.card
    assert card.heading.text() == "Run 1 against its baseline"
    _, student, baseline = (one.answers for one in contenders([folder / "20261101-100000-mlp"]))
    found = accuracy_difference(student, baseline)
    assert found is not None
    assert f"{found.value * 100:+.1f} pts".replace("-", "−") in card.forest.accessibleDescription()


def test_that_two_runs_are_compared_in_words_and_input_by_input(qtbot, opened: Open, folder: Path) -> None:
    page = compared(qtbot, opened(folder), "Run 1", "Run 2")
    card = page.pair.card
    assert card.heading.text() == "Run 1 against Run 2"
    assert "student mlp-8 → mlp-32" in card.fields.text()
    first, second = contenders([folder / "20261101-100000-mlp", folder / "20261101-110000-mlp"])[-2:]
    test = mcnemar(first.answers, second.answers)
    assert test is not None
    assert f"Only Run 1 is right on {test.only_first}" in card.sentence.words()
    shown = page.charts.disagreements
    count = int((first.answers.labels != second.answers.labels).sum())
    assert shown.place.text() == f"1 of {count} inputs"
    qtbot.waitUntil(lambda: shown.tile.face is not None)  # the picture comes from the run's own data
    before = shown.truth.words()
    shown.step(1)
    assert shown.place.text() == f"2 of {count} inputs"
    assert shown.truth.words() != before
    assert "Run 1" in shown.butterfly.as_text()


def test_that_the_recipe_of_the_chosen_run_goes_to_setup(qtbot, opened: Open, folder: Path, workspace) -> None:
    page = opened(folder)
    page.models.select([key(page, "Run 1")])
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        page.verbs.hotter()
    assert asked.args == ["setup"]
    assert [one.get("temperature") for one in workspace.draft.value["methods"]] == [None, 8.0]
    assert workspace.run.folder is None  # looking at another draft shows no other run


def test_that_a_finished_student_is_pruned_quantized_or_teaches_next(
    qtbot, opened: Open, folder: Path, workspace
) -> None:
    page = opened(folder)
    page.models.select([key(page, "Run 2")])
    best = str(folder / "20261101-110000-mlp/checkpoints/best/student.safetensors")
    with qtbot.waitSignal(workspace.pageRequested):
        page.verbs.prune().findChild(QAbstractButton, "order").click()
    assert workspace.draft.value["student"] == {"path": best, "prune": 0.5}
    sheet = page.verbs.prune()
    sheet.unit.set_value("weights")
    sheet.unit.chosen.emit("weights")
    assert "zeros" in sheet.words.text()
    with qtbot.waitSignal(workspace.pageRequested):
        sheet.findChild(QAbstractButton, "order").click()
    assert workspace.draft.value["student"] == {"path": best, "prune": 0.8, "prune_unit": "weights"}
    assert workspace.draft.recipe().student.prune_unit == "weights"
    with qtbot.waitSignal(workspace.pageRequested):
        page.verbs.quantize()
    assert workspace.draft.value["student"] == {"path": best, "quantize": "int8"}
    with qtbot.waitSignal(workspace.pageRequested):
        page.verbs.use_as_teacher()
    assert [one["path"] for one in workspace.draft.value["teachers"]] == [best]
    assert not workspace.draft.value["student"].get("path")
    Path(best).rename(Path(best).with_name("elsewhere"))
    assert page.verbs.prune() is None
    assert "no best student" in str(workspace.notices.problems[-1])
    Path(best).with_name("elsewhere").rename(best)


def test_that_the_chosen_run_opens_in_export(qtbot, opened: Open, folder: Path, workspace: Workspace) -> None:
    page = opened(folder)
    page.models.select([key(page, "Run 2")])
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        page.export.click()
    assert asked.args == ["export"]
    assert workspace.run.folder == folder / "20261101-110000-mlp"


def test_that_answers_from_elsewhere_stand_beside_the_runs(qtbot, opened: Open, folder: Path, tmp_path: Path) -> None:
    page = opened(folder)
    student = Run(folder / "20261101-110000-mlp").predictions("student", "test", "best")
    np.savez(tmp_path / "theirs.npz", logits=np.asarray(student.logits, np.float32), row=student.index)
    page.take([tmp_path / "theirs.npz"])
    qtbot.waitUntil(lambda: len(page.models.rows) == 4)
    assert cell(page, "theirs", "score") == cell(page, "Run 2", "score")
    page = compared(qtbot, page, "Run 2", "theirs")
    assert "exactly the same inputs" in page.pair.card.sentence.words()


def test_that_what_cannot_be_compared_says_why(qtbot, opened: Open, folder: Path, tmp_path: Path) -> None:
    page = opened(folder)
    np.savez(tmp_path / "few.npz", logits=np.eye(10, dtype=np.float32) * 3.3)
    page.take([tmp_path / "few.npz"])
    qtbot.waitUntil(lambda: len(page.models.rows) == 4)
    page = compared(qtbot, page, "Run 1", "few")
    assert "“few.npz” answers 10 inputs" in page.pair.card.sentence.words()
    assert not page.charts.tabs.isVisible()


def test_that_a_folder_without_runs_is_told(qtbot, opened: Open, tmp_path: Path, workspace: Workspace) -> None:
    page = opened(None)
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(workspace.notices.arrived) as told:
        page.take([tmp_path / "empty"])
    assert "holds no runs" in told.args[0].message


def test_that_the_table_is_copied_as_it_is_seen(opened: Open, folder: Path) -> None:
    page = opened(folder)
    page.list.copy_markdown()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("| Run | Student |")
    assert len(lines) == 2 + 4
    assert page.list.table.rows.as_csv().startswith("Run,Student,Method,T,")


def test_that_the_charts_can_be_read_without_seeing_them(qtbot, opened: Open, folder: Path) -> None:
    page = opened(folder)
    qtbot.waitUntil(lambda: "rose" in page.charts.overlay.as_text() or "fell" in page.charts.overlay.as_text())
    assert "best at their size" in page.pareto.chart.accessibleDescription()
    assert page.pareto.chart.as_csv().startswith("model,parameters,accuracy on validation,best\n")
    assert "Run 1" in page.charts.overlay.as_text()
    assert page.pareto.chart.picture(1.0).width() == page.pareto.chart.width()
    assert page.charts.overlay.picture(1.0).width() == page.charts.overlay.width()


def test_that_a_narrow_page_shows_table_or_charts(opened: Open, folder: Path) -> None:
    page = opened(folder, (968, 600))
    assert page.list.isVisible()
    assert not page.pareto.isVisible()
    page.view._choose(1)
    assert page.pareto.isVisible()
    assert not page.list.isVisible()


def test_that_runs_dropped_on_the_page_are_listed_and_models_are_not_its_business(
    qtbot, opened: Open, folder: Path, workspace: Workspace
) -> None:
    page = opened(None)
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(page)
    window.show()
    target = DropTarget(window, workspace)
    point, copy, left = QPoint(200, 200), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    model = folder / "mine" / "checkpoints" / "best" / "student.safetensors"
    for path, is_taken in ((folder, True), (model, False)):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        drag = QDragEnterEvent(point, copy, mime, left, Qt.KeyboardModifier.NoModifier)
        assert target.eventFilter(window, drag) != is_taken  # what the window takes never reaches the page
        target.overlay.finish()
        if is_taken:
            drop = QDropEvent(QPointF(point), copy, mime, left, Qt.KeyboardModifier.NoModifier)
            page.dragEnterEvent(drag)
            assert drag.isAccepted()
            page.dropEvent(drop)
    qtbot.waitUntil(lambda: len(page.models.rows) == 3 and not page.models.is_reading)


def test_that_every_control_has_a_name(qtbot, opened: Open, folder: Path) -> None:
    page = compared(qtbot, opened(folder), "Run 1", "Run 2")
    page.charts.tabs._choose(1)
    for part in page.findChildren(QWidget):
        ours = type(part).__module__.startswith("kdstudio") or isinstance(part, QAbstractButton | QLineEdit)
        if part.isVisible() and ours and not (isinstance(part, QLabel) and not part.text()):
            assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), type(part).__name__
