"""The Export page over real run folders and real reports; only the last test needs an engine."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kdstudio.core.errors import Problem
from kdstudio.core.events import Progress
from kdstudio.core.layout import RunFolder
from kdstudio.project.project import Project
from kdstudio.recipe.exported import remember
from kdstudio.recipe.report import Differing, ExportReport
from kdstudio.ui.exports import ExportOrder
from kdstudio.ui.pages.export import ExportPage
from kdstudio.ui.panels.export.export_numbers import small
from kdstudio.ui.theme import Theme
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe, trained, write_digits

BESIDE = ("labels.json", "preprocessing.json", "MODEL_CARD.md")
WIDE, NARROW = (1360, 826), (968, 606)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run that was really trained on real digits."""
    base = tmp_path_factory.mktemp("läufe")
    small = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    recipe = quick_recipe(write_digits(base / "digits.npz"), student=small, epochs=2)
    return trained(recipe, base / "runs" / "erster")


@pytest.fixture
def page(workspace: Workspace, run_folder: Path, qtbot: QtBot) -> ExportPage:
    RunFolder(run_folder).exports.unlink(missing_ok=True)  # of the test before
    made = ExportPage(workspace)
    qtbot.addWidget(made)
    made.resize(*WIDE)
    made.show()
    with qtbot.waitSignal(workspace.inputs.opened):
        workspace.run.open(run_folder)
    return made


def report(folder: Path, name: str = "onnx", **changes: object) -> ExportReport:
    """Write the files of a report and return it."""
    passed = bool(changes.get("passed", True))
    root = folder if passed else folder / "failed"
    root.mkdir(parents=True, exist_ok=True)
    path = root / ("model.onnx" if name == "onnx" else "model.safetensors")
    path.write_bytes(b"x" * 21_300)
    for beside in BESIDE:
        (folder / beside).write_text("{}")
    value: dict[str, object] = {
        "path": str(path),
        "format": name,
        "bytes": 21_300,
        "passed": True,
        "largest_difference": 3.1e-6,
        "limit": 0.0123456,
        "agreement": 1.0,
        "accuracy": 0.862,
        "accuracy_before": 0.862,
        "inputs": 2000,
        "latency_ms": {"p50": 0.05, "p95": 0.08},
        "teacher_bytes": 1_555_000,
        "differences": tuple(float(v) for v in np.geomspace(1e-7, 3.1e-6, 50)) if name == "onnx" else (0.0,) * 50,
        "files": (path.name, *BESIDE),
    }
    return ExportReport.model_validate(value | changes)


def come_out(page: ExportPage, *reports: ExportReport, problem: Problem | None = None) -> None:
    """Let an export of the shown run end as the engine's answer lets it."""
    exports = page._workspace.exports
    exports.run, exports.is_busy = page._workspace.run.folder, False
    exports.reports, exports.problem = reports, problem
    exports.changed.emit()


def value(page: ExportPage, name: str) -> str:
    found = page.findChild(QLabel, f"value-{name}")
    assert found is not None
    return str(found.accessibleName())


def title(page: ExportPage) -> str:
    return str(page.findChild(QLabel, "resultTitle").text())


def button(page: ExportPage, name: str) -> QAbstractButton:
    found = page.findChild(QAbstractButton, name)
    assert found is not None
    return found


def test_that_without_a_run_the_page_leads_to_training(workspace: Workspace, qtbot: QtBot):
    page = ExportPage(workspace)
    qtbot.addWidget(page)
    page.show()
    assert page.findChild(QWidget, "exportEmpty").accessibleName() == "Export needs a finished or stopped run."
    with qtbot.waitSignal(workspace.pageRequested) as asked:
        button(page, "goToTrain").click()
    assert asked.args == ["train"]


def test_that_a_run_that_goes_on_cannot_be_exported(page: ExportPage, workspace: Workspace):
    assert page.form.isVisible()
    workspace.run.set_state("running")
    assert not page.form.isVisible()


