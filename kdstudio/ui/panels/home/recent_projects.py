"""Recent projects on Home: read in the analysis thread, because their disk may be slow or gone."""

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import KdStudioError
from kdstudio.core.measures import headline, score, score_told, task_of
from kdstudio.project import queue
from kdstudio.project.project import Project
from kdstudio.ui.panels.amounts import place
from kdstudio.ui.panels.home.link_card import RecentProject, RecentRow
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import LinkButton
from kdstudio.ui.widgets.cards import Card, Glyph
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.layouts import emptied

SHOWN = 4


class RecentProjects(Card):
    """A row for each project, the last opened first; a sentence and the demo where there are none."""

    chosen = Signal(str)  # path of a project file
    demoRequested = Signal()

    def __init__(self) -> None:
        super().__init__("Recent projects")
        self.setObjectName("recent")
        level = QWidget()  # as high as a link, so that the headings of both cards stand on one line
        level.setFixedSize(1, theme().px(24))
        self.add_action(level)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme().px(2))
        self.empty = self._nothing()
        self.add(self.empty)
        self.add(self._rows)
        self.body.addStretch(1)

    def rows(self) -> list[RecentRow]:
        """The rows that are shown."""
        found = (self._rows.itemAt(i) for i in range(self._rows.count()))
        return [row for item in found if item is not None and isinstance(row := item.widget(), RecentRow)]

    def set_projects(self, projects: list[RecentProject]) -> None:
        """Show these."""
        if projects == [row.project for row in self.rows()]:
            return
        emptied(self._rows)
        for project in projects:
            row = RecentRow(project)
            row.clicked.connect(lambda _=False, path=project.path: self.chosen.emit(path))
            self._rows.addWidget(row)
        self.empty.setVisible(not projects)

    def _nothing(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, theme().px(6), 0, theme().px(6))
        row.setSpacing(theme().px(14))
        row.addWidget(Glyph("clock", "text_3", 18), 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(theme().px(2))
        words.addWidget(Label("Nothing here yet.", "body", "2"))
        words.addWidget(Label("The demo shows the whole idea in a minute.", "small", "3"))
        row.addLayout(words, 1)
        demo = LinkButton("Try the demo")
        demo.clicked.connect(self.demoRequested)
        row.addWidget(demo)
        return made


def look_at(paths: list[Path], now: float | None = None) -> list[RecentProject]:
    """Return what the project files say; those that cannot be opened are left out."""
    found = (_look(path, time.time() if now is None else now) for path in paths[: 2 * SHOWN])
    return [project for project in found if project is not None][:SHOWN]


def _look(path: Path, now: float) -> RecentProject | None:
    try:
        project, used = Project.open(path), path.stat().st_mtime
        runs = ([project.run] if project.run is not None else []) + project.runs()
    except (KdStudioError, OSError):
        return None
    summary = next((run.summary for run in runs if run is not None and run.summary), None) or {}
    student, teacher = summary.get("student"), summary.get("teacher")
    beside = headline(task_of(teacher)).words(score(teacher))
    known = [score_told(student), beside] if score_told(student) and score(teacher) is not None else ["", ""]
    waiting = len(queue.waiting([project.runs_folder]))
    name = project.draft.name or project.folder.name
    return RecentProject(str(path), name, place(str(project.file)), ago(now - used), known[0], known[1], waiting)


def ago(seconds: float) -> str:
    """Return `just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    for limit, unit, word in ((60, 1, ""), (3600, 60, "min"), (86_400, 3600, "h"), (float("inf"), 86_400, "day")):
        if seconds < limit:
            count = int(seconds // unit)
            return f"{count} {word}{'s' if word == 'day' and count != 1 else ''} ago" if word else "just now"
    return ""
