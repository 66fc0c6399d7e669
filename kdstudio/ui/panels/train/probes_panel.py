"""The probes of the shown run: pinned inputs on which one sees the student lean towards the teacher."""

from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from kdstudio.analysis.agreement import divergence
from kdstudio.analysis.several import divergences
from kdstudio.core.events import in_words
from kdstudio.core.targets import Task
from kdstudio.core.types import log_softmax, softened
from kdstudio.data.face import Face
from kdstudio.ui.panels.train.glimpse_reader import GlimpseReader, Leaning
from kdstudio.ui.theme import theme
from kdstudio.ui.truth import is_unknown, truth_of
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.labels import Paragraph
from kdstudio.ui.widgets.probes import ROW, WORDS, Probe, ProbeList
from kdstudio.ui.workspace import Workspace

_AROUND = 24 + 24  # pixels: header and legend of the list


_FIRST = "The first answers come with the first step."


class ProbesPanel(Card):
    """As many probes as there is room for, at the lens temperature; a click brings one into Understand."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Probes", "watch the student lean over", margins=(16, 9, 16, 7))
        self.setObjectName("probesPanel")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._workspace = workspace
        self._reader: GlimpseReader | None = None
        self._known: dict[int, tuple[Face, np.ndarray]] = {}  # row → what is shown, and what is true
        self._names: tuple[str, ...] = ()
        self._leaning: Leaning | None = None
        self.waiting = Paragraph(_FIRST, "small", "3")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.list = ProbeList()
        self.list.setObjectName("probes")
        self.list.chosen.connect(self._open)
        self.body.setSpacing(theme().px(2))
        self.add(self.waiting, 1)
        self.add(self.list, 1)
        self.list.hide()

    def start_over(self) -> None:
        """Another run is shown."""
        folder = self._workspace.run.folder
        self._reader = GlimpseReader(folder) if folder is not None else None
        self._names, self._leaning = (), None
        self.forget_pictures()

    def forget_pictures(self) -> None:
        """The data was opened: pictures and true classes may be there now."""
        self._known.clear()

    def refresh(self) -> None:
        """Read what has come and show it."""
        view, run = self._workspace.view, self._workspace.run
        if self._reader is not None:
            until = float(view.epoch) if isinstance(view.epoch, int) else None
            self._leaning = self._reader.read(run.history, until)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many rows as fit whole: the list never scrolls."""
        super().resizeEvent(event)
        if self._leaning is not None:
            self._show()

    def rows_that_fit(self) -> int:
        """How many probes there is room for."""
        px, margins = theme().px, self.body.contentsMargins()
        title = self.title.sizeHint().height() + self.body.spacing()
        room = self.height() - margins.top() - margins.bottom() - title - px(_AROUND)
        is_read = self._workspace.inputs.kind in ("text", "table")
        return max(1, room // px(ROW + WORDS if is_read else ROW))

    def _show(self) -> None:
        leaning = self._leaning
        has_answers = leaning is not None and bool(leaning.index)
        self.list.setVisible(has_answers)
        self.waiting.setVisible(not has_answers)
        stage = self._workspace.run.stage
        now = (
            f"Now {in_words(stage.learner)} learns. The student’s answers come in the last stage." if stage else _FIRST
        )
        self.waiting.setText(now)
        if leaning is None or not has_answers:
            return
        self.list.set_epochs_ago(leaning.epochs_ago if leaning.earlier is not None else 0)
        names = self._class_names(leaning.student.shape[-1])
        self.list.set_probes(self._probes(leaning, self.rows_that_fit()), names)

    def _probes(self, leaning: Leaning, most: int) -> list[Probe]:
        lens, found = self._workspace.view.lens, []
        task = self._workspace.run.task
        soft = partial(softened, task=task, temperature=lens)
        student = leaning.student[:, :most]
        teacher = None if leaning.teacher is None else leaning.teacher[:most]
        history = None
        if teacher is not None:
            history = _distances(teacher, student, task, lens)
        for at, row in enumerate(leaning.index[:most]):
            face, target = self._input(row)
            truth = () if target is None else truth_of(target, task)
            numbers = target if task == "regression" and target is not None and not is_unknown(target) else None
            found.append(
                Probe(
                    row,
                    face,
                    None if teacher is None else soft(teacher[at]),
                    soft(student[-1, at]),
                    None if leaning.earlier is None else soft(leaning.earlier[at]),
                    truth,
                    None if history is None else float(history[-1, at]),
                    np.zeros(0) if history is None else history[:, at],
                    task,
                    numbers,
                )
            )
        return found

    def _input(self, row: int) -> tuple[Face | None, np.ndarray | None]:
        """Return an input and what is true of it; they are looked up once."""
        if row in self._known:
            return self._known[row]
        inputs = self._workspace.inputs
        part, face = inputs.part("validation"), inputs.face("validation", row)
        if part is None or face is None:
            return None, None
        target = part.targets[np.flatnonzero(part.index == row)[0]]
        self._known[row] = face, np.asarray(target)
        return self._known[row]

    def _class_names(self, classes: int) -> tuple[str, ...]:
        if len(self._names) != classes:
            run, dataset = self._workspace.run.run(), self._workspace.inputs.dataset
            names = run.class_names if run is not None else ()
            names = names or (dataset.class_names if dataset is not None else ())
            self._names = names if len(names) == classes else tuple(map(str, range(classes)))
        return self._names

    def _open(self, row: int) -> None:
        self._workspace.view.set_split("validation")
        self._workspace.view.show(row)
        self._workspace.go_to("understand")


def _distances(teacher: np.ndarray, student: np.ndarray, task: Task, lens: float) -> np.ndarray:
    """Return how far the student (R, P, C) is from the teacher (P, C) at each moment, (R, P)."""
    if task == "regression":
        return np.asarray(np.sqrt(np.square(np.subtract(student, teacher[None], dtype=np.float64)).mean(axis=-1)))
    if task == "multi_label":
        return divergences(teacher[None] / lens, student / lens)
    return divergence(log_softmax(teacher, lens)[None], log_softmax(student, lens))