def test_that_the_form_proposes_everything(page: ExportPage, run_folder: Path):
    assert page.form.run.value() == str(run_folder)
    assert page.form.checkpoint.value() == "best"
    assert page.form.checkpoint.editor.currentText().startswith("best · epoch ")
    assert page.form.folder.value().endswith("/exports/erster")
    assert page.form.formats.chosen() == ["onnx", "safetensors"]
    assert button(page, "exportButton").isEnabled()
    assert not button(page, "openFolder").isVisible()


def test_that_without_a_format_or_with_a_bad_folder_there_is_no_export(page: ExportPage, qtbot: QtBot, tmp_path: Path):
    for name in ("onnx", "safetensors"):
        page.form.formats.boxes[name].setChecked(False)
    assert not button(page, "exportButton").isEnabled()
    page.form.formats.boxes["onnx"].setChecked(True)
    editor = page.form.folder.editor
    editor.selectAll()
    qtbot.keyClicks(editor, "/proc/self/here")
    assert not button(page, "exportButton").isEnabled()
    assert "Nothing can be written" in page.form.folder.problem.text()
    editor.selectAll()
    qtbot.keyClicks(editor, str(tmp_path / "out"))
    assert button(page, "exportButton").isEnabled()
    assert not page.form.folder.problem.isVisible()
    page.form.formats.probabilities.click()
    page.form.zipped.click()
    with qtbot.waitSignal(page.form.exportAsked) as asked:
        button(page, "exportButton").click()
    assert asked.args == [ExportOrder(tmp_path / "out", ("onnx",), probabilities=True, zipped=True)]


def test_that_a_verified_export_says_so_in_numbers(page: ExportPage, tmp_path: Path):
    come_out(page, report(tmp_path))
    assert title(page) == "Exported and verified"
    assert page.result.property("state") == ""
    assert value(page, "Same top answer") == "Same top answer: 100.00% of 2\N{THIN SPACE}000 test inputs"
    assert value(page, "Largest logit difference") == "Largest logit difference: 3.1 × 10⁻⁶ limit 0.012"
    assert value(page, "Accuracy") == "Accuracy: 86.2% was 86.2% before export"
    assert value(page, "Size") == "Size: 21 kB 73× smaller than teacher"
    assert value(page, "Latency, p50 · p95") == "Latency, p50 · p95: 0.05 · 0.08 ms 1 CPU thread, batch 1"
    assert page.result.histogram.isVisible()
    assert "limit 0.012" in page.result.histogram.as_text()
    assert button(page, "exportButton").text() == "Export again"


def test_that_a_file_that_answers_differently_is_shown_first_and_in_red(page: ExportPage, tmp_path: Path):
    told = Problem(message="The exported file disagrees on 3.1% of 2,000 inputs.", hint="Try another format.")
    bad = report(tmp_path, passed=False, agreement=0.969, largest_difference=0.82, accuracy=0.851, problems=(told,))
    come_out(page, report(tmp_path, "safetensors"), bad)
    assert title(page) == "The exported file answers differently"
    assert page.result.property("state") == "error"
    assert value(page, "Same top answer").startswith("Same top answer: 96.90%")
    assert page.result.findChild(QLabel, "value-Accuracy").property("tone") == "error"
    page.result.show_report("safetensors")
    assert title(page) == "Exported and verified"
    assert not page.result.histogram.isVisible()


def test_that_inputs_with_another_answer_are_shown_with_both(page: ExportPage, tmp_path: Path):
    others = tuple(Differing(row=row, before="Shirt", after="Coat", difference=1.5) for row in range(7))
    come_out(page, report(tmp_path, agreement=0.99, differing=others))
    assert page.result.differing.isVisible()
    assert page.result.differing.accessibleName().startswith("Answered otherwise: input 0: Shirt, in the file Coat;")
    assert len(page.result.differing.findChildren(InputTile)) == 5
    come_out(page, report(tmp_path))
    assert not page.result.differing.isVisible()


def test_that_an_export_of_before_is_shown_again(
    workspace: Workspace, page: ExportPage, tmp_path: Path, run_folder: Path
):
    before = report(tmp_path, "safetensors", accuracy=0.731)
    (tmp_path / "report.json").write_text(f"[{before.model_dump_json()}]", encoding="utf-8")
    remember(RunFolder(run_folder), tmp_path)
    fresh = ExportPage(workspace)
    workspace.exports.run = None  # as after a start
    fresh.show()
    assert title(fresh) == "Exported and verified"
    assert value(fresh, "Accuracy").startswith("Accuracy: 73.1%")
    assert button(fresh, "exportButton").text() == "Export again"
    assert fresh.form.folder.value().endswith(tmp_path.name)
    fresh.close()
    fresh.deleteLater()


def test_that_numbers_that_could_not_be_had_are_dashes(page: ExportPage, tmp_path: Path):
    unknown = dict.fromkeys(("agreement", "largest_difference", "limit", "accuracy", "accuracy_before", "latency_ms"))
    come_out(page, report(tmp_path, **unknown, teacher_bytes=None, differences=()))
    assert value(page, "Accuracy") == "Accuracy: – "
    assert value(page, "Latency, p50 · p95").endswith(": – ")
    assert not page.result.histogram.isVisible()


def test_that_the_files_are_listed_and_their_paths_copied(page: ExportPage, tmp_path: Path):
    come_out(page, report(tmp_path), report(tmp_path, "safetensors"))
    listed = page.findChild(QWidget, "exportedFiles").accessibleDescription()
    assert listed == "model.onnx, model.safetensors, labels.json, preprocessing.json, MODEL_CARD.md"
    button(page, "copy-labels.json").click()
    assert QGuiApplication.clipboard().text() == str(tmp_path / "labels.json")


class Opener(QObject):
    """Stands where the desktop opens folders."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open_url(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


def test_that_the_folder_is_opened_even_when_the_file_was_set_aside(page: ExportPage, tmp_path: Path):
    come_out(page, report(tmp_path, passed=False))
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "open_url")
    button(page, "openFolder").click()
    QDesktopServices.unsetUrlHandler("file")
    assert opener.opened == [str(tmp_path)]


def test_that_an_error_says_what_to_do(page: ExportPage):
    come_out(page, problem=Problem(message="cannot write to /media/usb", hint="Choose another folder."))
    assert page.findChild(QLabel, "exportProblem").isVisible()
    assert page.result.property("state") == "error"
    assert button(page, "exportButton").isEnabled()


def test_that_work_shows_how_far_it_is(page: ExportPage, workspace: Workspace, run_folder: Path):
    workspace.exports.run, workspace.exports.is_busy = run_folder, True
    workspace.exports.changed.emit()
    workspace.exports.progressed.emit(Progress(done=500, total=2000, doing="Checking ONNX"))
    assert not button(page, "exportButton").isEnabled()
    assert not page.form.folder.isEnabled()
    assert any(label.text() == "Checking ONNX" for label in page.result.findChildren(Label) if label.isVisible())


def test_that_the_reports_of_another_run_are_not_shown(page: ExportPage, workspace: Workspace, tmp_path: Path):
    come_out(page, report(tmp_path))
    workspace.exports.run = tmp_path / "another"
    workspace.exports.changed.emit()
    assert not page.findChild(QLabel, "resultTitle").isVisible()
    assert button(page, "exportButton").text() == "Export"


def test_that_a_hidden_page_does_nothing(page: ExportPage, tmp_path: Path):
    page.hide()
    come_out(page, report(tmp_path))
    assert title(page) == ""
    page.show()
    assert title(page) == "Exported and verified"


@pytest.mark.parametrize(("number", "words"), [(None, "–"), (0.0, "0"), (0.0077, "0.0077"), (2.34e-12, "2.3 × 10⁻¹²")])
def test_that_small_numbers_can_be_read(number: float | None, words: str):
    assert small(number) == words


@pytest.mark.parametrize("theme_name", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_that_nothing_is_cut_off(
    page: ExportPage, tmp_path: Path, dressed: Theme, size: tuple[int, int], theme_name: str, qtbot: QtBot
):
    dressed.set_name(theme_name)
    come_out(page, report(tmp_path), report(tmp_path, "safetensors"))
    page.resize(*size)
    page.layout().activate()
    is_narrow = size == NARROW
    qtbot.waitUntil(lambda: page.result.histogram.isVisible() != is_narrow)
    above = page.result.mapTo(page, QPoint(0, 0)).y() < page.form.mapTo(page, QPoint(0, 0)).y()
    assert above == is_narrow
    for label in page.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and label.objectName() != "tryNote":
            assert label.sizeHint().width() <= label.width() + 1, f"{label.text()!r} is cut off"


def test_that_the_narrow_result_ends_below_its_rows(page: ExportPage, tmp_path: Path, qtbot: QtBot):
    come_out(page, report(tmp_path), report(tmp_path, "safetensors"))
    page.resize(*NARROW)
    last = page.result.findChild(Label, "value-Latency, p50 · p95")
    assert last is not None

    def below() -> int:
        return page.result.height() - last.mapTo(page.result, QPoint(0, last.height())).y()

    qtbot.waitUntil(lambda: not page.result.histogram.isVisible() and 0 < below() <= 44)


def test_that_shares_near_nothing_leave_the_track_empty(dressed: Theme, qtbot: QtBot):
    line = ProgressLine(height=7)
    qtbot.addWidget(line)
    line.resize(200, 7)
    line.set_share(0.0)
    empty = line.grab().toImage()
    line.set_share(0.0004)
    assert line.grab().toImage().pixelColor(3, 3) == empty.pixelColor(3, 3)
    line.set_share(0.5)
    assert line.grab().toImage().pixelColor(3, 3) == dressed.colour("student")


def test_that_another_run_is_chosen_by_its_student_and_time(
    page: ExportPage, workspace: Workspace, run_folder: Path, tmp_path: Path
):
    workspace.project = Project.create(tmp_path / "project")
    other = workspace.project.runs_folder / "20261122-150400-x"
    shutil.copytree(run_folder, other)
    workspace.view.set_epoch(1)
    workspace.projectChanged.emit()
    editor = page.form.run.editor
    assert [re.sub(r"\d", "0", editor.itemText(at)) for at in range(2)] == ["mlp · 0000-00-00 00:00"] * 2
    draft = workspace.draft.value
    editor.setCurrentIndex(1)
    editor.activated.emit(1)
    assert workspace.run.folder == other
    assert (workspace.view.epoch, workspace.draft.value) == ("last", draft)


def test_that_no_other_run_is_chosen_while_one_goes_on(page: ExportPage, workspace: Workspace, run_folder: Path):
    workspace.run.state = "running"  # set by an engine whose word has not arrived here yet
    page.form.runChosen.emit(str(run_folder.parent))
    assert workspace.run.folder == run_folder
    assert [problem.message for problem, _ in workspace.notices.problems] == ["A run is going on."]


def test_that_nothing_is_asked_of_a_file_that_is_not_there(page: ExportPage):
    assert page.trial.note.text() == "after the export"


def drop(target: QWidget, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(9, 9), copy, mime, left, none))
    QApplication.sendEvent(target, QDropEvent(QPointF(9, 9), copy, mime, left, none))


def test_that_what_is_no_image_is_refused_in_place(page: ExportPage, tmp_path: Path):
    come_out(page, report(tmp_path))
    (tmp_path / "bild.png").write_text("no picture")
    drop(page.trial.drop, tmp_path / "bild.png")
    assert page.trial.note.text() == "“bild.png” cannot be read as an image."
    assert page.trial.note.property("tone") == "error"


def test_that_a_real_export_is_verified_and_can_be_tried(
    page: ExportPage, workspace: Workspace, tmp_path: Path, qtbot: QtBot
):
    page.form.set_folder(tmp_path / "out")
    button(page, "exportButton").click()
    qtbot.waitUntil(lambda: not workspace.exports.is_busy, timeout=60_000)
    assert workspace.exports.problem is None, workspace.exports.problem
    assert title(page) == "Exported and verified"
    qtbot.waitUntil(lambda: page.trial.note.text().startswith("answered in"), timeout=30_000)
    assert page.trial.bars.accessibleName().count("%") == 3
    Image.fromarray(np.eye(20, dtype=np.uint8) * 255).save(tmp_path / "größe.png")
    drop(page.trial.drop, tmp_path / "größe.png")
    assert page.trial.note.text() == "asking…"
    qtbot.waitUntil(lambda: page.trial.note.text().startswith("answered in"), timeout=30_000)
    assert page.trial.picture.accessibleName() == "größe.png"
